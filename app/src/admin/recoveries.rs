//! The page `/admin/recoveries`: people who lost their access, and what staff found out.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{
    Error, PinId, PinRequest, RECOVERY_HOW_MAX_CHARS, Recovery, RecoveryAnswer, RecoveryCheck, RecoveryId,
    RecoveryState, Timestamp, UserId,
};
use islands::{
    addresses::{after, staff, with},
    refusal::Refusal,
    request::{answer, caller},
    ui::{
        Alert, Button, Card, ConfirmDetails, EmptyState, Field, IconName, PageHeader, Select, TextInput, Tone, Variant,
        When, apart, said,
    },
};
use leptos::prelude::*;

use super::{
    frame::{Content, Visit, staff_page},
    nav::Place,
    pins::{asked::asked_card, issue::IssuedQuery},
    read,
};
use crate::layout::form::Form;

fn shown_at(customer: UserId, pin: PinId) -> String {
    with(&staff::customer(customer), &IssuedQuery { issued: pin.to_string(), ..IssuedQuery::default() })
}

/// Says which `customer` (a username, or an id as `#7`) a request is of, how who calls this made sure (`checked`) and the same in a
/// line (`how`), and whether their sessions end (`ends_sessions` is `true`). The customer's page shows the PIN, once; for a sensitive
/// customer a colleague must confirm first.
///
/// # Errors
/// [`domain::Error::Invalid`]; [`domain::Error::NotFound`] for what is done; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "answer_recovery")]
pub async fn answer_recovery(
    id: String,
    #[server(default)] customer: String,
    #[server(default)] checked: String,
    #[server(default)] how: String,
    #[server(default)] ends_sessions: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<RecoveryId>(&id))?;
    let named = answer(context.desk.users().customer_called(&actor, &customer).await)?;
    let customer = answer(named.map_err(|sentence| Error::field("customer", sentence)))?;
    let unchosen = |_| Error::field("checked", "Choose how you made sure that it is them.");
    let checked = answer(checked.parse::<RecoveryCheck>().map_err(unchosen))?;
    let found = RecoveryAnswer { customer, checked, how, ends_sessions: ends_sessions == "true" };
    let pin = answer(context.desk.recoveries().answer(&actor, id, &found).await)?;
    leptos_axum::redirect(&pin.map_or_else(|| after("saved", staff::RECOVERIES), |pin| shown_at(customer, pin)));
    Ok(())
}

/// Confirms what a colleague found out, as it was said at the moment `prepared_at`, in microseconds.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Conflict`]; [`domain::Error::Forbidden`], also for that colleague.
#[server(prefix = "/fn", endpoint = "confirm_recovery")]
pub async fn confirm_recovery(id: String, #[server(default)] prepared_at: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<RecoveryId>(&id))?;
    let prepared_at = Timestamp::from_micros(prepared_at.parse().unwrap_or_default());
    answer(context.desk.recoveries().confirm(&actor, id, prepared_at).await)?;
    leptos_axum::redirect(&after("saved", staff::RECOVERIES));
    Ok(())
}

/// Issues the PIN that a colleague confirmed. The customer's page shows it, once.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Conflict`]; [`domain::Error::Forbidden`], also for that colleague.
#[server(prefix = "/fn", endpoint = "issue_recovery")]
pub async fn issue_recovery(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<RecoveryId>(&id))?;
    let (customer, pin) = answer(context.desk.recoveries().issue(&actor, id).await)?;
    leptos_axum::redirect(&shown_at(customer, pin));
    Ok(())
}

/// Dismisses a request, and says `why`.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Invalid`] for `why`; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "dismiss_recovery")]
pub async fn dismiss_recovery(id: String, #[server(default)] why: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<RecoveryId>(&id))?;
    answer(context.desk.recoveries().dismiss(&actor, id, &why).await)?;
    leptos_axum::redirect(&after("saved", staff::RECOVERIES));
    Ok(())
}

