//! Sessions: authenticate, renew, end, list.
use domain::{Actor, Cursor, LoginKind, Page, Result, SessionId, SessionInfo, UserId};
use crate::{Inner, Tokens};

/// Use cases of sessions.
pub struct Sessions<'a>(pub(crate) &'a Inner);

/// A session that was just opened.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// Whose it is.
    pub actor: Actor,
    /// Its tokens.
    pub tokens: Tokens,
}

/// Who a valid access token belongs to.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who asks.
    pub actor: Actor,
    /// How the session carries its tokens.
    pub kind: LoginKind,
}

impl Sessions<'_> {
    /// Reads an access token and looks its session up: one query. `Err(Unauthenticated)` when the token is not valid or its session is over.
    pub async fn authenticate(&self, access: &str) -> Result<Authenticated> { todo!() }
    /// Rotates a browser session's refresh token. One that was rotated out before (beyond the grace) ends the session.
    pub async fn renew(&self, refresh: &str) -> Result<LoggedIn> { todo!() }
    /// A new access token for an API session; the refresh token stays as it is.
    pub async fn renew_access(&self, refresh: &str) -> Result<String> { todo!() }
    /// Ends the session of a refresh token (REST's blacklist). `Err(Unauthenticated)` when it is over already.
    pub async fn end_by_token(&self, refresh: &str) -> Result<()> { todo!() }
    /// Logs the asking session out; fine when it is over already.
    pub async fn log_out(&self, actor: &Actor) -> Result<()> { todo!() }
    /// Ends one session. Its owner or staff.
    pub async fn end(&self, actor: &Actor, id: &SessionId) -> Result<()> { todo!() }
    /// Ends every session of a person and says how many. Staff.
    pub async fn end_all_of(&self, actor: &Actor, user: UserId) -> Result<u64> { todo!() }
    /// Sessions under way, newest first; of one person if given. Staff. (Cursors count internal row numbers.)
    pub async fn list(&self, actor: &Actor, user: Option<UserId>, cursor: Cursor, limit: usize) -> Result<Page<SessionInfo>> { todo!() }
}
