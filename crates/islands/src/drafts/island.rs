//! The island.

use leptos::prelude::*;

use crate::browser::in_browser;

/// Saves what is typed into every `form[data-draft]` of the page, soon after the last keystroke and when the page is
/// left, and says so in the form's `DraftBar`. One per page. Most of it is loaded at the first keystroke.
#[island]
pub fn Drafts() -> impl IntoView {
    in_browser(super::wake::wait);
}
