//! The page `/admin/set-up`.

use domain::Error;
use islands::{
    addresses::staff,
    request::{RequestContext, query},
    ui::{Button, ButtonLink, Variant},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::api::SetUp;
use crate::{
    admin::{
        frame::note_status,
        parts::{password_fields, person_fields},
    },
    error_pages::ErrorPage,
    layout::{
        CenterFrame,
        form::{Form, FormAlert, FormState},
    },
};

/// What a set-up link holds.
#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkQuery {
    token: String,
}

/// The first admin of an empty desk. Not there on any other.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let Ok(context) = RequestContext::current() else {
        return view! { <ErrorPage error=Error::Internal/> }.into_any();
    };
    let token = query::<LinkQuery>().token;
    Suspend::new(async move {
        let users = context.desk.users();
        match (users.set_up_link().await, users.can_set_up(&token).await) {
            (Ok(Some(_)), Ok(true)) => form(&context, token).into_any(),
            (Ok(Some(_)), Ok(false)) => wrong_token().into_any(),
            (Ok(None), Ok(_)) => view! { <ErrorPage error=Error::NotFound/> }.into_any(),
            (Err(error), _) | (_, Err(error)) => view! { <ErrorPage error/> }.into_any(),
        }
    })
    .into_any()
}

fn form(context: &RequestContext, token: String) -> impl IntoView + use<> {
    context.want_browser_key();
    let (state, page) = (FormState::of::<SetUp>(context), context.path.clone());
    view! {
        <CenterFrame title="Set up">
            <div class="login-head">
                <h1>"Welcome to your desk"</h1>
                <p>
                    "Make the first admin: the person who looks after customers, staff and settings. \
                     You can add others later."
                </p>
            </div>
            <Form<SetUp> page attr:class="form">
                <FormAlert
                    state
                    fields=&["username", "name", "email", "password", "password_again"]
                />
                <input type="hidden" name="token" value=token/>
                <input type="hidden" name="from_page" value="1"/>
                {person_fields(state, None)}
                {password_fields(state)}
                <Button variant=Variant::Primary block=true>
                    "Make this desk mine"
                </Button>
            </Form<SetUp>>
        </CenterFrame>
    }
}

fn wrong_token() -> impl IntoView {
    note_status(&Error::forbidden("This set-up link does not work."));
    view! {
        <CenterFrame title="Set-up link">
            <div class="error-page">
                <span class="error-code">"403"</span>
                <h1>"This set-up link does not work"</h1>
                <p>
                    "Open the whole link that the server printed when it was last started. It stays the same until \
                     somebody joins the team; restart the server to see it again, or run "
                    <code>"pindesk createsuperuser"</code> " beside it."
                </p>
                <div class="actions">
                    <ButtonLink href=staff::LOGIN>"To the staff login"</ButtonLink>
                </div>
            </div>
        </CenterFrame>
    }
}
