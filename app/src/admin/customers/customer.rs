//! The page `/admin/customers/{id}`.

use domain::{
    CardOrigin, Cursor, Delegation, Erasure, Page, Person, PinRecord, PinRequest, ReturnCode, SessionInfo,
    TicketFilter, TicketQuery, TicketRow, Timestamp,
};
use islands::{
    addresses::{staff, with},
    request::query,
    ui::{
        Badge, Button, ButtonLink, Card, ConfirmDetails, EmptyState, Icon, IconName, PageHeader, Tone, Variant, When,
        apart, said,
    },
};
use leptos::prelude::*;

use super::{
    api::{SetCustomerActive, UpdateCustomer},
    copy::LEFT_OUT,
    delegations::delegations_card,
    erase::erase_form,
};
use crate::{
    admin::{
        callers::card::{Calls, calls_card},
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{active_badge, card_origin, counted, person_fields, pin_table, session_table, ticket_table},
        pins::{
            asked::asked_card,
            issue::{issue_card, just_issued},
            list::PinsQuery,
        },
        read::id,
        recoveries::SetSensitive,
        sessions::api::EndAllSessions,
    },
    filters::{CursorQuery, PAGE, pagination},
    layout::form::Form,
};

/// How many of their tickets and PINs the page shows; the rest is a link away.
const SHOWN: usize = 8;

/// A customer.
#[component]
pub fn CustomerPage() -> impl IntoView {
    staff_page(Place::Customers, |visit| async move {
        let (desk, actor) = (visit.context().desk, visit.actor());
        let customer = desk.users().customer(&actor, id(&visit.id())?).await?;
        let theirs = TicketFilter { requester: Some(customer.id), ..TicketFilter::default() };
        let tickets = desk.tickets().list(&actor, &theirs, Cursor::First, SHOWN).await?;
        let pins = desk.pins().list(&actor, None, Some(customer.id), Cursor::First, SHOWN).await?;
        let cursor = query::<CursorQuery>().cursor();
        let sessions = desk.sessions().list(&actor, Some(customer.id), cursor, PAGE).await?;
        let issued = just_issued(visit).await;
        let code = desk.returns().of(&actor, customer.id).await?;
        let asked = desk.pins().asked(&actor, Some(customer.id)).await?;
        let origin = desk.cards().origin(&actor, customer.id).await?;
        let verified = desk.callers().verified(&actor, customer.id).await?;
        let calls = Calls::with(visit, &customer, verified).await?;
        let is_sensitive = desk.recoveries().is_sensitive(&actor, customer.id).await?;
        let may = desk.delegations().is_allowed(&actor, customer.id).await?;
        let let_in = desk.delegations().list_of(&actor, customer.id).await?;
        let erasure = match actor.role.can_manage_staff() {
            true => Some(desk.users().erasure(&actor, customer.id).await?),
            false => None,
        };
        let beside = Beside { calls, issued, asked, code, verified, origin, is_sensitive, may, let_in, erasure };
        Ok(Content::new(customer.name.clone(), view(visit, &customer, tickets, pins, sessions, beside)))
    })
}

/// What is known of a customer besides what is listed.
struct Beside {
    /// Calls with them.
    calls: Calls,
    /// What was just issued for them.
    issued: Option<AnyView>,
    /// The PIN that waits for a second one of staff.
    asked: Vec<PinRequest>,
    /// By which they come back, if nobody knows who they are.
    code: Option<ReturnCode>,
    /// When who asks checked that they call.
    verified: Option<Timestamp>,
    /// By which card they came.
    origin: Option<CardOrigin>,
    /// Whether two of staff are needed to let them in.
    is_sensitive: bool,
    /// Whether they may let others in, and whom they did.
    may: bool,
    let_in: Vec<Delegation>,
    /// What would go if they were erased, for who may do that.
    erasure: Option<Erasure>,
}

