//! Light, dark, or what the system says.

use leptos::prelude::*;

/// The switch: a form that works without script, made quick by [`LiveTheme`]. Not on a page with a refused form, whose
/// words it would throw away.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    #[cfg(feature = "ssr")]
    {
        use crate::{
            addresses::{START, form_action},
            request::{RequestContext, Theme},
            ui::{Icon, IconName},
        };

        let context = RequestContext::current().ok();
        if context.as_ref().is_some_and(|context| context.refused_form.is_some()) {
            return None;
        }
        let theme = context.as_ref().and_then(|context| context.theme);
        let path = context.map_or_else(|| START.to_owned(), |context| context.path);
        let choice = |value: &'static str, icon: IconName, label: &'static str, chosen: bool| {
            view! {
                <button name="theme" value=value aria-label=label title=label aria-pressed=chosen.to_string()>
                    <Icon name=icon />
                </button>
            }
        };
        Some(view! {
            <form method="post" action=form_action(&path, "set_theme")>
                <LiveTheme>
                    <div class="theme-switch" role="group" aria-label="Colours">
                        {choice("system", IconName::Monitor, "As the system", theme.is_none())}
                        {choice("light", IconName::Sun, "Light", theme == Some(Theme::Light))}
                        {choice("dark", IconName::Moon, "Dark", theme == Some(Theme::Dark))}
                    </div>
                </LiveTheme>
            </form>
        })
    }
}

/// Switches the colours at once and keeps the choice, without a new page.
#[island]
pub fn LiveTheme(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    live::start();
    children()
}

#[cfg(feature = "hydrate")]
mod live {
    use leptos::{
        wasm_bindgen::JsCast,
        web_sys::{Element, HtmlDocument},
    };

    use crate::islands::browser::{document, find_all, find_in_page, on};

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
