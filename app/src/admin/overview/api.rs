//! The server function of the overview.

use islands::{
    addresses::{after, staff},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

/// Lets files go that no ticket names and that were kept because the database may be older than they are. Admins.
///
/// # Errors
/// [`domain::Error::Forbidden`]
#[server(prefix = "/fn", endpoint = "confirm_sweep")]
pub async fn confirm_sweep() -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.confirm_sweep(&actor).await)?;
    leptos_axum::redirect(&after("saved", staff::START));
    Ok(())
}