fn view(
    visit: Visit,
    customer: &Person,
    tickets: Page<TicketRow>,
    pins: Page<PinRecord>,
    sessions: Page<SessionInfo>,
    beside: Beside,
) -> impl IntoView + use<> {
    let Beside { calls, issued, asked, code, verified, origin, is_sensitive, may, let_in, erasure } = beside;
    let agent = visit.actor().name;
    let meta = {
        let (username, email, is_active) = (customer.username.clone(), customer.email.clone(), customer.is_active);
        let is_unnamed = customer.is_unnamed;
        let (added, seen) = (customer.created_at, customer.last_seen_at);
        ViewFnOnce::from(move || {
            let email = (!email.is_empty()).then(|| {
                let href = format!("mailto:{email}");
                view! { <a href=href>{said(email)}</a> }
            });
            view! {
                <span>{said(username)}</span>
                {email}
                {active_badge(is_active)}
                {is_sensitive
                    .then(|| view! { <Badge tone=Tone::Warn icon=IconName::Shield>"Sensitive"</Badge> })}
                {is_unnamed
                    .then(|| view! { <Badge tone=Tone::Info icon=IconName::UserOff>"Without identity"</Badge> })}
                {origin.as_ref().map(card_origin)}
                {verified.map(|at| verified_badge(agent, at))}
                <span>"added " <When at=added now=visit.now/></span>
                {seen.map(|at| view! { <span>"last seen " <When at now=visit.now/></span> })}
            }
        })
    };
    let ledger = staff::customer_ledger(customer.id);
    let form = visit.form::<UpdateCustomer>();
    let calls = calls_card(visit, customer, &calls);
    let (id, fields) = (customer.id.to_string(), person_fields(form, Some(customer)));
    let is_unnamed = customer.is_unnamed;
    let details = move || {
        view! {
            <Card title="Details">
                <Form<UpdateCustomer> page=visit.page() attr:class="form">
                    <input type="hidden" name="id" value=id/>
                    {fields}
                    <Button block=true>"Save details"</Button>
                </Form<UpdateCustomer>>
            </Card>
        }
    };
    let details = if is_unnamed { unnamed_card(visit, customer, code).into_any() } else { details().into_any() };
    let let_in = (!is_unnamed).then(|| delegations_card(visit, customer, may, let_in));
    view! {
        <PageHeader title=customer.name.clone() back=(staff::CUSTOMERS.to_owned(), "Customers".to_owned()) meta>
            <ButtonLink href=ledger icon=IconName::Shield>
                "Access ledger"
            </ButtonLink>
            // On a phone the form is far below.
            <span class="only-phone">
                <ButtonLink href="#issue" icon=IconName::Key>
                    {if is_sensitive { "Ask for a PIN" } else { "Issue a PIN" }}
                </ButtonLink>
            </span>
        </PageHeader>
        {issued}
        {asked.into_iter().map(|asked| view! { <div class="page-notice">{asked_card(visit, asked)}</div> }).collect_view()}
        <div class="split">
            <div class="stack">
                {tickets_card(visit, customer, tickets)} {pins_card(visit, customer, pins)}
                {sessions_card(visit, customer, sessions)} {let_in}
            </div>
            <aside class="stack">
                {calls} {issue_card(visit, customer, is_sensitive)} {details}
                {sensitive_switch(visit, customer, is_sensitive)} {activity(visit, customer)}
                {erasure
                    .map(|erasure| {
                        view! {
                            {export_button(customer)}
                            {erase_form(visit, customer, &erasure)}
                        }
                    })}
            </aside>
        </div>
    }
}

/// What staff know of somebody without an identity, and how their access ends.
fn unnamed_card(visit: Visit, customer: &Person, code: Option<ReturnCode>) -> impl IntoView + use<> {
    let user_id = customer.id.to_string();
    let code = match code {
        None => view! { <p>"They have no return code. They get one with the next PIN that they use."</p> }.into_any(),
        Some(code) => {
            let used = code.used_at.map(|at| view! { " They last came back by it " <When at now=visit.now/> "." });
            let noted =
                if code.is_noted { "They wrote it down." } else { "They did not show yet that they wrote it down." };
            view! {
                <p>"They got a return code " <When at=code.made_at now=visit.now/> ". " {noted} {used}</p>
                <ConfirmDetails
                    label="End this person’s access"
                    block=true
                    question="They are logged out everywhere, and their return code works no more. They need a new PIN to come back."
                >
                    <Form<EndAllSessions> page=visit.page()>
                        <input type="hidden" name="user_id" value=user_id/>
                        <Button variant=Variant::Danger>"End the access"</Button>
                    </Form<EndAllSessions>>
                </ConfirmDetails>
            }
            .into_any()
        }
    };
    view! {
        <Card title="Nobody knows who this is">
            <div class="form">
                <p class="muted small">
                    "The name is an alias. No email and no address of their device is kept, and they cannot let others in."
                </p>
                {code}
            </div>
        </Card>
    }
}

/// For who checked a moment ago that it is this customer who calls.
fn verified_badge(agent: String, at: Timestamp) -> impl IntoView {
    view! {
        <Badge tone=Tone::Good icon=IconName::CheckCircle>
            "Caller verified by "
            {said(agent)}
            ", "
            <When at/>
        </Badge>
    }
}

