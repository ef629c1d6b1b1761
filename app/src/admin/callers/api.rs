//! The server function of a caller's code.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use islands::{
    addresses::{staff, with},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use super::page::CheckQuery;

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
