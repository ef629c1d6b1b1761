//! The keyboard for those who work here all day.

use leptos::prelude::*;

use crate::browser::in_browser;

/// Keys on every staff page: `j` and `k` walk through the rows of a list, `o` (or Enter) opens one, `/` goes to the search,
/// `?` shows the list of keys `#keys`, Ctrl-K or ⌘K opens the palette `#palette`, which leads to a page, a ticket by its
/// number, or a search.
#[island(lazy)]
pub fn StaffKeys() -> impl IntoView {
    in_browser(live::start);
}

mod live {
    use js_sys::JsString;
    use leptos::{
        wasm_bindgen::JsCast,
        web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent},
    };

    use crate::{
        browser::{document, find, find_all, find_in_page, on, set_text},
        staff::keys::{current_link, is_typing, single_key},
    };

    pub(super) fn start() {
        let Some(palette) = find_in_page::<HtmlDialogElement>("#palette") else { return };
        let Some(field) = find::<HtmlInputElement>(&palette, "input") else { return };
        on(&document(), "keydown", {
            let (palette, field) = (palette.clone(), field.clone());
            move |event| {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                    page_key(event, &palette, &field);
                }
            }
        });
        on(&palette.clone(), "keydown", {
            let (palette, field) = (palette.clone(), field.clone());
            move |event| {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                    palette_key(event, &palette, &field);
                }
            }
        });
        on(&field.clone(), "input", {
            let (palette, field) = (palette.clone(), field.clone());
            move |_| narrow(&palette, &field.value())
        });
        if let Some(opener) = find_in_page::<HtmlElement>("#open-palette") {
            let _ = opener.remove_attribute("data-waits");
            on(&opener, "click", move |_| open(&palette, &field));
        }
    }

    fn page_key(event: &KeyboardEvent, palette: &HtmlDialogElement, field: &HtmlInputElement) {
        let key = event.key();
        if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && key.eq_ignore_ascii_case("k") {
            event.prevent_default();
            if palette.open() {
                palette.close()
            } else {
                open(palette, field)
            }
            return;
        }
        match single_key(event).as_deref() {
            Some("j") => walk(1),
            Some("k") => walk(-1),
            Some("o") => {
                if let Some(link) = current_link().and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
                    link.click();
                }
            }
            Some("?") => {
                if let Some(list) = find_in_page::<HtmlDialogElement>("#keys") {
                    let _ = list.show_modal();
                }
            }
            Some("/") => {
                if let Some(search) = find_in_page::<HtmlInputElement>("#search") {
                    event.prevent_default();
                    let _ = search.focus();
                    search.select();
                }
            }
            _ => {}
        }
    }

    /// Moves the focus by rows.
    fn walk(step: i32) {
        if let Some(root) = document().document_element() {
            step_to(&find_all(&root, ".row-link"), current_link(), step);
        }
    }

    /// Focuses the neighbour of the link that one is at; the first, if at none. Says whether there was one.
    fn step_to(links: &[Element], at: Option<Element>, step: i32) -> bool {
        let here = links.iter().position(|link| Some(link) == at.as_ref());
        let next = match here {
            Some(here) => here.checked_add_signed(step as isize),
            None => Some(0),
        };
        let Some(link) = next.and_then(|next| links.get(next)).and_then(|link| link.dyn_ref::<HtmlElement>()) else {
            return false;
        };
        link.focus().is_ok()
    }

    fn open(palette: &HtmlDialogElement, field: &HtmlInputElement) {
        field.set_value("");
        narrow(palette, "");
        if palette.show_modal().is_ok() {
            let _ = field.focus();
        }
    }

    fn palette_key(event: &KeyboardEvent, palette: &HtmlDialogElement, field: &HtmlInputElement) {
        let shown = find_all(palette, "li:not([hidden]) > a");
        match event.key().as_str() {
            "ArrowDown" => {
                event.prevent_default();
                step_to(&shown, document().active_element(), 1);
            }
            "ArrowUp" => {
                event.prevent_default();
                if !step_to(&shown, document().active_element(), -1) {
                    let _ = field.focus();
                }
            }
            "Enter" if is_typing(event) => {
                event.prevent_default();
                if let Some(first) = shown.first().and_then(|link| link.dyn_ref::<HtmlElement>()) {
                    first.click();
                }
            }
            _ => {}
        }
    }

    /// Shows the entries that fit what was typed. Those with `data-to` take it over into their address.
    fn narrow(palette: &HtmlDialogElement, typed: &str) {
        let typed = small(typed.trim());
        let number = typed.trim_start_matches('#');
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        for entry in find_all(palette, "li") {
            let Some(link) = entry.first_element_child() else { continue };
            let is_shown = match (entry.get_attribute("data-to"), entry.has_attribute("data-number")) {
                (Some(to), true) => take_over(&link, &to, number) && is_number,
                (Some(to), false) => take_over(&link, &to, &typed) && !typed.is_empty(),
                (None, _) => small(&link.text_content().unwrap_or_default()).contains(&typed),
            };
            if let Some(entry) = entry.dyn_ref::<HtmlElement>() {
                entry.set_hidden(!is_shown);
            }
        }
    }

    /// In small letters. The browser has the table for it, which weighs more than this island.
    fn small(text: &str) -> String {
        JsString::from(text).to_lower_case().into()
    }

    fn take_over(link: &Element, to: &str, typed: &str) -> bool {
        let mut address = to.to_owned();
        address.push_str(&String::from(js_sys::encode_uri_component(typed)));
        set_text(link, "b", typed);
        link.set_attribute("href", &address).is_ok()
    }
}
