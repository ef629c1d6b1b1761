//! Asks the browser for a passkey.

use leptos::prelude::*;

use crate::browser::in_browser;

/// Brings the part `#passkey` of a form to life, which is hidden without script. Its button asks the browser for what `data-options`
/// says (WebAuthn, 5.1.8 and 5.1.9): for an answer of a passkey that is known, or with `data-new` for a new one. What comes goes
/// into the part's field as JSON, and with `data-send` the form is sent.
#[island(lazy)]
pub fn AskPasskey(
    /// The part.
    children: Children,
) -> impl IntoView {
    in_browser(live::start);
    children()
}

mod live {
    use js_sys::{Function, JSON, Object, Reflect};
    use leptos::{
        wasm_bindgen::{JsCast, JsValue},
        web_sys::{HtmlElement, HtmlInputElement},
    };
    use wasm_bindgen_futures::{JsFuture, spawn_local};

    use crate::browser::{find, find_in_page, on, set_text, window};

    pub(super) fn start() {
        let Some(part) = find_in_page::<HtmlElement>("#passkey") else { return };
        let (Some(button), Some(field)) =
            (find::<HtmlElement>(&part, "button"), find::<HtmlInputElement>(&part, "input"))
        else {
            return;
        };
        part.set_hidden(false);
        on(&button, "click", move |_| {
            let (part, field) = (part.clone(), field.clone());
            spawn_local(async move {
                let say = |words: &str| set_text(&part, "[role=status]", words);
                say("Your browser asks for it now.");
                match answer(&part).await {
                    Ok(json) => {
                        field.set_value(&json);
                        let form = field.form().filter(|_| part.has_attribute("data-send"));
                        if form.is_none_or(|form| form.request_submit().is_err()) {
                            say("Confirmed. Now press the button for what you want to do.");
                        }
                    }
                    Err(error) => say(why(&error)),
                }
            });
        });
    }

    /// What the browser's passkey answers, as JSON.
    async fn answer(part: &HtmlElement) -> Result<String, JsValue> {
        let (parse, deed) = if part.has_attribute("data-new") {
            ("parseCreationOptionsFromJSON", "create")
        } else {
            ("parseRequestOptionsFromJSON", "get")
        };
        let options = JSON::parse(&part.get_attribute("data-options").unwrap_or_default())?;
        let asked = Object::new();
        Reflect::set(&asked, &"publicKey".into(), &call(&get(&window(), "PublicKeyCredential")?, parse, &options)?)?;
        let promise: js_sys::Promise = call(&get(&window().navigator(), "credentials")?, deed, &asked)?.dyn_into()?;
        // A credential writes itself (WebAuthn, 5.1: toJSON).
        JSON::stringify(&JsFuture::from(promise).await?).map(Into::into)
    }

    fn get(of: &JsValue, name: &str) -> Result<JsValue, JsValue> {
        Reflect::get(of, &name.into())
    }

    /// Calls what browsers have only since a while, and only on pages that are safe.
    fn call(on: &JsValue, name: &str, with: &JsValue) -> Result<JsValue, JsValue> {
        get(on, name)?.dyn_into::<Function>()?.call1(on, with)
    }

    /// What is said of a failure (WebAuthn, 5.1.3 and 5.1.4).
    fn why(error: &JsValue) -> &'static str {
        let name = get(error, "name").ok().and_then(|name| name.as_string()).unwrap_or_default();
        match name.as_str() {
            "NotAllowedError" | "AbortError" => "It was cancelled, or took too long. Try again.",
            "InvalidStateError" => "This device has a passkey for you already.",
            "SecurityError" => "Your browser takes no passkeys at this address. Open the desk at its own address.",
            _ => "Your browser cannot use passkeys here. Try another browser, or another way.",
        }
    }
}
