//! Server functions of calls: a caller's code, and calls of one's own.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::UserId;
use islands::{
    addresses::{after, staff, with},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use super::page::CheckQuery;
use crate::admin::read;

/// Uses up the `code` that a caller reads out; the page says who they are.
///
/// # Errors
/// [`domain::Error::Invalid`] for a code that is none, or is wrong, used or over; [`domain::Error::TooManyAttempts`];
/// [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "check_caller_code")]
pub async fn check_caller_code(#[server(default)] code: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let caller = answer(context.desk.callers().check(&actor, &code).await)?;
    leptos_axum::redirect(&with(staff::CALLERS, &CheckQuery { check: caller.check.to_string() }));
    Ok(())
}

/// Says on a customer's open pages that the caller of this is calling them now.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "begin_call")]
pub async fn begin_call(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let customer = answer(read::id::<UserId>(&id))?;
    answer(context.desk.callers().begin_call(&actor, customer).await)?;
    leptos_axum::redirect(&staff::customer(customer));
    Ok(())
}

/// Says so no more.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "end_call")]
pub async fn end_call(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let customer = answer(read::id::<UserId>(&id))?;
    answer(context.desk.callers().end_call(&actor, customer).await)?;
    leptos_axum::redirect(&staff::customer(customer));
    Ok(())
}

/// Notes `how` the caller of this knows a customer who can make no code.
///
/// # Errors
/// [`domain::Error::Invalid`] for `how`; [`domain::Error::Conflict`] for a customer who can make one;
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "vouch_for")]
pub async fn vouch_for(id: String, #[server(default)] how: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let customer = answer(read::id::<UserId>(&id))?;
    answer(context.desk.callers().vouch(&actor, customer, &how).await)?;
    leptos_axum::redirect(&after("saved", &staff::customer(customer)));
    Ok(())
}
