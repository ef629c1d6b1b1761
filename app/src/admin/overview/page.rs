//! The page `/admin`.

use desk::Held;
use domain::{Overview, PinState, count_words, human_bytes};
use islands::{
    addresses::{staff, with},
    tickets::status_sign,
    ui::{Alert, Button, ButtonLink, Card, EmptyState, Icon, IconName, PageHeader, Tone, Variant},
};
use leptos::prelude::*;

use crate::{
    admin::{
        customers::list::CustomersQuery,
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::ticket_table,
        pins::list::PinsQuery,
        tickets::TicketsOf,
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
        let held = if visit.is_admin() { desk.held(&visit.actor()).await? } else { None };
        Ok(Content::new("Overview", view(visit, overview, held)))
    })
}

/// Files that no ticket names, which the desk keeps until an admin lets them go.
fn kept_files(held: Held) -> impl IntoView {
    const SHOWN: usize = 10;
    let why = held.reason.sentence();
    let count = held.files.len();
    let words = match count {
        0 => " Every file belongs to a ticket.".to_owned(),
        1 => " 1 file belongs to no ticket that is known now, and is kept:".to_owned(),
        _ => format!(" {count} files belong to no ticket that is known now, and are kept:"),
    };
    let more = (count > SHOWN).then(|| format!("and {} more, which pindesk doctor names", count - SHOWN));
    let names = held.files.into_iter().take(SHOWN).chain(more).map(|name| view! { <li>{name}</li> }).collect_view();
    view! {
        <Alert tone=Tone::Warn title=why>
            {words}
            <ul>{names}</ul>
            <Form<ConfirmSweep> page=staff::START>
                <Button small=true>"Let them go"</Button>
            </Form<ConfirmSweep>>
        </Alert>
    }
}

fn view(visit: Visit, overview: Overview, held: Option<Held>) -> impl IntoView + use<> {
    let tickets = overview
        .tickets
        .iter()
        .map(|count| {
            let (tone, icon) = status_sign(count.status);
            let href = with(staff::TICKETS, &TicketsOf { status: count.status.as_str(), ..TicketsOf::default() });
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
            {held.map(kept_files)}
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
