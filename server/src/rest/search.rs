//! Search.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, State};
use domain::{FieldErrors, Piece, SEARCH_MAX_HITS, SearchHit, SearchQuery, TicketFilter, TicketRow, Timestamp};
use http::{StatusCode, Uri, request::Parts};
use serde::Serialize;
use utoipa::{
    IntoParams, IntoResponses, ToSchema,
    openapi::{RefOr, Response},
};

use super::{paging::read_limit, wire::json};
use crate::{
    extract::SignedIn,
    reply::{
        ApiError, ApiResult,
        api::{FIELDS, refusals},
    },
    site::Site,
};

/// Tickets when no limit is given.
const LIMIT: usize = 20;

/// What a search found.
#[derive(Serialize, ToSchema)]
#[schema(as = Search)]
pub(crate) struct SearchJson<'a> {
    /// Each ticket once, the best first.
    results: Vec<HitJson<'a>>,
    /// There are more than the limit.
    has_more: bool,
}

/// A ticket that was found, by the best of what is in it.
#[derive(Serialize, ToSchema)]
#[schema(as = SearchResult)]
pub(crate) struct HitJson<'a> {
    ticket: FoundTicketJson<'a>,
    /// The ticket's title, with what was found in it.
    title: Vec<PieceJson<'a>>,
    /// `title`, `description`, `reply`, `file_name` or `number`; for staff also `note`.
    #[schema(example = "reply")]
    found_in: &'static str,
    /// Some of the text that the words are in, as it was written.
    snippet: Vec<PieceJson<'a>>,
}

/// A ticket, in short.
#[derive(Serialize, ToSchema)]
#[schema(as = FoundTicket)]
pub(crate) struct FoundTicketJson<'a> {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "The printer is on fire")]
    title: &'a str,
    #[schema(example = "Medium")]
    priority: &'static str,
    #[schema(example = "Other")]
    category: &'a str,
    #[schema(example = "Open")]
    status: &'static str,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A piece of a text. The pieces together are the text.
#[derive(Serialize, ToSchema)]
#[schema(as = Piece)]
pub(crate) struct PieceJson<'a> {
    text: &'a str,
    /// Whether it is what was searched for.
    #[serde(rename = "match")]
    is_match: bool,
}

impl<'a> HitJson<'a> {
    fn of(hit: &'a SearchHit) -> Self {
        Self {
            ticket: FoundTicketJson::of(&hit.ticket),
            title: pieces(&hit.title),
            found_in: hit.found_in.as_str(),
            snippet: pieces(&hit.snippet),
        }
    }
}

impl<'a> FoundTicketJson<'a> {
    fn of(ticket: &'a TicketRow) -> Self {
        Self {
            id: ticket.id.0,
            title: &ticket.title,
            priority: ticket.priority.as_str(),
            category: &ticket.category,
            status: ticket.status.as_str(),
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
        }
    }
}

fn pieces(pieces: &[Piece]) -> Vec<PieceJson<'_>> {
    pieces.iter().map(|piece| PieceJson { text: &piece.text, is_match: piece.is_match }).collect()
}

/// Find tickets by words in their titles, descriptions, replies and names of files, or by their number. Customers find
/// their own; staff find all, by internal notes too. Every word must occur; the beginning of a word suffices.
#[utoipa::path(
    get, path = "/api/search/", tag = "Tickets", operation_id = "search_tickets", security(("bearer" = []), ("cookie" = [])),
    params(Asked),
    responses(
        (status = 200, description = "What was found, the best first; nothing for a text without words", body = SearchJson<'static>),
        SignedIn, Asked,
    )
)]
pub(crate) async fn search(State(site): State<Site>, SignedIn(actor): SignedIn, asked: Asked) -> ApiResult {
    let query = SearchQuery { text: asked.q, filter: TicketFilter::default(), limit: asked.limit };
    let found = site.desk.tickets().search(&actor, &query).await?;
    let results = found.hits.iter().map(HitJson::of).collect();
    json(StatusCode::OK, &SearchJson { results, has_more: found.has_more })
}

/// What an address asks for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Words, or a number as `7` or `#7`. The first 8 words count
    q: String,
    /// 1 to 50; 20 when left out
    #[param(value_type = Option<u16>, required = false, minimum = 1, maximum = 50)]
    limit: usize,
}

impl Asked {
    fn read(uri: &Uri) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let (mut text, mut limit) = (None, LIMIT);
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "q" => text = Some(value.into_owned()),
                "limit" => limit = errors.take("limit", read_limit(&value, SEARCH_MAX_HITS)).unwrap_or(LIMIT),
                _ => {}
            }
        }
        let text = errors.take("q", text.ok_or_else(|| "This field is required.".to_owned()));
        match text {
            Some(q) if errors.is_empty() => Ok(Self { q, limit }),
            _ => Err(errors),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        Ok(Self::read(&parts.uri)?)
    }
}

impl IntoResponses for Asked {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([(400, "Field errors", &[FIELDS])])
    }
}
