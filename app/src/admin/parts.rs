//! Pieces that several staff pages show.

mod access;
mod person;

use domain::{TicketRow, Timestamp};
use islands::{
    addresses::{staff, with},
    tickets::{PriorityBadge, StatusBadge},
    ui::{Badge, Button, ButtonLink, Icon, IconName, Tab, Tabs, Tone, Variant, VisuallyHidden, When, said},
};
use leptos::prelude::*;
use serde::Serialize;

pub(super) use self::{
    access::{card_origin, pin_sign, pin_table, scope_words, session_table},
    person::{current_password_field, password_fields, person_fields},
};
use super::frame::Visit;
use crate::filters::hidden_fields;

/// Whether somebody may log in.
pub(super) fn active_badge(is_active: bool) -> impl IntoView {
    let (tone, icon, word) = if is_active {
        (Tone::Good, IconName::CheckCircle, "Active")
    } else {
        (Tone::Neutral, IconName::UserOff, "Deactivated")
    };
    view! { <Badge tone icon>{word}</Badge> }
}

/// When somebody was here last.
pub(super) fn last_seen(visit: Visit, at: Option<Timestamp>) -> AnyView {
    match at {
        Some(at) => view! { <When at now=visit.now/> }.into_any(),
        None => view! { <span>"Never"</span> }.into_any(),
    }
}

/// A count with its word: `1 ticket`, `12 tickets`, `1000+ tickets`.
pub(super) fn counted(count: u64, word: &str) -> String {
    format!("{} {word}{}", domain::count_words(count), if count == 1 { "" } else { "s" })
}

/// Tabs that choose one part of a list's filter, each a value with its words. `address` is that of the list with a value.
pub(super) fn filter_tabs(
    label: &'static str,
    choices: impl IntoIterator<Item = (&'static str, &'static str)>,
    chosen: &str,
    address: impl Fn(&str) -> String,
) -> AnyView {
    let tab = |(value, words): (&'static str, &'static str)| {
        let (href, current) = (address(value), value == chosen);
        view! {
            <Tab href current>
                {words}
            </Tab>
        }
    };
    let tabs = choices.into_iter().map(tab).collect_view();
    view! { <Tabs label>{tabs}</Tabs> }.into_any()
}

/// The filter of a list by the `customer` whose username somebody types; what else the list is filtered by is `kept`.
pub(super) fn customer_filter<Q: Serialize>(path: &'static str, customer: &str, kept: &Q) -> AnyView {
    let clear = (!customer.is_empty()).then(|| {
        view! {
            <ButtonLink href=with(path, kept) variant=Variant::Quiet icon=IconName::Cross>
                "Clear"
            </ButtonLink>
        }
    });
    view! {
        <form class="filters" method="get" action=path role="search">
            {hidden_fields(kept)}
            <div class="search">
                <Icon name=IconName::Search/>
                <input
                    class="input"
                    name="customer"
                    id="search"
                    dir="auto"
                    aria-label="Customer's username"
                    placeholder="Customer’s username"
                    autocapitalize="none"
                    spellcheck="false"
                    value=customer.to_owned()
                />
            </div>
            <Button>"Filter"</Button>
            {clear}
        </form>
    }
    .into_any()
}

/// Tickets as a table. Without the customer on a page that is about one.
pub(super) fn ticket_table(visit: Visit, tickets: Vec<TicketRow>, with_customer: bool) -> AnyView {
    let rows = tickets
        .into_iter()
        .map(|ticket| {
            let href = staff::ticket(ticket.id);
            let files = (ticket.attachments > 0).then(|| {
                view! {
                    <span class="badge badge-plain tone-neutral">
                        <Icon name=IconName::Paperclip/>
                        {ticket.attachments}
                        <VisuallyHidden>" files"</VisuallyHidden>
                    </span>
                }
            });
            let customer = with_customer.then(|| {
                let href = staff::customer(ticket.requester_id);
                view! {
                    <td class="cell-link">
                        <a href=href>{said(ticket.requester_name)}</a>
                    </td>
                }
            });
            let unread = ticket.is_unread.then(|| {
                view! {
                    <span class="unread">
                        <VisuallyHidden>"Unread: "</VisuallyHidden>
                    </span>
                }
            });
            view! {
                <tr id=format!("ticket-{}", ticket.id) class=ticket.is_unread.then_some("row-unread")>
                    <td class="num id">"#" {ticket.id.0}</td>
                    <td class="cell-main">
                        {unread}
                        <a class="row-link" href=href>
                            {said(ticket.title)}
                        </a>
                    </td>
                    <td><StatusBadge status=ticket.status/></td>
                    <td><PriorityBadge priority=ticket.priority/></td>
                    <td class="cell-extra">{said(ticket.category)}</td>
                    {customer}
                    <td class="cell-quiet" data-label="Assignee">{ticket.assignee_name.map(said)}</td>
                    <td class="num cell-spare">{files}</td>
                    <td class="cell-quiet" data-label="Changed">
                        <When at=ticket.updated_at now=visit.now/>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col" class="num">"No."</th>
                    <th scope="col">"Ticket"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Priority"</th>
                    <th scope="col" class="cell-extra">"Category"</th>
                    {with_customer.then(|| view! { <th scope="col">"Customer"</th> })}
                    <th scope="col">"Assignee"</th>
                    <th scope="col" class="num cell-spare">"Files"</th>
                    <th scope="col">"Changed"</th>
                </tr>
            </thead>
            <tbody data-live-rows="">{rows}</tbody>
        </table>
    }
    .into_any()
}
