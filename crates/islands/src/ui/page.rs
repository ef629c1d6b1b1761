//! The frame of a page: its head, its cards, the way through a list.

use super::{
    direction::sentence,
    icon::{Icon, IconName},
};
use leptos::prelude::*;

/// The mark and the name, leading home.
#[component]
pub fn Brand(
    /// Where home is.
    #[prop(into)]
    href: String,
) -> impl IntoView {
    view! {
        <a class="brand" href=href>
            <svg
                class="brand-mark"
                viewBox="0 0 24 24"
                aria-hidden="true"
                inner_html=MARK
            ></svg>
            "Pindesk"
        </a>
    }
}

const MARK: &str = r#"<path fill="currentColor" fill-rule="evenodd" d="M12 1.5a8.4 8.4 0 0 0-8.4 8.4c0 4.2 4.2 7.7 8.4 10.9 4.2-3.2 8.4-6.7 8.4-10.9A8.4 8.4 0 0 0 12 1.5zM7.9 8.5a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8zm4.1 0a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8zm4.1 0a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8zM4.5 21.2h15a.65.65 0 0 1 0 1.3h-15a.65.65 0 0 1 0-1.3z"/>"#;

/// What page this is, the way back, and what can be done here.
#[component]
pub fn PageHeader(
    /// The heading.
    #[prop(into)]
    title: String,
    /// Address and name of the page above; what people wrote is [`super::apart`] in it.
    #[prop(optional, into)]
    back: Option<(String, String)>,
    /// Small facts under the heading.
    #[prop(optional, into)]
    meta: Option<ViewFnOnce>,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="page-head">
            <div class="page-head-text">
                {back
                    .map(|(href, words)| {
                        view! {
                            <a class="back-link" href=href>
                                <Icon name=IconName::ChevronLeft/>
                                <span>{sentence(&words)}</span>
                            </a>
                        }
                    })}
                <h1 dir="auto">{title}</h1>
                {meta.map(|meta| view! { <div class="page-head-meta">{meta.run()}</div> })}
            </div>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </div>
    }
}

/// A surface with a heading.
#[component]
pub fn Card(
    /// The heading.
    #[prop(optional, into)]
    title: String,
    /// A link or button beside the heading.
    #[prop(optional, into)]
    action: Option<ViewFnOnce>,
    /// Without padding, for tables and lists.
    #[prop(optional)]
    flush: bool,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    let body =
        if flush { children().into_any() } else { view! { <div class="card-body">{children()}</div> }.into_any() };
    view! {
        <section class="card">
            {(!title.is_empty())
                .then(|| {
                    view! {
                        <div class="card-head">
                            <h2>{sentence(&title)}</h2>
                            {action.map(ViewFnOnce::run)}
                        </div>
                    }
                })}
            {body}
        </section>
    }
}

/// One list, seen through filters that are links.
#[component]
pub fn Tabs(
    /// What the filters are about, for screen readers.
    #[prop(into)]
    label: String,
    /// [`Tab`]s.
    children: Children,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            {children()}
        </nav>
    }
}

/// One of the [`Tabs`].
#[component]
pub fn Tab(
    /// Where to.
    #[prop(into)]
    href: String,
    /// Whether this is what is shown.
    #[prop(optional)]
    current: bool,
    /// How many are behind it.
    #[prop(optional, into)]
    count: Option<String>,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <a class="tab" href=href aria-current=current.then_some("page")>
            {children()}
            {count.map(|count| view! { <span class="count">{count}</span> })}
        </a>
    }
}

/// The way to the newer and the older part of a list; nothing when there is only one part.
#[component]
pub fn Pagination(
    /// Address of the part before this one.
    #[prop(optional_no_strip)]
    prev: Option<String>,
    /// Address of the part after this one.
    #[prop(optional_no_strip)]
    next: Option<String>,
    /// What is shown of how much.
    #[prop(optional, into)]
    summary: String,
) -> impl IntoView {
    (prev.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="pagination" aria-label="Pages">
                <span>{summary}</span>
                <span class="actions">
                    {prev
                        .map(|href| {
                            view! {
                                <a class="btn btn-sm" rel="prev" href=href>
                                    <Icon name=IconName::ChevronLeft/>
                                    "Previous"
                                </a>
                            }
                        })}
                    {next
                        .map(|href| {
                            view! {
                                <a class="btn btn-sm" rel="next" href=href>
                                    "Next"
                                    <Icon name=IconName::ChevronRight/>
                                </a>
                            }
                        })}
                </span>
            </nav>
        }
    })
}
