//! Server functions of Support PINs.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]
#![expect(clippy::too_many_arguments, reason = "an argument is a field of a form")]

use desk::NewPins;
use domain::{Error, PinId, PinRecord, Purpose, ScopeDraft, UserId};
use islands::{
    addresses::{staff, with},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;
use std::str::FromStr;

use super::issue::{FROM_OUTSIDE, IssuedQuery};
use crate::admin::read;

/// Issues a PIN for a customer that lives `ttl` seconds, or `hours`; as long as the desk's usually do without either. It
/// opens all that the customer may do, or less: one `ticket` alone, what it `can` (words with commas between them), a
/// session that `stays` so many seconds.
/// The PIN itself is not in the answer, which may be logged or cached on its way: the customer's page shows it, once,
/// to the session that issued it. A form that comes twice, by its `idempotency_key`, issues one.
///
/// # Errors
/// [`domain::Error::Invalid`] for `ttl`, `ticket`, `can`, `stays` and `label`, [`domain::Error::Conflict`] for a deactivated customer,
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "issue_pin")]
pub async fn issue_pin(
    user_id: String,
    #[server(default)] ttl: String,
    #[server(default)] hours: String,
    #[server(default)] ticket: String,
    #[server(default)] can: String,
    #[server(default)] stays: String,
    #[server(default)] label: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let new = answer(new_pins(Asked { user_id, ttl, hours, ticket, can, stays, label }))?;
    let user_id = new.user_id;
    let pin = answer(context.desk.pins().issue_to_show(&actor, new, Some(&idempotency_key)).await)?;
    leptos_axum::redirect(&with(
        &staff::customer(user_id),
        &IssuedQuery { issued: pin.to_string(), ..IssuedQuery::default() },
    ));
    Ok(())
}

/// The fields of a form that is about a PIN.
pub(super) struct Asked {
    pub(super) user_id: String,
    pub(super) ttl: String,
    pub(super) hours: String,
    pub(super) ticket: String,
    pub(super) can: String,
    pub(super) stays: String,
    pub(super) label: String,
}

/// The PIN that they describe.
pub(super) fn new_pins(asked: Asked) -> Result<NewPins, Error> {
    let user_id = read::id::<UserId>(&asked.user_id)?;
    let number = |text: &str| read_as(text, "ttl", "Choose how long the PIN works.");
    let ttl = match number(&asked.ttl)? {
        Some(seconds) => Some(seconds),
        None => number(&asked.hours)?.map(|hours: i64| hours.saturating_mul(3600)),
    };
    let ticket = read::filled(&asked.ticket).map(|ticket| ticket.trim_start_matches('#').to_owned());
    let is_from_outside = asked.can == FROM_OUTSIDE;
    let can = if is_from_outside { "" } else { &asked.can };
    let scope = ScopeDraft {
        ticket: read_as(&ticket.unwrap_or_default(), "ticket", "Write the number of a ticket, as in 1042.")?,
        can: read_as(can, "can", "Choose what it may do.")?,
        stays: read_as(&asked.stays, "stays", "Choose how long the access stays.")?,
        label: asked.label,
        purpose: if is_from_outside { Purpose::Drop } else { Purpose::Login },
    };
    Ok(NewPins { ttl, scope, ..NewPins::one(user_id) })
}

/// What was filled in, as what it must be.
fn read_as<T: FromStr>(text: &str, field: &str, sentence: &str) -> Result<Option<T>, Error> {
    read::filled(text).map(|text| text.parse().map_err(|_| Error::field(field, sentence))).transpose()
}

/// Revokes a PIN that was not used yet.
///
/// # Errors
/// [`domain::Error::Conflict`] for one that was used, is over or was revoked; [`domain::Error::NotFound`];
/// [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "revoke_pin")]
pub async fn revoke_pin(id: String) -> Result<PinRecord, Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<PinId>(&id))?;
    answer(context.desk.pins().revoke(&actor, id).await)
}
