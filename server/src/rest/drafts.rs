//! Drafts: what the caller typed and did not send yet.

use std::collections::BTreeMap;

use axum::{
    extract::{FromRequestParts, State},
    response::{IntoResponse as _, Response},
};
use domain::{Draft, DraftPlace, Error, FieldErrors, Timestamp};
use http::{StatusCode, request::Parts};
use serde::Serialize;
use utoipa::{
    IntoParams, IntoResponses, ToSchema,
    openapi::{
        RefOr, Required, Response as Described,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, SchemaType, Type},
    },
};

use super::{
    fields::Fields,
    form::Key,
    sent::{NoBody, Sendable, Sent},
    wire::json,
};
use crate::{
    extract::{SignedIn, Varying},
    reply::{
        ApiError, ApiResult,
        api::{DETAIL, Detail, refusals},
    },
    site::Site,
};

/// A draft.
#[derive(Serialize, ToSchema)]
#[schema(as = Draft, example = json!({"fields": {"body": "Dear all"}, "saved_at": "2026-11-23T04:05:06.000007Z"}))]
pub(crate) struct DraftJson {
    /// By the field's name, as it was typed; none when there is no draft.
    fields: BTreeMap<String, String>,
    /// RFC 3339, in UTC; null when there is no draft.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    saved_at: Option<Timestamp>,
}

/// The fields of a draft.
#[derive(ToSchema)]
#[schema(as = DraftRequest, example = json!({"body": "Dear all"}))]
pub(crate) struct DraftBody(BTreeMap<String, String>);

impl Sendable for DraftBody {
    /// Every text by its name; null counts as left out.
    fn read(fields: &Fields, errors: &mut FieldErrors) -> Option<Self> {
        fields.texts(errors).map(Self)
    }
}

/// The place of a draft, named in an address.
pub(crate) struct PlacePath(DraftPlace);

impl<S: Send + Sync> FromRequestParts<S> for PlacePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let Ok(Varying(word)) = Varying::<String>::from_request_parts(parts, state).await;
        Ok(Self(word.parse()?))
    }
}

impl IntoParams for PlacePath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let place = ParameterBuilder::new().name("place").parameter_in(ParameterIn::Path).required(Required::True);
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        vec![
            place
                .description(Some("`ticket`, or with the ticket's number `reply-7`, `note-7`"))
                .schema(Some(text))
                .build(),
        ]
    }
}

impl IntoResponses for PlacePath {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        refusals([
            (403, "Notes are for staff, new tickets for customers; or the session is for less than this", &[DETAIL]),
            (404, "No such place, or not the caller's ticket", &[DETAIL]),
        ])
    }
}

/// What is kept at a place; nothing is an empty draft.
#[utoipa::path(
    get, path = "/api/drafts/{place}/", tag = "Drafts", operation_id = "get_draft", security(("bearer" = []), ("cookie" = [])),
    params(PlacePath),
    responses(
        (status = 200, description = "The draft", body = DraftJson),
        SignedIn, PlacePath,
    )
)]
pub(crate) async fn read(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    PlacePath(place): PlacePath,
) -> ApiResult {
    answer(site.desk.drafts().get(&actor, place).await?)
}

/// Keep what was typed in place of what was kept before. Without any text the draft is forgotten. Sending it, whichever
/// way, forgets it too.
#[utoipa::path(
    put, path = "/api/drafts/{place}/", tag = "Drafts", operation_id = "save_draft", security(("bearer" = []), ("cookie" = [])),
    params(PlacePath, Key),
    request_body(description = "A ticket's title, description, priority, category; a message's body", content(
        (DraftBody = "application/json"),
        (DraftBody = "application/x-www-form-urlencoded"),
        (DraftBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The draft", body = DraftJson),
        Sent<DraftBody>,
        SignedIn, PlacePath,
        (status = 409, description = "It was sent already under this key", body = Detail<'static>),
    )
)]
pub(crate) async fn save(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    PlacePath(place): PlacePath,
    Key(key): Key,
    Sent(DraftBody(fields)): Sent<DraftBody>,
) -> ApiResult {
    let drafts = site.desk.drafts();
    if drafts.save(&actor, place, &fields, key.as_deref()).await?.is_none() {
        return Err(Error::conflict("This was sent already. Take a new key for what comes next.").into());
    }
    answer(drafts.get(&actor, place).await?)
}

/// Forget what is kept.
#[utoipa::path(
    delete, path = "/api/drafts/{place}/", tag = "Drafts", operation_id = "discard_draft", security(("bearer" = []), ("cookie" = [])),
    params(PlacePath),
    responses(
        (status = 204, description = "There is no draft now"),
        SignedIn, PlacePath, NoBody,
    )
)]
pub(crate) async fn discard(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    PlacePath(place): PlacePath,
    _: NoBody,
) -> ApiResult {
    site.desk.drafts().discard(&actor, place).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn answer(draft: Option<Draft>) -> ApiResult<Response> {
    let (fields, saved_at) = draft.map(|draft| (draft.fields, draft.saved_at)).unzip();
    json(StatusCode::OK, &DraftJson { fields: fields.unwrap_or_default(), saved_at })
}
