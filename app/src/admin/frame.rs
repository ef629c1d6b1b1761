//! The frame of the staff pages: who may see them, the way around, what went wrong and what was done.

use domain::{Actor, Error, Role, Timestamp, UserId};
use islands::{
    LocalTimes,
    addresses::{self, log_in_first, query_parts, staff, with},
    deed::Deed,
    refusal::Refusal,
    request::{RequestContext, query, set_status, told},
    ui::{Alert, Button, ButtonLink, Card, IconName, PageHeader, Tone, Variant, said, sentence},
};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::use_params_map;
use serde::Deserialize;

use super::{
    nav::{Palette, Place, Sidebar},
    pins::meter::alarm,
};
use crate::{
    error_pages::ErrorPage,
    layout::{
        CenterFrame, PageTitle,
        form::{Form, FormState},
        go_to, kept, to_login,
    },
    live::{self, UnreadInTitle},
    login::api::LogOut,
};

/// What a staff page knows of its request. Copied freely into the pieces of a page.
#[derive(Clone, Copy)]
pub(super) struct Visit {
    pub(super) now: Timestamp,
    request: StoredValue<Request>,
}

struct Request {
    context: RequestContext,
    actor: Actor,
    id: String,
}

/// What the address of any staff page tells: what was done just now.
#[derive(Default, Deserialize)]
#[serde(default)]
struct DoneQuery {
    done: String,
}

/// What a staff page shows inside its frame.
pub(super) struct Content {
    title: String,
    view: AnyView,
}

impl Content {
    pub(super) fn new(title: impl Into<String>, view: impl IntoAny) -> Self {
        Self { title: title.into(), view: view.into_any() }
    }
}

impl Visit {
    /// Whose request it is, and the desk.
    pub(super) fn context(self) -> RequestContext {
        self.request.with_value(|request| request.context.clone())
    }

    /// Who asks.
    pub(super) fn actor(self) -> Actor {
        self.request.with_value(|request| request.actor.clone())
    }

    /// Whether that is this person.
    pub(super) fn is_me(self, id: UserId) -> bool {
        self.request.with_value(|request| request.actor.id == Some(id))
    }

    /// Whether an admin asks.
    pub(super) fn is_admin(self) -> bool {
        self.request.with_value(|request| request.actor.role == Role::Admin)
    }

    /// A value of the address's query, empty when it is not there.
    pub(super) fn query(self, name: &str) -> String {
        let parts = self.request.with_value(|request| query_parts(&request.context.path));
        parts.into_iter().rev().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
    }

    /// The `:id` of the address.
    pub(super) fn id(self) -> String {
        self.request.with_value(|request| request.id.clone())
    }

    /// The page that a plain form is sent to: this one with its filters.
    pub(super) fn page(self) -> String {
        const OF_ONE_VISIT: [&str; 6] = ["fn", "done", "issued", "check", "token", "changed"];
        self.request.with_value(|request| {
            let address = &request.context.path;
            let mut kept = query_parts(address);
            kept.retain(|(name, _)| !OF_ONE_VISIT.contains(&name.as_str()));
            with(address.split('?').next().unwrap_or_default(), &kept)
        })
    }

    /// A form of this page, as it was refused or as it is shown first.
    pub(super) fn form<F: Deed>(self) -> FormState {
        self.request.with_value(|request| FormState::of::<F>(&request.context))
    }

    /// One of several such forms on this page, known by its field `id`.
    pub(super) fn form_of<F: Deed>(self, id: impl ToString) -> FormState {
        let form = self.form::<F>();
        if form.value("id", "") == id.to_string() { form } else { FormState::fresh() }
    }
}

