//! Server functions of second factors.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::UserId;
use islands::{
    addresses::{after, staff, with},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use super::page::CodesQuery;
use crate::admin::read;

/// Begins to set up an authenticator app of the caller's own: the page shows its secret to this session.
///
/// # Errors
/// [`domain::Error::Invalid`] for `current_password`; [`domain::Error::Conflict`] for who has one;
/// [`domain::Error::TooManyAttempts`]; [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "begin_authenticator")]
pub async fn begin_authenticator(#[server(default)] current_password: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.factors().begin(&actor, &current_password, &context.client).await)?;
    leptos_axum::redirect(staff::SECOND_FACTOR);
    Ok(())
}

/// Takes the authenticator app from now on, if this is its code. The page that follows shows the recovery codes, once.
///
/// # Errors
/// [`domain::Error::Invalid`] for `factor_code`; [`domain::Error::NotFound`] when nothing was set up;
/// [`domain::Error::TooManyAttempts`]; [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "confirm_authenticator")]
pub async fn confirm_authenticator(#[server(default)] factor_code: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.factors().confirm(&actor, &factor_code, &context.client).await)?;
    leptos_axum::redirect(&with(staff::SECOND_FACTOR, &CodesQuery::new()));
    Ok(())
}

/// Makes new recovery codes, which the page that follows shows, once.
///
/// # Errors
/// [`domain::Error::Invalid`] for `current_password` and `factor_code`; [`domain::Error::Conflict`] for who has no second
/// factor; [`domain::Error::TooManyAttempts`]; [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "new_recovery_codes")]
pub async fn new_recovery_codes(
    #[server(default)] current_password: String,
    #[server(default)] factor_code: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let given = (current_password.as_str(), factor_code.as_str());
    answer(context.desk.factors().new_codes(&actor, given, &context.client).await)?;
    leptos_axum::redirect(&with(staff::SECOND_FACTOR, &CodesQuery::new()));
    Ok(())
}

/// Switches the caller's second factor off.
///
/// # Errors
/// As [`new_recovery_codes`].
#[server(prefix = "/fn", endpoint = "switch_factor_off")]
pub async fn switch_factor_off(
    #[server(default)] current_password: String,
    #[server(default)] factor_code: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let given = (current_password.as_str(), factor_code.as_str());
    answer(context.desk.factors().switch_off(&actor, given, &context.client).await)?;
    let page = actor.id.map_or_else(|| staff::START.to_owned(), staff::member);
    leptos_axum::redirect(&after("factor-off", &page));
    Ok(())
}

/// Takes the second factor of another member of staff away, and ends their sessions. Admins.
///
/// # Errors
/// [`domain::Error::Conflict`] for oneself and for who has none; [`domain::Error::NotFound`]; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "take_factor_away")]
pub async fn take_factor_away(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<UserId>(&id))?;
    answer(context.desk.factors().take_away(&actor, id).await)?;
    leptos_axum::redirect(&after("factor", &staff::member(id)));
    Ok(())
}
