//! Light, dark, or what the system says, at once.

use leptos::prelude::*;

use crate::browser::in_browser;

/// Switches the colours at once and keeps the choice, without a new page.
#[island]
pub fn LiveTheme(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    in_browser(live::start);
    children()
}

mod live {
    use leptos::{
        wasm_bindgen::JsCast,
        web_sys::{Element, HtmlDocument},
    };

    use crate::browser::{document, find_all, find_in_page, on};

    pub(super) fn start() {
        let Some(switch) = find_in_page::<Element>(".theme-switch") else { return };
        catch_up(&switch);
        on(&switch.clone(), "click", move |event| {
            let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(button) = button.and_then(|target| target.closest("button").ok().flatten()) else { return };
            event.prevent_default();
            choose(&switch, &button);
        });
    }

    /// A page that the browser fetched ahead may be older than the choice.
    fn catch_up(switch: &Element) {
        let Ok(page) = document().dyn_into::<HtmlDocument>() else { return };
        let cookies = page.cookie().unwrap_or_default();
        let chosen = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("pindesk_theme=")).unwrap_or("system");
        for button in find_all(switch, "button") {
            let is_chosen = button.get_attribute("value").as_deref() == Some(chosen);
            if is_chosen && button.get_attribute("aria-pressed").as_deref() != Some("true") {
                choose(switch, &button);
            }
        }
    }

    fn choose(switch: &Element, button: &Element) {
        let theme = button.get_attribute("value").unwrap_or_default();
        let is_own = theme != "system";
        if let Some(root) = document().document_element() {
            let _ = if is_own { root.set_attribute("data-theme", &theme) } else { root.remove_attribute("data-theme") };
        }
        let (value, age) = if is_own { (theme.as_str(), "31536000") } else { ("", "0") };
        if let Ok(page) = document().dyn_into::<HtmlDocument>() {
            let mut cookie = String::from("pindesk_theme=");
            cookie.push_str(value);
            cookie.push_str("; Path=/; SameSite=Lax; Max-Age=");
            cookie.push_str(age);
            let _ = page.set_cookie(&cookie);
        }
        for other in find_all(switch, "button") {
            let chosen = if other == *button { "true" } else { "false" };
            let _ = other.set_attribute("aria-pressed", chosen);
        }
    }
}
