//! Opening a ticket.

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
