//! Times, and words for screen readers only.

use leptos::prelude::*;

/// A time in words people use, with the exact one on hover.
#[component]
pub fn Time(
    /// RFC 3339, UTC.
    #[prop(into)]
    iso: String,
    /// “5 minutes ago”.
    #[prop(into)]
    text: String,
    /// What hovering shows; the RFC 3339 form if left out.
    #[prop(optional, into)]
    exact: Option<String>,
) -> impl IntoView {
    let exact = exact.unwrap_or_else(|| iso.clone());
    view! {
        <time datetime=iso title=exact>
            {text}
        </time>
    }
}

/// Words for screen readers, unseen on the page.
#[component]
pub fn VisuallyHidden(
    /// The words.
    children: Children,
) -> impl IntoView {
    view! { <span class="visually-hidden">{children()}</span> }
}
