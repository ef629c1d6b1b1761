//! The page `/`.

use domain::Error;
use islands::{
    addresses::{self, home_of, staff},
    login::PinField,
    request::{RequestContext, query},
    ui::{Button, Field, TextInput, Variant},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::api::Login;
use crate::layout::{
    CenterFrame,
    form::{Form, FormAlert, FormState},
    go_to,
};

/// What the address of a log-in asks for.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NextQuery {
    /// The page to go on to.
    pub(crate) next: String,
}

const WRONG_PIN: &str = "Check each letter and digit, or ask our support team for a new one.";

/// Log in by Support PIN. Who is logged in goes on to their own pages.
#[component]
pub fn LoginPage() -> impl IntoView {
    let context = RequestContext::current().ok();
    let visitor = context.as_ref().and_then(|context| context.visitor.as_ref());
    // Who may only drop files has no pages of their own to go to.
    if let Some(actor) = visitor.filter(|actor| actor.require_login().is_ok()) {
        go_to(home_of(actor.role));
        return ().into_any();
    }
    if let Some(context) = &context {
        context.want_browser_key();
    }
    let state = context.map_or_else(FormState::fresh, |context| FormState::of::<Login>(&context));
    let next = state.value("next", &query::<NextQuery>().next);
    let is_wrong = matches!(state.error(), Some(Error::WrongPin));
    let errors = if is_wrong { vec![format!("{}.", Error::WrongPin), WRONG_PIN.to_owned()] } else { Vec::new() };
    let alert = (!is_wrong).then(|| view! { <FormAlert state fields=&[] /> });
    let below = || {
        view! {
            <p class="login-help">
                "No PIN? Ask our support team by phone or email, and you get one. "
                "It works once and only for a while; this device then stays logged in for longer. "
                <a href=addresses::RECOVER>"I lost my access"</a>
            </p>
            <p class="login-help">
                "Part of the team? " <a href=staff::LOGIN>"Staff log in here"</a>
            </p>
        }
    };
    view! {
        <CenterFrame title="Log in" below>
            <div class="login-head">
                <h1>"Enter your Support PIN"</h1>
                <p>"It looks like SUP-XXXX-XXXX. Capitals, spaces and dashes do not matter. A return code goes in here, too."</p>
            </div>
            <Form<Login> page=addresses::START attr:class="form">
                {alert}
                <input type="hidden" name="next" value=next />
                <input type="hidden" name="from_page" value="1" />
                <Field id="pin" label="Support PIN" errors>
                    <PinField>
                        <TextInput
                            name="pin"
                            class="pin-input"
                            attr:autocomplete="one-time-code"
                            attr:autocapitalize="characters"
                            attr:spellcheck="false"
                            attr:placeholder="SUP-XXXX-XXXX"
                            // Room for the letter that the PIN came in.
                            attr:maxlength="5000"
                            attr:required=true
                            attr:autofocus=true
                        />
                    </PinField>
                </Field>
                <Button variant=Variant::Primary block=true>
                    "Log in"
                </Button>
            </Form<Login>>
        </CenterFrame>
    }
    .into_any()
}
