//! The page `/recover`: somebody lost their access, and asks for it. It tells nothing and sends nothing: staff call them back.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{RECOVERY_MAX_CHARS, RecoveryDraft};
use islands::{
    addresses,
    refusal::Refusal,
    request::{RequestContext, answer, query},
    ui::{Alert, Button, ButtonLink, Field, TextInput, Tone, Variant},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::layout::{
    CenterFrame,
    form::{Form, FormAlert, FormState},
};

/// The address that says that a request was taken.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct SentQuery {
    sent: String,
}

/// Takes the request of somebody who lost their access: who they are, and how to call them back. The answer is always the same.
///
/// # Errors
/// Field errors.
#[server(prefix = "/fn", endpoint = "ask_recovery")]
pub async fn ask_recovery(#[server(default)] name: String, #[server(default)] callback: String) -> Result<(), Refusal> {
    let context = RequestContext::current()?;
    answer(context.desk.recoveries().ask(&context.client, &RecoveryDraft { name, callback }).await)?;
    leptos_axum::redirect(&addresses::with(addresses::RECOVER, &SentQuery { sent: "1".to_owned() }));
    Ok(())
}

/// The form, or that it was sent.
#[component]
pub fn RecoverPage() -> impl IntoView {
    let state =
        RequestContext::current().map_or_else(|_| FormState::fresh(), |context| FormState::of::<AskRecovery>(&context));
    let body = if query::<SentQuery>().sent.is_empty() || state.is_refused() {
        form(state).into_any()
    } else {
        view! {
            <Alert tone=Tone::Good title="Support has your request.">
                "They look at it, make sure that it is you, and call you back. Nothing is sent to you. \
                 Never tell a PIN to somebody who calls you."
            </Alert>
            <ButtonLink href=addresses::START block=true>
                "Back to the log-in"
            </ButtonLink>
        }
        .into_any()
    };
    view! {
        <CenterFrame title="Lost access">
            <div class="login-head">
                <h1>"I lost my access"</h1>
                <p>"Tell us who you are and how we reach you. Support calls you back and makes sure that it is you."</p>
            </div>
            <div class="form">{body}</div>
        </CenterFrame>
    }
}

fn form(state: FormState) -> impl IntoView {
    let (length, same_length) = (RECOVERY_MAX_CHARS.to_string(), RECOVERY_MAX_CHARS.to_string());
    view! {
        <Form<AskRecovery> page=addresses::RECOVER attr:class="form">
            <FormAlert state fields=&["name", "callback"] />
            <Field id="name" label="Your name" errors=state.errors("name")>
                <TextInput
                    name="name"
                    value=state.value("name", "")
                    attr:required=true
                    attr:maxlength=length
                    attr:autocomplete="name"
                />
            </Field>
            <Field
                id="callback"
                label="How we call you back"
                hint="Best a telephone number that we know already."
                errors=state.errors("callback")
            >
                <TextInput
                    name="callback"
                    value=state.value("callback", "")
                    attr:required=true
                    attr:maxlength=same_length
                    attr:autocomplete="tel"
                />
            </Field>
            <Button variant=Variant::Primary block=true>
                "Ask Support"
            </Button>
        </Form<AskRecovery>>
        <ButtonLink href=addresses::START variant=Variant::Quiet block=true>
            "I have a PIN"
        </ButtonLink>
    }
}
