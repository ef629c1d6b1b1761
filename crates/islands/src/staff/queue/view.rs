//! What the queue looks like. Plain functions over the [`Queue`]; the page that a browser without script gets is the same.

use domain::{Status, TicketId, TicketQuery, TicketRow, Timestamp, count_words};
use leptos::{ev::MouseEvent, html::A, prelude::*, web_sys::Element};

use super::{
    BOX, Choices, FORM,
    state::{Changes, Queue, address},
};
use crate::{
    addresses::{action, staff},
    staff::api::{ChangeTickets, UndoChange},
    tickets::{PriorityBadge, StatusBadge},
    ui::{Icon, IconName, When, said, sentence},
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

/// What became of a change, with the way back; why one was refused.
pub(super) fn result(queue: Queue) -> impl IntoView {
    let told = move || {
        let list = queue.list.read();
        let report = list.report.as_ref();
        let refusal = queue.refusal.get();
        let is_refused = refusal.is_some();
        let words = match (refusal, report) {
            (Some(refusal), _) => vec![refusal],
            (None, Some(report)) => report.words.clone(),
            (None, None) => return None,
        };
        let report = report.filter(|_| !is_refused);
        let undo = report.filter(|report| report.can_undo).map(|report| undo(queue, report.id.to_string()));
        let (class, icon) = match report {
            None => ("alert tone-bad", IconName::Alert),
            Some(report) if report.is_whole => ("alert tone-good", IconName::CheckCircle),
            Some(_) => ("alert tone-warn", IconName::Alert),
        };
        let words = words.iter().map(|words| view! { <p>{sentence(words)}</p> }).collect::<Vec<_>>();
        Some(view! {
            <div class=class role="status">
                <Icon name=icon/>
                <div>{words} {undo}</div>
            </div>
        })
    };
    let is_empty = move || queue.refusal.read().is_none() && queue.list.read().report.is_none();
    view! {
        <div class="page-notice" id="bulk-result" tabindex="-1" hidden=is_empty node_ref=queue.result>
            {told}
        </div>
    }
}

fn undo(queue: Queue, id: String) -> impl IntoView {
    let page = address(&queue.query.get_untracked(), "");
    let sent = id.clone();
    view! {
        <form
            method="post"
            action={action::<UndoChange>(&page)}
            class="bulk-undo"
            on:submit=move |event| queue.undo(&event, sent.clone())
        >
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="query" value=query_part(&page)/>
            <button type="submit" class="btn btn-sm">
                "Undo"
            </button>
        </form>
    }
}

/// The query of an address, to come back to.
fn query_part(page: &str) -> String {
    page.find('?').map(|at| page[at..].to_owned()).unwrap_or_default()
}

/// The rows, or that there are none, and the way to others.
pub(super) fn rows(queue: Queue) -> impl IntoView {
    let ids = Memo::new(move |_| queue.list.read().page.items.iter().map(|row| row.id).collect::<Vec<_>>());
    let is_empty = Signal::derive(move || ids.read().is_empty());
    let bar = bar(queue);
    view! {
        <div class="live-notice" role="status">
            <button
                class="btn btn-sm btn-primary"
                type="button"
                hidden=move || queue.waiting_words().is_none()
                on:click=move |_| queue.show_waiting()
            >
                {move || queue.waiting_words()}
            </button>
        </div>
        {nothing(queue, is_empty)}
        <div class="card" id="queue" hidden=is_empty>
            <table
                class="table"
                on:pointerenter=move |_| queue.point(true)
                on:pointerleave=move |_| queue.point(false)
                on:focusout=move |_| queue.stand_at(None)
            >
                {head(queue)}
                <tbody>
                    <For each=move || ids.get() key=|id| *id let:id>
                        {row(queue, id)}
                    </For>
                </tbody>
            </table>
            {bar}
        </div>
        {pages(queue)}
    }
}

fn head(queue: Queue) -> impl IntoView {
    view! {
        <thead>
            <tr>
                <td class="cell-check">
                    <label hidden=move || !queue.is_alive.get()>{box_for_all(queue, Some("Select all on this page"))}</label>
                </td>
                <th scope="col" class="num">
                    "No."
                </th>
                <th scope="col">"Ticket"</th>
                <th scope="col">"Status"</th>
                <th scope="col">"Priority"</th>
                <th scope="col" class="cell-extra">
                    "Category"
                </th>
                <th scope="col">"Customer"</th>
                <th scope="col">"Assignee"</th>
                <th scope="col" class="num cell-spare">
                    "Files"
                </th>
                <th scope="col">"Changed"</th>
            </tr>
        </thead>
    }
}

/// A box for all rows. Without script there is none.
fn box_for_all(queue: Queue, label: Option<&'static str>) -> impl IntoView {
    view! {
        <input
            type="checkbox"
            class="check"
            autocomplete="off"
            aria-label=label
            prop:checked=move || queue.is_chosen().0
            prop:indeterminate=move || queue.is_chosen().1
            on:change=move |event| queue.press_all(event_target_checked(&event))
        />
    }
}

fn row(queue: Queue, id: TicketId) -> impl IntoView {
    let ticket = Memo::new(move |_| queue.list.read().page.items.iter().find(|row| row.id == id).cloned());
    let is_chosen = Memo::new(move |_| queue.choice.read().has(id));
    let is_unread = move || ticket.read().as_ref().is_some_and(|ticket| ticket.is_unread);
    let link = NodeRef::<A>::new();
    // Shift would mark text up to here.
    let keep_text = |event: MouseEvent| {
        if event.shift_key() {
            event.prevent_default();
        }
    };
    // Of a press beside the box, with shift, browsers make nothing or one without it.
    let beside = move |event: MouseEvent| {
        if event.shift_key() && event_target::<Element>(&event).tag_name() != "INPUT" {
            event.prevent_default();
            queue.press(id, true);
        }
    };
    // It is in the place of one that had the focus and left.
    Effect::new(move || {
        if queue.gets_focus(id)
            && let Some(link) = link.get_untracked()
        {
            let _ = link.focus();
        }
    });
    view! {
        <tr id=format!("ticket-{id}") class:row-unread=is_unread on:focusin=move |_| queue.stand_at(Some(id))>
            <td class="cell-check">
                <label on:mousedown=keep_text on:click=beside>
                    <input
                        type="checkbox"
                        class="check"
                        id=format!("pick-{id}")
                        name=BOX
                        value=id.to_string()
                        form=FORM
                        checked=is_chosen.get_untracked()
                        prop:checked=move || queue.is_alive.get().then(|| is_chosen.get())
                        autocomplete="off"
                        aria-label=format!("Select #{id}")
                        on:click=move |event| queue.press(id, event.shift_key())
                    />
                </label>
            </td>
            <td class="num id">"#" {id.0}</td>
            {move || ticket.get().map(|ticket| cells(ticket, queue.now(), link))}
        </tr>
    }
}

fn cells(ticket: TicketRow, now: Timestamp, link: NodeRef<A>) -> impl IntoView {
    let unread = ticket.is_unread.then(|| {
        view! {
            <span class="unread">
                <span class="visually-hidden">"Unread: "</span>
            </span>
        }
    });
    let files = (ticket.attachments > 0).then(|| {
        view! {
            <span class="badge badge-plain tone-neutral">
                <Icon name=IconName::Paperclip/>
                {ticket.attachments}
                <span class="visually-hidden">" files"</span>
            </span>
        }
    });
    view! {
        <td class="cell-main">
            {unread} <a class="row-link" href=staff::ticket(ticket.id) node_ref=link>
                {said(ticket.title)}
            </a>
        </td>
        <td>
            <StatusBadge status=ticket.status/>
        </td>
        <td>
            <PriorityBadge priority=ticket.priority/>
        </td>
        <td class="cell-extra">{said(ticket.category)}</td>
        <td class="cell-link">
            <a href=staff::customer(ticket.requester_id)>{said(ticket.requester_name)}</a>
        </td>
        <td class="cell-quiet" data-label="Assignee">
            {ticket.assignee_name.map(said)}
        </td>
        <td class="num cell-spare">{files}</td>
        <td class="cell-quiet" data-label="Changed">
            <When at=ticket.updated_at now/>
        </td>
    }
}

fn nothing(queue: Queue, is_empty: Signal<bool>) -> impl IntoView {
    let is_everything = move || queue.query.read().is_everything();
    let title = move || {
        let unknown = queue.unknown.get();
        let known = if is_everything() { "No tickets yet" } else { NOTHING_FITS };
        sentence(&unknown.unwrap_or_else(|| known.to_owned()))
    };
    let text = move || {
        if queue.unknown.read().is_some() {
            "So no ticket fits. Take that part of the filter away, or look customers up in their list."
        } else if is_everything() {
            "Customers open them. Issue a Support PIN for one, and they can log in."
        } else {
            "Take away a part of the filter, or look at all tickets."
        }
    };
    view! {
        <div class="card" hidden=move || !is_empty.get()>
            <div class="empty">
                <Icon name=IconName::Inbox/>
                <h2>{title}</h2>
                <p>{text}</p>
                <div class="actions">
                    <a
                        class="btn"
                        href=staff::TICKETS
                        hidden=is_everything
                        on:click=move |event| queue.follow(&event, TicketQuery::default())
                    >
                        "Show all tickets"
                    </a>
                    <a class="btn" href=staff::CUSTOMERS>
                        <Icon name=IconName::Users/>
                        "Customers"
                    </a>
                </div>
            </div>
        </div>
    }
}

/// The way to the newer and the older part of the list; hidden when there is only one part.
fn pages(queue: Queue) -> impl IntoView {
    let link = move |rel: &'static str, words: &'static str, icon: IconName, to: fn(&Queue) -> Option<TicketQuery>| {
        let href = move || to(&queue).map(|to| address(&to, ""));
        let follow = move |event: MouseEvent| {
            if let Some(to) = to(&queue) {
                queue.follow(&event, to);
            }
        };
        let (before, after) = if rel == "prev" { (Some(icon), None) } else { (None, Some(icon)) };
        view! {
            <a class="btn btn-sm" rel=rel href=href hidden=move || href().is_none() on:click=follow>
                {before.map(|name| view! { <Icon name/> })}
                {words}
                {after.map(|name| view! { <Icon name/> })}
            </a>
        }
    };
    let newer = |queue: &Queue| {
        let after = queue.list.read().page.newer?.to_string();
        Some(TicketQuery { after, ..queue.query.read().from_the_top() })
    };
    let older = |queue: &Queue| {
        let before = queue.list.read().page.older?.to_string();
        Some(TicketQuery { before, ..queue.query.read().from_the_top() })
    };
    let is_one = move || {
        let list = queue.list.read();
        list.page.newer.is_none() && list.page.older.is_none()
    };
    let summary = move || {
        let status: Option<Status> = queue.query.read().status.parse().ok();
        let list = queue.list.read();
        let counts = list.counts.iter().filter(|count| status.is_none_or(|status| count.status == status));
        let count: u64 = counts.map(|count| count.tickets).sum();
        count_words(count) + if count == 1 { " ticket" } else { " tickets" }
    };
    view! {
        <nav class="pagination" aria-label="Pages" hidden=is_one>
            <span>{summary}</span>
            <span class="actions">
                {link("prev", "Previous", IconName::ChevronLeft, newer)}
                {link("next", "Next", IconName::ChevronRight, older)}
            </span>
        </nav>
    }
}

/// The form for the chosen tickets, which is shown while there are some.
fn bar(queue: Queue) -> impl IntoView {
    let select = |name: &'static str, label: &'static str, list, now: fn(&Changes) -> &String| {
        let shown = move || queue.changes.read().as_ref().map(|changes| now(changes).clone());
        view! {
            <select
                class="select"
                name=name
                aria-label=label
                autocomplete="off"
                prop:value=shown
                inner_html=options(list)
            ></select>
        }
    };
    let page = move || address(&queue.query.get(), "");
    let count = move || match queue.is_alive.get() {
        true => queue.choice.read().count().to_string() + " selected",
        false => "Change the selected".to_owned(),
    };
    view! {
        <form
            method="post"
            action={move || action::<ChangeTickets>(&page())}
            id=FORM
            class="bulk-bar"
            node_ref=queue.form
            on:submit=move |event| queue.submit(&event)
        >
            <input
                type="hidden"
                name="idempotency_key"
                value=queue.list.with_untracked(|list| list.key.clone())
                autocomplete="off"
            />
            <input type="hidden" name="query" value=move || query_part(&page())/>
            <span class="bulk-words" role="status">
                {count}
            </span>
            <label class="bulk-all" hidden=move || !queue.is_alive.get()>
                {box_for_all(queue, None)}
                "All"
                <span class="visually-hidden">" on this page"</span>
            </label>
            <button class="btn btn-sm bulk-opener" type="button" popovertarget="bulk-fields">
                "Change…"
            </button>
            <div class="bulk-fields" id="bulk-fields" popover="auto" node_ref=queue.sheet>
                {select("status", "New status", |choices| &choices.new_status, |changes| &changes.status)}
                {select("priority", "New priority", |choices| &choices.new_priority, |changes| &changes.priority)}
                {select("category", "New category", |choices| &choices.new_category, |changes| &changes.category)}
                {select("assignee", "New assignee", |choices| &choices.new_assignee, |changes| &changes.assignee)}
                <button type="submit" class="btn btn-primary" aria-busy=move || queue.is_busy.get().then_some("true")>
                    "Change"
                </button>
            </div>
        </form>
    }
}
