//! What single keys are about.

use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{Element, Event, KeyboardEvent},
};

use crate::browser::{document, find, find_in_page};

/// Where keys are text, or choose from a list.
const FIELDS: &str =
    "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset]), textarea, select";

/// The character of a key that is for the page: typed into no field, with no dialog open, by somebody who did not switch
/// single keys off.
pub(super) fn single_key(event: &KeyboardEvent) -> Option<String> {
    let is_for_browser = event.ctrl_key() || event.meta_key() || event.alt_key();
    if is_for_browser || is_typing(event) || find_in_page::<Element>("dialog[open], [data-no-keys]").is_some() {
        return None;
    }
    Some(event.key())
}

pub(super) fn is_typing(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.matches(FIELDS).unwrap_or_default())
}

/// The row of a list that has the focus.
pub(super) fn current_row() -> Option<Element> {
    document().active_element()?.closest("tbody tr").ok()?
}

/// The link that has the focus, or that the row leads to in which something has it.
pub(super) fn current_link() -> Option<Element> {
    const LINK: &str = ".row-link";
    let active = document().active_element()?;
    if active.matches(LINK).unwrap_or_default() { Some(active) } else { find(&current_row()?, LINK) }
}
