//! What the queue looks like. Plain functions over the [`Queue`]; the page that a browser without script gets is the same.

mod change;
mod rows;

use domain::{Status, TicketQuery, count_words};
use leptos::prelude::*;

pub(super) use self::{change::result, rows::rows};
use super::{
    Choices,
    state::{Queue, address},
};
use crate::{
    addresses::staff,
    ui::{Icon, IconName, said},
};

pub(super) const NOTHING_FITS: &str = "No ticket fits";

/// A tab that leads to another list.
fn tab(queue: Queue, to: TicketQuery, words: &'static str, is_current: bool, count: Option<String>) -> impl IntoView {
    let href = address(&to, "");
    view! {
        <a
            class="tab"
            href=href
            aria-current=is_current.then_some("page")
            on:click=move |event| queue.follow(&event, to.clone())
        >
            {words}
            {count.map(|count| view! { <span class="count">{count}</span> })}
        </a>
    }
}

pub(super) fn header(queue: Queue) -> impl IntoView {
    let whose = move || {
        let query = queue.query.get().from_the_top();
        [("", "All"), ("me", "Mine"), ("none", "Unassigned")].map(|(assignee, words)| {
            let to = TicketQuery { assignee: assignee.to_owned(), ..query.clone() };
            tab(queue, to, words, query.assignee == assignee, None)
        })
    };
    view! {
        <div class="page-head">
            <div class="page-head-text">
                <h1>"Tickets"</h1>
            </div>
            <div class="actions">
                <nav class="tabs" aria-label="Whose">
                    {whose}
                </nav>
            </div>
        </div>
    }
}

pub(super) fn statuses(queue: Queue) -> impl IntoView {
    let tabs = move || {
        let query = queue.query.get().from_the_top();
        let list = queue.list.read();
        let all: u64 = list.counts.iter().map(|count| count.tickets).sum();
        let current: Option<Status> = query.status.parse().ok();
        let statuses = list.counts.iter().map(|count| (Some(count.status), count.tickets));
        let tabs = [(None, all)].into_iter().chain(statuses).map(|(status, count)| {
            let words = status.map_or("All", Status::as_str);
            let to = TicketQuery { status: status.map_or("", Status::as_str).to_owned(), ..query.clone() };
            tab(queue, to, words, status == current, Some(count_words(count)))
        });
        tabs.collect::<Vec<_>>()
    };
    view! {
        <nav class="tabs" aria-label="Status" hidden=move || queue.list.read().counts.is_empty()>
            {tabs}
        </nav>
    }
}

/// The options of a choice, which only the server writes: they stay as they are.
fn options(which: fn(&Choices) -> &String) -> String {
    #[cfg(feature = "ssr")]
    return use_context::<Choices>().map(|choices| which(&choices).clone()).unwrap_or_default();
    #[cfg(not(feature = "ssr"))]
    {
        let _ = which;
        String::new()
    }
}

/// The fields of the filter. A form of its page where there is no script, and for searches.
pub(super) fn filters(queue: Queue) -> impl IntoView {
    let first = queue.query.get_untracked();
    let select = |name: &'static str, label: &'static str, list, now: fn(&TicketQuery) -> &String| {
        let shown = move || queue.fields.read().as_ref().map(|query| now(query).clone());
        view! { <select class="select" name=name aria-label=label prop:value=shown inner_html=options(list)></select> }
    };
    let kept = move |name: &'static str, now: fn(&TicketQuery) -> &String| {
        move || {
            let value = queue.query.with(|query| now(query).clone());
            (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value/> })
        }
    };
    let is_everything = move || queue.query.read().is_everything();
    view! {
        <form
            class="filters"
            method="get"
            action=staff::TICKETS
            role="search"
            on:submit=move |event| queue.filter(&event)
        >
            {kept("status", |query| &query.status)}
            {kept("assignee", |query| &query.assignee)}
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
                    value=first.q
                />
            </div>
            {select("priority", "Priority", |choices| &choices.priorities, |query| &query.priority)}
            {select("category", "Category", |choices| &choices.categories, |query| &query.category)}
            <input
                class="input"
                name="customer"
                dir="auto"
                aria-label="Customer's username"
                placeholder="Customer’s username"
                autocapitalize="none"
                spellcheck="false"
                value=first.customer
                prop:value=move || queue.fields.read().as_ref().map(|query| query.customer.clone())
            />
            {select("order", "Order", |choices| &choices.orders, |query| &query.order)}
            <button type="submit" class="btn">
                "Filter"
            </button>
            <a
                class="btn btn-quiet"
                href=staff::TICKETS
                hidden=is_everything
                on:click=move |event| queue.follow(&event, TicketQuery::default())
            >
                <Icon name=IconName::Cross/>
                "Clear"
            </a>
        </form>
    }
}

/// Whose tickets these are, where a customer was asked for.
pub(super) fn customer(queue: Queue) -> impl IntoView {
    move || {
        let customer = queue.list.read().customer.clone();
        customer.map(|(id, name)| {
            view! {
                <p class="muted">
                    "Tickets of " <a href=staff::customer(id)>{said(name)}</a>
                </p>
            }
        })
    }
}
