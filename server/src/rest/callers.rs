//! Who is calling: the code that a customer reads out, and what it tells the agent who types it in.

use axum::extract::State;
use domain::{Caller, Timestamp};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    apart,
    sent::{NoBody, Sent, sendable},
    wire::{ScopeJson, json},
};
use crate::{
    extract::{CustomerOnly, Staff},
    reply::{ApiResult, api::Detail},
    site::Site,
};

/// A code to read out.
#[derive(Serialize, ToSchema)]
#[schema(as = CallerCode)]
pub(crate) struct CodeJson<'a> {
    /// Six digits.
    #[schema(example = "042917")]
    code: &'a str,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

sendable! {
    /// A code that a caller read out.
    #[schema(as = CallerCodeRequest)]
    pub(crate) struct CodeBody {
        /// Six digits; spaces and dashes do not matter.
        #[schema(example = "042 917")]
        code: String,
    }
}

/// Who calls.
#[derive(Serialize, ToSchema)]
#[schema(as = Caller)]
pub(crate) struct CallerJson<'a> {
    customer: CustomerJson<'a>,
    /// What their session is for. One for less than the customer may be somebody's to whom the PIN was given.
    scope: ScopeJson<'a>,
    /// Since when they are in. RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    logged_in_at: Timestamp,
    /// Who issued the PIN that let them in; null for the command line.
    #[schema(required = true)]
    let_in_by: Option<&'a str>,
    /// Their newest tickets that are not done.
    tickets: Vec<CallersTicketJson<'a>>,
}

/// A customer.
#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
struct CustomerJson<'a> {
    id: i64,
    username: &'a str,
    /// To show.
    name: &'a str,
}

/// A ticket of a caller's.
#[derive(Serialize, ToSchema)]
#[schema(as = CallersTicket)]
struct CallersTicketJson<'a> {
    id: i64,
    title: &'a str,
    #[schema(example = "Medium")]
    priority: &'static str,
    #[schema(example = "Open")]
    status: &'static str,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl<'a> CallerJson<'a> {
    fn of(caller: &'a Caller) -> Self {
        let tickets = caller.tickets.iter().map(|ticket| CallersTicketJson {
            id: ticket.id.0,
            title: &ticket.title,
            priority: ticket.priority.as_str(),
            status: ticket.status.as_str(),
            updated_at: ticket.updated_at,
        });
        Self {
            customer: CustomerJson { id: caller.id.0, username: &caller.username, name: &caller.name },
            scope: ScopeJson::of(&caller.scope),
            logged_in_at: caller.logged_in_at,
            let_in_by: caller.let_in_by.as_deref(),
            tickets: tickets.collect(),
        }
    }
}

/// Make a code to read to whoever answers the phone.
///
/// It works once, for five minutes, and takes the place of one that the session had.
#[utoipa::path(
    post, path = "/api/caller-code/", tag = "Callers", operation_id = "make_code",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The code", body = CodeJson<'static>),
        CustomerOnly, NoBody,
    )
)]
pub(crate) async fn make(State(site): State<Site>, CustomerOnly(actor): CustomerOnly, _: NoBody) -> ApiResult {
    let desk = site.desk.clone();
    let made = apart(async move { desk.callers().make(&actor).await }).await?;
    let code = made.code.as_ref().map_or("", |code| code.digits());
    json(StatusCode::CREATED, &CodeJson { code, expires_at: made.expires_at })
}

/// Say who is calling, by the code that they read out. Staff.
#[utoipa::path(
    post, path = "/api/caller-code/check/", tag = "Callers", operation_id = "check_code",
    security(("bearer" = []), ("cookie" = [])),
    request_body(content(
        (CodeBody = "application/json"),
        (CodeBody = "application/x-www-form-urlencoded"),
        (CodeBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "Who calls; the code is used up", body = CallerJson<'static>),
        Staff, Sent<CodeBody>,
        (status = 429, description = "Five codes were wrong within ten minutes; `Retry-After` says when the next one is looked at",
         body = Detail<'static>, headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn check(
    State(site): State<Site>,
    Staff(actor): Staff,
    Sent(CodeBody { code }): Sent<CodeBody>,
) -> ApiResult {
    let desk = site.desk.clone();
    let caller = apart(async move { desk.callers().check(&actor, &code).await }).await?;
    json(StatusCode::OK, &CallerJson::of(&caller))
}
