//! The page `/admin/login`.

use domain::Error;
use islands::{
    addresses::{self, staff},
    request::{RequestContext, query},
    ui::{Alert, Button, Field, TextInput, Tone, Variant},
};
use leptos::prelude::*;

use super::api::StaffLogin;
use crate::{
    admin::{
        frame::{not_for_customers, note_status},
        read::next_page,
    },
    error_pages::ErrorPage,
    layout::{
        CenterFrame,
        form::{Form, FormAlert, FormState},
        go_to,
    },
    login::NextQuery,
};

/// Username and password.
#[component]
pub fn LoginPage() -> impl IntoView {
    let Ok(context) = RequestContext::current() else {
        return view! { <ErrorPage error=Error::Internal/> }.into_any();
    };
    let state = FormState::of::<StaffLogin>(&context);
    let next = state.value("next", &query::<NextQuery>().next);
    if let Some(actor) = &context.visitor {
        if let Err(error) = actor.require_team() {
            note_status(&error);
            return not_for_customers(actor).into_any();
        }
        go_to(next_page(&next));
        return ().into_any();
    }
    context.want_browser_key();
    // A desk without an admin has nobody who could log in here.
    let empty_desk = Suspend::new(async move {
        let is_empty = matches!(context.desk.users().set_up_link().await, Ok(Some(_)));
        is_empty.then(|| {
            view! {
                <Alert tone=Tone::Info title="Nobody can log in yet.">
                    "This desk has no admin. Open the set-up link that the server printed at its start, or run "
                    <code>"pindesk createsuperuser"</code> " beside it."
                </Alert>
            }
        })
    });
    let (username, is_refused) = (state.value("username", ""), state.is_refused());
    let below = || {
        view! {
            <p class="login-help">
                "You have a Support PIN? " <a href=addresses::START>"Customers log in here"</a>
            </p>
        }
    };
    view! {
        <CenterFrame title="Staff log in" below>
            <div class="login-head">
                <h1>"Staff log in"</h1>
                <p>"With your username and password."</p>
            </div>
            <Form<StaffLogin> page=staff::LOGIN attr:class="form">
                {empty_desk}
                <FormAlert state fields=&[]/>
                <input type="hidden" name="next" value=next/>
                <input type="hidden" name="from_page" value="1"/>
                <Field id="username" label="Username">
                    <TextInput
                        name="username"
                        value=username
                        attr:autocomplete="username"
                        attr:autocapitalize="none"
                        attr:spellcheck="false"
                        attr:required=true
                        attr:autofocus=!is_refused
                    />
                </Field>
                <Field id="password" label="Password">
                    <TextInput
                        name="password"
                        kind="password"
                        attr:autocomplete="current-password"
                        attr:required=true
                        attr:autofocus=is_refused
                    />
                </Field>
                <Button variant=Variant::Primary block=true>
                    "Log in"
                </Button>
            </Form<StaffLogin>>
        </CenterFrame>
    }
    .into_any()
}
