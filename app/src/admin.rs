//! The staff area.

use leptos::prelude::*;

/// Page.
#[component]
pub fn OverviewPage() -> impl IntoView {
    view! { <h1>"OverviewPage"</h1> }
}

/// Page.
#[component]
pub fn LoginPage() -> impl IntoView {
    view! { <h1>"LoginPage"</h1> }
}

/// Page.
#[component]
pub fn SetUpPage() -> impl IntoView {
    view! { <h1>"SetUpPage"</h1> }
}

/// Page.
#[component]
pub fn TicketsPage() -> impl IntoView {
    view! { <h1>"TicketsPage"</h1> }
}

/// Page.
#[component]
pub fn TicketPage() -> impl IntoView {
    view! { <h1>"TicketPage"</h1> }
}

/// Page.
#[component]
pub fn CustomersPage() -> impl IntoView {
    view! { <h1>"CustomersPage"</h1> }
}

/// Page.
#[component]
pub fn NewCustomerPage() -> impl IntoView {
    view! { <h1>"NewCustomerPage"</h1> }
}

/// Page.
#[component]
pub fn CustomerPage() -> impl IntoView {
    view! { <h1>"CustomerPage"</h1> }
}

/// Page.
#[component]
pub fn PinsPage() -> impl IntoView {
    view! { <h1>"PinsPage"</h1> }
}

/// Page.
#[component]
pub fn FilesPage() -> impl IntoView {
    view! { <h1>"FilesPage"</h1> }
}

/// Page.
#[component]
pub fn SessionsPage() -> impl IntoView {
    view! { <h1>"SessionsPage"</h1> }
}

/// Page.
#[component]
pub fn StaffPage() -> impl IntoView {
    view! { <h1>"StaffPage"</h1> }
}

/// Page.
#[component]
pub fn StaffMemberPage() -> impl IntoView {
    view! { <h1>"StaffMemberPage"</h1> }
}

/// Page.
#[component]
pub fn CategoriesPage() -> impl IntoView {
    view! { <h1>"CategoriesPage"</h1> }
}
