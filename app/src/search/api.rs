//! What a search asks of the desk.

use domain::{Actor, Error, SEARCH_MAX_HITS, SearchHits, SearchQuery, TicketQuery};
use islands::request::RequestContext;

use crate::filters;

/// The tickets that the text of a query finds, the best first: a customer's own, or all for staff; of those, the ones that
/// its filter leaves.
///
/// # Errors
/// [`Error::Invalid`] for what is not there; the desk's refusal.
pub(crate) async fn search(context: &RequestContext, actor: &Actor, query: &TicketQuery) -> Result<SearchHits, Error> {
    // What a search finds has an order of its own.
    let query = TicketQuery { order: String::new(), ..query.clone() };
    let (filter, _) = filters::tickets(context, actor, &query).await?;
    context.desk.tickets().search(actor, &SearchQuery { text: query.q.clone(), filter, limit: SEARCH_MAX_HITS }).await
}
