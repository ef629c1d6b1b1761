//! Log in by Support PIN.

use leptos::prelude::*;

/// Page.
#[component]
pub fn LoginPage() -> impl IntoView {
    view! { <h1>"LoginPage"</h1> }
}
