//! The page `/admin/login/code`: the second step of a log-in. Nobody is logged in on it.

use domain::Error;
use islands::{
    addresses::{log_in_first, staff},
    request::{RequestContext, query},
    ui::{Button, Field, TextInput, Variant},
};
use leptos::prelude::*;

use super::api::StaffLoginCode;
use crate::{
    admin::factor::passkey::{Then, ask},
    error_pages::ErrorPage,
    layout::{
        CenterFrame,
        form::{Form, FormAlert, FormState},
        go_to,
    },
    login::NextQuery,
};

/// Where a code is typed; whoever took no first step, or long ago, begins with that.
#[component]
pub fn LoginCodePage() -> impl IntoView {
    let Ok(context) = RequestContext::current() else {
        return view! { <ErrorPage error=Error::Internal/> }.into_any();
    };
    let state = FormState::of::<StaffLoginCode>(&context);
    let next = state.value("next", &query::<NextQuery>().next);
    Suspend::new(async move {
        let users = context.desk.users();
        let step = context.browser.second_step.as_deref().unwrap_or_default();
        match users.awaits_factor(step).await {
            Ok(true) => {
                // Where nothing can be written, no challenge can be made, and a code is asked for alone.
                let asked = users.ask_passkey(step, &context.public_url).await.unwrap_or_default();
                view(state, next, asked).into_any()
            }
            Ok(false) => {
                go_to(&log_in_first(staff::LOGIN, &next));
                ().into_any()
            }
            Err(error) => view! { <ErrorPage error/> }.into_any(),
        }
    })
    .into_any()
}

/// The passkeys of who has some, above the code.
fn by_passkey(asked: Option<String>, next: String) -> impl IntoView {
    asked.map(|options| {
        view! {
            <Form<StaffLoginCode> page=staff::LOGIN_CODE attr:class="form">
                <input type="hidden" name="next" value=next/>
                {ask(options, "Use a passkey", false, Then::Send)}
            </Form<StaffLoginCode>>
        }
    })
}

fn view(state: FormState, next: String, asked: Option<String>) -> impl IntoView {
    let again = log_in_first(staff::LOGIN, &next);
    let has_passkeys = asked.is_some();
    let (words, variant) = if has_passkeys {
        ("Use your passkey, or type a code.", Variant::Secondary)
    } else {
        ("Type the code that your authenticator app shows now.", Variant::Primary)
    };
    let below = move || {
        view! {
            <p class="login-help">
                <a href=again>"Begin again"</a>
            </p>
        }
    };
    view! {
        <CenterFrame title="Second factor" below>
            <div class="login-head">
                <h1>"One more step"</h1>
                <p>{words}</p>
            </div>
            <FormAlert state fields=&["factor_code"]/>
            {by_passkey(asked, next.clone())}
            <Form<StaffLoginCode> page=staff::LOGIN_CODE attr:class="form">
                <input type="hidden" name="next" value=next/>
                <Field
                    id="factor_code"
                    label="Code"
                    hint="Phone not there? A recovery code works, too, once. Lost both? Ask an admin."
                    errors=state.errors("factor_code")
                >
                    <TextInput
                        name="factor_code"
                        attr:autocomplete="one-time-code"
                        attr:autocapitalize="none"
                        attr:spellcheck="false"
                        attr:maxlength="20"
                        attr:required=true
                        attr:autofocus=!has_passkeys
                    />
                </Field>
                <Button variant block=true>
                    "Log in"
                </Button>
            </Form<StaffLoginCode>>
        </CenterFrame>
    }
}
