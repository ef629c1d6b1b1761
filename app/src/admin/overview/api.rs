//! Server functions of the first page.

use domain::Overview;
use islands::refusal::Refusal;
use leptos::prelude::*;

/// Counts and the newest tickets.
///
/// # Errors
/// [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "staff_overview")]
pub async fn staff_overview() -> Result<Overview, Refusal> {
    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    answer(context.desk.users().overview(actor).await)
}
