//! The page `/sessions`.

use domain::{Page, SessionInfo, Timestamp};
use islands::{
    addresses::{self, form_action},
    ui::{Button, Card, ConfirmDetails, EmptyState, IconName, PageHeader, Variant, VisuallyHidden},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    api::list_own_sessions,
    table::{session_table, which},
};
use crate::{
    filters::pagination,
    layout::{
        PageTitle, customer_page,
        form::{FormAlert, FormState},
    },
};

/// Where a customer is logged in, and the way out of one place or all.
#[component]
pub fn SessionsPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let (before, after) = (query.get("before").unwrap_or_default(), query.get("after").unwrap_or_default());
    customer_page(|context, _| async move {
        let sessions = list_own_sessions(before, after).await?;
        let now = context.desk.now();
        let state = FormState::of(&context, "end_session");
        let meta = ViewFnOnce::from(|| "Each device and program that you let in with a Support PIN.");
        Ok(view! {
            <PageTitle title="Where you are logged in" />
            <div class="container">
                <PageHeader title="Where you are logged in" meta>
                    <ConfirmDetails
                        label="Log out everywhere"
                        question="You are logged out here and on every other device, and need a new PIN to come back."
                    >
                        <form method="post" action=form_action(addresses::SESSIONS, "log_out_everywhere")>
                            <Button variant=Variant::Danger>"Log out everywhere"</Button>
                        </form>
                    </ConfirmDetails>
                </PageHeader>
                <FormAlert state fields=&[] />
                {list(sessions, now)}
            </div>
        })
    })
}

fn list(page: Page<SessionInfo>, now: Timestamp) -> impl IntoView {
    let pages = pagination(&page, addresses::SESSIONS, &[], String::new());
    let body = if page.items.is_empty() {
        let text = "There are no sessions on this page of the list.";
        view! { <EmptyState icon=IconName::Monitor title="Nothing here" text /> }.into_any()
    } else {
        table(page.items, now).into_any()
    };
    view! {
        <Card flush=true>{body}</Card>
        {pages}
    }
}

fn table(sessions: Vec<SessionInfo>, now: Timestamp) -> impl IntoView {
    let end = |session: &SessionInfo| {
        let (id, which) = (session.id.to_string(), which(session));
        view! {
            <form method="post" action=form_action(addresses::SESSIONS, "end_session")>
                <input type="hidden" name="id" value=id />
                <Button variant=Variant::DangerQuiet small=true>
                    "End"
                    <VisuallyHidden>" " {which}</VisuallyHidden>
                </Button>
            </form>
        }
        .into_any()
    };
    session_table(sessions, now, None, end)
}
