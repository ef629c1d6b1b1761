//! Drafts: what the caller typed and did not send yet.

use std::collections::BTreeMap;

use axum::{
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use domain::{Draft, DraftPlace, Error, Timestamp};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    actor,
    body::{self, BodyKind, Fields},
    error::ApiResult,
    form,
    wire::json,
};
use crate::{reply::Varying, site::Site};

/// A draft.
#[derive(Serialize, ToSchema)]
#[schema(as = Draft, example = json!({"fields": {"body": "Dear all"}, "saved_at": "2026-11-23T04:05:06.000007Z"}))]
pub(crate) struct DraftJson {
    /// By the field's name, as it was typed; none when there is no draft.
    fields: BTreeMap<String, String>,
    /// RFC 3339, in UTC; null when there is no draft.
    #[schema(value_type = Option<String>, format = DateTime)]
    saved_at: Option<Timestamp>,
}

/// The fields of a draft.
#[derive(ToSchema)]
#[schema(as = DraftRequest, example = json!({"body": "Dear all"}))]
pub(crate) struct DraftBody(#[expect(dead_code, reason = "describes a body")] BTreeMap<String, String>);

/// What is kept at a place; nothing is an empty draft.
#[utoipa::path(
    get, path = "/api/drafts/{place}/", tag = "Drafts", operation_id = "get_draft", security(("bearer" = [])),
    params(("place" = String, Path, description = "`ticket`, or with the ticket's number `reply-7`, `note-7`")),
    responses(
        (status = 200, description = "The draft", body = DraftJson),
        (status = 401, description = "No access token, or one that is over", body = super::schema::Detail),
        (status = 403, description = "Notes are for staff, new tickets for customers", body = super::schema::Detail),
        (status = 404, description = "No such place, or not the caller's ticket", body = super::schema::Detail),
    )
)]
pub(crate) async fn read(State(site): State<Site>, Varying(word): Varying<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?;
    let place = place(&word)?;
    answer(site.desk.drafts().get(actor, place).await?)
}

/// Keep what was typed in place of what was kept before. Without any text the draft is forgotten. Sending it, whichever
/// way, forgets it too.
#[utoipa::path(
    put, path = "/api/drafts/{place}/", tag = "Drafts", operation_id = "save_draft", security(("bearer" = [])),
    params(
        ("place" = String, Path, description = "`ticket`, or with the ticket's number `reply-7`, `note-7`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The key under which it will be sent"),
    ),
    request_body(content = DraftBody, description = "A ticket's title, description, priority, category; a message's body"),
    responses(
        (status = 200, description = "The draft", body = DraftJson),
        (status = 400, description = "Field errors", body = super::schema::FieldErrorsBody),
        (status = 401, description = "No access token, or one that is over", body = super::schema::Detail),
        (status = 403, description = "Notes are for staff, new tickets for customers", body = super::schema::Detail),
        (status = 404, description = "No such place, or not the caller's ticket", body = super::schema::Detail),
        (status = 409, description = "It was sent already under this key", body = super::schema::Detail),
    )
)]
pub(crate) async fn save(State(site): State<Site>, Varying(word): Varying<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?.clone();
    let place = place(&word)?;
    let key = form::key_of(request.headers());
    let fields = Fields::read(BodyKind::of(&request)?, request.into_body()).await?.texts()?;
    let drafts = site.desk.drafts();
    if drafts.save(&actor, place, &fields, key.as_deref()).await?.is_none() {
        return Err(Error::conflict("This was sent already. Take a new key for what comes next.").into());
    }
    answer(drafts.get(&actor, place).await?)
}

/// Forget what is kept.
#[utoipa::path(
    delete, path = "/api/drafts/{place}/", tag = "Drafts", operation_id = "discard_draft", security(("bearer" = [])),
    params(("place" = String, Path, description = "`ticket`, or with the ticket's number `reply-7`, `note-7`")),
    responses(
        (status = 204, description = "There is no draft now"),
        (status = 401, description = "No access token, or one that is over", body = super::schema::Detail),
        (status = 403, description = "Notes are for staff, new tickets for customers", body = super::schema::Detail),
        (status = 404, description = "No such place, or not the caller's ticket", body = super::schema::Detail),
    )
)]
pub(crate) async fn discard(State(site): State<Site>, Varying(word): Varying<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?.clone();
    let place = place(&word)?;
    body::unused(request).await?;
    site.desk.drafts().discard(&actor, place).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn place(word: &str) -> Result<DraftPlace, Error> {
    word.parse::<DraftPlace>()
}

fn answer(draft: Option<Draft>) -> ApiResult<Response> {
    let (fields, saved_at) = draft.map(|draft| (draft.fields, draft.saved_at)).unzip();
    json(StatusCode::OK, &DraftJson { fields: fields.unwrap_or_default(), saved_at })
}
