//! The reader's choice of colours.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use islands::{
    LiveTheme,
    addresses::START,
    refusal::Refusal,
    request::{RequestContext, Theme},
    ui::{Icon, IconName},
};
use leptos::prelude::*;
use server_fn::axum_export::http::{HeaderValue, header::SET_COOKIE};

use super::form::Form;

/// Keeps the choice of colours in a cookie: `light`, `dark`, anything else for the system's. For a browser without
/// script; with it, the browser sets the cookie itself.
///
/// # Errors
/// None.
#[server(prefix = "/fn", endpoint = "set_theme")]
pub async fn set_theme(#[server(default)] theme: String) -> Result<(), Refusal> {
    let cookie = match theme.as_str() {
        "light" => "pindesk_theme=light; Path=/; Max-Age=31536000; SameSite=Lax",
        "dark" => "pindesk_theme=dark; Path=/; Max-Age=31536000; SameSite=Lax",
        _ => "pindesk_theme=; Path=/; Max-Age=0; SameSite=Lax",
    };
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.append_header(SET_COOKIE, HeaderValue::from_static(cookie));
    }
    Ok(())
}

/// The switch: a form that works without script, made quick by [`LiveTheme`]. Not on a page with a refused form, whose
/// words it would throw away.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
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
        <Form<SetTheme> page=path>
            <LiveTheme>
                <div class="theme-switch" role="group" aria-label="Colours">
                    {choice("system", IconName::Monitor, "As the system", theme.is_none())}
                    {choice("light", IconName::Sun, "Light", theme == Some(Theme::Light))}
                    {choice("dark", IconName::Moon, "Dark", theme == Some(Theme::Dark))}
                </div>
            </LiveTheme>
        </Form<SetTheme>>
    })
}
