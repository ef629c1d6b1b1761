//! Server functions of second factors.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use desk::GivenFactor;
use domain::{PasskeyId, UserId};
use islands::{
    addresses::{after, staff, with},
    refusal::Refusal,
    request::{RequestContext, answer, caller},
};
use leptos::prelude::*;

use super::{page::FactorQuery, passkey::adding_page};
use crate::admin::read;

/// The second factor in a form.
fn given<'a>(context: &'a RequestContext, code: &'a str, passkey: &'a str) -> GivenFactor<'a> {
    GivenFactor { code, passkey, origin: &context.public_url }
}

/// Where new recovery codes are shown.
fn codes_page() -> String {
    with(staff::SECOND_FACTOR, &FactorQuery { codes: "1".to_owned(), ..FactorQuery::default() })
}

/// Begins to set up an authenticator app of the caller's own: the page shows its secret to this session. Who has passkeys gives one, or
/// a recovery code, as well.
///
/// # Errors
/// [`domain::Error::Invalid`] for `current_password`, `factor_code` and `factor_passkey`; [`domain::Error::Conflict`] for who has one;
/// [`domain::Error::TooManyAttempts`]; [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "begin_authenticator")]
pub async fn begin_authenticator(
    #[server(default)] current_password: String,
    #[server(default)] factor_code: String,
    #[server(default)] factor_passkey: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let factor = given(&context, &factor_code, &factor_passkey);
    answer(context.desk.factors().begin(&actor, (&current_password, factor), &context.client).await)?;
    leptos_axum::redirect(&with(staff::SECOND_FACTOR, &FactorQuery { app: "1".to_owned(), ..FactorQuery::default() }));
    Ok(())
}

/// Takes the authenticator app from now on, if this is its code. The page that follows shows the recovery codes, once, if it is their
/// first second factor.
///
/// # Errors
/// [`domain::Error::Invalid`] for `factor_code`; [`domain::Error::NotFound`] when nothing was set up;
/// [`domain::Error::TooManyAttempts`]; [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "confirm_authenticator")]
pub async fn confirm_authenticator(#[server(default)] factor_code: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let is_first = answer(context.desk.factors().confirm(&actor, &factor_code, &context.client).await)?;
    leptos_axum::redirect(&if is_first { codes_page() } else { staff::SECOND_FACTOR.to_owned() });
    Ok(())
}

/// Begins to add a passkey of the caller's own, called `name`: the page asks a device to make it.
///
/// # Errors
/// [`domain::Error::Invalid`] for `name`, `current_password`, `factor_code` and `factor_passkey`; [`domain::Error::Conflict`] where the
/// desk's address is none for passkeys, and for who has many; [`domain::Error::TooManyAttempts`]; [`domain::Error::Forbidden`] for
/// customers.
#[server(prefix = "/fn", endpoint = "begin_passkey")]
pub async fn begin_passkey(
    #[server(default)] name: String,
    #[server(default)] current_password: String,
    #[server(default)] factor_code: String,
    #[server(default)] factor_passkey: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let factor = given(&context, &factor_code, &factor_passkey);
    let factors = context.desk.factors();
    answer(factors.begin_passkey(&actor, &name, (&current_password, factor), &context.client).await)?;
    leptos_axum::redirect(&adding_page());
    Ok(())
}

/// Adds the passkey that a device made. The page that follows shows the recovery codes, once, if it is their first second factor.
///
/// # Errors
/// [`domain::Error::Invalid`] for `factor_passkey`; [`domain::Error::Conflict`] for one that is known; [`domain::Error::Forbidden`]
/// for customers.
#[server(prefix = "/fn", endpoint = "finish_passkey")]
pub async fn finish_passkey(#[server(default)] factor_passkey: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let finished = context.desk.factors().finish_passkey(&actor, &factor_passkey, &context.public_url).await;
    let is_first = answer(finished)?;
    leptos_axum::redirect(&if is_first { codes_page() } else { staff::SECOND_FACTOR.to_owned() });
    Ok(())
}

/// Removes one of the caller's passkeys. With the last of all their second factor is off.
///
/// # Errors
/// As [`new_recovery_codes`]; [`domain::Error::NotFound`] for one that is not theirs.
#[server(prefix = "/fn", endpoint = "remove_passkey")]
pub async fn remove_passkey(
    id: String,
    #[server(default)] current_password: String,
    #[server(default)] factor_code: String,
    #[server(default)] factor_passkey: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let id = answer(read::id::<PasskeyId>(&id))?;
    let factor = given(&context, &factor_code, &factor_passkey);
    let factors = context.desk.factors();
    let is_off = answer(factors.remove_passkey(&actor, id, (&current_password, factor), &context.client).await)?;
    leptos_axum::redirect(&if is_off { off_page(actor.id) } else { staff::SECOND_FACTOR.to_owned() });
    Ok(())
}

fn off_page(id: Option<UserId>) -> String {
    let page = id.map_or_else(|| staff::START.to_owned(), staff::member);
    after("factor-off", &page)
}

/// Makes new recovery codes, which the page that follows shows, once.
///
/// # Errors
/// [`domain::Error::Invalid`] for `current_password`, `factor_code` and `factor_passkey`; [`domain::Error::Conflict`] for who has no
/// second factor; [`domain::Error::TooManyAttempts`]; [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "new_recovery_codes")]
pub async fn new_recovery_codes(
    #[server(default)] current_password: String,
    #[server(default)] factor_code: String,
    #[server(default)] factor_passkey: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let factor = given(&context, &factor_code, &factor_passkey);
    answer(context.desk.factors().new_codes(&actor, (&current_password, factor), &context.client).await)?;
    leptos_axum::redirect(&codes_page());
    Ok(())
}

/// Switches the caller's second factor off: app, passkeys and recovery codes.
///
/// # Errors
/// As [`new_recovery_codes`].
#[server(prefix = "/fn", endpoint = "switch_factor_off")]
pub async fn switch_factor_off(
    #[server(default)] current_password: String,
    #[server(default)] factor_code: String,
    #[server(default)] factor_passkey: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let factor = given(&context, &factor_code, &factor_passkey);
    answer(context.desk.factors().switch_off(&actor, (&current_password, factor), &context.client).await)?;
    leptos_axum::redirect(&off_page(actor.id));
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