/// A page of the staff area. `body` runs only for staff who may see the place.
pub(super) fn staff_page<F, Fut>(place: Place, body: F) -> AnyView
where
    F: FnOnce(Visit) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Content, Refusal>> + Send + 'static,
{
    let context = match RequestContext::current() {
        Ok(context) => context,
        Err(error) => return view! { <ErrorPage error/> }.into_any(),
    };
    let Some(actor) = context.visitor.clone() else {
        return to_login(&context, staff::LOGIN);
    };
    if let Err(error) = actor.require_team() {
        note_status(&error);
        return not_for_customers(&actor).into_any();
    }
    if actor.needs_factor {
        go_to(staff::SECOND_FACTOR);
        return ().into_any();
    }
    let (trouble, notices, now) = (trouble(&context), notices(&context), context.desk.now());
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let visit = Visit { now, request: StoredValue::new(Request { context, actor: actor.clone(), id }) };
    let is_own_page = actor.id.is_some_and(|id| visit.id() == id.to_string());
    let may = match place {
        Place::Staff => actor.role.can_manage_staff(),
        Place::Member => is_own_page || actor.role.can_manage_staff(),
        Place::Categories | Place::Backups => actor.role.can_edit_settings(),
        _ => true,
    };
    let current = (place != Place::Member || !is_own_page).then_some(place);
    // In one future, one query after the other: of two, one could hold a connection to the database and not be polled
    // while the other waits for one.
    let content = Suspend::new(async move {
        let (context, actor) = (visit.context(), visit.actor());
        live::note_newest(&context, &actor).await;
        // A page with keys is better than none.
        let has_keys = context.desk.users().has_shortcuts(&actor).await.unwrap_or(true);
        let alarm = alarm(visit).await;
        let lost = context.desk.recoveries().waiting(&actor).await.unwrap_or_default();
        let shown = if may { body(visit).await } else { Err(Refusal(Error::forbidden("This page is for admins."))) };
        let shown = match shown {
            Ok(content) => {
                let count = live::unread(&context, &actor).await;
                view! {
                    <PageTitle title=content.title/>
                    <UnreadInTitle count/>
                    {content.view}
                }
                .into_any()
            }
            // The frame is there already.
            Err(Refusal(Error::Unauthenticated)) => {
                let log_in = log_in_first(staff::LOGIN, &context.path);
                kept::logged_out(&context, log_in.clone()).unwrap_or_else(|| {
                    go_to(&log_in);
                    ().into_any()
                })
            }
            Err(Refusal(error)) => {
                let error = told(error);
                note_status(&error);
                framed_error(&context, &error).into_any()
            }
        };
        let (reader, member) = (actor.username.clone(), actor.clone());
        view! {
            <a class="skip-link" href="#main">"Skip to content"</a>
            <div class="app-shell app-shell-staff" data-reader=reader>
                <Sidebar actor=member current lost/>
                <main class="main" id="main" tabindex="-1">
                    <div class="container container-wide">
                        {trouble}
                        {notices}
                        {alarm}
                        {shown}
                        <Palette actor has_keys/>
                    </div>
                </main>
            </div>
        }
    });
    view! {
        {content}
        <LocalTimes/>
    }
    .into_any()
}

/// Why nothing can be saved or looked up, as long as that is so.
fn trouble(context: &RequestContext) -> Option<AnyView> {
    let trouble = context.desk.trouble()?;
    let (title, advice) = (trouble.word(), trouble.advice());
    Some(view! { <div class="page-notice"><Alert tone=Tone::Bad title=title>{advice}</Alert></div> }.into_any())
}

/// What was refused just now, or what was done.
fn notices(context: &RequestContext) -> Option<AnyView> {
    if let Some(refused) = &context.refused_form {
        return Some(view! { <div class="page-notice">{refusal_alert(&refused.error)}</div> }.into_any());
    }
    let words = match query::<DoneQuery>().done.as_str() {
        "saved" => "Saved.",
        "claimed" => "This ticket is yours now.",
        "released" => "The customer sees these files now.",
        "created" => "Created.",
        "cards" => "Revoked. These cards let nobody in any more.",
        "begun" => "Begun. What comes of it is shown here.",
        "looked" => "Looked again. What is due now is on the lists below.",
        "acknowledged" => "Acknowledged. What is on the list goes now.",
        "deleted" => "Deleted.",
        "erased" => "Erased. The newest entry below says how much it was; files are gone for good after a day.",
        "password" => "The password was changed. Other sessions of this account were ended.",
        "deactivated" => "Deactivated. They are logged out and cannot log in.",
        "revoked" => "Revoked. Whatever calls with it is refused.",
        "factor" => "Taken away. Their password alone lets them in now, and their sessions were ended.",
        "factor-off" => "Your second factor is switched off.",
        "activated" => "Activated. They can log in again.",
        _ => return None,
    };
    Some(view! { <div class="page-notice"><Alert tone=Tone::Good>{words}</Alert></div> }.into_any())
}

