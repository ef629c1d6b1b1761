//! The page `/tickets`.

use domain::{
    Actor, Cursor, Error, FieldErrors, Page, Role, SearchHits, Status, StatusCount, TicketFilter, TicketQuery,
    TicketRow, Timestamp, count_words,
};
use islands::{
    addresses::{self, with},
    request::{RequestContext, query},
    tickets::{PriorityBadge, StatusBadge},
    ui::{
        Button, ButtonLink, Card, EmptyState, Icon, IconName, PageHeader, Tab, Tabs, Variant, VisuallyHidden, When,
        said,
    },
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    filters::{self, CursorQuery, PAGE, hidden_fields, known, pagination},
    layout::{PageTitle, customer_page},
    live::{LiveNotice, LivePage},
    search::{SearchResults, api::search},
};

/// What the address asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct ListQuery {
    status: String,
    /// What is searched for.
    q: String,
}

/// A page of a customer's tickets.
#[derive(Default)]
struct TicketList {
    page: Page<TicketRow>,
    /// How many there are of each status.
    counts: Vec<StatusCount>,
}

/// A customer's tickets, newest first, with a tab for each status.
#[component]
pub fn ListPage() -> impl IntoView {
    customer_page(|context, actor| async move {
        let ListQuery { status, q: text } = query();
        let chosen: Option<Status> = status.parse().ok();
        let now = context.desk.now();
        let may_open = actor.require_opening().is_ok();
        let body = if text.trim().is_empty() {
            match known(list(&context, &actor, &status, query::<CursorQuery>().cursor()).await)? {
                (list, None) => list_view(list, chosen, may_open, now),
                (_, Some(unknown)) => unknown_view(unknown, ""),
            }
        } else {
            let query = TicketQuery { status, q: text.clone(), ..TicketQuery::default() };
            match known(search(&context, &actor, &query).await)? {
                (found, None) => search_view(found, text, chosen, now),
                (_, Some(unknown)) => unknown_view(unknown, &text),
            }
        };
        Ok(view! {
            <PageTitle title="My tickets" />
            <LivePage />
            <div class="container">
                <PageHeader title="My tickets">
                    {may_open.then(|| new_ticket("New ticket"))}
                </PageHeader>
                {body}
            </div>
        })
    })
}

/// Tickets of one status, or all.
async fn list(context: &RequestContext, actor: &Actor, status: &str, cursor: Cursor) -> Result<TicketList, Error> {
    let mut errors = FieldErrors::default();
    let status = filters::choice(&mut errors, "status", status, |word| word.parse().ok());
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let filter = TicketFilter { status, ..TicketFilter::default() };
    let tickets = context.desk.tickets();
    let page = tickets.list(actor, &filter, cursor, PAGE).await?;
    let counts = tickets.count_by_status(actor, &filter).await?;
    Ok(TicketList { page, counts })
}

/// The way to the form.
fn new_ticket(words: &'static str) -> impl IntoView {
    view! {
        <ButtonLink href=addresses::NEW_TICKET variant=Variant::Primary icon=IconName::Plus>
            {words}
        </ButtonLink>
    }
}

fn list_view(list: TicketList, chosen: Option<Status>, may_open: bool, now: Timestamp) -> AnyView {
    let TicketList { page, counts } = list;
    let all: u64 = counts.iter().map(|count| count.tickets).sum();
    if all == 0 && !may_open {
        return view! {
            <Card>
                <EmptyState
                    icon=IconName::Ticket
                    title="No tickets yet"
                    text="This access is for reading. Ask Support for a PIN with which you can write."
                />
            </Card>
        }
        .into_any();
    }
    if all == 0 {
        return view! {
            <Card>
                <EmptyState
                    icon=IconName::Ticket
                    title="No tickets yet"
                    text="Tell us what is wrong or what you need, and attach files that show it. \
                          You follow our answer here."
                >
                    {new_ticket("Open your first ticket")}
                </EmptyState>
            </Card>
        }
        .into_any();
    }
    let tabs = tabs(&counts, all, chosen);
    let pages = pagination(&page, addresses::TICKETS, &among(chosen), String::new());
    let rows = page.items;
    let table = if rows.is_empty() {
        let text = chosen.map_or_else(
            || "There are no tickets on this page of the list.".to_owned(),
            |status| format!("None of your tickets has the status {status} now."),
        );
        view! {
            <EmptyState icon=IconName::Inbox title="Nothing here" text>
                <ButtonLink href=addresses::TICKETS>"All tickets"</ButtonLink>
            </EmptyState>
        }
        .into_any()
    } else {
        table(rows, now).into_any()
    };
    view! {
        {search_form("", chosen)}
        {tabs}
        <LiveNotice />
        <div data-live="list">
            <Card flush=true>{table}</Card>
            {pages}
        </div>
    }
    .into_any()
}

