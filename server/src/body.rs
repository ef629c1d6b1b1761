//! Reading bodies: how large they may be, and where a form with files is divided.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::body::{Body, Bytes, to_bytes};
use domain::{Error, FORM_MAX_FIELDS, FieldErrors, too_many_fields};
use http::{Extensions, HeaderMap, header};
use http_body_util::LengthLimitError;

/// Bytes of a body without files.
pub(crate) const MAX_BODY_BYTES: u64 = 256 * 1024;
/// Bytes that a form with files may have beside them.
pub(crate) const FORM_OVERHEAD_BYTES: u64 = 1024 * 1024;

/// How many bytes a request's body may have; an extension of the request. Whoever reads files raises it: a REST call once it is
/// known who sends them, a form before that, because what somebody typed who is logged out by now is shown again. Of such a form
/// no more is read than its texts may have ([`desk::MultipartForm::note_texts`]).
#[derive(Debug, Clone)]
pub(crate) struct BodyLimit(Arc<AtomicU64>);

impl Default for BodyLimit {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(MAX_BODY_BYTES)))
    }
}

impl BodyLimit {
    /// Lets the body of a request be as large as `bytes`.
    pub(crate) fn raise(extensions: &Extensions, bytes: u64) {
        if let Some(Self(limit)) = extensions.get() {
            limit.fetch_max(bytes, Ordering::AcqRel);
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// The boundary of a multipart body.
pub(crate) fn boundary(headers: &HeaderMap) -> Option<String> {
    form_data::boundary(headers.get(header::CONTENT_TYPE)?.as_bytes())
}

/// A body without files, whole.
///
/// # Errors
/// It broke off, or is too long.
pub(crate) async fn whole(body: Body) -> Result<Bytes, Error> {
    let limit = usize::try_from(MAX_BODY_BYTES).unwrap_or(usize::MAX);
    to_bytes(body, limit).await.map_err(|error| {
        if error.into_inner().is::<LengthLimitError>() {
            let sentence = format!("Send at most {} in one request.", domain::human_bytes(MAX_BODY_BYTES));
            return Error::TooLarge { fields: FieldErrors::one("form", sentence) };
        }
        Error::field("form", "The form broke off. Go back and send it again.")
    })
}

/// Refuses an `application/x-www-form-urlencoded` body with more fields than any form has.
pub(crate) fn check_count(bytes: &[u8]) -> Result<(), FieldErrors> {
    let count = memchr::memchr_iter(b'&', bytes).count() + 1;
    if count > FORM_MAX_FIELDS { Err(too_many_fields()) } else { Ok(()) }
}
