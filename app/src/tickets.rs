//! A customer's tickets.

use leptos::prelude::*;

/// Page.
#[component]
pub fn ListPage() -> impl IntoView {
    view! { <h1>"ListPage"</h1> }
}

/// Page.
#[component]
pub fn NewPage() -> impl IntoView {
    view! { <h1>"NewPage"</h1> }
}

/// Page.
#[component]
pub fn TicketPage() -> impl IntoView {
    view! { <h1>"TicketPage"</h1> }
}
