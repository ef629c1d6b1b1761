//! The staff's queue: a list of tickets that is alive. Without script the same markup is links, a form that filters and one
//! that changes what is ticked.

#![expect(missing_docs, reason = "the island's arguments become fields; its text names them")]

pub mod api;
mod choice;
mod state;
mod view;

use domain::{TicketId, TicketQuery};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use self::{api::TicketList, state::Queue};
use crate::{browser::in_browser, packed::Packed};

/// The id of the form that the boxes belong to.
const FORM: &str = "change-selected";
/// The name of the boxes.
pub const BOX: &str = "tickets[]";

/// What a browser has to know of the queue as a page begins with it; the filter is in its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The tickets.
    pub list: TicketList,
    /// What of the filter is not there, as a sentence.
    pub unknown: Option<String>,
    /// The reader's own value among those who can get a ticket.
    pub me: String,
}

/// What can be chosen in the queue: the options of its fields, as HTML. The page provides them as a context, with the filter
/// and the tickets that are ticked: no browser needs them but to show them.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// The filter.
    pub query: TicketQuery,
    /// The tickets that are ticked.
    pub chosen: Vec<TicketId>,
    /// To filter by: priorities,
    pub priorities: String,
    /// categories,
    pub categories: String,
    /// and orders of the list.
    pub orders: String,
    /// For what is ticked: a status,
    pub new_status: String,
    /// a priority,
    pub new_priority: String,
    /// a category,
    pub new_category: String,
    /// and a member of the team.
    pub new_assignee: String,
}

/// Tickets with their filters, tabs and pages, and what is done with many at once. With script it is kept fresh, shows another
/// filter without a reload, and knows single keys: `x` chooses the row that has the focus, `a` (claim) and `e` (resolve)
/// change what is chosen, or else that row.
#[island(lazy)]
pub fn TicketQueue(
    /// What it begins with.
    start: Packed<Start>,
) -> impl IntoView {
    let queue = Queue::new(start.0);
    in_browser(|| queue.start());
    view! {
        <div aria-busy=move || queue.is_busy.get().then_some("true")>
            {view::header(queue)}
            {view::statuses(queue)}
            {view::filters(queue)}
            {view::customer(queue)}
            {view::result(queue)}
            {view::rows(queue)}
            <p class="visually-hidden" role="status" id="queue-said">
                {move || queue.said.get()}
            </p>
        </div>
    }
}

/// What stands above the list: the head of the page, and the fields of its filter. For what a search found, which is a page of
/// its own without the island; the [`Choices`] are provided as a context.
#[cfg(feature = "ssr")]
pub fn above_the_list(now: domain::Timestamp) -> (impl IntoView, impl IntoView) {
    let list = TicketList::nothing(now, String::new());
    let queue = Queue::new(Start { list, unknown: None, me: String::new() });
    (view::header(queue), view::filters(queue))
}
