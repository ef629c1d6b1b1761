//! Server functions of one's own sessions; `end_session` ends one, `log_out_everywhere` all.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{Page, SessionInfo};
use islands::refusal::Refusal;
use leptos::prelude::*;

/// The caller's own sessions under way, newest first.
///
/// # Errors
/// [`domain::Error::Unauthenticated`]
#[server(prefix = "/fn", endpoint = "list_own_sessions")]
pub async fn list_own_sessions(
    #[server(default)] before: String,
    #[server(default)] after: String,
) -> Result<Page<SessionInfo>, Refusal> {
    use crate::filters;
    use islands::request::{RequestContext, answer};

    const PAGE: usize = 50;
    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let cursor = filters::cursor(&before, &after);
    answer(context.desk.sessions().list_own(actor, cursor, PAGE).await)
}
