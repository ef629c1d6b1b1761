//! `GET /admin/backups/{file}`: a backup's bytes, to admins who are logged in.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::Response,
};
use domain::Error;
use http::{HeaderName, HeaderValue, header};

use crate::{extract::Caller, reply, site::Site};

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The bytes of a backup.
pub(crate) async fn file(State(site): State<Site>, Path(name): Path<String>, request: Request) -> Response {
    let read = match request.extensions().get::<Caller>() {
        Some(Caller::Known(actor)) => site.desk.backups().read(actor, &name).await,
        _ => Err(Error::Unauthenticated),
    };
    let (size, bytes) = match read {
        Ok(read) => read,
        Err(error) => return reply::refuse(&request, error),
    };
    let mut response = Response::new(Body::from_stream(bytes));
    let headers = response.headers_mut();
    let mut fixed = |name, value| headers.insert(name, HeaderValue::from_static(value));
    fixed(header::CONTENT_TYPE, "application/x-tar");
    fixed(header::CACHE_CONTROL, "no-store");
    fixed(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    fixed(CORP, "same-origin");
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    // Without a name that can be sent, the browser takes that of the address.
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", name.replace(['"', '\\'], "_")));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    response
}
