//! Log in by PIN, refresh, log out.

use std::collections::BTreeMap;

use axum::extract::State;
use domain::{Error, LoginKind};
use http::StatusCode;
use serde_json::json;
use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response},
};

use super::{
    apart,
    sent::{Sent, sendable},
    wire::{AccessJson, LoginJson, MeJson, ScopeJson, UserJson, json},
};
use crate::{
    extract::{Client, SignedIn},
    reply::{
        ApiError, ApiResult,
        api::{DETAIL, Detail, FIELDS, TokenError, WRONG_PIN, refusals},
    },
    site::Site,
};

sendable! {
    /// A login.
    #[schema(as = PinRequest)]
    pub(crate) struct PinBody {
        /// Case, spaces and dashes do not matter.
        #[schema(example = "SUP-XXXX-XXXX")]
        pin: String,
    }
}

sendable! {
    /// A refresh token.
    #[schema(as = RefreshRequest)]
    pub(crate) struct RefreshBody {
        refresh: String,
    }
}

/// What a log-in is refused with beside a body that says nothing.
enum NotLetIn {}

impl IntoResponses for NotLetIn {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([(
            400,
            "The PIN is wrong, used, expired or revoked; or a field error, or a body that cannot be read",
            &[WRONG_PIN, FIELDS, DETAIL],
        )])
    }
}

/// Log in with a Support PIN. A PIN works once.
#[utoipa::path(
    post, path = "/api/users/login/", tag = "Session", operation_id = "login",
    request_body(content(
        (PinBody = "application/json"),
        (PinBody = "application/x-www-form-urlencoded"),
        (PinBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "Logged in", body = LoginJson<'static>),
        Sent<PinBody>,
        NotLetIn,
        (status = 429, description = "Too many failed attempts from this address", body = Detail<'static>,
         headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn log_in(
    State(site): State<Site>,
    Client(client): Client,
    Sent(PinBody { pin }): Sent<PinBody>,
) -> ApiResult {
    let desk = site.desk.clone();
    // Who hangs up before a wrong PIN is answered has guessed all the same.
    let login = apart(async move { desk.pins().redeem(&pin, &client, LoginKind::Api).await }).await?;
    let return_code = site.desk.returns().hand_out(&login.actor).await?.map(|code| code.to_string());
    let body = LoginJson {
        return_code,
        access: &login.tokens.access,
        refresh: &login.tokens.refresh,
        user: UserJson::of(&login.actor),
        scope: ScopeJson::of(&login.actor.scope),
    };
    json(StatusCode::OK, &body)
}

/// Who asks, and what their session is for.
#[utoipa::path(
    get, path = "/api/users/me/", tag = "Session", operation_id = "get_me", security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Who asks", body = MeJson<'static>),
        SignedIn,
    )
)]
pub(crate) async fn me(SignedIn(actor): SignedIn) -> ApiResult {
    json(StatusCode::OK, &MeJson::of(&actor))
}

/// A new access token.
#[utoipa::path(
    post, path = "/api/token/refresh/", tag = "Session", operation_id = "refresh",
    request_body(content(
        (RefreshBody = "application/json"),
        (RefreshBody = "application/x-www-form-urlencoded"),
        (RefreshBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "A new access token", body = AccessJson<'static>),
        Sent<RefreshBody>,
        (status = 401, description = "The token is wrong, or its session is over", body = TokenError<'static>),
    )
)]
pub(crate) async fn refresh(State(site): State<Site>, Sent(RefreshBody { refresh }): Sent<RefreshBody>) -> ApiResult {
    let access = site.desk.sessions().renew_access(&refresh).await.map_err(token_error)?;
    json(StatusCode::OK, &AccessJson { access: &access })
}

/// Log out: the session and its tokens are over.
#[utoipa::path(
    post, path = "/api/token/blacklist/", tag = "Session", operation_id = "logout",
    request_body(content(
        (RefreshBody = "application/json"),
        (RefreshBody = "application/x-www-form-urlencoded"),
        (RefreshBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "Logged out; an empty object"),
        Sent<RefreshBody>,
        (status = 401, description = "The token is wrong, or its session is over already", body = TokenError<'static>),
    )
)]
pub(crate) async fn blacklist(State(site): State<Site>, Sent(RefreshBody { refresh }): Sent<RefreshBody>) -> ApiResult {
    site.desk.sessions().end_by_token(&refresh).await.map_err(token_error)?;
    json(StatusCode::OK, &json!({}))
}

fn token_error(error: Error) -> ApiError {
    match error {
        Error::Unauthenticated => ApiError::REFRESH,
        error => error.into(),
    }
}