/// Sets whether two of staff are needed to let a customer in (`sensitive` is `true`).
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "set_sensitive")]
pub async fn set_sensitive(id: String, #[server(default)] sensitive: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    answer(context.desk.recoveries().set_sensitive(&actor, id, sensitive == "true").await)?;
    leptos_axum::redirect(&after("saved", &staff::customer(id)));
    Ok(())
}

/// Those that wait, with PINs that a second one of staff must confirm, and those that are done.
#[component]
pub fn RecoveriesPage() -> impl IntoView {
    staff_page(Place::Recoveries, |visit| async move {
        let desk = visit.context().desk;
        let (open, done) = desk.recoveries().list(&visit.actor()).await?;
        let asked = desk.pins().asked(&visit.actor(), None).await?;
        Ok(Content::new("Lost access", view(visit, open, asked, done)))
    })
}

fn view(visit: Visit, open: Vec<Recovery>, asked: Vec<PinRequest>, done: Vec<Recovery>) -> impl IntoView + use<> {
    let meta = ViewFnOnce::from(|| "Call them back at a number that you had before, not at one that only stands here.");
    let waits = if open.is_empty() {
        let text = "Who lost their access asks for it on the log-in page.";
        view! { <Card><EmptyState icon=IconName::Key title="Nobody waits" text/></Card> }.into_any()
    } else {
        open.into_iter().map(|one| waiting(visit, one)).collect_view().into_any()
    };
    let done = (!done.is_empty()).then(|| {
        let rows = done.into_iter().map(|one| done_row(visit, one)).collect_view();
        view! {
            <Card title="Done">
                <ul class="plain-list">{rows}</ul>
            </Card>
        }
    });
    view! {
        <PageHeader title="Lost access" meta/>
        <div class="stack">
            {waits}
            {asked.into_iter().map(|asked| asked_card(visit, asked)).collect_view()}
            {done}
        </div>
    }
}

fn waiting(visit: Visit, one: Recovery) -> impl IntoView {
    let found = found(&one);
    let next = match &one.state {
        RecoveryState::Prepared | RecoveryState::Confirmed => second(visit, &one),
        _ => None,
    };
    let title = apart(&one.name);
    let (form, dismiss) = (answer_form(visit, &one), dismiss(visit, &one));
    view! {
        <Card title>
            <div class="form">
                <dl class="fields">
                    <dt>"Call back"</dt>
                    <dd>{said(one.callback)}</dd>
                    <dt>"Asked"</dt>
                    <dd><When at=one.at now=visit.now/></dd>
                </dl>
                {found}
                {next}
                {form}
                {dismiss}
            </div>
        </Card>
    }
}

/// What somebody found out already.
fn found(one: &Recovery) -> Option<AnyView> {
    let ((customer, name), (checked, how)) = (one.customer.clone()?, one.checked.clone()?);
    let by = one.prepared_by.clone().map(|(_, name)| name).unwrap_or_default();
    let confirmed = one.confirmed_by.clone().map(|(_, name)| view! { <p>"Confirmed by " {said(name)} "."</p> });
    Some(
        view! {
            <Alert tone=Tone::Info>
                <p>
                    {said(by)} " " {checked.in_words()} ": it is " <a href=staff::customer(customer)>{said(name)}</a> ". "
                    {said(how)}
                </p>
                {confirmed}
            </Alert>
        }
        .into_any(),
    )
}

/// What comes next for a sensitive customer, for each of the two.
fn second(visit: Visit, one: &Recovery) -> Option<AnyView> {
    let id = one.id.to_string();
    let is_mine = |who: &Option<(UserId, String)>| who.as_ref().is_some_and(|(id, _)| visit.is_me(*id));
    let prepared_at = one.prepared_at?.as_micros();
    Some(match one.state {
        RecoveryState::Confirmed if is_mine(&one.confirmed_by) => {
            view! { <p class="muted small">"You confirmed it. A colleague issues the PIN."</p> }.into_any()
        }
        RecoveryState::Confirmed => view! {
            <Form<IssueRecovery> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <Button variant=Variant::Primary icon=IconName::Key>
                    "Issue the PIN"
                </Button>
            </Form<IssueRecovery>>
        }
        .into_any(),
        _ if is_mine(&one.prepared_by) => view! {
            <p class="muted small">"This customer is marked as sensitive: another member of staff must confirm it."</p>
        }
        .into_any(),
        _ => view! {
            <Form<ConfirmRecovery> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="prepared_at" value=prepared_at/>
                <Button icon=IconName::CheckCircle>"I confirm that"</Button>
            </Form<ConfirmRecovery>>
        }
        .into_any(),
    })
}

