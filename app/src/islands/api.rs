//! The reader's choice of colours.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use leptos::prelude::*;

use crate::refusal::Refusal;

/// Keeps the choice of colours in a cookie: `light`, `dark`, anything else for the system's. For a browser without
/// script; with it, the browser sets the cookie itself.
///
/// # Errors
/// None.
#[server(prefix = "/fn", endpoint = "set_theme")]
pub async fn set_theme(#[server(default)] theme: String) -> Result<(), Refusal> {
    use server_fn::axum_export::http::{HeaderValue, header::SET_COOKIE};

    let cookie = match theme.as_str() {
        "light" => "pindesk_theme=light; Path=/; Max-Age=31536000; SameSite=Lax",
        "dark" => "pindesk_theme=dark; Path=/; Max-Age=31536000; SameSite=Lax",
        _ => "pindesk_theme=; Path=/; Max-Age=0; SameSite=Lax",
    };
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.append_header(SET_COOKIE, HeaderValue::from_static(cookie));
    }
    Ok(())
}
