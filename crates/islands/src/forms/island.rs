//! The island.

use leptos::prelude::*;

use super::{open::OpenForm, spec::FormSpec, view};
use crate::{browser::in_browser, packed::Packed};

/// A form that is written in; see [`crate::forms`].
#[island(lazy)]
pub fn WriteForm(
    /// What it is made of.
    spec: Packed<FormSpec>,
) -> impl IntoView {
    let open = OpenForm::new(&spec.0);
    let keeps_draft = spec.0.draft.is_some();
    in_browser(|| open.start(keeps_draft));
    view::form(open, spec.0)
}
