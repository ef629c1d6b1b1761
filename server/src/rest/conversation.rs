//! The conversation on a ticket: its timeline, replies, internal notes.

use axum::{
    extract::{Request, State},
    response::Response,
};
use desk::heavy;
use domain::{Actor, Event};
use http::StatusCode;

use super::{
    actor, apart,
    error::ApiResult,
    form::ApiForm,
    paging, ticket_id,
    wire::{EntryJson, json},
};
use crate::{reply::Varying, site::Site};

const MAX_LIMIT: usize = 200;

/// What was said on a ticket and what happened to it, newest first.
///
/// Of one's own ticket, or for staff. Customers get nothing that is internal.
#[utoipa::path(
    get, path = "/api/tickets/{id}/timeline/", tag = "Conversation", operation_id = "get_timeline",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("id" = i64, Path, description = "The ticket's number"),
        ("limit" = Option<u16>, Query, description = "1 to 200; 200 when left out", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "From the Link header of the page before"),
    ),
    responses(
        (status = 200, description = "Entries", body = [EntryJson<'static>],
         headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        (status = 400, description = "Field errors", body = super::schema::FieldErrorsBody),
        (status = 401, description = "Nobody is logged in, or not any more", body = super::schema::Detail),
        (status = 404, description = "No such ticket, or not the caller's", body = super::schema::Detail),
    )
)]
pub(crate) async fn timeline(State(site): State<Site>, Varying(id): Varying<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?;
    let id = ticket_id(&id)?;
    let (cursor, limit) = paging::read(request.uri(), MAX_LIMIT)?;
    let page = site.desk.tickets().timeline(actor, id, cursor, limit).await?;
    let older = page.older;
    let bodies = markdown::all(page.items.iter().map(|event| event.body.clone()).collect(), markdown::html).await?;
    let (asking, shown) = (site.clone(), actor.clone());
    let mut response = heavy(move || {
        let (attachments, public_url) = (asking.desk.attachments(), &asking.public_url_text);
        let entries = page.items.iter().zip(bodies);
        let entries: Vec<_> =
            entries.map(|(event, html)| EntryJson::of(event, html, &shown, &attachments, public_url)).collect();
        json(StatusCode::OK, &entries)
    })
    .await??;
    let list = format!("{}/api/tickets/{id}/timeline/", site.public_url_text);
    paging::link_next(&mut response, &list, limit, older);
    Ok(response)
}

/// Reply on a ticket.
///
/// On one's own until it is closed, or for staff. A customer's reply opens a ticket again that waited for them or was
/// resolved. Files need a multipart/form-data body: any number of parts named attachments.
#[utoipa::path(
    post, path = "/api/tickets/{id}/replies/", tag = "Conversation", operation_id = "create_reply",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("id" = i64, Path, description = "The ticket's number"),
        ("Idempotency-Key" = Option<String>, Header, description = super::schema::KEY),
    ),
    request_body(content(
        (super::schema::ReplyForm = "multipart/form-data"),
        (super::schema::ReplyBody = "application/json"),
        (super::schema::ReplyBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "Its entry in the timeline", body = EntryJson<'static>),
        (status = 400, description = "Field errors; a file of another kind, or one too many", body = super::schema::FieldErrorsBody),
        (status = 401, description = "Nobody is logged in, or not any more", body = super::schema::Detail),
        (status = 404, description = "No such ticket, or not the caller's", body = super::schema::Detail),
        (status = 409, description = "The ticket takes no replies, or cannot become what `then` asks for; or something else was sent under this key", body = super::schema::Detail),
        (status = 413, description = "A file is too large", body = super::schema::FieldErrorsBody),
        (status = 415, description = "A body of another kind", body = super::schema::Detail),
    )
)]
pub(crate) async fn reply(State(site): State<Site>, Varying(id): Varying<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?.clone();
    let id = ticket_id(&id)?;
    let mut form = ApiForm::of(request, &["body"], &["then"]).await?;
    let (desk, author) = (site.desk.clone(), actor.clone());
    let entry = apart(async move { desk.tickets().reply(&author, id, &mut form).await }).await?;
    created(&site, &actor, &entry).await
}

/// Write an internal note. Staff.
///
/// The customer learns nothing of it. Files come as in a reply.
#[utoipa::path(
    post, path = "/api/tickets/{id}/notes/", tag = "Conversation", operation_id = "create_note",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("id" = i64, Path, description = "The ticket's number"),
        ("Idempotency-Key" = Option<String>, Header, description = super::schema::KEY),
    ),
    request_body(content(
        (super::schema::NoteForm = "multipart/form-data"),
        (super::schema::NoteBody = "application/json"),
        (super::schema::NoteBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "Its entry in the timeline", body = EntryJson<'static>),
        (status = 400, description = "Field errors; a file of another kind, or one too many", body = super::schema::FieldErrorsBody),
        (status = 401, description = "Nobody is logged in, or not any more", body = super::schema::Detail),
        (status = 403, description = "For staff", body = super::schema::Detail),
        (status = 404, description = "No such ticket", body = super::schema::Detail),
        (status = 409, description = "Something else was sent under this key", body = super::schema::Detail),
        (status = 413, description = "A file is too large", body = super::schema::FieldErrorsBody),
        (status = 415, description = "A body of another kind", body = super::schema::Detail),
    )
)]
pub(crate) async fn note(State(site): State<Site>, Varying(id): Varying<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?.clone();
    // Before a body is read that could not be used.
    actor.require_staff()?;
    let id = ticket_id(&id)?;
    let mut form = ApiForm::of(request, &["body"], &[]).await?;
    let (desk, author) = (site.desk.clone(), actor.clone());
    let entry = apart(async move { desk.tickets().note(&author, id, &mut form).await }).await?;
    created(&site, &actor, &entry).await
}

async fn created(site: &Site, actor: &Actor, entry: &Event) -> ApiResult<Response> {
    let html = markdown::all(vec![entry.body.clone()], markdown::html).await?.pop().flatten();
    let body = EntryJson::of(entry, html, actor, &site.desk.attachments(), &site.public_url_text);
    json(StatusCode::CREATED, &body)
}
