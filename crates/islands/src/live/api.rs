//! What an open page tells the desk.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use leptos::prelude::*;

use crate::refusal::Refusal;

/// The caller is on the page of a `ticket`: `viewing` it, `replying`, `noting`, or `gone`. Said again every 15 seconds.
///
/// # Errors
/// [`domain::Error::NotFound`] for a ticket that the caller may not see; a field error for another `state`;
/// [`domain::Error::Forbidden`], [`domain::Error::Unauthenticated`].
#[server(prefix = "/fn", endpoint = "beat")]
pub async fn beat(#[server(default)] ticket: String, #[server(default)] state: String) -> Result<(), Refusal> {
    use crate::request::{RequestContext, answer};
    use domain::{Error, PresenceState};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let ticket = answer(ticket.parse().map_err(|_| Error::NotFound))?;
    let state: PresenceState = answer(state.parse().map_err(|sentence: String| Error::field("state", sentence)))?;
    answer(context.desk.live().beat(actor, ticket, state).await)
}
