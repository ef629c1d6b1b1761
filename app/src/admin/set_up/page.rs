//! The page `/admin/set-up`.

use domain::Error;
use islands::{
    addresses::{form_action, staff},
    request::RequestContext,
    ui::{Button, ButtonLink, Variant},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    admin::{
        frame::note_status,
        parts::{password_fields, person_fields},
    },
    error_pages::ErrorPage,
    layout::{
        CenterFrame,
        form::{FormAlert, FormState},
    },
};

/// The first admin of an empty desk. Not there on any other.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let Ok(context) = RequestContext::current() else {
        return view! { <ErrorPage error=Error::Internal/> }.into_any();
    };
    let token = use_query_map().with_untracked(|query| query.get("token")).unwrap_or_default();
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
    let state = FormState::of(context, "set_up");
    let action = form_action(&context.path, "set_up");
    view! {
        <CenterFrame title="Set up">
            <div class="login-head">
                <h1>"Welcome to your desk"</h1>
                <p>
                    "Make the first admin: the person who looks after customers, staff and settings. \
                     You can add others later."
                </p>
            </div>
            <form class="form" method="post" action=action>
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
            </form>
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
