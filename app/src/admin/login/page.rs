//! The page `/admin/login`.

use domain::Error;
use islands::{
    addresses::{self, staff, with_query},
    request::{RequestContext, query},
    ui::{Alert, Button, ButtonLink, Field, IconName, TextInput, Tone, Variant},
};
use leptos::prelude::*;
use serde::Deserialize;

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

/// Why somebody came back from a provider without being let in.
#[derive(Default, Deserialize)]
#[serde(default)]
struct WhyQuery {
    sso: String,
}

fn why(word: &str) -> Option<&'static str> {
    Some(match word {
        "away" => "The provider does not answer. Try again in a minute, or log in with your password.",
        "late" => "That took too long, or it was another log-in. Begin again.",
        "refused" => "The provider did not let you in. Try again, or ask whoever looks after it.",
        "role" => "Your account has no role in this desk. Ask an admin to give it one at the provider.",
        "off" => "Your account here is deactivated. Ask an admin.",
        "taken" => "Somebody here has your username already. Ask an admin to link your account with pindesk link.",
        "name" => "Your username at the provider cannot be one here. Ask an admin.",
        "many" => "Too many failed attempts. Try again in some minutes.",
        "wrong" => "What the provider sent does not hold. Try again; an admin finds the reason in the log.",
        _ => return None,
    })
}

/// The way to the provider.
fn elsewhere(name: &str, next: &str) -> impl IntoView + use<> {
    let (href, words) = (with_query(staff::LOGIN_ELSEWHERE, &[("next", next)]), format!("Log in with {name}"));
    view! {
        <ButtonLink href block=true icon=IconName::External>
            {words}
        </ButtonLink>
    }
}

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
    let elsewhere = context.sign_on.clone().map(|name| elsewhere(&name, &next));
    let why = (!state.is_refused()).then(|| why(&query::<WhyQuery>().sso)).flatten();
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
                {why.map(|words| view! { <Alert tone=Tone::Bad urgent=true>{words}</Alert> })}
                {elsewhere}
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