fn answer_form(visit: Visit, one: &Recovery) -> impl IntoView + use<> {
    let form = visit.form_of::<AnswerRecovery>(one.id);
    let (number, id) = (one.id, one.id.to_string());
    let mut ways = vec![(String::new(), "Choose…".to_owned())];
    ways.extend(RecoveryCheck::ALL.iter().map(|way| (way.as_str().to_owned(), format!("I {}", way.in_words()))));
    let sessions = [("false", "They go on"), ("true", "They end now")];
    let sessions = sessions.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    let (checked, ends) = (form.value("checked", ""), form.value("ends_sessions", "false"));
    view! {
        <details class="edit" open=form.is_refused()>
            <summary class="btn btn-sm">"I know who it is"</summary>
            <Form<AnswerRecovery> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <Field
                    id=format!("customer-{number}")
                    label="Customer"
                    hint="Their username, or their number as #7."
                    errors=form.errors("customer")
                >
                    <TextInput
                        name="customer"
                        value=form.value("customer", "")
                        attr:required=true
                        attr:autocomplete="off"
                    />
                </Field>
                <Field id=format!("checked-{number}") label="How you made sure" errors=form.errors("checked")>
                    <Select name="checked" options=ways selected=checked attr:required=true/>
                </Field>
                <Field
                    id=format!("how-{number}")
                    label="The same in a line"
                    hint="It is kept with your name."
                    errors=form.errors("how")
                >
                    <TextInput
                        name="how"
                        value=form.value("how", "")
                        attr:required=true
                        attr:maxlength=RECOVERY_HOW_MAX_CHARS.to_string()
                        attr:autocomplete="off"
                    />
                </Field>
                <Field id=format!("ends-{number}") label="Sessions that they have">
                    <Select name="ends_sessions" options=sessions selected=ends/>
                </Field>
                <p class="muted small">"Their unused PINs for the same are revoked. You get the new PIN on their page."</p>
                <Button variant=Variant::Primary icon=IconName::Key>
                    "It is them"
                </Button>
            </Form<AnswerRecovery>>
        </details>
    }
}

fn dismiss(visit: Visit, one: &Recovery) -> impl IntoView + use<> {
    let form = visit.form_of::<DismissRecovery>(one.id);
    let (number, id) = (one.id, one.id.to_string());
    let which = apart(&one.name);
    view! {
        <ConfirmDetails label="Dismiss" which small=true block=true question="Nobody is told. It is kept why.">
            <Form<DismissRecovery> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <Field id=format!("why-{number}") label="Why" errors=form.errors("why")>
                    <TextInput
                        name="why"
                        value=form.value("why", "")
                        attr:required=true
                        attr:maxlength=RECOVERY_HOW_MAX_CHARS.to_string()
                        attr:autocomplete="off"
                    />
                </Field>
                <Button variant=Variant::Danger>"Dismiss it"</Button>
            </Form<DismissRecovery>>
        </ConfirmDetails>
    }
}

fn done_row(visit: Visit, one: Recovery) -> impl IntoView {
    let (by, at) = one.decided.unwrap_or_else(|| (String::new(), one.at));
    let what = match one.state {
        RecoveryState::Issued(pin) => format!("PIN {pin} issued by {}", apart(&by)),
        RecoveryState::Dismissed(why) => format!("Dismissed by {}: {}", apart(&by), apart(&why)),
        _ => String::new(),
    };
    let whom = one.customer.map(|(id, name)| view! { " → " <a href=staff::customer(id)>{said(name)}</a> });
    view! {
        <li>
            {said(one.name)}
            {whom}
            <span class="sub">{what} " " <When at now=visit.now/></span>
        </li>
    }
}
