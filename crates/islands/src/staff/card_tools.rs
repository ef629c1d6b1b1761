//! Copies and prints an issued PIN.

use leptos::prelude::*;

use crate::browser::in_browser;

/// Shows the buttons in `#card-tools`, which do nothing without script: those with `data-copy` copy what it says, the
/// one with `data-print` prints the page.
#[island(lazy)]
pub fn CardTools(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    in_browser(live::start);
    children()
}

mod live {
    use js_sys::Reflect;
    use leptos::{
        wasm_bindgen::{JsCast, JsValue},
        web_sys::{Element, HtmlElement},
    };
    use wasm_bindgen_futures::{JsFuture, spawn_local};

    use crate::browser::{document, find_in_page, on, set_text, window};

    pub(super) fn start() {
        let Some(tools) = find_in_page::<HtmlElement>("#card-tools") else { return };
        tools.set_hidden(false);
        on(&tools.clone(), "click", move |event| {
            let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(button) = button.and_then(|target| target.closest("button").ok().flatten()) else { return };
            if let Some(text) = button.get_attribute("data-copy") {
                let tools = tools.clone();
                spawn_local(async move {
                    let words = if copy(&text).await { "Copied." } else { "Copy it from the card: it is marked." };
                    set_text(&tools, "[role=status]", words);
                });
            } else if button.has_attribute("data-print") {
                let _ = window().print();
            }
        });
    }

    /// Copies, or marks the PIN on the card where the browser refuses: it lets only pages over HTTPS copy.
    async fn copy(text: &str) -> bool {
        let navigator = window().navigator();
        let has_clipboard =
            Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|clipboard| !clipboard.is_undefined());
        if has_clipboard && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok() {
            return true;
        }
        if let (Some(card), Ok(Some(selection))) = (find_in_page::<Element>("#issued-pin"), document().get_selection())
        {
            let _ = selection.select_all_children(&card);
        }
        false
    }
}
