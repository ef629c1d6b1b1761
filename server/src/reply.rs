//! Answers of the middleware, each in the form of the area that was asked: JSON for REST and files, the domain's error
//! for server functions, a small page for people.

pub(crate) mod api;
mod status;

use axum::{
    extract::Request,
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use domain::Error;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;

use crate::assets::embedded;

pub(crate) use self::{
    api::{ApiError, ApiResult},
    status::{retry_after, status},
};

/// Parts of the site that answer in their own form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// Pages, and forms sent to them.
    Page,
    /// Server functions, and the stream of live updates.
    ServerFn,
    /// REST and files.
    Api,
    /// Health, and the site's own files.
    System,
}

impl Area {
    pub(crate) fn of(path: &str) -> Self {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match first {
            "api" | "media" => Self::Api,
            "fn" | "live" => Self::ServerFn,
            "healthz" | "readyz" | "pkg" => Self::System,
            _ => Self::Page,
        }
    }

    /// Refuses a request in this area.
    pub(crate) fn refuse(self, error: Error) -> Response {
        match self {
            Self::Api => ApiError::from(error).into_response(),
            Self::ServerFn => domain_error(&error),
            Self::Page | Self::System => page(&error),
        }
    }
}

/// The answer to a request whose handler panicked; `id` finds it in the log.
pub(crate) fn panicked(area: Area, id: &str) -> Response {
    let sentence = format!("{} If it happens again, tell us this number: {id}.", Error::Internal);
    match area {
        Area::Api => (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(json!({ "detail": sentence, "request_id": id })))
            .into_response(),
        Area::ServerFn => domain_error(&Error::Internal),
        Area::Page | Area::System => page_with(StatusCode::INTERNAL_SERVER_ERROR, &sentence),
    }
}

/// Refuses `request`.
pub(crate) fn refuse(request: &Request, error: Error) -> Response {
    Area::of(request.uri().path()).refuse(error)
}

/// How `request` would be refused, for when it is gone.
pub(crate) fn refusal_for(request: &Request) -> impl Fn(Error) -> Response + Send + use<> {
    let area = Area::of(request.uri().path());
    move |error| area.refuse(error)
}

/// A method that an address does not know; the router adds `Allow`.
pub(crate) async fn other_method(request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    match Area::of(request.uri().path()) {
        Area::Api => ApiError::Method(format!("Method \"{}\" not allowed.", request.method())).into_response(),
        Area::ServerFn => {
            let mut response = domain_error(&Error::NotFound);
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            response
        }
        Area::Page | Area::System => page_with(
            StatusCode::METHOD_NOT_ALLOWED,
            "This address does not take a request of this kind. Go back, reload the page and try again.",
        ),
    }
}

/// A request names its host once (RFC 9112, 3.2): whatever stands in front of us may have looked at the other one.
pub(crate) async fn one_host(request: Request, next: Next) -> Response {
    if request.headers().get_all(header::HOST).iter().count() > 1 {
        return refuse(
            &request,
            Error::field("form", "This request names its host more than once. Send one Host header."),
        );
    }
    next.run(request).await
}

/// The form in which server functions refuse.
fn domain_error(error: &Error) -> Response {
    let mut response = (status(error), axum::Json(error)).into_response();
    response.headers_mut().extend(retry_after(error));
    response
}

fn page(error: &Error) -> Response {
    let sentence = error.fields().and_then(|fields| fields.0.values().flatten().next().cloned());
    let mut response = page_with(status(error), &sentence.unwrap_or_else(|| error.to_string()));
    response.headers_mut().extend(retry_after(error));
    response
}

/// A page that needs nothing but the style sheet, for when the site's own cannot be shown.
fn page_with(status: StatusCode, sentence: &str) -> Response {
    let sentence = escape(sentence);
    let reason = status.canonical_reason().unwrap_or("Error");
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{reason} · Pindesk</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/{folder}/pindesk.css\"></head><body><div class=\"center-shell\">\
         <main class=\"center-main\" id=\"main\"><a class=\"brand\" href=\"/\">Pindesk</a><div class=\"center-card\">\
         <div class=\"error-page\"><span class=\"error-code\">{code}</span><h1>{reason}</h1><p>{sentence}</p>\
         <div class=\"actions\"><a class=\"btn btn-primary\" href=\"/\">To the start</a></div></div></div></main></div>\
         </body></html>",
        folder = embedded::folder(),
        code = status.as_u16(),
    );
    let mut response = (status, Html(html)).into_response();
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
