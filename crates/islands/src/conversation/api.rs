//! The server functions of a ticket's conversation. Thin: the desk decides.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::Event;
use leptos::prelude::*;
use server_fn::codec::{MultipartData, MultipartFormData};

use crate::refusal::Refusal;

/// Sends a reply, from a form that begins with the ticket's `id` and goes on with `body`, `attachments` and for staff
/// `then` (`stay`, `wait` or `resolve`). Leads back to the ticket.
///
/// # Errors
/// Field errors; a sentence about a file begins with the file's name in quotation marks.
/// [`domain::Error::Conflict`] when the ticket takes no more replies.
#[server(prefix = "/fn", endpoint = "reply", input = MultipartFormData)]
pub async fn reply(data: MultipartData) -> Result<Event, Refusal> {
    use crate::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let mut form = answer(inner::form(data, &context))?;
    let actor = answer(inner::writer(&context, &mut form).await)?;
    let id = answer(inner::id_part(&mut form).await)?;
    let written = context.desk.tickets().reply(actor, id, &mut form).await;
    let entry = answer(form.noted(written).await)?;
    leptos_axum::redirect(&inner::page_at(actor, id, &entry));
    Ok(entry)
}

/// Writes an internal note, from a form like that of [`reply`]. Staff.
///
/// # Errors
/// As [`reply`]; [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "add_note", input = MultipartFormData)]
pub async fn add_note(data: MultipartData) -> Result<Event, Refusal> {
    use crate::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let mut form = answer(inner::form(data, &context))?;
    let actor = answer(inner::writer(&context, &mut form).await)?;
    answer(actor.require_staff())?;
    let id = answer(inner::id_part(&mut form).await)?;
    let written = context.desk.tickets().note(actor, id, &mut form).await;
    let entry = answer(form.noted(written).await)?;
    leptos_axum::redirect(&inner::page_at(actor, id, &entry));
    Ok(entry)
}

/// What a text in Markdown will look like: HTML, safe to put into the page.
///
/// # Errors
/// [`domain::Error::Unauthenticated`]; a field error for a text that is too long.
#[server(prefix = "/fn", endpoint = "preview")]
pub async fn preview(#[server(default)] body: String) -> Result<String, Refusal> {
    use crate::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    answer(context.actor())?;
    if body.trim().is_empty() {
        return Ok(String::new());
    }
    let body = domain::check_message(&body).map_err(|sentence| domain::Error::field("body", sentence));
    let body = answer(body)?;
    answer(desk::heavy(move || markdown::page_html(&body)).await)
}

#[cfg(feature = "ssr")]
pub(crate) mod inner {
    use desk::{FormPart, MultipartForm, TicketForm};
    use domain::{Actor, Error, Event, Result, TicketId};
    use server_fn::codec::MultipartData;

    use crate::{
        addresses::{ticket_of, with_query},
        multipart::{IncomingForm, page_form},
        request::RequestContext,
    };

    /// Who writes. From whoever is logged out by now, the words are noted, so that the page can show them again.
    pub(crate) async fn writer<'a>(context: &'a RequestContext, form: &mut MultipartForm) -> Result<&'a Actor> {
        form.noted(context.actor()).await
    }

    /// The form that came. The framework's own reader is left alone: it collects what has no limit.
    pub(crate) fn form(_: MultipartData, context: &RequestContext) -> Result<MultipartForm> {
        Ok(page_form(IncomingForm::take()?, context))
    }

    /// The ticket's id, which is the form's first part: what follows is for this ticket.
    pub(super) async fn id_part(form: &mut MultipartForm) -> Result<TicketId> {
        match form.next().await? {
            Some(FormPart::Text { name, value }) if name == "id" => value.parse().map_err(|_| Error::NotFound),
            _ => Err(Error::field("form", "This form could not be read. Reload the page and send it again.")),
        }
    }

    /// The ticket's page, at what was just said. The query makes it another address than the one before, so that the
    /// browser loads it.
    pub(super) fn page_at(actor: &Actor, id: TicketId, entry: &Event) -> String {
        let entry = entry.id.to_string();
        with_query(&ticket_of(actor.role, id), &[("sent", &entry)]) + "#entry-" + &entry
    }
}
