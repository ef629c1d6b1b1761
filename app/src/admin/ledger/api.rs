//! Server functions of the access ledger.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{FamilyEnded, PinId};
use islands::{
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use crate::admin::read;

/// Ends a PIN's whole family: itself if it was not used, the sessions that it opened, and whom these let in.
///
/// # Errors
/// [`domain::Error::Conflict`] when nothing of it is left; [`domain::Error::NotFound`]; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "end_family")]
pub async fn end_family(#[server(default)] id: String) -> Result<FamilyEnded, Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<PinId>(&id))?;
    answer(context.desk.pins().end_family(&actor, id).await)
}
