//! Log in by PIN, refresh, log out.

use axum::extract::State;
use domain::{Error, LoginKind};
use http::StatusCode;
use serde_json::json;

use super::{
    apart,
    sent::{Sent, sendable},
    wire::{AccessJson, LoginJson, UserJson, json},
};
use crate::{
    extract::Client,
    reply::{
        ApiError, ApiResult,
        api::{Detail, TokenError, WrongPin},
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
        (status = 400, description = "The PIN is wrong, used, expired or revoked; or a field error", body = WrongPin<'static>),
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
    let body = LoginJson {
        access: &login.tokens.access,
        refresh: &login.tokens.refresh,
        user: UserJson { id: login.actor.id.map_or(0, |id| id.0), username: &login.actor.username },
    };
    json(StatusCode::OK, &body)
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
