//! What forms load when somebody touches them, in one file: split further, what the parts share would come in more
//! requests than the split saves.

use leptos::{prelude::lazy, web_sys::HtmlFormElement};

use crate::{drafts, tickets};

/// What a form needs.
pub enum Part {
    /// Files to attach, and sending with progress.
    Uploader,
    /// Its draft saved while somebody types.
    Draft,
    /// What its text will look like.
    Preview,
}

/// Loads the file if it is not there yet, and begins with a part.
#[lazy]
pub fn bring_to_life(form: HtmlFormElement, part: Part) {
    match part {
        Part::Uploader => tickets::begin_uploading(form),
        Part::Draft => drafts::begin_saving(form),
        Part::Preview => drafts::begin_preview(form),
    }
}
