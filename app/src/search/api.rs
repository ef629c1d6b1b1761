//! The server function of the search. Thin: the desk decides.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::SearchHits;
use leptos::prelude::*;

use crate::refusal::Refusal;

/// The tickets that the words `q` find, the best first: a customer's own, or all for staff; of those, the ones with this
/// `status`, `priority` and `category`, and for staff of this `customer` (their username) and `assignee` (`none`, `me` or
/// a username). What cannot be read filters nothing; nobody has the tickets of a customer who is not there.
///
/// # Errors
/// [`domain::Error::Unauthenticated`].
#[server(prefix = "/fn", endpoint = "search_tickets")]
pub async fn search_tickets(
    #[server(default)] q: String,
    #[server(default)] status: String,
    #[server(default)] priority: String,
    #[server(default)] category: String,
    #[server(default)] customer: String,
    #[server(default)] assignee: String,
) -> Result<SearchHits, Refusal> {
    use domain::{SEARCH_MAX_HITS, SearchQuery, TicketFilter};

    use crate::{
        admin::{assignee_filter, customer_by_username},
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let category = category.trim();
    let mut filter = TicketFilter {
        status: status.parse().ok(),
        priority: priority.parse().ok(),
        category: (!category.is_empty()).then(|| category.to_owned()),
        ..TicketFilter::default()
    };
    if actor.role.is_staff() {
        filter.requester = answer(customer_by_username(&context, actor, &customer).await)?.map(|customer| customer.id);
        if filter.requester.is_none() && !customer.trim().is_empty() {
            return Ok(SearchHits::default());
        }
        filter.assignee = answer(assignee_filter(&context, actor, &assignee).await)?;
    }
    let query = SearchQuery { text: q, filter, limit: SEARCH_MAX_HITS };
    answer(context.desk.tickets().search(actor, &query).await)
}
