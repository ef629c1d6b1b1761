//! The page `/admin/tickets`.

use domain::{Priority, SearchHits, Status, TicketQuery};
use islands::{
    addresses::{staff, with},
    request::{answer, query},
    staff::{
        TicketQueue,
        api::ChangeTickets,
        queue::{
            BOX, Changes, Choices,
            api::{TicketList, staff_list_tickets},
        },
    },
    ui::{Alert, Button, ButtonLink, Icon, IconName, PageHeader, Tone, Variant, sentence},
};
use leptos::prelude::*;

use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::filter_tabs,
    },
    filters::known,
    live::LivePage,
    search::{SearchResults, api::search},
};

const PATH: &str = staff::TICKETS;

/// All tickets.
#[component]
pub fn TicketsPage() -> impl IntoView {
    staff_page(Place::Tickets, |visit| async move {
        let query: TicketQuery = query();
        let context = visit.context();
        let categories = answer(context.desk.categories().all_names(&visit.actor()).await)?;
        if !query.q.trim().is_empty() {
            let (found, unknown) = known(search(&context, &visit.actor(), &query).await)?;
            return Ok(Content::new("Tickets", search_view(visit, &query, found, unknown, categories)));
        }
        let (list, unknown) = known(staff_list_tickets(query.clone(), visit.query("changed")).await.map(Some))?;
        // A change that was refused is told by itself.
        let form = visit.form::<ChangeTickets>();
        let nothing = || TicketList::nothing(visit.now, context.desk.new_idempotency_key().unwrap_or_default());
        let mut list = list.unwrap_or_else(nothing);
        if form.is_refused() {
            list.report = None;
        }
        let chosen = match &list.report {
            Some(report) => report.refused(),
            None => form.values(BOX).iter().filter_map(|id| id.parse().ok()).collect(),
        };
        let changes = Changes {
            status: form.value("status", ""),
            priority: form.value("priority", ""),
            category: form.value("category", ""),
            assignee: form.value("assignee", ""),
        };
        let choices = Choices {
            filters: categories,
            categories: answer(context.desk.categories().names().await)?,
            team: answer(context.desk.users().assignable(&visit.actor()).await)?,
            me: visit.actor().id.map(|id| id.to_string()),
        };
        let view = view! {
            <LivePage/>
            <TicketQueue query list unknown choices chosen changes/>
        };
        Ok(Content::new("Tickets", view))
    })
}

/// What a search found, among the tickets that the filter leaves. It has an order of its own.
fn search_view(
    visit: Visit,
    query: &TicketQuery,
    found: SearchHits,
    unknown: Option<String>,
    categories: Vec<String>,
) -> impl IntoView + use<> {
    let queues = [("", "All"), ("me", "Mine"), ("none", "Unassigned")];
    let queues = filter_tabs("Whose", queues, &query.assignee, |assignee| {
        with(PATH, &TicketQuery { assignee: assignee.to_owned(), ..query.clone() })
    });
    let chosen = query.status.parse::<Status>().map_or("", Status::as_str);
    let statuses = Status::ALL.iter().map(|status| (status.as_str(), status.as_str()));
    let statuses = [("", "All")].into_iter().chain(statuses);
    let tabs = filter_tabs("Status", statuses, chosen, |status| {
        with(PATH, &TicketQuery { status: status.to_owned(), ..query.clone() })
    });
    view! {
        <LivePage/>
        <PageHeader title="Tickets">{queues}</PageHeader>
        {tabs}
        {filters(query, categories)}
        {unknown.map(|unknown| view! { <Alert tone=Tone::Warn>{sentence(&unknown)}</Alert> })}
        <SearchResults found text=query.q.clone() role=visit.actor().role now=visit.now />
    }
}

fn filters(query: &TicketQuery, categories: Vec<String>) -> impl IntoView + use<> {
    let same = |word: &str| (word.to_owned(), word.to_owned());
    let first = |words: &str| vec![(String::new(), words.to_owned())];
    let mut priorities = first("Any priority");
    priorities.extend(Priority::ALL.iter().map(|priority| same(priority.as_str())));
    let mut all_categories = first("Any category");
    all_categories.extend(categories.iter().map(|name| same(name)));
    let select = |name: &'static str, label: &'static str, options: Vec<(String, String)>, chosen: &str| {
        let options = options
            .into_iter()
            .map(|(value, words)| {
                let selected = value.to_lowercase() == chosen.to_lowercase();
                view! {
                    <option value=value selected=selected dir="auto">
                        {words}
                    </option>
                }
            })
            .collect_view();
        view! {
            <select class="select" name=name aria-label=label>
                {options}
            </select>
        }
    };
    let clear = (!query.is_everything()).then(|| {
        view! {
            <ButtonLink href=PATH variant=Variant::Quiet icon=IconName::Cross>
                "Clear"
            </ButtonLink>
        }
    });
    let (status, assignee) = (query.status.clone(), query.assignee.clone());
    let orders =
        vec![(String::new(), "Newest first".to_owned()), ("changed".to_owned(), "Last changed first".to_owned())];
    view! {
        <form class="filters" method="get" action=PATH role="search">
            {(!status.is_empty()).then(|| view! { <input type="hidden" name="status" value=status/> })}
            {(!assignee.is_empty()).then(|| view! { <input type="hidden" name="assignee" value=assignee/> })}
            <div class="search">
                <Icon name=IconName::Search/>
                <input
                    class="input"
                    type="search"
                    name="q"
                    id="search"
                    dir="auto"
                    aria-label="Search in tickets"
                    placeholder="Words or a number"
                    value=query.q.clone()
                />
            </div>
            {select("priority", "Priority", priorities, &query.priority)}
            {select("category", "Category", all_categories, &query.category)}
            <input
                class="input"
                name="customer"
                dir="auto"
                aria-label="Customer's username"
                placeholder="Customer’s username"
                autocapitalize="none"
                spellcheck="false"
                value=query.customer.clone()
            />
            {select("order", "Order", orders, &query.order)}
            <Button>"Filter"</Button>
            {clear}
        </form>
    }
}
