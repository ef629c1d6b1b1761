//! Tickets: list, open, read.

use app::multipart::MultipartForm;
use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use desk::{NoFiles, TicketForm};
use domain::{Actor, Cursor, Error, FieldErrors, Ticket, TicketId};
use http::{HeaderValue, StatusCode, Uri, header};
use tracing::Instrument as _;

use super::{
    actor,
    body::{BodyKind, Fields, Given, text_of},
    error::ApiResult,
    wire::{TicketJson, json},
};
use crate::site::Site;

const MAX_LIMIT: usize = 500;

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
    let (cursor, limit) = paging(request.uri())?;
    let page = site.desk.tickets().list_own(actor, cursor, limit).await?;
    let attachments = site.desk.attachments();
    let tickets: Vec<TicketJson<'_>> =
        page.items.iter().map(|ticket| TicketJson::of(ticket, &attachments, &site.public_url_text)).collect();
    let mut response = json(StatusCode::OK, &tickets)?;
    if let Some(older) = page.older
        && let Ok(link) = HeaderValue::from_str(&format!(
            "<{}/api/tickets/?limit={limit}&cursor={older}>; rel=\"next\"",
            site.public_url
        ))
    {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn paging(uri: &Uri) -> Result<(Cursor, usize), FieldErrors> {
    let mut errors = FieldErrors::default();
    let (mut cursor, mut limit) = (Cursor::First, MAX_LIMIT);
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match &*name {
            "limit" => limit = errors.take("limit", read_limit(&value)).unwrap_or(MAX_LIMIT),
            "cursor" => {
                let read = value.parse::<i64>().ok().filter(|id| *id > 0).map(|id| Cursor::Before(id.into()));
                let read = read.ok_or_else(|| "Take the cursor from the Link header of the page before.".to_owned());
                cursor = errors.take("cursor", read).unwrap_or_default();
            }
            _ => {}
        }
    }
    if errors.is_empty() { Ok((cursor, limit)) } else { Err(errors) }
}

fn read_limit(text: &str) -> Result<usize, String> {
    let number: i64 = text.trim().parse().map_err(|_| "A valid integer is required.".to_owned())?;
    match usize::try_from(number) {
        Ok(limit @ 1..=MAX_LIMIT) => Ok(limit),
        _ if number < 1 => Err("Ensure this value is greater than or equal to 1.".to_owned()),
        _ => Err(format!("Ensure this value is less than or equal to {MAX_LIMIT}.")),
    }
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
pub(crate) async fn detail(State(site): State<Site>, Path(id): Path<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?;
    let id: TicketId = id.parse().map_err(|_| Error::NotFound)?;
    let ticket = site.desk.tickets().get(actor, id).await?;
    json(StatusCode::OK, &TicketJson::of(&ticket, &site.desk.attachments(), &site.public_url_text))
}

/// Open a ticket. Files need a multipart/form-data body: any number of parts named attachments.
#[utoipa::path(
    post, path = "/api/tickets/", tag = "Tickets", operation_id = "create_ticket", security(("bearer" = [])),
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
        (status = 413, description = "A file is too large", body = super::schema::FieldErrorsBody),
        (status = 415, description = "A body of another kind", body = super::schema::Detail),
    )
)]
pub(crate) async fn create(State(site): State<Site>, request: Request) -> ApiResult {
    let actor = actor(&request)?.clone();
    // Before a body is read that could not be used.
    actor.require_customer()?;
    let ticket = match BodyKind::of(&request)? {
        BodyKind::Multipart(boundary) => {
            let body = multer::Multipart::new(request.into_body().into_data_stream(), boundary);
            open(&site, actor, MultipartForm::from_api(body)).await?
        }
        kind => {
            let form = without_files(&Fields::read(kind, request.into_body()).await?)?;
            open(&site, actor, form).await?
        }
    };
    created(&site, &ticket)
}

/// In a task of its own, so that a client that breaks off does not stop the desk before it has cleaned up.
async fn open(site: &Site, actor: Actor, mut form: impl TicketForm + 'static) -> Result<Ticket, Error> {
    let desk = site.desk.clone();
    let opening = async move { desk.tickets().open(&actor, &mut form).await };
    match tokio::spawn(opening.in_current_span()).await {
        Ok(opened) => opened,
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(_) => Err(Error::Unavailable),
    }
}

fn created(site: &Site, ticket: &Ticket) -> ApiResult<Response> {
    let body = TicketJson::of(ticket, &site.desk.attachments(), &site.public_url_text);
    let mut response = json(StatusCode::CREATED, &body)?;
    let location = HeaderValue::from_str(&format!("/api/tickets/{}/", ticket.id));
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}

/// The fields of a ticket without files; null counts as left out where a field is optional.
fn without_files(fields: &Fields) -> Result<NoFiles, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut values = Vec::new();
    for name in ["title", "description"] {
        match text_of(fields.get(name)) {
            Ok(text) => values.push((name.to_owned(), text.to_owned())),
            Err(sentence) => errors.add(name, sentence),
        }
    }
    for name in ["priority", "category"] {
        match fields.get(name) {
            Some(Given::Text(text)) => values.push((name.to_owned(), text.clone())),
            Some(Given::Other | Given::Nothing) => errors.add(name, "Not a valid string."),
            Some(Given::Null) | None => {}
        }
    }
    match fields.get("attachments") {
        None | Some(Given::Null | Given::Nothing) => {}
        Some(Given::Text(text)) if text.is_empty() => {}
        Some(Given::Text(_) | Given::Other) => {
            errors.add("attachments", "The submitted data was not a file. Send files as multipart/form-data.");
        }
    }
    if errors.is_empty() { Ok(NoFiles::new(values)) } else { Err(errors) }
}
