//! What changes in a ticket: its words, its status, who has it.

use std::str::FromStr;

use axum::extract::{Request, State};
use desk::Desk;
use domain::{Actor, FieldErrors, TicketChange, UserId, check_description, check_title, not_a_choice};
use http::StatusCode;

use super::{
    actor, apart,
    body::{self, BodyKind, Fields, Given, text_of},
    error::ApiResult,
    ticket_id,
    wire::{TicketJson, json},
};
use crate::{reply::Varying, site::Site};

/// Change a ticket.
///
/// One's own while it is open, or any for staff. If one of the things named may not change, nothing changes.
#[utoipa::path(
    post, path = "/api/tickets/{id}/changes/", tag = "Tickets", operation_id = "change_ticket",
    security(("bearer" = []), ("cookie" = [])),
    params(("id" = i64, Path, description = "The ticket's number")),
    request_body(content(
        (super::schema::ChangeBody = "application/json"),
        (super::schema::ChangeBody = "application/x-www-form-urlencoded"),
        (super::schema::ChangeBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The ticket", body = TicketJson<'static>),
        (status = 400, description = "Field errors, or nothing to change", body = super::schema::FieldErrorsBody),
        (status = 401, description = "Nobody is logged in, or not any more", body = super::schema::Detail),
        (status = 403, description = "Something that only staff may change", body = super::schema::Detail),
        (status = 404, description = "No such ticket, or not the caller's", body = super::schema::Detail),
        (status = 409, description = "The ticket is over, or cannot have this status next", body = super::schema::Detail),
        (status = 415, description = "A body of another kind", body = super::schema::Detail),
    )
)]
pub(crate) async fn change(State(site): State<Site>, Varying(id): Varying<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?.clone();
    let id = ticket_id(&id)?;
    let desk = site.desk.clone();
    // Whoever may not see the ticket learns that first, and not what is wrong with the change.
    desk.tickets().get(&actor, id).await?;
    let fields = Fields::read(BodyKind::of(&request)?, request.into_body()).await?;
    let change = read(&desk, &actor, &fields).await?;
    let view = apart(async move { desk.tickets().update(&actor, id, &change).await }).await?;
    json(StatusCode::OK, &TicketJson::of(&view.ticket, &site.desk.attachments(), &site.public_url_text))
}

/// Take a ticket that nobody has. Staff.
#[utoipa::path(
    post, path = "/api/tickets/{id}/claim/", tag = "Tickets", operation_id = "claim_ticket",
    security(("bearer" = []), ("cookie" = [])),
    params(("id" = i64, Path, description = "The ticket's number")),
    responses(
        (status = 200, description = "The ticket; the caller has it now, or had it before", body = TicketJson<'static>),
        (status = 401, description = "Nobody is logged in, or not any more", body = super::schema::Detail),
        (status = 403, description = "For staff", body = super::schema::Detail),
        (status = 404, description = "No such ticket", body = super::schema::Detail),
        (status = 409, description = "Somebody else has it", body = super::schema::Detail),
    )
)]
pub(crate) async fn claim(State(site): State<Site>, Varying(id): Varying<String>, request: Request) -> ApiResult {
    let actor = actor(&request)?.clone();
    actor.require_staff()?;
    let id = ticket_id(&id)?;
    body::unused(request).await?;
    let desk = site.desk.clone();
    let view = apart(async move { desk.tickets().claim(&actor, id).await }).await?;
    json(StatusCode::OK, &TicketJson::of(&view.ticket, &site.desk.attachments(), &site.public_url_text))
}

/// The change that a body asks for.
async fn read(desk: &Desk, actor: &Actor, fields: &Fields) -> ApiResult<TicketChange> {
    let mut errors = FieldErrors::default();
    let change = TicketChange {
        title: text(fields, "title", check_title, &mut errors),
        description: text(fields, "description", check_description, &mut errors),
        status: choice(fields, "status", &mut errors),
        priority: choice(fields, "priority", &mut errors),
        category: chosen(fields, "category", &mut errors).map(ToOwned::to_owned),
        assignee: assignee(desk, actor, fields, &mut errors).await?,
    };
    if errors.is_empty() && change == TicketChange::default() {
        let sentence = "Name something to change: title, description, status, priority, category or assignee.";
        errors.add("non_field_errors", sentence);
    }
    if errors.is_empty() { Ok(change) } else { Err(errors.into()) }
}

/// A text; it can be left out but not be taken away.
fn text(
    fields: &Fields,
    name: &str,
    check: fn(&str) -> Result<String, String>,
    errors: &mut FieldErrors,
) -> Option<String> {
    let given = fields.get(name)?;
    errors.take(name, text_of(Some(given)).map_err(ToOwned::to_owned).and_then(check))
}

/// A word out of a list; null and empty count as left out, as for a new ticket.
fn chosen<'a>(fields: &'a Fields, name: &str, errors: &mut FieldErrors) -> Option<&'a str> {
    match fields.get(name)? {
        Given::Text(word) => Some(word.as_str()).filter(|word| !word.trim().is_empty()),
        Given::Null => None,
        Given::Other | Given::Nothing => {
            errors.add(name, "Not a valid string.");
            None
        }
    }
}

fn choice<T: FromStr<Err = String>>(fields: &Fields, name: &str, errors: &mut FieldErrors) -> Option<T> {
    let word = chosen(fields, name, errors)?;
    errors.take(name, word.parse())
}

/// A member of the team by their username, or nobody.
async fn assignee(
    desk: &Desk,
    actor: &Actor,
    fields: &Fields,
    errors: &mut FieldErrors,
) -> ApiResult<Option<Option<UserId>>> {
    let username = match fields.get("assignee") {
        None => return Ok(None),
        Some(Given::Null) => return Ok(Some(None)),
        Some(Given::Text(text)) => text.trim(),
        Some(Given::Other | Given::Nothing) => {
            errors.add("assignee", "Not a valid string.");
            return Ok(None);
        }
    };
    // What a form cannot say with null.
    if username.is_empty() {
        return Ok(Some(None));
    }
    if let Some(found) = desk.users().assignable_named(actor, username).await? {
        return Ok(Some(Some(found)));
    }
    let team = desk.users().assignable(actor).await?;
    errors.add("assignee", not_a_choice(username, team.iter().map(|member| member.username.as_str())));
    Ok(None)
}
