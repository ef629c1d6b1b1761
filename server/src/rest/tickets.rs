//! Tickets: list, open, read.

use axum::{
    extract::{Request, State},
    response::Response,
};
use desk::heavy;
use domain::Ticket;
use http::{HeaderValue, StatusCode, header};

use super::{
    actor, apart,
    error::ApiResult,
    form::ApiForm,
    paging, ticket_id,
    wire::{TicketJson, json},
};
use crate::{reply::Varying, site::Site};

const MAX_LIMIT: usize = 500;
/// Bytes that are written on the thread that answers: it takes less time than waking another one.
const AT_ONCE: usize = 64 * 1024;

/// The caller's own tickets, newest first.
#[utoipa::path(
    get, path = "/api/tickets/", tag = "Tickets", operation_id = "list_tickets", security(("bearer" = [])),
    params(
        ("limit" = Option<u16>, Query, description = "1 to 500; 500 when left out", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "From the Link header of the page before"),
    ),
    responses(
        (status = 200, description = "Tickets", body = [TicketJson<'static>],
         headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        (status = 400, description = "Field errors", body = super::schema::FieldErrorsBody),
        (status = 401, description = "No access token, or one that is over", body = super::schema::Detail),
    )
)]
pub(crate) async fn list(State(site): State<Site>, request: Request) -> ApiResult {
    let actor = actor(&request)?;
    let (cursor, limit) = paging::read(request.uri(), MAX_LIMIT)?;
    let page = site.desk.tickets().list_own(actor, cursor, limit).await?;
    let older = page.older;
    let length: usize = page.items.iter().map(length).sum();
    let asking = site.clone();
    let write = move || {
        let (attachments, public_url) = (asking.desk.attachments(), &asking.public_url_text);
        let tickets: Vec<_> =
            page.items.iter().map(|ticket| TicketJson::of(ticket, &attachments, public_url)).collect();
        json(StatusCode::OK, &tickets)
    };
    // Five hundred long tickets are megabytes.
    let mut response = if length <= AT_ONCE { write()? } else { heavy(write).await?? };
    paging::link_next(&mut response, &format!("{}/api/tickets/", site.public_url_text), limit, older);
    Ok(response)
}

/// About how many bytes a ticket takes on the wire.
fn length(ticket: &Ticket) -> usize {
    const FILE: usize = 400;
    ticket.title.len() + ticket.description.len() + ticket.attachments.len() * FILE
}

/// One of the caller's own tickets.
#[utoipa::path(
    get, path = "/api/tickets/{id}/", tag = "Tickets", operation_id = "get_ticket", security(("bearer" = [])),
    params(("id" = i64, Path, description = "The ticket's number")),
    responses(
        (status = 200, description = "The ticket", body = TicketJson<'static>),
        (status = 401, description = "No access token, or one that is over", body = super::schema::Detail),
        (status = 404, description = "No such ticket, or not the caller's", body = super::schema::Detail),
    )
)]
pub(crate) async fn detail(State(site): State<Site>, Varying(id): Varying<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?;
    let ticket = site.desk.tickets().get(actor, ticket_id(&id)?).await?;
    json(StatusCode::OK, &TicketJson::of(&ticket, &site.desk.attachments(), &site.public_url_text))
}

/// Open a ticket. Files need a multipart/form-data body: any number of parts named attachments.
#[utoipa::path(
    post, path = "/api/tickets/", tag = "Tickets", operation_id = "create_ticket", security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = super::schema::KEY)),
    request_body(content(
        (super::schema::TicketForm = "multipart/form-data"),
        (super::schema::TicketBody = "application/json"),
        (super::schema::TicketBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "The ticket", body = TicketJson<'static>),
        (status = 400, description = "Field errors; a file of another kind, or one too many", body = super::schema::FieldErrorsBody),
        (status = 401, description = "No access token, or one that is over", body = super::schema::Detail),
        (status = 403, description = "Staff have no tickets", body = super::schema::Detail),
        (status = 409, description = "Something else was sent under this key", body = super::schema::Detail),
        (status = 413, description = "A file is too large", body = super::schema::FieldErrorsBody),
        (status = 415, description = "A body of another kind", body = super::schema::Detail),
    )
)]
pub(crate) async fn create(State(site): State<Site>, request: Request) -> ApiResult {
    let actor = actor(&request)?.clone();
    // Before a body is read that could not be used.
    actor.require_customer()?;
    let mut form = ApiForm::of(request, &["title", "description"], &["priority", "category"]).await?;
    let desk = site.desk.clone();
    let ticket = apart(async move { desk.tickets().open(&actor, &mut form).await }).await?;
    created(&site, &ticket)
}

fn created(site: &Site, ticket: &Ticket) -> ApiResult<Response> {
    let body = TicketJson::of(ticket, &site.desk.attachments(), &site.public_url_text);
    let mut response = json(StatusCode::CREATED, &body)?;
    let location = HeaderValue::from_str(&format!("/api/tickets/{}/", ticket.id));
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}
