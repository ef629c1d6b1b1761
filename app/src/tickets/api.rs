//! The server functions of a customer's tickets. Thin: the desk decides.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{Page, StatusCount, TicketRow, TicketView};
use islands::refusal::Refusal;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A page of a customer's tickets, and how many there are of each status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketList {
    /// The tickets.
    pub page: Page<TicketRow>,
    /// Every status once.
    pub counts: Vec<StatusCount>,
}

/// The caller's tickets, newest first, 50 at a time: all, or those of one `status`; older than the ticket `before`, or
/// newer than the ticket `after`.
///
/// # Errors
/// A field error for a status that is none; [`domain::Error::Unauthenticated`].
#[server(prefix = "/fn", endpoint = "list_tickets")]
pub async fn list_tickets(
    #[server(default)] status: String,
    #[server(default)] before: String,
    #[server(default)] after: String,
) -> Result<TicketList, Refusal> {
    use domain::{FieldErrors, TicketFilter};

    use crate::filters;
    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let mut errors = FieldErrors::default();
    let status = filters::choice(&mut errors, "status", &status, |word| word.parse().ok());
    if !errors.is_empty() {
        return answer(Err(errors.into()));
    }
    let filter = TicketFilter { status, ..TicketFilter::default() };
    let cursor = filters::cursor(&before, &after);
    let tickets = context.desk.tickets();
    let page = answer(tickets.list(actor, &filter, cursor, inner::PAGE).await)?;
    let counts = answer(tickets.count_by_status(actor, &filter).await)?;
    Ok(TicketList { page, counts })
}

/// One of the caller's tickets, as its page shows it; with the part of its timeline `before` or `after` an entry, if
/// one is named.
///
/// # Errors
/// [`domain::Error::NotFound`] for one that is not theirs or does not exist, without telling which.
#[server(prefix = "/fn", endpoint = "get_ticket")]
pub async fn get_ticket(
    #[server(default)] id: String,
    #[server(default)] before: String,
    #[server(default)] after: String,
) -> Result<TicketView, Refusal> {
    use crate::filters;
    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let id = answer(inner::ticket_id(&id))?;
    answer(context.desk.tickets().view(actor, id, filters::cursor(&before, &after)).await)
}

/// Changes a ticket's title and description, and leads back to its page.
///
/// # Errors
/// Field errors; [`domain::Error::Forbidden`] when the ticket is closed.
#[server(prefix = "/fn", endpoint = "update_ticket")]
pub async fn update_ticket(
    #[server(default)] id: String,
    #[server(default)] title: String,
    #[server(default)] description: String,
) -> Result<TicketView, Refusal> {
    use islands::{
        addresses::ticket_of,
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let id = answer(inner::ticket_id(&id))?;
    let change = domain::TicketChange {
        // Of a form, whose emptied field is no field left out.
        title: Some(title),
        // Browsers send line ends as CR LF.
        description: Some(description.replace("\r\n", "\n")),
        ..domain::TicketChange::default()
    };
    let ticket = answer(context.desk.tickets().update(actor, id, &change).await)?;
    leptos_axum::redirect(&ticket_of(actor.role, id));
    Ok(ticket)
}

/// Closes a ticket.
///
/// # Errors
/// [`domain::Error::Conflict`] when it is closed already.
#[server(prefix = "/fn", endpoint = "close_ticket")]
pub async fn close_ticket(#[server(default)] id: String) -> Result<TicketView, Refusal> {
    use islands::{
        addresses::ticket_of,
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let id = answer(inner::ticket_id(&id))?;
    let change = domain::TicketChange { status: Some(domain::Status::Closed), ..domain::TicketChange::default() };
    let ticket = answer(context.desk.tickets().update(actor, id, &change).await)?;
    leptos_axum::redirect(&ticket_of(actor.role, id));
    Ok(ticket)
}

/// Withdraws a ticket: deletes it with its files, while nobody has worked on it.
///
/// # Errors
/// [`domain::Error::Conflict`] or [`domain::Error::Forbidden`] when somebody has.
#[server(prefix = "/fn", endpoint = "delete_ticket")]
pub async fn delete_ticket(#[server(default)] id: String) -> Result<(), Refusal> {
    use islands::{
        addresses::tickets_of,
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let id = answer(inner::ticket_id(&id))?;
    answer(context.desk.tickets().delete(actor, id).await)?;
    leptos_axum::redirect(tickets_of(actor.role));
    Ok(())
}

/// Where the timeline's page begins that shows an entry: nothing where the newest one does, as `newest` came.
pub(crate) fn page_with(entry: &str, newest: &TicketView) -> Option<String> {
    let entry: i64 = entry.parse().ok()?;
    let oldest = newest.timeline.items.last()?.id.0;
    // A page ends before the id it is asked for.
    (newest.timeline.older.is_some() && entry < oldest).then(|| (entry + 1).to_string())
}

mod inner {
    use domain::{Error, Result, TicketId};

    /// Tickets on one page of the list.
    pub(super) const PAGE: usize = 50;

    pub(super) fn ticket_id(text: &str) -> Result<TicketId> {
        text.parse().map_err(|_| Error::NotFound)
    }
}
