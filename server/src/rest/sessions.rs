//! Sessions of customers: list, end. For staff.

use axum::{extract::State, response::IntoResponse as _};
use domain::{SessionInfo, Timestamp};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    apart,
    paging::{self, Page},
    sent::NoBody,
    wire::{ScopeJson, json},
};
use crate::{
    extract::{CustomerPath, Staff},
    reply::ApiResult,
    site::Site,
};

/// A session under way.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionJson<'a> {
    id: &'a str,
    /// `browser`, or `api` for a program.
    #[schema(example = "browser")]
    kind: &'static str,
    /// The address that it was opened from.
    #[schema(example = "192.0.2.7")]
    client: &'a str,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last asked for something, to the minute. RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    /// When it ends unless it is renewed. RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    scope: ScopeJson<'a>,
}

impl<'a> SessionJson<'a> {
    fn of(session: &'a SessionInfo) -> Self {
        Self {
            id: &session.id.0,
            kind: session.kind.as_str(),
            client: &session.client,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            scope: ScopeJson::of(&session.scope),
        }
    }
}

type SessionsPage = Page<500>;

/// A customer's sessions under way, newest first. Staff.
#[utoipa::path(
    get, path = "/api/customers/{id}/sessions/", tag = "Customers", operation_id = "list_sessions",
    security(("bearer" = []), ("cookie" = [])),
    params(CustomerPath, SessionsPage),
    responses(
        (status = 200, description = "Sessions", body = [SessionJson<'static>],
         headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        Staff, CustomerPath, SessionsPage,
    )
)]
pub(crate) async fn list(
    State(site): State<Site>,
    Staff(actor): Staff,
    CustomerPath(id): CustomerPath,
    page: SessionsPage,
) -> ApiResult {
    let customer = site.desk.users().customer(&actor, id).await?;
    let found = site.desk.sessions().list(&actor, Some(customer.id), page.cursor, page.limit).await?;
    let mut response = json(StatusCode::OK, &found.items.iter().map(SessionJson::of).collect::<Vec<_>>())?;
    let list = format!("{}/api/customers/{id}/sessions/", site.public_url_text);
    paging::link_next(&mut response, &list, page.limit, found.older);
    Ok(response)
}

/// End all sessions of a customer. Staff.
#[utoipa::path(
    delete, path = "/api/customers/{id}/sessions/", tag = "Customers", operation_id = "end_sessions",
    security(("bearer" = []), ("cookie" = [])),
    params(CustomerPath),
    responses(
        (status = 204, description = "They are logged out everywhere"),
        Staff, CustomerPath, NoBody,
    )
)]
pub(crate) async fn end(
    State(site): State<Site>,
    Staff(actor): Staff,
    CustomerPath(id): CustomerPath,
    _: NoBody,
) -> ApiResult {
    let desk = site.desk.clone();
    apart(async move {
        let customer = desk.users().customer(&actor, id).await?;
        desk.sessions().end_all_of(&actor, customer.id).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
