//! The renderer of the site's pages, with a content security policy whose nonce is new for each.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{extract::Request, response::Response};
use http::{HeaderValue, header};
use islands::request::RequestContext;
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;

/// Renders the page of a request.
pub(crate) type Renderer = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

/// Makes the renderer of the site's pages.
#[expect(clippy::disallowed_methods, reason = "cargo-leptos tells, nobody sets it")]
pub(crate) fn renderer(options: LeptosOptions) -> Renderer {
    // cargo-leptos sets it for the development loop, whose pages listen for changes on a port of their own.
    let port = options.reload_port;
    let reload = std::env::var_os("LEPTOS_WATCH").map(|_| format!(" ws://localhost:{port} ws://127.0.0.1:{port}"));
    let reload: Arc<str> = reload.unwrap_or_default().into();
    let policy = move || {
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce, has_style(), &reload))
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    };
    Arc::new(leptos_axum::render_app_async_with_context(policy, move || app::shell(options.clone())))
}

/// Whether the page brings its style along.
fn has_style() -> bool {
    RequestContext::current().is_ok_and(|context| context.first_style.is_some())
}

fn content_security_policy(nonce: &str, has_style: bool, reload: &str) -> String {
    let style = if has_style { format!(" 'nonce-{nonce}'") } else { String::new() };
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'{style}; \
         img-src 'self' blob: data:; connect-src 'self'{reload}; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'self'; object-src 'none'"
    )
}
