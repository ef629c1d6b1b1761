//! REST, as clients of the original API know it: JSON, errors in the shape of Django REST framework.

pub(crate) mod body;
pub(crate) mod changes;
pub(crate) mod conversation;
pub(crate) mod docs;
pub(crate) mod drafts;
pub(crate) mod error;
pub(crate) mod form;
mod json;
pub(crate) mod login;
pub(crate) mod paging;
pub(crate) mod schema;
pub(crate) mod search;
pub(crate) mod tickets;
pub(crate) mod wire;

use std::time::Duration;

use axum::{extract::Request, middleware::Next, response::Response};
use domain::{Actor, Error, TicketId};
use error::{ApiError, ApiResult};
use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderValue, Method, header};
use tower::{Layer as _, ServiceExt as _};
use tower_http::cors::CorsLayer;
use tracing::Instrument as _;

use crate::{live::LAST_EVENT_ID, middleware::session::Caller, reply::Area};

/// Which pages elsewhere may call it, and load files: with a bearer token, never with cookies.
fn cors_of(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::RANGE,
            header::IF_RANGE,
            header::IF_NONE_MATCH,
            form::IDEMPOTENCY_KEY,
            LAST_EVENT_ID,
        ])
        .expose_headers([
            header::LINK,
            header::RETRY_AFTER,
            header::CONTENT_DISPOSITION,
            header::ACCEPT_RANGES,
            header::CONTENT_RANGE,
            header::ETAG,
        ])
        .max_age(Duration::from_secs(600))
}

/// Says to browsers what [`cors_of`] decided, on every answer of REST and files: a refusal before its handler ran, and
/// one after it failed, must be readable there too.
pub(crate) fn cors(
    origins: &[String],
) -> impl Fn(Request, Next) -> BoxFuture<'static, Response> + Clone + Send + Sync + use<> {
    let cors = cors_of(origins);
    move |request, next| {
        if Area::of(request.uri().path()) != Area::Api {
            return next.run(request).boxed();
        }
        let answer = cors.layer(next).oneshot(request);
        async move { answer.await.unwrap_or_else(|never| match never {}) }.boxed()
    }
}

/// An address that is none.
pub(crate) async fn missing() -> ApiError {
    Error::NotFound.into()
}

/// Who asks.
pub(crate) fn actor(request: &Request) -> ApiResult<&Actor> {
    match request.extensions().get::<Caller>() {
        Some(Caller::Known(actor)) => Ok(actor),
        Some(Caller::Refused) => Err(ApiError::ACCESS),
        Some(Caller::Nobody) | None => Err(Error::Unauthenticated.into()),
    }
}

/// The number in an address; what is none names no ticket.
pub(crate) fn ticket_id(text: &str) -> Result<TicketId, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// Runs a use case in a task of its own, so that a client that breaks off does not stop the desk half-way.
pub(crate) async fn apart<T: Send + 'static>(
    use_case: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    match tokio::spawn(use_case.in_current_span()).await {
        Ok(outcome) => outcome,
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(_) => Err(Error::Unavailable),
    }
}
