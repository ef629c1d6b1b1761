//! The conversation on a ticket: its timeline, replies, internal notes.

use axum::{extract::State, response::Response};
use desk::heavy;
use domain::{Actor, Event};
use http::StatusCode;

use super::{
    apart,
    form::{ApiForm, Key, form},
    paging::{self, Page},
    wire::{EntryJson, json},
};
use crate::{
    extract::{SignedIn, Staff, TicketPath},
    reply::{ApiResult, api::Detail},
    site::Site,
};

form! {
    /// A reply without files.
    #[schema(as = ReplyRequest)]
    pub(crate) struct ReplyBody {
        /// Markdown.
        #[schema(min_length = 1, max_length = 20000)]
        body: String,
        /// What becomes of the ticket: stay, wait (for the customer) or resolve; stay when left out. Staff's word counts.
        #[schema(example = "stay")]
        then: Option<String>,
    }
    with files as ReplyForm named "ReplyFormRequest",
    about them "PDF, JPG, PNG or DOCX; 5 MB each and 10 on a ticket at most unless the desk is set up otherwise.",
    they suffice for body
}

form! {
    /// An internal note without files.
    #[schema(as = NoteRequest)]
    pub(crate) struct NoteBody {
        /// Markdown.
        #[schema(min_length = 1, max_length = 20000)]
        body: String,
    }
    with files as NoteForm named "NoteFormRequest",
    about them "PDF, JPG, PNG or DOCX; 5 MB each and 10 with a ticket's notes at most unless the desk is set up otherwise.",
    they suffice for body
}

/// A page of a timeline.
type EntriesPage = Page<200>;

/// What was said on a ticket and what happened to it, newest first.
///
/// Of one's own ticket, or for staff. Customers get nothing that is internal.
#[utoipa::path(
    get, path = "/api/tickets/{id}/timeline/", tag = "Conversation", operation_id = "get_timeline",
    security(("bearer" = []), ("cookie" = [])),
    params(TicketPath, EntriesPage),
    responses(
        (status = 200, description = "Entries", body = [EntryJson<'static>],
         headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        SignedIn, TicketPath, EntriesPage,
    )
)]
pub(crate) async fn timeline(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    TicketPath(id): TicketPath,
    asked: EntriesPage,
) -> ApiResult {
    let page = site.desk.tickets().timeline(&actor, id, asked.cursor, asked.limit).await?;
    let older = page.older;
    let bodies = markdown::all(page.items.iter().map(|event| event.body.clone()).collect(), markdown::html).await?;
    let asking = site.clone();
    let mut response = heavy(move || {
        let (attachments, public_url) = (asking.desk.attachments(), &asking.public_url_text);
        let entries = page.items.iter().zip(bodies);
        let entries: Vec<_> =
            entries.map(|(event, html)| EntryJson::of(event, html, &actor, &attachments, public_url)).collect();
        json(StatusCode::OK, &entries)
    })
    .await??;
    let list = format!("{}/api/tickets/{id}/timeline/", site.public_url_text);
    paging::link_next(&mut response, &list, asked.limit, older);
    Ok(response)
}

/// Reply on a ticket.
///
/// On one's own until it is closed, or for staff. A customer's reply opens a ticket again that waited for them or was
/// resolved. Files need a multipart/form-data body: any number of parts named attachments.
#[utoipa::path(
    post, path = "/api/tickets/{id}/replies/", tag = "Conversation", operation_id = "create_reply",
    security(("bearer" = []), ("cookie" = [])),
    params(TicketPath, Key),
    request_body(content(
        (ReplyForm = "multipart/form-data"),
        (ReplyBody = "application/json"),
        (ReplyBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "Its entry in the timeline", body = EntryJson<'static>),
        SignedIn, TicketPath, ApiForm<ReplyBody>,
        (status = 409, description = "The ticket takes no replies, or cannot become what `then` asks for; or something else was sent under this key", body = Detail<'static>),
    )
)]
pub(crate) async fn reply(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    TicketPath(id): TicketPath,
    mut form: ApiForm<ReplyBody>,
) -> ApiResult {
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
    params(TicketPath, Key),
    request_body(content(
        (NoteForm = "multipart/form-data"),
        (NoteBody = "application/json"),
        (NoteBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "Its entry in the timeline", body = EntryJson<'static>),
        Staff, TicketPath, ApiForm<NoteBody>,
    )
)]
pub(crate) async fn note(
    State(site): State<Site>,
    // Before a body is read that could not be used.
    Staff(actor): Staff,
    TicketPath(id): TicketPath,
    mut form: ApiForm<NoteBody>,
) -> ApiResult {
    let (desk, author) = (site.desk.clone(), actor.clone());
    let entry = apart(async move { desk.tickets().note(&author, id, &mut form).await }).await?;
    created(&site, &actor, &entry).await
}

async fn created(site: &Site, actor: &Actor, entry: &Event) -> ApiResult<Response> {
    let html = markdown::all(vec![entry.body.clone()], markdown::html).await?.pop().flatten();
    let body = EntryJson::of(entry, html, actor, &site.desk.attachments(), &site.public_url_text);
    json(StatusCode::CREATED, &body)
}
