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
    let user_id = answer(read::id::<UserId>(&user_id))?;
    let number = |text: &str| read_as(text, "ttl", "Choose how long the PIN works.");
    let ttl = match answer(number(&ttl))? {
        Some(seconds) => Some(seconds),
        None => answer(number(&hours))?.map(|hours: i64| hours.saturating_mul(3600)),
    };
    let ticket = read::filled(&ticket).map(|ticket| ticket.trim_start_matches('#').to_owned()).unwrap_or_default();
    let is_from_outside = can == FROM_OUTSIDE;
    let can = if is_from_outside { String::new() } else { can };
    let scope = ScopeDraft {
        ticket: answer(read_as(&ticket, "ticket", "Write the number of a ticket, as in 1042."))?,
        can: answer(read_as(&can, "can", "Choose what it may do."))?,
        stays: answer(read_as(&stays, "stays", "Choose how long the access stays."))?,
        label,
        purpose: if is_from_outside { Purpose::Drop } else { Purpose::Login },
    };
    let new = NewPins { ttl, scope, ..NewPins::one(user_id) };
    let pin = answer(context.desk.pins().issue_to_show(&actor, new, Some(&idempotency_key)).await)?;
    leptos_axum::redirect(&with(
        &staff::customer(user_id),
        &IssuedQuery { issued: pin.to_string(), ..IssuedQuery::default() },
    ));
    Ok(())
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