/// Why a form was refused: about the whole of it, or a list of its fields.
pub(super) fn refusal_alert(error: &Error) -> AnyView {
    let Some(fields) = error.fields() else {
        let words = sentence(&error.to_string());
        return view! { <Alert tone=Tone::Bad urgent=true>{words}</Alert> }.into_any();
    };
    let sentences = fields
        .0
        .iter()
        .flat_map(|(field, sentences)| sentences.iter().map(move |words| (field_label(field), sentence(words))))
        .map(|(label, words)| view! { <li>{label}{words}</li> })
        .collect_view();
    view! {
        <Alert tone=Tone::Bad urgent=true title="Some fields need another look.">
            <ul>{sentences}</ul>
        </Alert>
    }
    .into_any()
}

/// A field's name as people read it; nothing where the sentence speaks for itself.
fn field_label(field: &str) -> String {
    match field {
        "form" | "tickets" | "attachments" | "pin" | "detail" | "non_field_errors" => String::new(),
        "password_again" => "Password again: ".to_owned(),
        "ttl" => "Works for: ".to_owned(),
        "factor_code" => "Code: ".to_owned(),
        other => {
            let mut chars = other.chars();
            chars.next().map_or_else(String::new, |first| {
                format!("{}{}: ", first.to_uppercase(), chars.as_str().replace('_', " "))
            })
        }
    }
}

/// Gives the page the status of an error.
pub(super) fn note_status(error: &Error) {
    if let Some(response) = use_context::<ResponseOptions>() {
        set_status(&response, error);
    }
}

fn framed_error(context: &RequestContext, error: &Error) -> impl IntoView + use<> {
    let (title, text) = error_words(error);
    let kept = kept::kept(context).map(|form| view! { <Card title="What you wrote">{form}</Card> });
    view! {
        <PageTitle title/>
        <PageHeader title meta=ViewFnOnce::from(move || view! { <p>{text}</p> })/>
        <div class="stack">
            <ButtonLink href=staff::START icon=IconName::ArrowLeft>
                "To the overview"
            </ButtonLink>
            {kept}
        </div>
    }
}

fn error_words(error: &Error) -> (&'static str, String) {
    match error {
        Error::NotFound => ("Not found", "There is nothing at this address. It may have been deleted.".to_owned()),
        Error::Forbidden { message } => ("Not for you", message.clone()),
        Error::Unauthenticated => ("Your session is over", "Log in again to go on.".to_owned()),
        other => ("That did not work", other.to_string()),
    }
}

/// What a customer sees who asks for the staff area.
pub(super) fn not_for_customers(actor: &Actor) -> impl IntoView + use<> {
    let name = actor.name.clone();
    view! {
        <CenterFrame title="For the support team">
            <div class="error-page">
                <span class="error-code">"403"</span>
                <h1>"This is for the support team"</h1>
                <p>
                    "You are logged in as " <strong>{said(name)}</strong>
                    " with a Support PIN. Your tickets are on the other side."
                </p>
                <div class="actions">
                    <ButtonLink href=addresses::TICKETS variant=Variant::Primary icon=IconName::Ticket>
                        "To my tickets"
                    </ButtonLink>
                    <Form<LogOut> page=staff::LOGIN>
                        <Button variant=Variant::Quiet>"Log out"</Button>
                    </Form<LogOut>>
                </div>
            </div>
        </CenterFrame>
    }
}
