//! What changes in a ticket: its words, its status, who has it.

use std::str::FromStr;

use axum::extract::State;
use desk::Desk;
use domain::{
    Actor, FieldErrors, Priority, Status, TicketChange, UserId, check_description, check_title, not_a_choice,
};
use http::StatusCode;

use super::{
    apart,
    fields::{Given, NO_STRING},
    sent::{Chosen, Field, Kept, NoBody, Unread, Word, sendable},
    wire::{TicketJson, json},
};
use crate::{
    extract::{SignedIn, Staff, TicketPath},
    reply::{ApiResult, api::Detail},
    site::Site,
};

sendable! {
    /// What is to change in a ticket, one thing at least; what is left out stays as it is.
    #[schema(as = ChangeRequest)]
    pub(crate) struct ChangeBody {
        #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 200)]
        title: Kept<Title>,
        #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 20000)]
        description: Kept<Description>,
        /// Open, In Progress, Waiting on Customer, Resolved or Closed. Customers can close their tickets.
        #[schema(value_type = Option<String>, example = "In Progress")]
        status: Chosen<Status>,
        /// Low, Medium, High or Urgent. Staff.
        #[schema(value_type = Option<String>, example = "High")]
        priority: Chosen<Priority>,
        /// Bug, Request, Billing or Other unless the desk has other categories. Staff.
        #[schema(value_type = Option<String>, example = "Bug")]
        category: Chosen<Word>,
        /// The username of a member of the team; null or empty for nobody. Staff.
        #[schema(value_type = Option<String>, example = "agnes")]
        assignee: Assignee,
    }
}

/// A title that was checked.
struct Title(String);

impl FromStr for Title {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        check_title(text).map(Self)
    }
}

/// A description that was checked.
struct Description(String);

impl FromStr for Description {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        check_description(text).map(Self)
    }
}

/// To whom a ticket is given.
enum Assignee {
    /// Nothing was said.
    Stays,
    Nobody,
    /// By their username.
    Named(String),
}

impl Field for Assignee {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        Some(match given {
            None => Self::Stays,
            Some(Given::Null) => Self::Nobody,
            // What a form cannot say with null.
            Some(Given::Text(text)) if text.trim().is_empty() => Self::Nobody,
            Some(Given::Text(text)) => Self::Named(text.trim().to_owned()),
            Some(_) => {
                errors.add(name, NO_STRING);
                Self::Stays
            }
        })
    }
}

/// Change a ticket.
///
/// One's own while it is open, or any for staff. If one of the things named may not change, nothing changes.
#[utoipa::path(
    post, path = "/api/tickets/{id}/changes/", tag = "Tickets", operation_id = "change_ticket",
    security(("bearer" = []), ("cookie" = [])),
    params(TicketPath),
    request_body(content(
        (ChangeBody = "application/json"),
        (ChangeBody = "application/x-www-form-urlencoded"),
        (ChangeBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The ticket", body = TicketJson<'static>),
        SignedIn, TicketPath, Unread<ChangeBody>,
        (status = 403, description = "Something that only staff may change; or the session is for less than this", body = Detail<'static>),
        (status = 409, description = "The ticket is over, or cannot have this status next", body = Detail<'static>),
    )
)]
pub(crate) async fn change(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    TicketPath(id): TicketPath,
    body: Unread<ChangeBody>,
) -> ApiResult {
    let desk = site.desk.clone();
    // Whoever may not see the ticket learns that first, and not what is wrong with the change.
    desk.tickets().get(&actor, id).await?;
    let (body, errors) = body.read().await?;
    let change = checked(&desk, &actor, body, errors).await?;
    let view = apart(async move { desk.tickets().update(&actor, id, &change).await }).await?;
    json(StatusCode::OK, &TicketJson::of(&view.ticket, &site.desk.attachments(), &site.public_url_text))
}

/// Take a ticket that nobody has. Staff.
#[utoipa::path(
    post, path = "/api/tickets/{id}/claim/", tag = "Tickets", operation_id = "claim_ticket",
    security(("bearer" = []), ("cookie" = [])),
    params(TicketPath),
    responses(
        (status = 200, description = "The ticket; the caller has it now, or had it before", body = TicketJson<'static>),
        Staff, TicketPath, NoBody,
        (status = 409, description = "Somebody else has it", body = Detail<'static>),
    )
)]
pub(crate) async fn claim(
    State(site): State<Site>,
    Staff(actor): Staff,
    TicketPath(id): TicketPath,
    _: NoBody,
) -> ApiResult {
    let desk = site.desk.clone();
    let view = apart(async move { desk.tickets().claim(&actor, id).await }).await?;
    json(StatusCode::OK, &TicketJson::of(&view.ticket, &site.desk.attachments(), &site.public_url_text))
}

/// The change that a body asks for.
async fn checked(
    desk: &Desk,
    actor: &Actor,
    body: Option<ChangeBody>,
    mut errors: FieldErrors,
) -> ApiResult<TicketChange> {
    let Some(body) = body else { return Err(errors.into()) };
    let change = TicketChange {
        title: body.title.0.map(|Title(title)| title),
        description: body.description.0.map(|Description(description)| description),
        status: body.status.0,
        priority: body.priority.0,
        category: body.category.0.map(|Word(category)| category),
        assignee: assignee(desk, actor, body.assignee, &mut errors).await?,
    };
    if errors.is_empty() && change == TicketChange::default() {
        let sentence = "Name something to change: title, description, status, priority, category or assignee.";
        errors.add("non_field_errors", sentence);
    }
    if errors.is_empty() { Ok(change) } else { Err(errors.into()) }
}

/// A member of the team, or nobody.
async fn assignee(
    desk: &Desk,
    actor: &Actor,
    named: Assignee,
    errors: &mut FieldErrors,
) -> ApiResult<Option<Option<UserId>>> {
    let username = match named {
        Assignee::Stays => return Ok(None),
        Assignee::Nobody => return Ok(Some(None)),
        Assignee::Named(username) => username,
    };
    if let Some(found) = desk.users().assignable_named(actor, &username).await? {
        return Ok(Some(Some(found)));
    }
    let team = desk.users().assignable(actor).await?;
    errors.add("assignee", not_a_choice(&username, team.iter().map(|member| member.username.as_str())));
    Ok(None)
}
