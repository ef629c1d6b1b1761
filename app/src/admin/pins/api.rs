//! Server functions of Support PINs.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use desk::NewPins;
use domain::{Error, PinId, PinRecord, UserId};
use islands::{
    addresses::{staff, with},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use super::issue::IssuedQuery;
use crate::admin::read;

/// Issues a PIN for a customer that lives `ttl` seconds, or `hours`; as long as the desk's usually do without either.
/// The PIN itself is not in the answer, which may be logged or cached on its way: the customer's page shows it, once,
/// to the session that issued it. A form that comes twice, by its `idempotency_key`, issues one.
///
/// # Errors
/// [`domain::Error::Invalid`] for `ttl`, [`domain::Error::Conflict`] for a deactivated customer,
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "issue_pin")]
pub async fn issue_pin(
    user_id: String,
    #[server(default)] ttl: String,
    #[server(default)] hours: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let user_id = answer(read::id::<UserId>(&user_id))?;
    let number = |text: &str| {
        let refused = |_| Error::field("ttl", "Choose how long the PIN works.");
        read::filled(text).map(|text| text.parse::<i64>().map_err(refused)).transpose()
    };
    let ttl = match answer(number(&ttl))? {
        Some(seconds) => Some(seconds),
        None => answer(number(&hours))?.map(|hours| hours.saturating_mul(3600)),
    };
    let new = NewPins { ttl, ..NewPins::one(user_id) };
    let pin = answer(context.desk.pins().issue_to_show(&actor, new, Some(&idempotency_key)).await)?;
    leptos_axum::redirect(&with(&staff::customer(user_id), &IssuedQuery { issued: pin.to_string() }));
    Ok(())
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
