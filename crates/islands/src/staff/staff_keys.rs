//! The keyboard for those who work here all day.

use leptos::prelude::*;

use crate::browser::in_browser;

/// Keys on every staff page: `j` and `k` walk through the rows of a list (Enter opens one), `/` goes to the search,
/// Ctrl-K or ⌘K opens the palette `#palette`, which leads to a page, a ticket by its number, or a search.
#[island(lazy)]
pub fn StaffKeys() -> impl IntoView {
    in_browser(live::start);
}

mod live {
    use leptos::{
        wasm_bindgen::JsCast,
        web_sys::{Element, Event, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent},
    };

    use crate::browser::{document, find, find_all, find_in_page, on, set_text};

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
            opener.set_hidden(false);
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
        if event.ctrl_key() || event.meta_key() || event.alt_key() || palette.open() || is_typing(event) {
            return;
        }
        match key.as_str() {
            // Who switched single keys off has the palette alone.
            _ if palette.has_attribute("data-no-keys") => {}
            "j" => walk(1),
            "k" => walk(-1),
            "/" => {
                if let Some(search) = find_in_page::<HtmlInputElement>("#search") {
                    event.prevent_default();
                    let _ = search.focus();
                    search.select();
                }
            }
            _ => {}
        }
    }

    fn is_typing(event: &Event) -> bool {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
    }

    /// Moves the focus by rows.
    fn walk(step: i32) {
        if let Some(root) = document().document_element() {
            step_to(&find_all(&root, ".row-link"), step);
        }
    }

    /// Focuses the neighbour of the link that has the focus; the first, if none has. Says whether there was one.
    fn step_to(links: &[Element], step: i32) -> bool {
        let active = document().active_element();
        let here = links.iter().position(|link| Some(link) == active.as_ref());
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
                step_to(&shown, 1);
            }
            "ArrowUp" => {
                event.prevent_default();
                if !step_to(&shown, -1) {
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
        let typed = typed.trim().to_lowercase();
        let number = typed.trim_start_matches('#');
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        for entry in find_all(palette, "li") {
            let Some(link) = entry.first_element_child() else { continue };
            let is_shown = match (entry.get_attribute("data-to"), entry.has_attribute("data-number")) {
                (Some(to), true) => take_over(&link, &to, number) && is_number,
                (Some(to), false) => take_over(&link, &to, &typed) && !typed.is_empty(),
                (None, _) => link.text_content().unwrap_or_default().to_lowercase().contains(&typed),
            };
            if let Some(entry) = entry.dyn_ref::<HtmlElement>() {
                entry.set_hidden(!is_shown);
            }
        }
    }

    fn take_over(link: &Element, to: &str, typed: &str) -> bool {
        let mut address = to.to_owned();
        address.push_str(&String::from(js_sys::encode_uri_component(typed)));
        set_text(link, "b", typed);
        link.set_attribute("href", &address).is_ok()
    }
}
