//! Server functions of sessions.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{Page, SessionInfo};
use islands::refusal::Refusal;
use leptos::prelude::*;

/// Sessions under way, newest first; of one person if `user_id` is given.
///
/// # Errors
/// [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "list_sessions")]
pub async fn list_sessions(
    #[server(default)] user_id: String,
    #[server(default)] before: String,
    #[server(default)] after: String,
) -> Result<Page<SessionInfo>, Refusal> {
    use domain::UserId;

    use crate::{admin::read, filters};
    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let user = match read::filled(&user_id) {
        Some(id) => Some(answer(read::id::<UserId>(&id))?),
        None => None,
    };
    answer(context.desk.sessions().list(actor, user, filters::cursor(&before, &after), read::PAGE).await)
}

/// Ends a session: from its next request on, its tokens are refused.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "end_session")]
pub async fn end_session(id: String) -> Result<(), Refusal> {
    use domain::SessionId;

    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    answer(context.desk.sessions().end(actor, &SessionId(id)).await)
}

/// Ends every session of a person and says how many there were.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "end_all_sessions")]
pub async fn end_all_sessions(user_id: String) -> Result<u64, Refusal> {
    use domain::UserId;

    use crate::admin::read;
    use islands::request::{RequestContext, answer};

    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    let user = answer(read::id::<UserId>(&user_id))?;
    answer(context.desk.sessions().end_all_of(actor, user).await)
}
