//! REST, as clients of the original API know it: JSON, errors in the shape of Django REST framework.

pub(crate) mod body;
pub(crate) mod docs;
pub(crate) mod error;
pub(crate) mod login;
pub(crate) mod schema;
pub(crate) mod tickets;
pub(crate) mod wire;

use std::time::Duration;

use axum::{
    extract::Request,
    response::{IntoResponse as _, Response},
};
use domain::{Actor, Error};
use error::{ApiError, ApiResult};
use http::{HeaderValue, Method, StatusCode, header};
use tower_http::cors::CorsLayer;

use crate::middleware::session::Caller;

/// Which pages elsewhere may call it: with a bearer token, never with cookies.
pub(crate) fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT])
        .expose_headers([header::LINK, header::RETRY_AFTER])
        .max_age(Duration::from_secs(600))
}

/// An address that is none.
pub(crate) async fn missing() -> ApiError {
    Error::NotFound.into()
}

/// A method that the address does not know; the router adds `Allow`.
pub(crate) async fn other_method(request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    ApiError::Method(format!("Method \"{}\" not allowed.", request.method())).into_response()
}

/// Who asks.
pub(crate) fn actor(request: &Request) -> ApiResult<&Actor> {
    match request.extensions().get::<Caller>() {
        Some(Caller::Known(actor)) => Ok(actor),
        Some(Caller::Refused) => Err(ApiError::ACCESS),
        Some(Caller::Nobody) | None => Err(Error::Unauthenticated.into()),
    }
}
