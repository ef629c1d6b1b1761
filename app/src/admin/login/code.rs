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
        let awaits = match &context.browser.second_step {
            Some(step) => context.desk.users().awaits_factor(step).await,
            None => Ok(false),
        };
        match awaits {
            Ok(true) => view(state, next).into_any(),
            Ok(false) => {
                go_to(&log_in_first(staff::LOGIN, &next));
                ().into_any()
            }
            Err(error) => view! { <ErrorPage error/> }.into_any(),
        }
    })
    .into_any()
}

fn view(state: FormState, next: String) -> impl IntoView {
    let again = log_in_first(staff::LOGIN, &next);
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
                <p>"Type the code that your authenticator app shows now."</p>
            </div>
            <Form<StaffLoginCode> page=staff::LOGIN_CODE attr:class="form">
                <FormAlert state fields=&["factor_code"]/>
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
                        attr:autofocus=true
                    />
                </Field>
                <Button variant=Variant::Primary block=true>
                    "Log in"
                </Button>
            </Form<StaffLoginCode>>
        </CenterFrame>
    }
}
