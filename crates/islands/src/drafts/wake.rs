//! What waits on the page for the first keystroke: the rest is loaded only then.

use std::cell::Cell;

use js_sys::Reflect;
use leptos::{
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement, HtmlFormElement},
};

use crate::{
    browser::{find, find_all, find_all_in_page, on},
    forms::{Part, bring_to_life},
};

/// On a form into which the browser brought back what was typed there before, other than what the server sent.
pub(super) const RESTORED: &str = "data-restored";

pub(super) fn wait() {
    for form in find_all_in_page("form[data-draft]") {
        let Ok(form) = form.dyn_into::<HtmlFormElement>() else { continue };
        let is_restored = texts(&form).iter().any(|field| get(field, "value") != get(field, "defaultValue"));
        if is_restored {
            let _ = form.set_attribute(RESTORED, "");
        }
        let (woken, sleeper) = (Cell::new(false), form.clone());
        let wake = move || {
            if !woken.replace(true) {
                let form = sleeper.clone();
                spawn_local(async move { bring_to_life(form, Part::Draft).await });
            }
        };
        if is_restored {
            wake();
        }
        offer_preview(&form);
        on(&form, "input", move |_| wake());
    }
}

/// The button stands hidden on the page: without script another one saves the draft and shows it.
fn offer_preview(form: &HtmlFormElement) {
    let Some(button) = find::<HtmlElement>(form, "[data-preview-ask]") else { return };
    button.set_hidden(false);
    let form = form.clone();
    on(&button, "click", move |_| {
        let form = form.clone();
        spawn_local(async move { bring_to_life(form, Part::Preview).await });
    });
}

/// The form's fields for text.
pub(super) fn texts(form: &HtmlFormElement) -> Vec<Element> {
    find_all(form, "textarea, input[type=text]")
}

/// A property of a field that is a text.
pub(super) fn get(field: &Element, property: &str) -> String {
    Reflect::get(field, &property.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}
