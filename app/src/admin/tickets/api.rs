//! Server functions of the staff's tickets. Text changes through `update_ticket`, as customers'
//! own do.

#![expect(clippy::too_many_arguments, reason = "an argument is a field of a form")]
#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{EventId, FieldErrors, TicketChange, TicketId};
use islands::{
    addresses::{after, staff},
    refusal::Refusal,
    request::{answer, caller},
    staff::api::NOBODY,
};
use leptos::prelude::*;

use crate::admin::read;

/// Sets status, priority, category and assignee (a member's id, or [`NOBODY`]). Each comes with what the form showed,
/// so that only what this person changed is written, whatever others changed in the meantime.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Invalid`] for what is no choice; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "staff_update_ticket")]
pub async fn staff_update_ticket(
    id: String,
    #[server(default)] status: String,
    #[server(default)] shown_status: String,
    #[server(default)] priority: String,
    #[server(default)] shown_priority: String,
    #[server(default)] category: String,
    #[server(default)] shown_category: String,
    #[server(default)] assignee: String,
    #[server(default)] shown_assignee: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(actor.require_staff())?;
    let id = answer(read::id::<TicketId>(&id))?;
    let changed = |chosen: String, shown: String| Some(chosen).filter(|chosen| !chosen.is_empty() && *chosen != shown);
    let mut errors = FieldErrors::default();
    let change = TicketChange {
        status: changed(status, shown_status).and_then(|word| errors.take("status", word.parse())),
        priority: changed(priority, shown_priority).and_then(|word| errors.take("priority", word.parse())),
        category: changed(category, shown_category),
        assignee: changed(assignee, shown_assignee).and_then(|id| {
            let member = if id == NOBODY { Ok(None) } else { id.parse().map(Some) };
            errors.take("assignee", member.map_err(|_| "Choose a member of the team.".to_owned()))
        }),
        ..TicketChange::default()
    };
    if !errors.is_empty() {
        return answer(Err(errors.into()));
    }
    if change != TicketChange::default() {
        answer(context.desk.tickets().update(&actor, id, &change).await)?;
    }
    leptos_axum::redirect(&after("saved", &staff::ticket(id)));
    Ok(())
}

/// Takes a ticket that nobody has.
///
/// # Errors
/// [`domain::Error::Conflict`] when somebody has it by now; [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "claim_ticket")]
pub async fn claim_ticket(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(actor.require_staff())?;
    let id = answer(read::id::<TicketId>(&id))?;
    answer(context.desk.tickets().claim(&actor, id).await)?;
    leptos_axum::redirect(&after("claimed", &staff::ticket(id)));
    Ok(())
}

/// Lets the customer see the files from outside that came with the entry `event` of a ticket's timeline.
///
/// # Errors
/// [`domain::Error::Conflict`] when they were released by now; [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "release_files")]
pub async fn release_files(id: String, event: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(actor.require_staff())?;
    let (id, event) = (answer(read::id::<TicketId>(&id))?, answer(read::id::<EventId>(&event))?);
    answer(context.desk.drops().release(&actor, id, event).await)?;
    leptos_axum::redirect(&after("released", &staff::ticket(id)));
    Ok(())
}

/// Deletes a ticket with its files. Admins.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "staff_delete_ticket")]
pub async fn staff_delete_ticket(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(actor.require_admin())?;
    let id = answer(read::id::<TicketId>(&id))?;
    answer(context.desk.tickets().delete(&actor, id).await)?;
    leptos_axum::redirect(&after("deleted", staff::TICKETS));
    Ok(())
}
