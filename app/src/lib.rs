//! What people see: pages, islands and server functions.
//!
//! Compiled twice: with `ssr` into the server, which renders every page whole, and with `hydrate` into the WASM that
//! brings a page's islands to life.

pub mod admin;
pub mod login;
pub mod refusal;
pub mod routes;
pub mod tickets;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod multipart;
#[cfg(feature = "ssr")]
pub mod request;

use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};

/// The document around every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <HydrationScripts options islands=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Every page.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    routes::routes()
}
