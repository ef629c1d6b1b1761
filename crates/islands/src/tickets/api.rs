//! Opening a ticket, and adding files to one from outside.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use leptos::prelude::*;
use server_fn::codec::{MultipartData, MultipartFormData};

use crate::refusal::Refusal;

/// Opens a ticket from a form with `title`, `description`, `priority`, `category` and any number of `attachments`, read
/// as it arrives, and leads to the ticket's page.
///
/// # Errors
/// Field errors; a sentence about a file begins with the file's name in quotation marks.
#[server(prefix = "/fn", endpoint = "create_ticket", input = MultipartFormData)]
pub async fn create_ticket(data: MultipartData) -> Result<domain::Ticket, Refusal> {
    use crate::{
        addresses,
        conversation::api::inner as conversation,
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let mut form = answer(conversation::form(data, &context))?;
    let actor = answer(conversation::writer(&context, &mut form).await)?;
    let opened = context.desk.tickets().open(actor, &mut form).await;
    let ticket = answer(form.noted(opened).await)?;
    leptos_axum::redirect(&addresses::ticket(ticket.id));
    Ok(ticket)
}

/// Adds any number of `attachments`, read as they arrive, to the ticket that the session is for; for who reads nothing of it.
///
/// # Errors
/// Field errors, as for [`create_ticket`]; [`domain::Error::Forbidden`] for who was let in for something else.
#[server(prefix = "/fn", endpoint = "drop_files", input = MultipartFormData)]
pub async fn drop_files(data: MultipartData) -> Result<(), Refusal> {
    use crate::{
        addresses,
        conversation::api::inner as conversation,
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let mut form = answer(conversation::form(data, &context))?;
    let actor = answer(conversation::writer(&context, &mut form).await)?;
    let added = context.desk.drops().add(actor, &mut form).await;
    answer(form.noted(added).await)?;
    leptos_axum::redirect(addresses::DROP);
    Ok(())
}