fn tickets_card(visit: Visit, customer: &Person, tickets: Page<TicketRow>) -> impl IntoView + use<> {
    let all = with(staff::TICKETS, &TicketQuery { customer: customer.username.clone(), ..TicketQuery::default() });
    let words = format!("All {}", counted(customer.tickets, "ticket"));
    let all = tickets.older.map(|_| view! { <a href=all>{words}</a> });
    let action = ViewFnOnce::from(move || all);
    let body = if tickets.items.is_empty() {
        view! {
            <EmptyState
                icon=IconName::Inbox
                title="No tickets"
                text="They open them once they are logged in with a Support PIN."
            />
        }
        .into_any()
    } else {
        ticket_table(visit, tickets.items, false).into_any()
    };
    view! {
        <Card title="Tickets" flush=true action>
            {body}
        </Card>
    }
}

fn pins_card(visit: Visit, customer: &Person, pins: Page<PinRecord>) -> impl IntoView + use<> {
    let all = with(staff::PINS, &PinsQuery { customer: customer.username.clone(), ..PinsQuery::default() });
    let all = pins.older.map(|_| view! { <a href=all>"All PINs"</a> });
    let action = ViewFnOnce::from(move || all);
    let body = if pins.items.is_empty() {
        view! { <EmptyState icon=IconName::Key title="No PINs" text="Issue one, and they can log in."/> }.into_any()
    } else {
        pin_table(visit, pins.items, false).into_any()
    };
    view! {
        <Card title="PINs" flush=true action>
            {body}
        </Card>
    }
}

fn sessions_card(visit: Visit, customer: &Person, sessions: Page<SessionInfo>) -> impl IntoView + use<> {
    let is_empty = sessions.items.is_empty();
    let pages = pagination(&sessions, &staff::customer(customer.id), &(), String::new());
    let end_all = (!is_empty).then(|| end_all_form(visit, customer));
    let action = ViewFnOnce::from(move || end_all);
    let body = if is_empty {
        view! {
            <EmptyState
                icon=IconName::Monitor
                title="Not logged in"
                text="Their sessions show up here, in a browser or through the API."
            />
        }
        .into_any()
    } else {
        session_table(visit, sessions.items, false).into_any()
    };
    view! {
        <Card title="Sessions" flush=true action>
            {body}
        </Card>
        {pages}
    }
}

fn end_all_form(visit: Visit, customer: &Person) -> impl IntoView + use<> {
    let user_id = customer.id.to_string();
    let question = format!("{} is logged out everywhere and needs a new PIN to come back.", apart(&customer.name));
    view! {
        <ConfirmDetails label="End all" small=true question>
            <Form<EndAllSessions> page=visit.page()>
                <input type="hidden" name="user_id" value=user_id/>
                <Button variant=Variant::Danger>"End all sessions"</Button>
            </Form<EndAllSessions>>
        </ConfirmDetails>
    }
}

/// The way to all that is kept of a customer, as one archive; for admins.
fn export_button(customer: &Person) -> impl IntoView + use<> {
    view! {
        <div class="form">
            <a class="btn btn-block" href=staff::customer_export(customer.id) download rel="nofollow">
                <Icon name=IconName::Download/>
                "Take out all that is kept"
            </a>
            <p class="muted small">"One archive to give to the customer: a page to read, the files, and data for programs. " {LEFT_OUT}</p>
        </div>
    }
}

/// Whether two of staff are needed to let a customer in; for admins.
fn sensitive_switch(visit: Visit, customer: &Person, is_sensitive: bool) -> Option<impl IntoView + use<>> {
    let id = customer.id.to_string();
    let words = if is_sensitive { "Not sensitive any more" } else { "Mark as sensitive" };
    visit.is_admin().then(|| {
        view! {
            <Form<SetSensitive> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="sensitive" value=(!is_sensitive).to_string()/>
                <Button block=true icon=IconName::Shield>
                    {words}
                </Button>
                <p class="muted small">
                    "For a sensitive customer a second member of staff must confirm each PIN, and who it is when they lost \
                     their access."
                </p>
            </Form<SetSensitive>>
        }
    })
}

fn activity(visit: Visit, customer: &Person) -> impl IntoView + use<> {
    let id = customer.id.to_string();
    if customer.is_active {
        let question = "Their sessions end, their unused PINs are revoked, and they get no new ones. Their tickets stay. \
                        You can activate them again.";
        view! {
            <ConfirmDetails label="Deactivate this customer" icon=IconName::UserOff block=true question>
                <Form<SetCustomerActive> page=visit.page()>
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="active" value="false"/>
                    <Button variant=Variant::Danger>"Deactivate"</Button>
                </Form<SetCustomerActive>>
            </ConfirmDetails>
        }
        .into_any()
    } else {
        view! {
            <Form<SetCustomerActive> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="active" value="true"/>
                <Button block=true icon=IconName::User>
                    "Activate this customer"
                </Button>
            </Form<SetCustomerActive>>
        }
        .into_any()
    }
}
