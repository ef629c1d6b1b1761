//! What a search asks of the desk.

use domain::{Actor, Error, SEARCH_MAX_HITS, SearchHits, SearchQuery};
use islands::{
    refusal::Refusal,
    request::{RequestContext, caller},
};

use crate::filters::{self, TicketWords};

/// The tickets that a text finds, the best first: a customer's own, or all for staff; of those, the ones that a filter
/// leaves.
///
/// # Errors
/// [`Error::Invalid`] for what is not there; the desk's refusal.
pub(crate) async fn search(
    context: &RequestContext,
    actor: &Actor,
    text: String,
    words: TicketWords<'_>,
) -> Result<SearchHits, Error> {
    let (filter, _) = filters::tickets(context, actor, words).await?;
    context.desk.tickets().search(actor, &SearchQuery { text, filter, limit: SEARCH_MAX_HITS }).await
}

/// The same for whoever asks for the page under way.
///
/// # Errors
/// As [`search`].
pub(crate) async fn search_tickets(
    q: String,
    status: String,
    priority: String,
    category: String,
    customer: String,
    assignee: String,
) -> Result<SearchHits, Refusal> {
    let (context, actor) = caller()?;
    let words = TicketWords {
        status: &status,
        priority: &priority,
        category: &category,
        customer: &customer,
        assignee: &assignee,
    };
    Ok(search(&context, &actor, q, words).await?)
}
