//! Pages: rendered by Leptos, with a content security policy whose nonce is new for each.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{
    extract::{Request, State},
    response::Response,
};
use domain::Error;
use http::{HeaderValue, Method, StatusCode, header};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;

use crate::{forms, reply, site::Site};

/// Renders the page of a request.
pub(crate) type Renderer = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

/// Makes the renderer of the site's pages.
pub(crate) fn renderer(options: LeptosOptions) -> Renderer {
    // cargo-leptos sets it for the development loop, whose pages listen for changes on a port of their own.
    let port = options.reload_port;
    let reload = std::env::var_os("LEPTOS_WATCH").map(|_| format!(" ws://localhost:{port} ws://127.0.0.1:{port}"));
    let reload: Arc<str> = reload.unwrap_or_default().into();
    let policy = move || {
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce, &reload))
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    };
    Arc::new(leptos_axum::render_app_async_with_context(policy, move || app::shell(options.clone())))
}

fn content_security_policy(nonce: &str, reload: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' blob: data:; connect-src 'self'{reload}; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'self'; object-src 'none'"
    )
}

/// A page.
pub(crate) async fn show(State(site): State<Site>, request: Request) -> Response {
    render(&site, request).await
}

/// What no route knows: the site's own page for it.
pub(crate) async fn missing(State(site): State<Site>, request: Request) -> Response {
    // The forms of the page that says so, as the choice of colours, work too.
    if request.method() == Method::POST && forms::function(request.uri()).is_some() {
        return forms::submit(State(site), request).await;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return reply::refuse(&request, Error::NotFound);
    }
    let mut response = render(&site, request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// Renders the page of `request`.
pub(crate) async fn render(site: &Site, mut request: Request) -> Response {
    // A redirect of a page is a real one for every client, not only for those that say they read HTML.
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("text/html"));
    (site.renderer)(request).await
}
