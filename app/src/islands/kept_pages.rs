//! Pages that the browser keeps whole for its Back button, whatever `Cache-Control` says.

use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{Event, HtmlElement},
};

use super::browser::{document, on, window};

/// A page that is kept is hidden while it is away, and when somebody comes back to it the server is asked for it anew: who
/// logged out in the meantime left nothing to look at.
pub fn start() {
    on(&window(), "pagehide", |event| {
        if is_kept(&event)
            && let Some(page) = document().document_element().and_then(|page| page.dyn_into::<HtmlElement>().ok())
        {
            page.set_hidden(true);
        }
    });
    on(&window(), "pageshow", |event| {
        if is_kept(&event) {
            // Not `reload`, which would send a form once more whose answer this page was.
            let location = window().location();
            let page = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
            let _ = location.replace(&page);
        }
    });
}

/// Whether the page goes into that memory, or comes out of it.
fn is_kept(event: &Event) -> bool {
    js_sys::Reflect::get(event, &"persisted".into()).is_ok_and(|kept| kept.is_truthy())
}
