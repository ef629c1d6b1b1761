//! The one place that decides how REST refuses: status, JSON in the shape of Django REST framework, headers.

use axum::response::{IntoResponse, Response};
use domain::{Error, FieldErrors};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::reply;

/// A refused REST call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// What the desk refused, or a check in its words.
    Desk(Error),
    /// A refresh or access token that is wrong, over or of the other kind (401).
    Token(&'static str),
    /// A body that cannot be read at all (400).
    Unreadable(String),
    /// A method that the address does not know (405); the router adds `Allow`.
    Method(String),
}

/// What a REST handler answers.
pub(crate) type ApiResult<T = Response> = Result<T, ApiError>;

impl ApiError {
    /// A refresh token that is not, or no longer, good.
    pub(crate) const REFRESH: Self = Self::Token("Token is invalid or expired");
    /// An access token that is not, or no longer, good.
    pub(crate) const ACCESS: Self =
        Self::Token("Given token not valid for any token type. Refresh it, or log in again.");

    fn parts(&self) -> (StatusCode, Value) {
        let detail = |text: &str| json!({ "detail": text });
        match self {
            Self::Token(text) => (StatusCode::UNAUTHORIZED, json!({ "detail": text, "code": "token_not_valid" })),
            Self::Unreadable(text) => (StatusCode::BAD_REQUEST, detail(text)),
            Self::Method(text) => (StatusCode::METHOD_NOT_ALLOWED, detail(text)),
            Self::Desk(error) => (
                reply::status(error),
                match error {
                    Error::Invalid { fields } | Error::TooLarge { fields } => of_fields(fields),
                    Error::WrongPin => json!({ "detail": error.to_string(), "error": error.to_string() }),
                    Error::Unauthenticated => detail(
                        "Authentication credentials were not provided. Log in with a Support PIN and send its access \
                         token in the header Authorization: Bearer …",
                    ),
                    other => detail(&other.to_string()),
                },
            ),
        }
    }
}

/// What is about the body as a whole has no field to stand under.
fn of_fields(fields: &FieldErrors) -> Value {
    match fields.of("form") {
        [sentence] if fields.0.len() == 1 => json!({ "detail": sentence }),
        _ => json!(fields),
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Desk(error)
    }
}

impl From<FieldErrors> for ApiError {
    fn from(fields: FieldErrors) -> Self {
        Self::Desk(fields.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, body) = self.parts();
        let mut response = (status, axum::Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Self::Desk(error) = &self {
            response.headers_mut().extend(reply::retry_after(error));
        }
        response
    }
}
