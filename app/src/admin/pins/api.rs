//! Server functions of Support PINs.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{Page, PinRecord};
use leptos::prelude::*;

use crate::refusal::Refusal;

/// PINs by state and customer (their username), newest first.
///
/// # Errors
/// [`domain::Error::Invalid`] for a state or a username that is not there;
/// [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "list_pins")]
pub async fn list_pins(
    #[server(default)] state: String,
    #[server(default)] customer: String,
    #[server(default)] before: String,
    #[server(default)] after: String,
) -> Result<Page<PinRecord>, Refusal> {
    use domain::{FieldErrors, PinState};

    use crate::{
        admin::read,
        filters,
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let mut errors = FieldErrors::default();
    let found = answer(filters::customer(&context, actor, &customer, &mut errors).await)?;
    let state = filters::choice(&mut errors, "state", &state, |word| word.parse::<PinState>().ok());
    if !errors.is_empty() {
        return answer(Err(errors.into()));
    }
    let (user, cursor) = (found.map(|customer| customer.id), filters::cursor(&before, &after));
    answer(context.desk.pins().list(actor, state, user, cursor, read::PAGE).await)
}

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
    use desk::NewPins;
    use domain::{Error, UserId};

    use crate::{
        addresses::{staff, with_query},
        admin::read,
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
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
    let pin = answer(context.desk.pins().issue_to_show(actor, new, Some(&idempotency_key)).await)?;
    leptos_axum::redirect(&with_query(&staff::customer(user_id), &[("issued", &pin.to_string())]));
    Ok(())
}

/// Revokes a PIN that was not used yet.
///
/// # Errors
/// [`domain::Error::Conflict`] for one that was used, is over or was revoked; [`domain::Error::NotFound`];
/// [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "revoke_pin")]
pub async fn revoke_pin(id: String) -> Result<PinRecord, Refusal> {
    use domain::PinId;

    use crate::{
        admin::read,
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let id = answer(read::id::<PinId>(&id))?;
    answer(context.desk.pins().revoke(actor, id).await)
}
