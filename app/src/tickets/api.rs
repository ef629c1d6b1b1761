//! The server functions of a customer's tickets. Thin: the desk decides.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{Error, Status, TicketChange, TicketId, TicketView};
use islands::{
    addresses::{ticket_of, tickets_of},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

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
    let (context, actor) = caller()?;
    let id = answer(ticket_id(&id))?;
    let change = TicketChange {
        // Of a form, whose emptied field is no field left out.
        title: Some(title),
        // Browsers send line ends as CR LF.
        description: Some(description.replace("\r\n", "\n")),
        ..TicketChange::default()
    };
    let ticket = answer(context.desk.tickets().update(&actor, id, &change).await)?;
    leptos_axum::redirect(&ticket_of(actor.role, id));
    Ok(ticket)
}

/// Closes a ticket.
///
/// # Errors
/// [`domain::Error::Conflict`] when it is closed already.
#[server(prefix = "/fn", endpoint = "close_ticket")]
pub async fn close_ticket(#[server(default)] id: String) -> Result<TicketView, Refusal> {
    let (context, actor) = caller()?;
    let id = answer(ticket_id(&id))?;
    let change = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
    let ticket = answer(context.desk.tickets().update(&actor, id, &change).await)?;
    leptos_axum::redirect(&ticket_of(actor.role, id));
    Ok(ticket)
}

/// Withdraws a ticket: deletes it with its files, while nobody has worked on it.
///
/// # Errors
/// [`domain::Error::Conflict`] or [`domain::Error::Forbidden`] when somebody has.
#[server(prefix = "/fn", endpoint = "delete_ticket")]
pub async fn delete_ticket(#[server(default)] id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(ticket_id(&id))?;
    answer(context.desk.tickets().delete(&actor, id).await)?;
    leptos_axum::redirect(tickets_of(actor.role));
    Ok(())
}

fn ticket_id(text: &str) -> Result<TicketId, Error> {
    text.parse().map_err(|_| Error::NotFound)
}
