//! Server functions of what goes after a while.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use std::collections::BTreeMap;

use domain::{FieldErrors, RetentionListId, RetentionOf, TicketId};
use islands::{
    addresses::{after, staff},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use crate::admin::read;

/// Sets the rules: days, or nothing for no rule. Admins.
///
/// # Errors
/// [`domain::Error::Invalid`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "set_retention")]
pub async fn set_retention(
    #[server(default)] closed_tickets: String,
    #[server(default)] resolved_tickets: String,
    #[server(default)] idle_customers: String,
    #[server(default)] spent_pins: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(actor.require_admin())?;
    let mut errors = FieldErrors::default();
    let mut rules = BTreeMap::new();
    for (of, days) in [
        (RetentionOf::ClosedTickets, closed_tickets),
        (RetentionOf::ResolvedTickets, resolved_tickets),
        (RetentionOf::IdleCustomers, idle_customers),
        (RetentionOf::SpentPins, spent_pins),
    ] {
        if let Some(days) = errors.take(of.as_str(), RetentionOf::check_days(&days)) {
            rules.insert(of, days);
        }
    }
    if !errors.is_empty() {
        return answer(Err(errors.into()));
    }
    answer(context.desk.retention().set(&actor, &rules).await)?;
    leptos_axum::redirect(&after("saved", staff::RETENTION));
    Ok(())
}

/// Makes the lists anew that wait. Admins.
///
/// # Errors
/// [`domain::Error::Forbidden`]
#[server(prefix = "/fn", endpoint = "look_for_retention")]
pub async fn look_for_retention() -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.retention().look(&actor).await)?;
    leptos_axum::redirect(&after("looked", staff::RETENTION));
    Ok(())
}

/// Acknowledges a list, of which the number of `items` is typed: what is on it goes. Admins.
///
/// # Errors
/// [`domain::Error::Invalid`], [`domain::Error::NotFound`], [`domain::Error::Forbidden`], [`domain::Error::Conflict`].
#[server(prefix = "/fn", endpoint = "acknowledge_retention")]
pub async fn acknowledge_retention(id: String, #[server(default)] items: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<RetentionListId>(&id))?;
    answer(context.desk.retention().acknowledge(&actor, id, &items).await)?;
    leptos_axum::redirect(&after("acknowledged", &staff::retention_list(id)));
    Ok(())
}

/// Keeps a ticket, whatever rules say. Staff.
///
/// # Errors
/// [`domain::Error::Invalid`], [`domain::Error::NotFound`], [`domain::Error::Forbidden`], [`domain::Error::Conflict`].
#[server(prefix = "/fn", endpoint = "keep_ticket")]
pub async fn keep_ticket(id: String, #[server(default)] why: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<TicketId>(&id))?;
    answer(context.desk.tickets().keep(&actor, id, &why).await)?;
    leptos_axum::redirect(&after("saved", &staff::ticket(id)));
    Ok(())
}

/// Lets a ticket go that was kept. Admins.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "let_ticket_go")]
pub async fn let_ticket_go(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<TicketId>(&id))?;
    answer(context.desk.tickets().let_go(&actor, id).await)?;
    leptos_axum::redirect(&after("saved", &staff::ticket(id)));
    Ok(())
}
