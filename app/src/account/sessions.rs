//! The page `/sessions`.

use domain::{Can, Page, SessionInfo, Timestamp};
use islands::{
    addresses,
    request::query,
    ui::{Button, ButtonLink, Card, ConfirmDetails, EmptyState, IconName, PageHeader, Variant, VisuallyHidden},
};
use leptos::prelude::*;

use super::table::{session_table, which};
use crate::{
    admin::sessions::api::{EndOtherSessions, EndSession},
    filters::{CursorQuery, PAGE, pagination},
    layout::{
        PageTitle, customer_page,
        form::{Form, FormAlert, FormState},
    },
    login::api::{LogOutEverywhere, MakeReturnCode},
};

/// Where a customer is logged in, and the way out of one place or all.
#[component]
pub fn SessionsPage() -> impl IntoView {
    customer_page(|context, actor| async move {
        let sessions = context.desk.sessions().list_own(&actor, query::<CursorQuery>().cursor(), PAGE).await?;
        let now = context.desk.now();
        let state = FormState::of::<EndSession>(&context);
        let may_end_all = actor.require_unscoped().is_ok();
        let has_others = may_end_all && sessions.items.len() > 1;
        let may_let_in = actor.require_own().and_then(|()| actor.require_can(Can::Delegate)).is_ok();
        let meta = ViewFnOnce::from(|| "Each device and program that you let in with a Support PIN.");
        Ok(view! {
            <PageTitle title="Where you are logged in" />
            <div class="container">
                <PageHeader title="Where you are logged in" meta>
                    <ButtonLink href=addresses::CALLER_CODE icon=IconName::Key>
                        "Caller code"
                    </ButtonLink>
                    {may_let_in
                        .then(|| {
                            view! {
                                <ButtonLink href=addresses::DELEGATIONS icon=IconName::User>
                                    "Let somebody in"
                                </ButtonLink>
                            }
                        })}
                    {has_others.then(end_others)}
                    {actor.is_unnamed.then(new_code)}
                    {may_end_all.then(|| end_all(actor.is_unnamed))}
                </PageHeader>
                <FormAlert state fields=&[] />
                {list(sessions, now)}
            </div>
        })
    })
}

fn end_others() -> impl IntoView {
    view! {
        <Form<EndOtherSessions> page=addresses::SESSIONS>
            <Button>"End all others"</Button>
        </Form<EndOtherSessions>>
    }
}

/// For who is known by a code alone.
fn new_code() -> impl IntoView {
    let question = "You get a new return code on the next page. The one that you have stops working at once.";
    view! {
        <ConfirmDetails label="New return code" question>
            <Form<MakeReturnCode> page=addresses::SESSIONS>
                <Button>"Make a new return code"</Button>
            </Form<MakeReturnCode>>
        </ConfirmDetails>
    }
}

fn end_all(is_unnamed: bool) -> impl IntoView {
    let question = if is_unnamed {
        "You are logged out here and on every other device. You come back by your return code."
    } else {
        "You are logged out here and on every other device, and need a new PIN to come back."
    };
    view! {
        <ConfirmDetails label="Log out everywhere" question>
            <Form<LogOutEverywhere> page=addresses::SESSIONS>
                <Button variant=Variant::Danger>"Log out everywhere"</Button>
            </Form<LogOutEverywhere>>
        </ConfirmDetails>
    }
}

fn list(page: Page<SessionInfo>, now: Timestamp) -> impl IntoView {
    let pages = pagination(&page, addresses::SESSIONS, &(), String::new());
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
            <Form<EndSession> page=addresses::SESSIONS>
                <input type="hidden" name="id" value=id />
                <Button variant=Variant::DangerQuiet small=true>
                    "End"
                    <VisuallyHidden>" " {which}</VisuallyHidden>
                </Button>
            </Form<EndSession>>
        }
        .into_any()
    };
    session_table(sessions, now, None, end)
}
