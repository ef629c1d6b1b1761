//! The page `/admin/tickets`.

use domain::{Priority, SearchHits, Status, count_words};
use islands::{
    addresses::{staff, with_query},
    request::answer,
    staff::QueueTools,
    ui::{Alert, Button, ButtonLink, EmptyState, Icon, IconName, PageHeader, Tab, Tabs, Tone, Variant, said, sentence},
};
use leptos::prelude::*;

use super::{
    api::{TicketList, staff_list_tickets},
    bulk::Bulk,
};
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{counted, filter_tabs, table_to_choose},
    },
    filters::{known, pagination},
    live::{LiveNotice, LivePage},
    search::{SearchResults, api::search_tickets},
};

const PATH: &str = staff::TICKETS;

/// All tickets.
#[component]
pub fn TicketsPage() -> impl IntoView {
    staff_page(Place::Tickets, |visit| async move {
        let filter = Filter::of(visit);
        let categories = answer(visit.context().desk.categories().all_names(&visit.actor()).await)?;
        if !filter.text.trim().is_empty() {
            let found = search_tickets(
                filter.text.clone(),
                filter.status.clone(),
                filter.priority.clone(),
                filter.category.clone(),
                filter.customer.clone(),
                filter.assignee.clone(),
            )
            .await;
            let (found, unknown) = known(found)?;
            return Ok(Content::new("Tickets", search_view(visit, &filter, found, unknown, categories)));
        }
        let list = staff_list_tickets(
            filter.status.clone(),
            filter.priority.clone(),
            filter.category.clone(),
            filter.customer.clone(),
            filter.assignee.clone(),
            filter.order.clone(),
            visit.query("before"),
            visit.query("after"),
        )
        .await;
        let (list, unknown) = known(list)?;
        let bulk = Bulk::of(visit).await?;
        Ok(Content::new("Tickets", view(visit, &filter, list, unknown, categories, bulk)))
    })
}

/// The filter as it is in the address.
struct Filter {
    status: String,
    priority: String,
    category: String,
    customer: String,
    assignee: String,
    order: String,
    text: String,
}

impl Filter {
    fn of(visit: Visit) -> Self {
        Self {
            status: visit.query("status"),
            priority: visit.query("priority"),
            category: visit.query("category"),
            customer: visit.query("customer"),
            assignee: visit.query("assignee"),
            order: visit.query("order"),
            text: visit.query("q"),
        }
    }

    fn query(&self) -> [(&str, &str); 7] {
        [
            ("status", &self.status),
            ("priority", &self.priority),
            ("category", &self.category),
            ("customer", &self.customer),
            ("assignee", &self.assignee),
            ("order", &self.order),
            ("q", &self.text),
        ]
    }

    /// The list's address with one part of the filter changed.
    fn with(&self, name: &str, value: &str) -> String {
        let query = self.query().map(|(known, old)| (known, if known == name { value } else { old }));
        with_query(PATH, &query)
    }

    fn is_empty(&self) -> bool {
        self.query().iter().all(|(_, value)| value.is_empty())
    }
}

fn view(
    visit: Visit,
    filter: &Filter,
    list: TicketList,
    unknown: Option<String>,
    categories: Vec<String>,
    bulk: Bulk,
) -> impl IntoView + use<> {
    let result = bulk.result(visit);
    let status = filter.status.parse::<Status>().ok();
    let all: u64 = list.counts.iter().map(|count| count.tickets).sum();
    let shown = status.map_or(all, |status| {
        list.counts.iter().filter(|count| count.status == status).map(|count| count.tickets).sum()
    });
    let statuses = list.counts.iter().map(|count| (Some(count.status), count.tickets));
    let tabs = [(None, all)].into_iter().chain(statuses).map(|(to, count)| {
        let words = to.map_or("All", Status::as_str);
        let (href, current) = (filter.with("status", to.map_or("", Status::as_str)), status == to);
        view! {
            <Tab href current count=count_words(count)>
                {words}
            </Tab>
        }
    });
    let tabs = tabs.collect_view();
    let tabs = unknown.is_none().then(|| {
        view! {
            <Tabs label="Status" attr:data-live="tabs">
                {tabs}
            </Tabs>
        }
    });
    let body = if list.page.items.is_empty() {
        empty(filter, unknown).into_any()
    } else {
        let pages = pagination(&list.page, PATH, &filter.query(), counted(shown, "ticket"));
        view! {
            <div class="card" id="queue">
                {table_to_choose(visit, list.page.items, bulk.chosen())}
                {bulk.bar(visit)}
            </div>
            {pages}
        }
        .into_any()
    };
    let customer = list.customer.map(|customer| {
        view! {
            <p class="muted">
                "Tickets of " <a href=staff::customer(customer.id)>{said(customer.name)}</a>
            </p>
        }
    });
    view! {
        {header(filter)}
        {tabs}
        {filters(filter, categories)}
        {customer}
        {result}
        <LiveNotice/>
        <div data-live="list">{body}</div>
        <QueueTools/>
    }
}

