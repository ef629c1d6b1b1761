//! What the address of a ticket's page asks for, on its customer's side and on that of staff.

use domain::{Actor, Cursor, Error, Result, TicketView};
use islands::request::{RequestContext, query};
use serde::{Deserialize, Serialize};

use crate::filters::CursorQuery;

/// Beside the part of the timeline.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TicketPageQuery {
    /// The entry that is to be on the page.
    pub(crate) entry: String,
    /// The entry that was just written.
    pub(crate) sent: String,
    /// Whether the text is to be changed.
    pub(crate) edit: String,
    /// The kind of text that is shown as it will look.
    pub(crate) preview: String,
}

/// The ticket with this id, and the part of its timeline that the address asks for.
///
/// # Errors
/// [`Error::NotFound`] for one that is not there or not the caller's, without telling which.
pub(crate) async fn shown(
    context: &RequestContext,
    actor: &Actor,
    id: &str,
    asked: &TicketPageQuery,
) -> Result<TicketView> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let tickets = context.desk.tickets();
    let view = tickets.view(actor, id, query::<CursorQuery>().cursor()).await?;
    match page_with(&asked.entry, &view) {
        Some(cursor) => tickets.view(actor, id, cursor).await,
        None => Ok(view),
    }
}

/// Where the timeline's page begins that shows an entry: nothing where the newest one does, as `newest` came.
fn page_with(entry: &str, newest: &TicketView) -> Option<Cursor> {
    let entry: i64 = entry.parse().ok()?;
    let oldest = newest.timeline.items.last()?.id.0;
    // A page ends before the id it is asked for.
    (newest.timeline.older.is_some() && entry < oldest).then(|| Cursor::Before((entry + 1).into()))
}
