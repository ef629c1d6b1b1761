//! Tickets: list, open, read.

use axum::{extract::State, response::Response};
use desk::heavy;
use domain::Ticket;
use http::{HeaderValue, StatusCode, header};

use super::{
    apart,
    form::{ApiForm, Key, form},
    paging::{self, Page},
    queue::Queue,
    wire::{TicketJson, json},
};
use crate::{
    extract::{SignedIn, TicketPath},
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
        /// Staff, who must say it: the customer for whom it is opened, by username or id. Of a customer it is passed over.
        #[schema(example = "ana")]
        customer: Option<String>,
    }
    with files as TicketForm named "TicketFormRequest",
    about them "PDF, JPG, PNG or DOCX; 5 MB each and 10 at most unless the desk is set up otherwise."
}

/// A page of tickets.
type TicketsPage = Page<500, true>;
/// Bytes that are written on the thread that answers: it takes less time than waking another one.
const AT_ONCE: usize = 64 * 1024;

/// The caller's own tickets, newest first; for staff all, or those that they ask for.
#[utoipa::path(
    get, path = "/api/tickets/", tag = "Tickets", operation_id = "list_tickets", security(("bearer" = []), ("cookie" = [])),
    params(Queue, TicketsPage),
    responses(
        (status = 200, description = "Tickets", body = [TicketJson<'static>],
         headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        SignedIn, Queue, TicketsPage,
    )
)]
pub(crate) async fn list(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    queue: Queue,
    asked: TicketsPage,
) -> ApiResult {
    let is_staff = actor.role.is_staff();
    let (tickets, older) = if is_staff {
        queue.tickets(&site.desk, &actor, asked.cursor, asked.limit).await?
    } else {
        asked.require_id()?;
        let page = site.desk.tickets().list_own(&actor, asked.cursor, asked.limit).await?;
        (page.items, page.older)
    };
    let length: usize = tickets.iter().map(length).sum();
    let asking = site.clone();
    let write = move || {
        let (attachments, public_url) = (asking.desk.attachments(), &asking.public_url_text);
        let written: Vec<_> = tickets.iter().map(|ticket| TicketJson::of(ticket, &attachments, public_url)).collect();
        json(StatusCode::OK, &written)
    };
    // Five hundred long tickets are megabytes.
    let mut response = if length <= AT_ONCE { write()? } else { heavy(write).await?? };
    let (list, filter) = (format!("{}/api/tickets/", site.public_url_text), queue.names());
    paging::link_next_of(&mut response, &list, if is_staff { &filter } else { &[] }, asked.limit, older);
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

/// Open a ticket; staff open one for a `customer`. Files need a multipart/form-data body: any number of parts named attachments.
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
        SignedIn, ApiForm<TicketBody>,
    )
)]
pub(crate) async fn create(
    State(site): State<Site>,
    // Before a body is read that could not be used.
    SignedIn(actor): SignedIn,
    mut form: ApiForm<TicketBody>,
) -> ApiResult {
    let desk = site.desk.clone();
    let ticket = apart(async move {
        let tickets = desk.tickets();
        if actor.role.is_staff() {
            tickets.open_for(&actor, &mut form).await
        } else {
            tickets.open(&actor, &mut form).await
        }
    })
    .await?;
    created(&site, &ticket)
}

fn created(site: &Site, ticket: &Ticket) -> ApiResult<Response> {
    let body = TicketJson::of(ticket, &site.desk.attachments(), &site.public_url_text);
    let mut response = json(StatusCode::CREATED, &body)?;
    let location = HeaderValue::from_str(&format!("/api/tickets/{}/", ticket.id));
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}