fn header(filter: &Filter) -> impl IntoView + use<> {
    let queues = [("", "All"), ("me", "Mine"), ("none", "Unassigned")];
    let queues = filter_tabs("Whose", queues, &filter.assignee, |value| filter.with("assignee", value));
    view! {
        <LivePage/>
        <PageHeader title="Tickets">
            {queues}
        </PageHeader>
    }
}

/// What a search found, among the tickets that the filter leaves. It has an order of its own.
fn search_view(
    visit: Visit,
    filter: &Filter,
    found: SearchHits,
    unknown: Option<String>,
    categories: Vec<String>,
) -> impl IntoView + use<> {
    let chosen = filter.status.parse::<Status>().map_or("", Status::as_str);
    let statuses = Status::ALL.iter().map(|status| (status.as_str(), status.as_str()));
    let statuses = [("", "All")].into_iter().chain(statuses);
    let tabs = filter_tabs("Status", statuses, chosen, |value| filter.with("status", value));
    view! {
        {header(filter)}
        {tabs}
        {filters(filter, categories)}
        {unknown.map(|unknown| view! { <Alert tone=Tone::Warn>{sentence(&unknown)}</Alert> })}
        <SearchResults found text=filter.text.clone() role=visit.actor().role now=visit.now />
    }
}

fn filters(filter: &Filter, categories: Vec<String>) -> impl IntoView + use<> {
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
    let clear = (!filter.is_empty()).then(|| {
        view! {
            <ButtonLink href=PATH variant=Variant::Quiet icon=IconName::Cross>
                "Clear"
            </ButtonLink>
        }
    });
    let (status, assignee) = (filter.status.clone(), filter.assignee.clone());
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
                    value=filter.text.clone()
                />
            </div>
            {select("priority", "Priority", priorities, &filter.priority)}
            {select("category", "Category", all_categories, &filter.category)}
            <input
                class="input"
                name="customer"
                dir="auto"
                aria-label="Customer's username"
                placeholder="Customer’s username"
                autocapitalize="none"
                spellcheck="false"
                value=filter.customer.clone()
            />
            {select("order", "Order", orders, &filter.order)}
            <Button>"Filter"</Button>
            {clear}
        </form>
    }
}

fn empty(filter: &Filter, unknown: Option<String>) -> impl IntoView + use<> {
    let (title, text) = if let Some(unknown) = unknown {
        (unknown, "So no ticket fits. Take that part of the filter away, or look customers up in their list.")
    } else if filter.is_empty() {
        ("No tickets yet".to_owned(), "Customers open them. Issue a Support PIN for one, and they can log in.")
    } else {
        ("No ticket fits".to_owned(), "Take away a part of the filter, or look at all tickets.")
    };
    let is_filtered = !filter.is_empty();
    view! {
        <div class="card">
            <EmptyState icon=IconName::Inbox title text>
                {is_filtered.then(|| view! { <ButtonLink href=PATH>"Show all tickets"</ButtonLink> })}
                <ButtonLink href=staff::CUSTOMERS icon=IconName::Users>
                    "Customers"
                </ButtonLink>
            </EmptyState>
        </div>
    }
}
