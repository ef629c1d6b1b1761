//! Tickets: list, open, read.

use axum::{extract::State, response::Response};
use desk::heavy;
use domain::Ticket;
use http::{HeaderValue, StatusCode, header};

use super::{
    apart,
    form::{ApiForm, Key, form},
    paging::{self, Page},
    wire::{TicketJson, json},
};
use crate::{
    extract::{CustomerOnly, SignedIn, TicketPath},
    reply::ApiResult,
    site::Site,
};

form! {
    /// A new ticket without files.
    #[schema(as = TicketRequest)]
    pub(crate) struct TicketBody {
        #[schema(min_length = 1, max_length = 200)]
        title: String,
        #[schema(min_length = 1, max_length = 20000)]
        description: String,
        /// Low, Medium, High or Urgent; Medium when left out.
        #[schema(example = "Medium")]
        priority: Option<String>,
        /// Bug, Request, Billing or Other unless the desk has other categories; its default when left out.
        #[schema(example = "Other")]
        category: Option<String>,
    }
    with files as TicketForm named "TicketFormRequest",
    about them "PDF, JPG, PNG or DOCX; 5 MB each and 10 at most unless the desk is set up otherwise."
}

/// A page of one's own tickets.
type TicketsPage = Page<500>;
/// Bytes that are written on the thread that answers: it takes less time than waking another one.
const AT_ONCE: usize = 64 * 1024;

/// The caller's own tickets, newest first.
#[utoipa::path(
    get, path = "/api/tickets/", tag = "Tickets", operation_id = "list_tickets", security(("bearer" = []), ("cookie" = [])),
    params(TicketsPage),
    responses(
        (status = 200, description = "Tickets", body = [TicketJson<'static>],
         headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        SignedIn, TicketsPage,
    )
)]
pub(crate) async fn list(State(site): State<Site>, SignedIn(actor): SignedIn, asked: TicketsPage) -> ApiResult {
    let page = site.desk.tickets().list_own(&actor, asked.cursor, asked.limit).await?;
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
    paging::link_next(&mut response, &format!("{}/api/tickets/", site.public_url_text), asked.limit, older);
    Ok(response)
}

/// About how many bytes a ticket takes on the wire.
fn length(ticket: &Ticket) -> usize {
    const FILE: usize = 400;
    ticket.title.len() + ticket.description.len() + ticket.attachments.len() * FILE
}

/// A ticket: one's own, or any for staff.
#[utoipa::path(
    get, path = "/api/tickets/{id}/", tag = "Tickets", operation_id = "get_ticket", security(("bearer" = []), ("cookie" = [])),
    params(TicketPath),
    responses(
        (status = 200, description = "The ticket", body = TicketJson<'static>),
        SignedIn, TicketPath,
    )
)]
pub(crate) async fn detail(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    TicketPath(id): TicketPath,
) -> ApiResult {
    let ticket = site.desk.tickets().get(&actor, id).await?;
    json(StatusCode::OK, &TicketJson::of(&ticket, &site.desk.attachments(), &site.public_url_text))
}

/// Open a ticket. Files need a multipart/form-data body: any number of parts named attachments.
#[utoipa::path(
    post, path = "/api/tickets/", tag = "Tickets", operation_id = "create_ticket", security(("bearer" = []), ("cookie" = [])),
    params(Key),
    request_body(content(
        (TicketForm = "multipart/form-data"),
        (TicketBody = "application/json"),
        (TicketBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "The ticket", body = TicketJson<'static>),
        CustomerOnly, ApiForm<TicketBody>,
    )
)]
pub(crate) async fn create(
    State(site): State<Site>,
    // Before a body is read that could not be used.
    CustomerOnly(actor): CustomerOnly,
    mut form: ApiForm<TicketBody>,
) -> ApiResult {
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
