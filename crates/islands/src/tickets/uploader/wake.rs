//! What waits on the page for somebody to touch the form: the rest of the uploader is loaded only then.

use std::{cell::Cell, rc::Rc};

use leptos::{
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{
        ClipboardEvent, DataTransfer, DragEvent, Element, Event, HtmlElement, HtmlFormElement, HtmlInputElement,
    },
};

use crate::{
    browser::{document, find, find_all_in_page, find_in_page, on},
    forms::{Part, bring_to_life},
};

/// Looks alive at once, so that nothing moves when it is.
pub(super) fn wait() {
    // A page may have several forms; each island takes one.
    let Some(form) = find_in_page::<HtmlFormElement>("form[data-upload]:not([data-awaits])") else { return };
    let _ = form.set_attribute("data-awaits", "");
    let Some(uploader) = find::<Element>(&form, ".uploader") else { return };
    let _ = uploader.class_list().add_1("is-live");
    let wake = {
        let (form, woken) = (form.clone(), Rc::new(Cell::new(false)));
        move || {
            if !woken.replace(true) {
                let form = form.clone();
                spawn_local(async move { bring_to_life(form, Part::Uploader).await });
            }
        }
    };
    for event in ["pointerover", "focusin", "change"] {
        let wake = wake.clone();
        on(&form, event, move |_| wake());
    }
    for event in ["dragenter", "dragover", "drop", "paste"] {
        let (wake, form) = (wake.clone(), form.clone());
        on(&document(), event, move |event| {
            if let Some(data) = transfer(&event).filter(|data| data.types().includes(&"Files".into(), 0)) {
                wake();
                keep(&form, &event, &data);
            }
        });
    }
}

/// Files that come before the uploader is there go into the plain field, which it empties when it begins. The browser
/// would leave the page to open a file that is dropped beside a field.
fn keep(form: &HtmlFormElement, event: &Event, data: &DataTransfer) {
    let is_ours = !form.has_attribute("data-alive") && is_meant(form, event);
    if !is_ours || event.type_() == "dragenter" {
        return;
    }
    event.prevent_default();
    let files = data.files().filter(|files| files.length() > 0);
    if let (Some(files), Some(input)) = (files, find::<HtmlInputElement>(form, "input[type=file]")) {
        input.set_files(Some(&files));
    }
}

/// What a drop or a paste brings.
pub(super) fn transfer(event: &Event) -> Option<DataTransfer> {
    match event.dyn_ref::<ClipboardEvent>() {
        Some(paste) => paste.clipboard_data(),
        None => event.dyn_ref::<DragEvent>()?.data_transfer(),
    }
}

/// Whether files that come to the page are for this form: the one they came to, otherwise the first that is shown.
pub(super) fn is_meant(form: &HtmlFormElement, event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let closest = target.and_then(|target| target.closest("form[data-upload]").ok().flatten());
    let is_shown = |form: &Element| form.dyn_ref::<HtmlElement>().is_some_and(|form| form.offset_parent().is_some());
    let first = || find_all_in_page("form[data-upload]").into_iter().find(is_shown);
    closest.or_else(first).is_some_and(|meant| meant.is_same_node(Some(form)))
}
