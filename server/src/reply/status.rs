//! What an error is in HTTP.

use domain::Error;
use http::{HeaderName, HeaderValue, StatusCode, header};

/// The status of an error.
pub(crate) fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// `Retry-After` for the errors that have one.
pub(crate) fn retry_after(error: &Error) -> Option<(HeaderName, HeaderValue)> {
    Some((header::RETRY_AFTER, HeaderValue::from(error.retry_after()?)))
}
