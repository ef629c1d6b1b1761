//! The staff's queue: a list of tickets that is alive. Without script the same markup is links, a form that filters and one
//! that changes what is ticked.

#![expect(missing_docs, reason = "the island's arguments become fields; its text names them")]

pub mod api;
mod choice;
mod state;
mod view;

use domain::{Assignee, TicketId, TicketQuery};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::state::Changes;
use self::{api::TicketList, state::Queue};
use crate::browser::in_browser;

/// The id of the form that the boxes belong to.
const FORM: &str = "change-selected";
/// The name of the boxes.
pub const BOX: &str = "tickets[]";

/// What can be chosen in the queue, as it was when the page was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Every category that a ticket may have, to filter by.
    pub filters: Vec<String>,
    /// The categories that a ticket can get.
    pub categories: Vec<String>,
    /// Who can get one.
    pub team: Vec<Assignee>,
    /// The reader's own value among them.
    pub me: Option<String>,
}

/// Tickets with their filters, tabs and pages, and what is done with many at once. With script it is kept fresh, shows another
/// filter without a reload, and knows single keys: `x` chooses the row that has the focus, `a` (claim) and `e` (resolve)
/// change what is chosen, or else that row.
#[island(lazy)]
pub fn TicketQueue(
    /// Which tickets.
    query: TicketQuery,
    /// They themselves.
    list: TicketList,
    /// What of the query is not there, as a sentence.
    unknown: Option<String>,
    /// What can be chosen.
    choices: Choices,
    /// The tickets that are ticked at first.
    chosen: Vec<TicketId>,
    /// What the form for them shows at first.
    changes: Changes,
) -> impl IntoView {
    let queue = Queue::new(query, list, unknown, chosen, choices.me.clone());
    in_browser(|| queue.start());
    view! {
        <div aria-busy=move || queue.is_busy.get().then_some("true")>
            {view::header(queue)}
            {view::statuses(queue)}
            {view::filters(queue, &choices)}
            {view::customer(queue)}
            {view::result(queue)}
            {view::rows(queue, choices, changes)}
            <p class="visually-hidden" role="status" id="queue-said">
                {move || queue.said.get()}
            </p>
        </div>
    }
}
