//! Server functions of the page of backups.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use islands::{
    addresses::{after, staff},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

/// Begins to make a backup; what comes of it is on the page. Admins.
///
/// # Errors
/// [`domain::Error::Conflict`] while one is being made or verified; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "make_backup")]
pub async fn make_backup() -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.backups().make_soon(&actor).await)?;
    leptos_axum::redirect(&after("begun", staff::BACKUPS));
    Ok(())
}

/// Begins to verify a backup by restoring it for a test; what comes of it is on the page. Admins.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Conflict`] while one is being made or verified;
/// [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "verify_backup")]
pub async fn verify_backup(#[server(default)] name: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.backups().verify_soon(&actor, &name).await)?;
    leptos_axum::redirect(&after("begun", staff::BACKUPS));
    Ok(())
}
