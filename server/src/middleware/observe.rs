//! Around everything: the request's id, its line in the log, the answer to a panic, and the headers that every answer has.
//!
//! The log never has a query, a header or a body in it: signatures, tokens, PINs and passwords travel there.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use data_encoding::HEXLOWER;
use domain::Error;
use futures::FutureExt as _;
use http::{HeaderName, HeaderValue, Method, header};
use tracing::Instrument as _;

use crate::{reply, site::Site};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) async fn observe(State(site): State<Site>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = request_id();
    let span = tracing::info_span!("request", id = id.as_str());
    let refusal = reply::refusal_for(&request);
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let mut response = AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .instrument(span.clone())
        .await
        .unwrap_or_else(|_| refusal(Error::Internal));

    let headers = response.headers_mut();
    let status = |name, value| (name, HeaderValue::from_static(value));
    for (name, value) in [
        status(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        status(header::REFERRER_POLICY, "same-origin"),
        status(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        status(
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        status(header::CACHE_CONTROL, "no-store"),
        status(header::CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ] {
        headers.entry(name).or_insert(value);
    }
    if site.public_url.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }

    let status = response.status();
    let microseconds = start.elapsed().as_micros();
    let _entered = span.enter();
    if status.is_server_error() {
        tracing::error!(%method, path, status = status.as_u16(), microseconds, "failed");
    } else if status.is_client_error() || !is_reading {
        tracing::info!(%method, path, status = status.as_u16(), microseconds, "answered");
    } else {
        tracing::debug!(%method, path, status = status.as_u16(), microseconds, "answered");
    }
    response
}

fn request_id() -> String {
    let mut bytes = [0; 8];
    // An id of zeros is no reason to refuse a request.
    let _ = getrandom::fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}