/// The address asks for what is not there. What was searched for can be searched for again.
fn unknown_view(unknown: String, text: &str) -> AnyView {
    view! {
        {search_form(text, None)}
        <Card>
            <EmptyState icon=IconName::Inbox title=unknown text="So no ticket fits.">
                <ButtonLink href=addresses::TICKETS>"All tickets"</ButtonLink>
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn search_view(found: SearchHits, text: String, chosen: Option<Status>, now: Timestamp) -> AnyView {
    view! {
        {search_form(&text, chosen)}
        <SearchResults found text role=Role::Customer now />
    }
    .into_any()
}

/// A search stays among the tickets of the `chosen` status.
fn search_form(text: &str, chosen: Option<Status>) -> impl IntoView + use<> {
    let clear = (!text.is_empty()).then(|| {
        view! {
            <ButtonLink href=of_status(chosen) variant=Variant::Quiet icon=IconName::Cross>
                "Clear"
            </ButtonLink>
        }
    });
    let words = chosen.map_or_else(|| "your tickets".to_owned(), |status| format!("tickets that are {status}"));
    view! {
        <form class="filters" method="get" action=addresses::TICKETS role="search">
            {hidden_fields(&among(chosen))}
            <div class="search">
                <Icon name=IconName::Search />
                <input
                    class="input"
                    type="search"
                    name="q"
                    id="search"
                    dir="auto"
                    aria-label=format!("Search in {words}")
                    placeholder=format!("Search in {words}")
                    value=text.to_owned()
                />
            </div>
            <Button>"Search"</Button>
            {clear}
        </form>
    }
}

fn tabs(counts: &[StatusCount], all: u64, chosen: Option<Status>) -> impl IntoView + use<> {
    let tab = |status: Status| {
        let count = counts.iter().find(|count| count.status == status).map_or(0, |count| count.tickets);
        view! {
            <Tab href=of_status(Some(status)) current=chosen == Some(status) count=count_words(count)>
                {status.as_str()}
            </Tab>
        }
    };
    let each = Status::ALL.iter().copied().map(tab).collect_view();
    view! {
        <Tabs label="Status" attr:data-live="tabs">
            <Tab href=addresses::TICKETS current=chosen.is_none() count=count_words(all)>
                "All"
            </Tab>
            {each}
        </Tabs>
    }
}

/// The list of tickets of one status, or all.
fn of_status(status: Option<Status>) -> String {
    with(addresses::TICKETS, &among(status))
}

fn among(status: Option<Status>) -> ListQuery {
    ListQuery { status: status.map_or("", Status::as_str).to_owned(), q: String::new() }
}

fn table(rows: Vec<TicketRow>, now: Timestamp) -> impl IntoView {
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Ticket"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Priority"</th>
                    <th scope="col">"Category"</th>
                    <th scope="col" class="num">
                        "Files"
                    </th>
                    <th scope="col">"Last change"</th>
                </tr>
            </thead>
            <tbody data-live-rows="">{rows.into_iter().map(|row| ticket_row(row, now)).collect_view()}</tbody>
        </table>
    }
}

fn ticket_row(row: TicketRow, now: Timestamp) -> impl IntoView {
    let files = (row.attachments > 0).then_some(row.attachments);
    let unread = row.is_unread.then(|| {
        view! {
            <span class="unread">
                <VisuallyHidden>"New: "</VisuallyHidden>
            </span>
        }
    });
    view! {
        <tr id=format!("ticket-{}", row.id) class=row.is_unread.then_some("row-unread")>
            <td class="cell-main">
                {unread}
                <a class="row-link" href=addresses::ticket(row.id)>
                    {said(row.title)}
                </a>
                <span class="sub">
                    <span class="id">"#" {row.id.0}</span>
                </span>
            </td>
            <td>
                <StatusBadge status=row.status />
            </td>
            <td>
                <PriorityBadge priority=row.priority />
            </td>
            <td class="cell-quiet">{said(row.category)}</td>
            <td class="num" data-label="Files">{files}</td>
            <td class="cell-quiet">
                <When at=row.updated_at now />
            </td>
        </tr>
    }
}
