//! Log in by PIN, refresh, log out.

use axum::extract::{Request, State};
use domain::{Error, LoginKind};
use http::StatusCode;
use serde_json::json;

use super::{
    apart,
    body::{BodyKind, Fields},
    error::{ApiError, ApiResult},
    wire::{AccessJson, LoginJson, UserJson, json},
};
use crate::{middleware::client::client_address, site::Site};

async fn fields(request: Request) -> ApiResult<Fields> {
    let kind = BodyKind::of(&request)?;
    Fields::read(kind, request.into_body()).await
}

/// Log in with a Support PIN. A PIN works once.
#[utoipa::path(
    post, path = "/api/users/login/", tag = "Session", operation_id = "login",
    request_body(content(
        (super::schema::PinBody = "application/json"),
        (super::schema::PinBody = "application/x-www-form-urlencoded"),
        (super::schema::PinBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "Logged in", body = LoginJson<'static>),
        (status = 400, description = "The PIN is wrong, used, expired or revoked; or a field error", body = super::schema::WrongPin),
        (status = 415, description = "A body of another kind", body = super::schema::Detail),
        (status = 429, description = "Too many failed attempts from this address", body = super::schema::Detail,
         headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn log_in(State(site): State<Site>, request: Request) -> ApiResult {
    let client = client_address(request.extensions(), request.headers(), &site.settings.trusted_proxies);
    let fields = fields(request).await?;
    let (pin, desk) = (fields.required("pin")?.to_owned(), site.desk.clone());
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
        (super::schema::RefreshBody = "application/json"),
        (super::schema::RefreshBody = "application/x-www-form-urlencoded"),
        (super::schema::RefreshBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "A new access token", body = AccessJson<'static>),
        (status = 400, description = "Field errors", body = super::schema::FieldErrorsBody),
        (status = 401, description = "The token is wrong, or its session is over", body = super::schema::TokenError),
        (status = 415, description = "A body of another kind", body = super::schema::Detail),
    )
)]
pub(crate) async fn refresh(State(site): State<Site>, request: Request) -> ApiResult {
    let fields = fields(request).await?;
    let access = site.desk.sessions().renew_access(fields.required("refresh")?).await.map_err(token_error)?;
    json(StatusCode::OK, &AccessJson { access: &access })
}

/// Log out: the session and its tokens are over.
#[utoipa::path(
    post, path = "/api/token/blacklist/", tag = "Session", operation_id = "logout",
    request_body(content(
        (super::schema::RefreshBody = "application/json"),
        (super::schema::RefreshBody = "application/x-www-form-urlencoded"),
        (super::schema::RefreshBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "Logged out; an empty object"),
        (status = 400, description = "Field errors", body = super::schema::FieldErrorsBody),
        (status = 401, description = "The token is wrong, or its session is over already", body = super::schema::TokenError),
        (status = 415, description = "A body of another kind", body = super::schema::Detail),
    )
)]
pub(crate) async fn blacklist(State(site): State<Site>, request: Request) -> ApiResult {
    let fields = fields(request).await?;
    site.desk.sessions().end_by_token(fields.required("refresh")?).await.map_err(token_error)?;
    json(StatusCode::OK, &json!({}))
}

fn token_error(error: Error) -> ApiError {
    match error {
        Error::Unauthenticated => ApiError::REFRESH,
        error => error.into(),
    }
}
