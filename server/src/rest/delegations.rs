//! Others whom a customer lets in.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use domain::{Can, Delegation, DelegationDraft, FieldErrors, Timestamp};
use http::StatusCode;
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type},
    },
};

use super::{
    apart,
    fields::Fields,
    pins::{Cans, Duration},
    sent::{Field, NoBody, Sendable, Sent},
    wire::json,
};
use crate::{
    extract::{CustomerOnly, PinPath},
    reply::{ApiResult, api::Detail},
    site::Site,
};

/// Whom to let in. By hand, as a field of it has the name of a keyword.
pub(crate) struct DelegationBody(DelegationDraft);

impl Sendable for DelegationBody {
    fn read(fields: &Fields, errors: &mut FieldErrors) -> Option<Self> {
        let whom = <String as Field>::read(fields.get("for"), "for", errors);
        let can = Cans::read(fields.get("can"), "can", errors);
        let ttl = Duration::read(fields.get("ttl"), "ttl", errors);
        Some(Self(DelegationDraft { whom: whom?, can: can?.0, ttl: ttl?.0 }))
    }
}

impl PartialSchema for DelegationBody {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        let whom =
            text().description(Some("For whom: the name stands on everything that they do.")).max_length(Some(100));
        let about = "What they may do, of what the caller may: `read`, `reply`, `upload`. All of it when left out.";
        let can = ArrayBuilder::new().items(text()).description(Some(about)).examples([serde_json::json!(["read"])]);
        let about = "How long, with a unit, whether it is used or not; shorter than the caller's own access. 24h when left out.";
        let ttl = text().description(Some(about)).examples(["24h"]);
        let body = ObjectBuilder::new().property("for", whom.examples(["Ben"])).required("for");
        Schema::Object(body.property("can", can).property("ttl", ttl).build()).into()
    }
}

impl ToSchema for DelegationBody {
    fn name() -> std::borrow::Cow<'static, str> {
        "DelegationRequest".into()
    }
}

/// Somebody who was just let in.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedDelegation)]
pub(crate) struct IssuedJson {
    id: i64,
    /// Shown this once.
    #[schema(example = "SUP-7K3M-Q9WD")]
    pin: String,
    /// When it is over, whether it is used or not. RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Somebody who is let in.
#[derive(Serialize, ToSchema)]
#[schema(as = Delegation)]
pub(crate) struct DelegationJson<'a> {
    id: i64,
    #[serde(rename = "for")]
    #[schema(example = "Ben")]
    whom: &'a str,
    /// `read`, `reply`, `upload`.
    #[schema(example = json!(["read"]))]
    can: Vec<&'static str>,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When the PIN was used; null as long as it was not. RFC 3339, in UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
    /// When they were last there; null for who never was. RFC 3339, in UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Timestamp>,
}

impl<'a> DelegationJson<'a> {
    fn of(one: &'a Delegation) -> Self {
        Self {
            id: one.id.0,
            whom: &one.whom,
            can: one.can.iter().map(Can::as_str).collect(),
            made_at: one.made_at,
            expires_at: one.expires_at,
            used_at: one.used_at,
            last_seen_at: one.last_seen_at,
        }
    }
}

/// Whom the caller let in and who still may come in or is in, newest first: five at most.
#[utoipa::path(
    get, path = "/api/delegations/", tag = "Delegations", operation_id = "list_delegations",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Delegations", body = [DelegationJson<'static>]),
        CustomerOnly,
    )
)]
pub(crate) async fn list(State(site): State<Site>, CustomerOnly(actor): CustomerOnly) -> ApiResult {
    let all = site.desk.delegations().list(&actor).await?;
    json(StatusCode::OK, &all.iter().map(DelegationJson::of).collect::<Vec<_>>())
}

/// Let somebody in, for less than the caller may do, and shorter. It ends with the session that made it.
#[utoipa::path(
    post, path = "/api/delegations/", tag = "Delegations", operation_id = "make_delegation",
    security(("bearer" = []), ("cookie" = [])),
    request_body(content(
        (DelegationBody = "application/json"),
        (DelegationBody = "application/x-www-form-urlencoded"),
        (DelegationBody = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "The PIN for them", body = IssuedJson),
        CustomerOnly, Sent<DelegationBody>,
        (status = 409, description = "Five are let in already", body = Detail<'static>),
    )
)]
pub(crate) async fn make(
    State(site): State<Site>,
    CustomerOnly(actor): CustomerOnly,
    Sent(DelegationBody(draft)): Sent<DelegationBody>,
) -> ApiResult {
    let desk = site.desk.clone();
    let issued = apart(async move { desk.delegations().make(&actor, &draft).await }).await?;
    let body = IssuedJson { id: issued.id.0, pin: issued.pin.to_string(), expires_at: issued.expires_at };
    json(StatusCode::CREATED, &body)
}

/// End a delegation: its PIN can be used no more, and who came in by it is out.
#[utoipa::path(
    delete, path = "/api/delegations/{id}/", tag = "Delegations", operation_id = "end_delegation",
    security(("bearer" = []), ("cookie" = [])),
    params(PinPath),
    responses(
        (status = 204, description = "It is over"),
        CustomerOnly, PinPath, NoBody,
    )
)]
pub(crate) async fn end(
    State(site): State<Site>,
    CustomerOnly(actor): CustomerOnly,
    PinPath(id): PinPath,
    _: NoBody,
) -> ApiResult<Response> {
    let desk = site.desk.clone();
    apart(async move { desk.delegations().end(&actor, id).await }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
