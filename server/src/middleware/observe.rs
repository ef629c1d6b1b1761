//! Around everything: the request's id, its line in the log, the answer to a panic, and the headers that every answer has.
//! The id and the address where a request comes from are on every line that is logged about it.
//!
//! The log never has a query, a header or a body in it: signatures, tokens, PINs and passwords travel there.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use data_encoding::HEXLOWER;
use futures::FutureExt as _;
use http::{HeaderName, HeaderValue, header};
use tracing::Instrument as _;

use super::client::{warn_of_unknown_proxy, whole_address};
use crate::{
    assets::embedded,
    metrics::counts::Metrics,
    reply::{self, Area},
    site::Site,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) async fn observe(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = request_id();
    let trusted = &site.settings.trusted_proxies;
    let client = whole_address(request.extensions(), request.headers(), trusted);
    // At the level that every log has: what is logged about a request says where it came from.
    let span = tracing::error_span!("request", id = id.as_str(), %client);
    if let Some(peer) = span.in_scope(|| warn_of_unknown_proxy(request.extensions(), request.headers(), trusted)) {
        let desk = site.desk.clone();
        tokio::task::spawn_blocking(move || desk.note_proxy(peer));
    }
    request.extensions_mut().insert(RequestId(id.clone()));
    let is_reading = request.method().is_safe();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let under_way = site.metrics.as_ref().map(Metrics::began);
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(under_way);

    let is_part_of_page = response.extensions().get::<embedded::KeptForGood>().is_some();
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let status = |name, value| (name, HeaderValue::from_static(value));
    let of_documents = [
        status(header::REFERRER_POLICY, "same-origin"),
        status(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        status(
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        status(header::CACHE_CONTROL, "no-store"),
        status(header::CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in of_documents.into_iter().filter(|_| !is_part_of_page) {
        headers.entry(name).or_insert(value);
    }
    if site.public_url.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    // A part of a page that is kept for good is the same whoever asks: of these a page has a dozen, and nobody asks after one.
    if let Ok(id) = HeaderValue::from_str(&id)
        && !is_part_of_page
    {
        headers.insert(REQUEST_ID, id);
    }

    let status = response.status();
    let elapsed = start.elapsed();
    if let Some(metrics) = &site.metrics {
        metrics.answered(&method, route.as_ref().map(MatchedPath::as_str), status, elapsed);
    }
    let microseconds = elapsed.as_micros();
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

/// The request's id; an extension of the request.
#[derive(Clone)]
struct RequestId(String);

/// Answers a request whose handler panicked. Below whatever every answer must have.
pub(crate) async fn catch_panics(request: Request, next: Next) -> Response {
    let area = Area::of(request.uri().path());
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| reply::panicked(area, &id))
}

#[expect(clippy::disallowed_methods, reason = "it is no secret")]
fn request_id() -> String {
    let mut bytes = [0; 8];
    // An id of zeros is no reason to refuse a request.
    let _ = getrandom::fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{
        Router,
        body::{Body, to_bytes},
        middleware::{from_fn, from_fn_with_state},
        routing::get,
    };
    use desk::{Desk, DeskConfig};
    use tower::ServiceExt as _;

    use super::*;
    use crate::config::Settings;

    async fn panics() -> Response {
        panic!("on purpose")
    }

    #[tokio::test]
    async fn a_panic_becomes_an_answer_in_the_form_that_was_asked() {
        let data = tempfile::tempdir().unwrap();
        let settings = Settings { desk: DeskConfig::new(data.path()), ..Settings::default() };
        let desk = Desk::open(settings.desk.clone()).await.unwrap();
        let site = Site::new(desk, settings, SocketAddr::from(([127, 0, 0, 1], 8000)));
        let router = Router::new()
            .route("/{*path}", get(panics))
            .layer(from_fn(catch_panics))
            .layer(from_fn_with_state(site.clone(), observe))
            .with_state(site);
        for (path, content_type, part) in [
            ("/api/x", "application/json", "\"detail\""),
            ("/media/x", "application/json", "\"detail\""),
            ("/fn/x", "application/json", "\"internal\""),
            ("/tickets", "text/html; charset=utf-8", "<h1>"),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), 500, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], content_type, "{path}");
            let id = response.headers()[REQUEST_ID].to_str().unwrap().to_owned();
            let bytes = to_bytes(response.into_body(), 100_000).await.unwrap();
            let body = String::from_utf8_lossy(&bytes).into_owned();
            assert!(body.contains(part) && !body.contains("on purpose"), "{body}");
            assert!(path.starts_with("/fn") || body.contains(&id), "the answer names the request: {body}");
        }
    }
}
