//! Server functions of sessions.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::{SessionId, UserId};
use islands::{
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;

use crate::admin::read;

/// Ends a session: from its next request on, its tokens are refused.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "end_session")]
pub async fn end_session(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.sessions().end(&actor, &SessionId(id)).await)
}

/// Ends every session of a person and says how many there were.
///
/// # Errors
/// [`domain::Error::NotFound`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "end_all_sessions")]
pub async fn end_all_sessions(user_id: String) -> Result<u64, Refusal> {
    let (context, actor) = caller()?;
    let user = answer(read::id::<UserId>(&user_id))?;
    answer(context.desk.sessions().end_all_of(&actor, user).await)
}

/// Ends every session of who asks but this one.
///
/// # Errors
/// [`domain::Error::Unauthenticated`], [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "end_other_sessions")]
pub async fn end_other_sessions() -> Result<u64, Refusal> {
    let (context, actor) = caller()?;
    answer(context.desk.sessions().end_others(&actor).await)
}
