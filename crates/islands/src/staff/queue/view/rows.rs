//! The rows of the list, and the way to others.

use domain::{Status, TicketId, TicketQuery, TicketRow, Timestamp, count_words};
use leptos::{ev::MouseEvent, html::A, prelude::*, web_sys::Element};

use super::{
    super::{
        BOX, FORM,
        state::{Queue, address},
    },
    NOTHING_FITS,
    change::bar,
};
use crate::{
    addresses::staff,
    tickets::{PriorityBadge, StatusBadge},
    ui::{Icon, IconName, When, said, sentence},
};

/// The rows, or that there are none, and the way to others.
pub(in super::super) fn rows(queue: Queue) -> impl IntoView {
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
pub(super) fn box_for_all(queue: Queue, label: Option<&'static str>) -> impl IntoView {
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
