//! The page `/admin`.

use desk::{Concern, Held};
use domain::{Overview, PinState, TicketQuery, count_words, human_bytes};
use islands::{
    addresses::{staff, with},
    tickets::status_sign,
    ui::{Alert, Button, ButtonLink, Card, EmptyState, Icon, IconName, PageHeader, Tone, Variant, said},
};
use leptos::prelude::*;

use crate::{
    admin::{
        customers::list::CustomersQuery,
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::ticket_table,
        pins::list::PinsQuery,
    },
    layout::form::Form,
    live::{LiveNotice, LivePage},
};

use super::api::ConfirmSweep;

/// Counts and the newest tickets.
#[component]
pub fn OverviewPage() -> impl IntoView {
    staff_page(Place::Overview, |visit| async move {
        let desk = visit.context().desk;
        let overview = desk.users().overview(&visit.actor()).await?;
        let (held, concerns) = match visit.is_admin() {
            true => (desk.held(&visit.actor()).await?, desk.concerns(&visit.actor()).await?),
            false => (None, Vec::new()),
        };
        Ok(Content::new("Overview", view(visit, overview, held, concerns)))
    })
}

/// What is not as it should be.
fn concerned(concerns: Vec<Concern>) -> impl IntoView {
    let is_fault = concerns.iter().any(|concern| concern.is_fault);
    let has_list = concerns.iter().any(|concern| concern.check == "retention");
    let lists = has_list.then(|| view! { " · " <a href=staff::RETENTION>"Retention"</a> });
    let tone = if is_fault { Tone::Bad } else { Tone::Warn };
    let lines = concerns
        .into_iter()
        .map(|concern| {
            let mut words = concern.message.chars();
            let first = words.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
            view! { <li>{said(format!("{first}{}.", words.as_str().trim_end_matches('.')))}</li> }
        })
        .collect_view();
    view! {
        <Alert tone=tone title="This desk needs somebody to look after it.">
            <ul>{lines}</ul>
            <a href=staff::BACKUPS>"Backups"</a>
            {lists}
        </Alert>
    }
}

/// That a desk was put back: who may come in, and files that no ticket names, which are kept until an admin has looked.
fn put_back(held: Held) -> impl IntoView {
    const SHOWN: usize = 10;
    let why = held.reason.sentence();
    let count = held.files.len();
    let people = held
        .staff
        .into_iter()
        .map(|(id, name)| view! { <li><a href=staff::member(id)>{said(name)}</a></li> })
        .collect_view();
    let button = if count == 0 { "I have looked" } else { "I have looked: let the files go" };
    let words = match count {
        0 => "Every file belongs to a ticket.".to_owned(),
        1 => "1 file belongs to no ticket that is known now, and is kept:".to_owned(),
        _ => format!("{count} files belong to no ticket that is known now, and are kept:"),
    };
    let more = (count > SHOWN).then(|| format!("and {} more, which pindesk doctor names", count - SHOWN));
    let names = held.files.into_iter().take(SHOWN).chain(more).map(|name| view! { <li>{name}</li> }).collect_view();
    view! {
        <Alert tone=Tone::Warn title=why>
            <p>
                "Whoever was deactivated since may log in again, and passwords are those of then. Check that these may still come in:"
            </p>
            <ul>{people}</ul>
            <p>{words}</p>
            <ul>{names}</ul>
            <Form<ConfirmSweep> page=staff::START>
                <Button small=true>{button}</Button>
            </Form<ConfirmSweep>>
        </Alert>
    }
}

fn view(visit: Visit, overview: Overview, held: Option<Held>, concerns: Vec<Concern>) -> impl IntoView + use<> {
    let tickets = overview
        .tickets
        .iter()
        .map(|count| {
            let (tone, icon) = status_sign(count.status);
            let href = with(
                staff::TICKETS,
                &TicketQuery { status: count.status.as_str().to_owned(), ..TicketQuery::default() },
            );
            tile(href, tone, icon, count.status.as_str(), count_words(count.tickets), None)
        })
        .collect_view();
    let plain = |href: &str, icon: IconName, label: &'static str, value: u64, note: &str| {
        tile(href.to_owned(), Tone::Neutral, icon, label, value.to_string(), Some(note.to_owned()))
    };
    let newest = if overview.newest.is_empty() {
        view! {
            <EmptyState
                icon=IconName::Inbox
                title="No tickets yet"
                text="Add a customer and issue a Support PIN for them. They log in with it and open their first ticket."
            >
                <ButtonLink href=staff::NEW_CUSTOMER icon=IconName::Plus variant=Variant::Primary>
                    "New customer"
                </ButtonLink>
            </EmptyState>
        }
        .into_any()
    } else {
        ticket_table(visit, overview.newest, true).into_any()
    };
    let active = with(staff::CUSTOMERS, &CustomersQuery { state: "active".to_owned(), ..CustomersQuery::default() });
    let unused = PinsQuery { state: PinState::Issued.as_str().to_owned(), ..PinsQuery::default() };
    let unused = with(staff::PINS, &unused);
    let all = ViewFnOnce::from(|| view! { <a href=staff::TICKETS>"All tickets"</a> });
    view! {
        <PageHeader title="Overview">
            <ButtonLink href=staff::NEW_CUSTOMER icon=IconName::Plus>
                "New customer"
            </ButtonLink>
        </PageHeader>
        <LivePage/>
        <LiveNotice/>
        <div class="stack">
            {(!concerns.is_empty()).then(|| concerned(concerns))}
            {held.map(put_back)}
            <section class="stats" aria-label="Tickets" data-live="tickets">
                {tickets}
            </section>
            <section class="stats" aria-label="People and files" data-live="others">
                {plain(&active, IconName::Users, "Customers", overview.customers, "can log in")}
                {plain(&unused, IconName::Key, "Unused PINs", overview.live_pins, "still work")}
                {plain(staff::SESSIONS, IconName::Monitor, "Sessions", overview.sessions, "logged in now")}
                {plain(staff::FILES, IconName::Files, "Files", overview.files, &human_bytes(overview.file_bytes))}
            </section>
            <Card title="Newest tickets" flush=true action=all>
                <div data-live="list">{newest}</div>
            </Card>
        </div>
    }
}

fn tile(
    href: String,
    tone: Tone,
    icon: IconName,
    label: &'static str,
    value: String,
    note: Option<String>,
) -> impl IntoView {
    view! {
        <a class="stat" href=href>
            <span class=format!("stat-label {}", tone.class())>
                <Icon name=icon/>
                {label}
            </span>
            <span class="stat-value">{value}</span>
            {note.map(|note| view! { <span class="stat-note">{note}</span> })}
        </a>
    }
}
