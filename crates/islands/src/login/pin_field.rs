//! The PIN field, alive.

use leptos::prelude::*;

use crate::browser::in_browser;

/// Groups the PIN while it is typed or pasted, and takes one over from the address (`/#SUP-XXXX-XXXX`, as a QR code
/// carries it), where it reaches no server and is removed at once.
#[island(lazy)]
pub fn PinField(
    /// The input.
    children: Children,
) -> impl IntoView {
    in_browser(live::start);
    children()
}

mod live {
    use domain::Pin;
    use js_sys::Reflect;
    use leptos::{wasm_bindgen::JsValue, web_sys::HtmlInputElement};

    use crate::{
        browser::{find_in_page, on, window},
        login::pin_text::grouped,
    };

    pub(super) fn start() {
        let Some(input) = find_in_page::<HtmlInputElement>("#pin") else { return };
        show(&input);
        take_from_address(&input);
        // What an input method is still composing must not be written anew under it.
        for event in ["input", "compositionend"] {
            let field = input.clone();
            on(&input, event, move |event| {
                let is_composing = Reflect::get(&event, &"isComposing".into());
                if !is_composing.is_ok_and(|is_composing| is_composing.is_truthy()) {
                    show(&field);
                }
            });
        }
        on(&window(), "hashchange", move |_| take_from_address(&input));
    }

    /// Writes the field anew, the caret where it was.
    fn show(input: &HtmlInputElement) {
        let typed = input.value();
        let caret = input.selection_start().ok().flatten().map_or(usize::MAX, |place| place as usize);
        let Some((text, place)) = grouped(&typed, caret) else { return };
        if text != typed {
            input.set_value(&text);
            let place = u32::try_from(place).unwrap_or_default();
            let _ = input.set_selection_range(place, place);
        }
    }

    fn take_from_address(input: &HtmlInputElement) {
        let location = window().location();
        let hash = location.hash().unwrap_or_default();
        let pin = hash.trim_start_matches('#');
        let Some((text, _)) = grouped(pin, usize::MAX) else { return };
        if Pin::parse_plain(&text).is_err() {
            return;
        }
        input.set_value(&text);
        let page = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&page));
        }
    }
}
