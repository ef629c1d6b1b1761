//! The page `/admin/tickets`.

use domain::{Assignee, Priority, SearchHits, Status, TicketId, TicketQuery};
use islands::{
    addresses::{staff, with},
    packed::Packed,
    request::{answer, query},
    staff::{
        TicketQueue,
        api::{ChangeTickets, NOBODY},
        queue::{
            BOX, Choices, Start, above_the_list,
            api::{TicketList, staff_list_tickets},
        },
    },
    ui::{Alert, Tone, sentence},
};
use leptos::prelude::*;

use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::filter_tabs,
    },
    filters::known,
    layout::form::FormState,
    live::LivePage,
    search::{SearchResults, api::search},
};

const PATH: &str = staff::TICKETS;

/// All tickets.
#[component]
pub fn TicketsPage() -> impl IntoView {
    staff_page(Place::Tickets, |visit| async move {
        let query: TicketQuery = query();
        let (context, actor) = (visit.context(), visit.actor());
        let categories = answer(context.desk.categories().all_names(&actor).await)?;
        if !query.q.trim().is_empty() {
            let (found, unknown) = known(search(&context, &actor, &query).await)?;
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
            Some(report) => report.refused.clone(),
            None => form.values(BOX).iter().filter_map(|id| id.parse().ok()).collect(),
        };
        let names = answer(context.desk.categories().names().await)?;
        let team = answer(context.desk.users().assignable(&actor).await)?;
        provide_context(choices(query, chosen, form, &categories, &names, &team));
        let me = actor.id.map(|id| id.to_string()).unwrap_or_default();
        let start = Packed(Start { list, unknown, me });
        let view = view! {
            <LivePage/>
            <TicketQueue start/>
        };
        Ok(Content::new("Tickets", view))
    })
}

/// The options of the queue's fields; the form for what is ticked may have been refused.
fn choices(
    query: TicketQuery,
    chosen: Vec<TicketId>,
    form: FormState,
    all_categories: &[String],
    categories: &[String],
    team: &[Assignee],
) -> Choices {
    let same = |word: &str| (word.to_owned(), word.to_owned());
    let typed = |name: &str| form.value(name, "");
    let first = |words: &str| [(String::new(), words.to_owned())];
    let priorities = || Priority::ALL.iter().map(|priority| same(priority.as_str()));
    let statuses = Status::ALL.iter().map(|status| same(status.as_str()));
    let nobody = (NOBODY.to_owned(), "Nobody".to_owned());
    let team = team.iter().map(|member| (member.id.to_string(), member.name.clone()));
    let new_categories = categories.iter().map(|name| same(name));
    Choices {
        priorities: options(first("Any priority").into_iter().chain(priorities()), &query.priority).to_html(),
        categories: options(categories_to_filter_by(all_categories), &query.category).to_html(),
        orders: options(orders(), &query.order).to_html(),
        new_status: options(first("Status").into_iter().chain(statuses), &typed("status")).to_html(),
        new_priority: options(first("Priority").into_iter().chain(priorities()), &typed("priority")).to_html(),
        new_category: options(first("Category").into_iter().chain(new_categories), &typed("category")).to_html(),
        new_assignee: options(first("Assignee").into_iter().chain([nobody]).chain(team), &typed("assignee")).to_html(),
        query,
        chosen,
    }
}

fn categories_to_filter_by(names: &[String]) -> Vec<(String, String)> {
    let first = (String::new(), "Any category".to_owned());
    [first].into_iter().chain(names.iter().map(|name| (name.clone(), name.clone()))).collect()
}

fn orders() -> [(String, String); 2] {
    [(String::new(), "Newest first".to_owned()), (TicketQuery::CHANGED.to_owned(), "Last changed first".to_owned())]
}

/// The options of a choice, each a value with its words.
fn options<L: IntoIterator<Item = (String, String)>>(list: L, chosen: &str) -> impl IntoView + use<L> {
    let chosen = chosen.to_lowercase();
    let option = |(value, words): (String, String)| {
        let selected = value.to_lowercase() == chosen;
        view! {
            <option value=value selected=selected dir="auto">
                {words}
            </option>
        }
    };
    list.into_iter().map(option).collect_view()
}

/// What a search found, among the tickets that the filter leaves. It has an order of its own.
fn search_view(
    visit: Visit,
    query: &TicketQuery,
    found: SearchHits,
    unknown: Option<String>,
    categories: Vec<String>,
) -> impl IntoView + use<> {
    provide_context(choices(query.clone(), Vec::new(), FormState::fresh(), &categories, &[], &[]));
    let (header, filters) = above_the_list(visit.now);
    let chosen = query.status.parse::<Status>().map_or("", Status::as_str);
    let statuses = Status::ALL.iter().map(|status| (status.as_str(), status.as_str()));
    let statuses = [("", "All")].into_iter().chain(statuses);
    let tabs = filter_tabs("Status", statuses, chosen, |status| {
        with(PATH, &TicketQuery { status: status.to_owned(), ..query.clone() })
    });
    view! {
        <LivePage/>
        {header}
        {tabs}
        {filters}
        {unknown.map(|unknown| view! { <Alert tone=Tone::Warn>{sentence(&unknown)}</Alert> })}
        <SearchResults found text=query.q.clone() role=visit.actor().role now=visit.now />
    }
}
