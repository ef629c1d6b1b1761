//! The few things islands do with the browser's document.

use leptos::{
    wasm_bindgen::{JsCast, closure::Closure},
    web_sys,
};
use web_sys::{Document, DocumentFragment, Element, Event, EventTarget, HtmlTemplateElement, Window};

/// Runs what only a browser can do, from the body of an island, which runs on the server as well.
pub fn in_browser(run: impl FnOnce()) {
    if cfg!(target_family = "wasm") {
        run();
    }
}

/// The window, outside of which no island lives.
#[expect(clippy::expect_used, reason = "islands run in a window")]
pub fn window() -> Window {
    web_sys::window().expect("islands run in a window")
}

/// The document.
#[expect(clippy::expect_used, reason = "a window has a document")]
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// The first element in `root` that `selector` finds, if it is a `T`.
pub fn find<T: JsCast>(root: &Element, selector: &str) -> Option<T> {
    root.query_selector(selector).ok()??.dyn_into().ok()
}

/// The first element in the document that `selector` finds, if it is a `T`.
pub fn find_in_page<T: JsCast>(selector: &str) -> Option<T> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

/// Every element in `root` that `selector` finds.
pub fn find_all(root: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = root.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|i| found.item(i)?.dyn_into().ok()).collect()
}

/// Every element in the document that `selector` finds.
pub fn find_all_in_page(selector: &str) -> Vec<Element> {
    document().document_element().map(|page| find_all(&page, selector)).unwrap_or_default()
}

/// Calls `run` at every `event` on `target`, as long as the page lives.
pub fn on(target: &EventTarget, event: &str, run: impl FnMut(Event) + 'static) {
    let listener = Closure::<dyn FnMut(Event)>::new(run);
    let _ = target.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    listener.forget();
}

/// A copy of the first element in the `<template>` that `selector` finds in `root`.
pub fn copy_template(root: &Element, selector: &str) -> Option<Element> {
    let template: HtmlTemplateElement = find(root, selector)?;
    let copy: DocumentFragment = template.content().clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    copy.first_element_child()
}

/// Sets the text of the first element in `root` that `selector` finds.
pub fn set_text(root: &Element, selector: &str, text: &str) {
    if let Some(element) = find::<Element>(root, selector) {
        element.set_text_content(Some(text));
    }
}
