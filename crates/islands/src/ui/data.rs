//! Moments, and words for screen readers only.

use domain::Timestamp;
use leptos::prelude::*;

/// How a [`When`] is worded, in its `data-when`: as its distance.
pub const AGO: &str = "ago";
/// As its date and time of day.
pub const DATE: &str = "date";

/// A moment. With `now` how long ago it is, seen from there, and its date on hover; without, its date. In the browser,
/// [`LocalTimes`](crate::LocalTimes) writes it by the reader's own clock.
#[component]
pub fn When(
    /// The moment.
    at: Timestamp,
    /// The page's own moment.
    #[prop(optional)]
    now: Option<Timestamp>,
) -> impl IntoView {
    let date = at.to_minute();
    let (wording, words) = now.map_or_else(|| (DATE, date.clone()), |now| (AGO, at.relative_to(now)));
    view! {
        <time datetime=at.to_second() title=date data-when=wording>
            {words}
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
