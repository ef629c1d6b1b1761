//! The server function of the search. Thin: the desk decides.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::SearchHits;
use islands::refusal::Refusal;
use leptos::prelude::*;

/// The tickets that the words `q` find, the best first: a customer's own, or all for staff; of those, the ones with
/// this `status`, `priority` and `category`, and for staff of this `customer` (their username) and `assignee` (`none`,
/// `me` or a username).
///
/// # Errors
/// [`domain::Error::Unauthenticated`]; [`domain::Error::Invalid`] for what is not there.
#[server(prefix = "/fn", endpoint = "search_tickets")]
pub async fn search_tickets(
    #[server(default)] q: String,
    #[server(default)] status: String,
    #[server(default)] priority: String,
    #[server(default)] category: String,
    #[server(default)] customer: String,
    #[server(default)] assignee: String,
) -> Result<SearchHits, Refusal> {
    use domain::{SEARCH_MAX_HITS, SearchQuery};

    use crate::filters::{self, TicketWords};
    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let words = TicketWords {
        status: &status,
        priority: &priority,
        category: &category,
        customer: &customer,
        assignee: &assignee,
    };
    let (filter, _) = answer(filters::tickets(&context, actor, words).await)?;
    let query = SearchQuery { text: q, filter, limit: SEARCH_MAX_HITS };
    answer(context.desk.tickets().search(actor, &query).await)
}
