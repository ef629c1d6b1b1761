//! Sessions: open, authenticate, renew, end, list.

use domain::{
    Actor, Cursor, Error, EventKind, LoginKind, Page, Result, Role, SessionId, SessionInfo, Timestamp, UserId,
};
use sea_orm::FromQueryResult;

use crate::{
    rooms::{Inner, throttle::ClientAddress},
    store::{
        db::{Scalar, Sql as _, Tx},
        listed::Word,
        query::Query,
        random::random_hex,
        signal::Signal,
        tokens::{Claims, TokenType, Tokens},
    },
    trail::events::NewEvent,
};

/// Seconds after which a session that asks for something is noted as seen again.
const SEEN_EVERY: i64 = 60;

/// Seconds in which a log-in that the same browser sends once more is the same log-in. A double click takes less than one,
/// on a slow network a few.
const SAME_LOGIN: i64 = 30;

/// Use cases of sessions.
pub struct Sessions<'a>(pub(crate) &'a Inner);

/// A session that was just opened or renewed.
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

/// A session with its owner, as far as a request needs it.
#[derive(FromQueryResult)]
struct SessionRow {
    sid: String,
    user_id: i64,
    kind: Word<LoginKind>,
    refresh_jti: String,
    previous_jti: Option<String>,
    rotated_at: Option<i64>,
    refresh_used_at: Option<i64>,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
    username: String,
    name: String,
    role: Word<Role>,
    is_active: bool,
}

/// What a refresh token is worth.
enum Standing {
    /// It is the newest.
    Counts,
    /// It was rotated out, and nobody used its successor yet.
    SuccessorUnused,
    /// It was rotated out a moment ago.
    Graced,
    /// It was rotated out, and its successor was used.
    Stolen,
}

macro_rules! session_where {
    ($condition:literal) => {
        concat!(
            "SELECT s.sid, s.user_id, s.kind, s.refresh_jti, s.previous_jti, s.rotated_at, s.refresh_used_at,
                s.created_at, s.last_seen_at, s.expires_at, s.ended_at, u.username, u.name, u.role, u.is_active
            FROM sessions s JOIN users u ON u.id = s.user_id WHERE ",
            $condition
        )
    };
}

const SESSION: &str = session_where!("s.sid = $1");
const SESSION_OF_LOGIN: &str =
    session_where!("s.login_key = $1 AND s.created_at BETWEEN $2 AND $3 ORDER BY s.id DESC LIMIT 1");

impl SessionRow {
    fn is_live(&self, desk: &Inner, at: Timestamp) -> bool {
        let is_idle =
            self.is_staff() && at.seconds_since(Timestamp::from_micros(self.last_seen_at)) >= desk.config.staff_idle;
        self.ended_at.is_none() && self.is_active && at.as_micros() < self.expires_at && at < self.end(desk) && !is_idle
    }

    fn is_staff(&self) -> bool {
        self.role.0.is_staff()
    }

    /// When it ends for good, however often it is renewed.
    fn end(&self, desk: &Inner) -> Timestamp {
        end(desk, self.is_staff(), Timestamp::from_micros(self.created_at))
    }

    /// What a refresh token of this session is worth.
    fn standing(&self, refresh: &Claims, grace: i64, at: Timestamp) -> Standing {
        if self.refresh_jti == refresh.jti {
            return Standing::Counts;
        }
        if self.previous_jti.as_deref() != Some(refresh.jti.as_str()) {
            return Standing::Stolen;
        }
        if self.refresh_used_at.is_none() {
            return Standing::SuccessorUnused;
        }
        // In microseconds. A little ahead of now is just now, by the clock of another machine. Far ahead was a clock that was
        // wrong, and nobody knows when.
        let age = self.rotated_at.map(|rotated| at.as_micros().abs_diff(rotated));
        let is_graced = age.is_some_and(|age| age <= grace.unsigned_abs().saturating_mul(1_000_000));
        if is_graced { Standing::Graced } else { Standing::Stolen }
    }

    /// Whether an access token came with the refresh token that counts now, and so shows that this one arrived.
    fn came_with(&self, access: &Claims) -> bool {
        access.jti.starts_with(family(&self.refresh_jti))
    }

    fn kind(&self) -> LoginKind {
        self.kind.0
    }

    fn actor(self) -> Actor {
        Actor {
            id: Some(UserId(self.user_id)),
            role: self.role.0,
            username: self.username,
            name: self.name,
            session: Some(SessionId(self.sid)),
        }
    }
}

/// When a session that was opened at `created_at` ends for good (OWASP ASVS 5, 7.3.2).
fn end(desk: &Inner, is_staff: bool, created_at: Timestamp) -> Timestamp {
    created_at.plus_seconds(if is_staff { desk.config.staff_session_ttl } else { desk.config.session_ttl })
}

/// What the `jti` of an access token begins with that came with a refresh token.
fn family(refresh_jti: &str) -> &str {
    refresh_jti.get(..16).unwrap_or(refresh_jti)
}

/// Only sessions under way, in a query of `sessions s` and their people `u`.
pub(crate) fn only_under_way(query: &mut Query, desk: &Inner, at: Timestamp) {
    let ago = |seconds: i64| at.plus_seconds(-seconds).as_micros();
    query.filter("s.ended_at IS NULL AND u.is_active AND s.expires_at > ?", at.as_micros());
    query.filter("(u.role <> 'customer' OR s.created_at > ?)", ago(desk.config.session_ttl));
    query.filter("(u.role = 'customer' OR s.created_at > ?)", ago(desk.config.staff_session_ttl));
    query.filter("(u.role = 'customer' OR s.last_seen_at > ?)", ago(desk.config.staff_idle));
}

/// By what somebody just proved who they are. There is no session without it.
pub(crate) enum Proof {
    /// A PIN that the same transaction redeemed.
    Pin,
    /// A password that belongs to this hash.
    Password(String),
    /// A set-up link: the same transaction made their account.
    SetUp,
}

impl Proof {
    /// Whether it lets this person in, as they are now. A password is one of staff, a PIN one of a customer.
    fn holds(&self, owner: &Owner, role: Role) -> bool {
        owner.is_active
            && match self {
                Self::Pin => !role.is_staff(),
                Self::Password(hash) => role.is_staff() && owner.password_hash.as_ref() == Some(hash),
                Self::SetUp => role.is_staff(),
            }
    }

    /// What is said when it does not.
    fn refusal(&self) -> Error {
        match self {
            Self::Pin => Error::WrongPin,
            Self::Password(_) => Error::WrongPassword,
            Self::SetUp => Error::NotFound,
        }
    }
}

#[derive(FromQueryResult)]
struct Owner {
    username: String,
    name: String,
    role: Word<Role>,
    is_active: bool,
    password_hash: Option<String>,
}

/// Opens a session for a person who just proved who they are, in their transaction: the one place where sessions
/// begin. The person's row is locked until the transaction ends, so a deactivation or a new password comes either before
/// (and the proof holds no longer) or after (and ends this session with the others). Whoever changes a person therefore
/// changes the row first and ends the sessions then. [`let_in`] commits it.
///
/// # Errors
/// As for a wrong PIN or password, when the proof does not hold (any more).
pub(crate) async fn open(
    desk: &Inner,
    tx: &Tx,
    id: UserId,
    proof: Proof,
    client: &ClientAddress,
    kind: LoginKind,
) -> Result<LoggedIn> {
    const OWNER: &str = "SELECT username, name, role, is_active, password_hash FROM users WHERE id = $1";
    // SQLite has one writer at a time, which is this transaction.
    let sql = if tx.is_sqlite() { OWNER.to_owned() } else { format!("{OWNER} FOR NO KEY UPDATE") };
    let owner: Owner = tx.sql_one(&sql, [id.0.into()]).await?.ok_or_else(|| proof.refusal())?;
    let role = owner.role.0;
    if !proof.holds(&owner, role) {
        return Err(proof.refusal());
    }
    let Owner { username, name, .. } = owner;
    let at = desk.now();
    let (sid, jti) = (SessionId(random_hex::<16>()?), random_hex::<16>()?);
    let end = end(desk, role.is_staff(), at);
    let expires_at = at.plus_seconds(desk.config.refresh_ttl).min(end);
    tx.sql_run(
        "INSERT INTO sessions (sid, user_id, kind, client, created_at, last_seen_at, expires_at, refresh_jti)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7)",
        [
            sid.0.as_str().into(),
            id.0.into(),
            kind.as_str().into(),
            client.as_str().into(),
            at.as_micros().into(),
            expires_at.as_micros().into(),
            jti.as_str().into(),
        ],
    )
    .await?;
    tx.sql_run("UPDATE users SET last_seen_at = $1 WHERE id = $2", [at.as_micros().into(), id.0.into()]).await?;
    let tokens = mint(desk, id, &sid, jti, at, (expires_at, end))?;
    Ok(LoggedIn { actor: Actor { id: Some(id), role, username, name, session: Some(sid) }, tokens })
}

/// Commits the transaction in which a session was opened, and says who was let in: only then somebody is.
///
/// # Errors
/// As [`Tx::commit`].
pub(crate) async fn let_in(tx: Tx, opened: LoggedIn, kind: LoginKind) -> Result<LoggedIn> {
    tx.commit().await?;
    let actor = &opened.actor;
    tracing::info!(
        target: crate::rooms::SECURITY,
        event = "logged_in",
        user = actor.id.map(|id| id.0),
        username = actor.username,
        role = actor.role.as_str(),
        kind = kind.as_str(),
        "logged in"
    );
    Ok(opened)
}

/// Names a log-in: by a secret that only the browser has, and by what it proved.
pub(crate) fn login_key(desk: &Inner, browser: &str, proof: &str) -> String {
    desk.keys.keyed_hash("log-in", &format!("{browser} {proof}"))
}

/// Notes, in the transaction that opened a session, which log-in it was.
pub(crate) async fn note_login(tx: &Tx, opened: &LoggedIn, login_key: &str) -> Result<()> {
    let Some(sid) = &opened.actor.session else { return Ok(()) };
    tx.sql_run("UPDATE sessions SET login_key = $1 WHERE sid = $2", [login_key.into(), sid.0.as_str().into()]).await?;
    Ok(())
}

/// The session that a log-in opened a moment ago, if it is still under way: what a form that was sent twice gets, since a
/// browser shows the answer to the second and may have dropped the first with its cookies. Asked in a transaction, if there
/// is one.
pub(crate) async fn opened_by(desk: &Inner, tx: Option<&Tx>, login_key: &str) -> Result<Option<LoggedIn>> {
    let at = desk.now();
    // Also a little ahead of now: another machine may have opened it, by its own clock.
    let [from, to] = [-SAME_LOGIN, SAME_LOGIN].map(|seconds| at.plus_seconds(seconds).as_micros());
    let values = [login_key.into(), from.into(), to.into()];
    let row: Option<SessionRow> = match tx {
        Some(tx) => tx.sql_one(SESSION_OF_LOGIN, values).await?,
        None => desk.db.sql_one(SESSION_OF_LOGIN, values).await?,
    };
    let Some(row) = row.filter(|row| row.is_live(desk, at) && row.kind() == LoginKind::Browser) else {
        return Ok(None);
    };
    let (user, sid, jti) = (UserId(row.user_id), SessionId(row.sid.clone()), row.refresh_jti.clone());
    let tokens = mint(desk, user, &sid, jti, at, (Timestamp::from_micros(row.expires_at), row.end(desk)))?;
    Ok(Some(LoggedIn { actor: row.actor(), tokens }))
}

/// Tokens of a session: the refresh token lives `until` the first, neither beyond the second.
fn mint(
    desk: &Inner,
    user: UserId,
    sid: &SessionId,
    refresh_jti: String,
    at: Timestamp,
    (until, end): (Timestamp, Timestamp),
) -> Result<Tokens> {
    let (access, access_ttl) = mint_access(desk, user, sid, &refresh_jti, at, end)?;
    let refresh = Claims {
        token_type: TokenType::Refresh,
        user_id: user,
        jti: refresh_jti,
        sid: sid.clone(),
        iat: at.as_seconds(),
        exp: until.as_seconds(),
    };
    Ok(Tokens { access, refresh: desk.keys.sign(&refresh)?, access_ttl, refresh_ttl: until.seconds_since(at) })
}

/// An access token, and the seconds it lives.
fn mint_access(
    desk: &Inner,
    user: UserId,
    sid: &SessionId,
    refresh_jti: &str,
    at: Timestamp,
    end: Timestamp,
) -> Result<(String, i64)> {
    let until = at.plus_seconds(desk.config.access_ttl).min(end);
    let access = desk.keys.sign(&Claims {
        token_type: TokenType::Access,
        user_id: user,
        jti: format!("{}{}", family(refresh_jti), random_hex::<8>()?),
        sid: sid.clone(),
        iat: at.as_seconds(),
        exp: until.as_seconds(),
    })?;
    Ok((access, until.seconds_since(at)))
}

/// Ends every session of a person, in a transaction; how many it were.
pub(crate) async fn end_all(tx: &Tx, user: UserId, except: Option<&SessionId>, at: Timestamp) -> Result<u64> {
    tx.signal(Signal::Sessions { user });
    tx.sql_run(
        "UPDATE sessions SET ended_at = $1 WHERE user_id = $2 AND ended_at IS NULL AND expires_at > $1 AND sid <> $3",
        [at.as_micros().into(), user.0.into(), except.map_or("", |sid| sid.0.as_str()).into()],
    )
    .await
}

/// Whether somebody who was let in may stay: their session is under way, and they may log in.
pub(crate) async fn is_live(desk: &Inner, actor: &Actor) -> Result<bool> {
    let db = &desk.db;
    if let Some(sid) = &actor.session {
        let row: Option<SessionRow> = db.sql_one(SESSION, [sid.0.as_str().into()]).await?;
        return Ok(row.is_some_and(|row| row.is_live(desk, desk.now())));
    }
    let Some(id) = actor.id else { return Ok(true) };
    let active: Option<Scalar> = db.sql_one("SELECT id FROM users WHERE id = $1 AND is_active", [id.0.into()]).await?;
    Ok(active.is_some())
}

impl Sessions<'_> {
    /// Reads an access token and looks its session up, in one query.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is not valid, or its session is over.
    pub async fn authenticate(&self, access: &str) -> Result<Authenticated> {
        let at = self.0.now();
        let claims = self.0.keys.read(access, TokenType::Access, at)?;
        let row: Option<SessionRow> = self.0.db.sql_one(SESSION, [claims.sid.0.as_str().into()]).await?;
        let row = row.filter(|row| row.is_live(self.0, at)).ok_or(Error::Unauthenticated)?;
        // A moment that lies ahead comes from a clock that was wrong.
        if !(0..SEEN_EVERY).contains(&at.seconds_since(Timestamp::from_micros(row.last_seen_at))) {
            self.note_seen(&row, at).await;
        }
        if row.previous_jti.is_some() && row.refresh_used_at.is_none() && row.came_with(&claims) {
            self.note_arrival(&row, at).await;
        }
        Ok(Authenticated { kind: row.kind(), actor: row.actor() })
    }

    async fn note_seen(&self, row: &SessionRow, at: Timestamp) {
        let at = at.as_micros();
        let session = "UPDATE sessions SET last_seen_at = $1 WHERE sid = $2";
        let user = "UPDATE users SET last_seen_at = $1 WHERE id = $2";
        self.0
            .db
            .by_the_way(vec![
                (session, vec![at.into(), row.sid.as_str().into()]),
                (user, vec![at.into(), row.user_id.into()]),
            ])
            .await;
    }

    /// Whose browser session a refresh token belongs to, for when it cannot be rotated because nothing can be written:
    /// reading goes on, and the token stays as it is. Only one that would be renewed will do.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] as [`Sessions::renew`].
    pub async fn known_by(&self, refresh: &str) -> Result<Actor> {
        let at = self.0.now();
        let claims = self.0.keys.read(refresh, TokenType::Refresh, at)?;
        let row: Option<SessionRow> = self.0.db.sql_one(SESSION, [claims.sid.0.as_str().into()]).await?;
        let row = row.filter(|row| row.is_live(self.0, at) && row.kind() == LoginKind::Browser);
        let row =
            row.filter(|row| !matches!(row.standing(&claims, self.0.config.rotation_grace, at), Standing::Stolen));
        Ok(row.ok_or(Error::Unauthenticated)?.actor())
    }

    /// The tokens of the last renewal are in use. A note that cannot be written is written with the next request.
    async fn note_arrival(&self, row: &SessionRow, at: Timestamp) {
        const NOTE: &str =
            "UPDATE sessions SET refresh_used_at = $1 WHERE sid = $2 AND refresh_jti = $3 AND refresh_used_at IS NULL";
        let values = vec![at.as_micros().into(), row.sid.as_str().into(), row.refresh_jti.as_str().into()];
        self.0.db.by_the_way(vec![(NOTE, values)]).await;
    }

    /// Rotates a browser session's refresh token (RFC 9700, 4.14.2). The one before it is answered with the tokens that
    /// count now for as long as nobody used these: the answer that carried them may be lost. Once they were used, it is
    /// answered within the grace, so that requests sent at once all succeed. Any other ends the whole session, because
    /// somebody has a copy, and that is recorded.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is not valid, its session is over, or is not a browser's.
    pub async fn renew(&self, refresh: &str) -> Result<LoggedIn> {
        let desk = self.0;
        let at = desk.now();
        let claims = desk.keys.read(refresh, TokenType::Refresh, at)?;
        let tx = desk.db.begin_soon().await?;
        tx.serialise(&claims.sid.0).await?;
        let row: SessionRow =
            tx.sql_one(SESSION, [claims.sid.0.as_str().into()]).await?.ok_or(Error::Unauthenticated)?;
        if !row.is_live(desk, at) || row.kind() != LoginKind::Browser {
            return Err(Error::Unauthenticated);
        }
        let user = UserId(row.user_id);
        let end = row.end(desk);
        let until = at.plus_seconds(desk.config.refresh_ttl).min(end);
        let (jti, until) = match row.standing(&claims, desk.config.rotation_grace, at) {
            Standing::Counts => {
                let next = random_hex::<16>()?;
                tx.sql_run(
                    "UPDATE sessions SET previous_jti = refresh_jti, refresh_jti = $1, refresh_used_at = NULL,
                        rotated_at = $2, last_seen_at = $2, expires_at = $3 WHERE sid = $4",
                    [
                        next.as_str().into(),
                        at.as_micros().into(),
                        until.as_micros().into(),
                        claims.sid.0.as_str().into(),
                    ],
                )
                .await?;
                (next, until)
            }
            // The grace begins anew: requests sent at once with the old token may come after the first use of the new one.
            Standing::SuccessorUnused => {
                tx.sql_run(
                    "UPDATE sessions SET rotated_at = $1, last_seen_at = $1, expires_at = $2 WHERE sid = $3",
                    [at.as_micros().into(), until.as_micros().into(), claims.sid.0.as_str().into()],
                )
                .await?;
                (row.refresh_jti.clone(), until)
            }
            Standing::Graced => (row.refresh_jti.clone(), Timestamp::from_micros(row.expires_at).min(end)),
            Standing::Stolen => {
                tx.sql_run(
                    "UPDATE sessions SET ended_at = $1 WHERE sid = $2",
                    [at.as_micros().into(), claims.sid.0.as_str().into()],
                )
                .await?;
                tx.signal(Signal::Sessions { user });
                NewEvent::of_user(EventKind::TokenReused, user).record(&tx, None, at).await?;
                tx.commit().await?;
                tracing::warn!(
                    target: crate::rooms::SECURITY,
                    event = "token_reused",
                    user = row.user_id,
                    username = row.username,
                    "a refresh token came back after its rotation; the session was ended"
                );
                return Err(Error::Unauthenticated);
            }
        };
        tx.commit().await?;
        let tokens = mint(desk, user, &claims.sid, jti, at, (until, end))?;
        Ok(LoggedIn { actor: row.actor(), tokens })
    }

    /// A new access token for an API session; its refresh token stays as it is.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is not valid, its session is over, or is a browser's.
    pub async fn renew_access(&self, refresh: &str) -> Result<String> {
        let at = self.0.now();
        let claims = self.0.keys.read(refresh, TokenType::Refresh, at)?;
        let row: Option<SessionRow> = self.0.db.sql_one(SESSION, [claims.sid.0.as_str().into()]).await?;
        let row = row
            .filter(|row| row.is_live(self.0, at) && row.kind() == LoginKind::Api && row.refresh_jti == claims.jti)
            .ok_or(Error::Unauthenticated)?;
        Ok(mint_access(self.0, claims.user_id, &claims.sid, &claims.jti, at, row.end(self.0))?.0)
    }

    /// Ends the session of a refresh token, as REST's blacklist does.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is not valid or its session is over already.
    pub async fn end_by_token(&self, refresh: &str) -> Result<()> {
        let at = self.0.now();
        let claims = self.0.keys.read(refresh, TokenType::Refresh, at)?;
        if self.end_live(&claims.sid, Some(claims.user_id), at).await? { Ok(()) } else { Err(Error::Unauthenticated) }
    }

    /// Logs the asking session out; fine when it is over already.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database does not answer.
    pub async fn log_out(&self, actor: &Actor) -> Result<()> {
        if let Some(sid) = &actor.session {
            self.end_live(sid, actor.id, self.0.now()).await?;
        }
        Ok(())
    }

    async fn end_live(&self, sid: &SessionId, by: Option<UserId>, at: Timestamp) -> Result<bool> {
        let tx = self.0.db.begin().await?;
        let owner: Option<Scalar> = tx
            .sql_one(
                "UPDATE sessions SET ended_at = $1 WHERE sid = $2 AND ended_at IS NULL AND expires_at > $1 RETURNING user_id",
                [at.as_micros().into(), sid.0.as_str().into()],
            )
            .await?;
        let Some(owner) = owner.map(|id| UserId(id.0)) else { return Ok(false) };
        tx.signal(Signal::Sessions { user: owner });
        NewEvent::of_user(EventKind::SessionEnded, owner).record(&tx, by, at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends one session: its owner's own, a customer's by staff, anybody's by an admin.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such session under way that the caller may end.
    pub async fn end(&self, actor: &Actor, id: &SessionId) -> Result<()> {
        let at = self.0.now();
        let row: Option<SessionRow> = self.0.db.sql_one(SESSION, [id.0.as_str().into()]).await?;
        let row = row.filter(|row| row.is_live(self.0, at)).ok_or(Error::NotFound)?;
        let is_own = actor.id == Some(UserId(row.user_id));
        let is_customers = row.role.0 == Role::Customer;
        let may = is_own || actor.role.can_manage_staff() || (is_customers && actor.role.can_manage_customers());
        if may && self.end_live(id, actor.id, at).await? { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Ends every session of a person and says how many it were. Staff for customers, admins for staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]
    pub async fn end_all_of(&self, actor: &Actor, user: UserId) -> Result<u64> {
        crate::rooms::people::require_manager(self.0, actor, user).await?;
        self.end_all(actor, user).await
    }

    /// Ends every session of the caller, the asking one too, and says how many it were.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for nobody in particular.
    pub async fn log_out_everywhere(&self, actor: &Actor) -> Result<u64> {
        self.end_all(actor, actor.id.ok_or(Error::Unauthenticated)?).await
    }

    async fn end_all(&self, actor: &Actor, user: UserId) -> Result<u64> {
        let at = self.0.now();
        let tx = self.0.db.begin().await?;
        let ended = end_all(&tx, user, None, at).await?;
        if ended > 0 {
            let count = ended.to_string();
            let event = NewEvent { to: Some(&count), ..NewEvent::of_user(EventKind::SessionEnded, user) };
            event.record(&tx, actor.id, at).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Sessions under way, newest first; of one person if given. Staff; those of other staff, with their addresses, for
    /// admins, as the list of staff is. Cursors are numbers of sessions.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(
        &self,
        actor: &Actor,
        user: Option<UserId>,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<SessionInfo>> {
        actor.require_staff()?;
        self.page(actor, user, cursor, limit).await
    }

    /// The caller's own sessions under way, newest first.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for nobody in particular.
    pub async fn list_own(&self, actor: &Actor, cursor: Cursor, limit: usize) -> Result<Page<SessionInfo>> {
        let id = actor.id.ok_or(Error::Unauthenticated)?;
        self.page(actor, Some(id), cursor, limit).await
    }

    async fn page(
        &self,
        actor: &Actor,
        user: Option<UserId>,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<SessionInfo>> {
        let at = self.0.now();
        let mut query = Query::new(
            "SELECT s.id, s.sid, s.user_id, s.kind, s.client, s.created_at, s.last_seen_at, s.expires_at,
                u.username, u.name, u.role FROM sessions s JOIN users u ON u.id = s.user_id",
        );
        only_under_way(&mut query, self.0, at);
        if !actor.role.can_manage_staff() {
            query.filter("(u.role = 'customer' OR s.user_id = ?)", actor.id.map_or(0, |id| id.0));
        }
        if let Some(user) = user {
            query.filter("s.user_id = ?", user.0);
        }
        let rows: Vec<ListRow> = query.page(&self.0.db, "s.id", cursor, limit).await?;
        let page = Page::from_rows(rows, limit, cursor, |row| row.id);
        let current = actor.session.clone();
        Ok(page.map(|row| SessionInfo {
            is_current: current.as_ref().is_some_and(|sid| sid.0 == row.sid),
            id: SessionId(row.sid),
            user_id: UserId(row.user_id),
            username: row.username,
            name: row.name,
            role: row.role.0,
            kind: row.kind.0,
            client: row.client,
            created_at: Timestamp::from_micros(row.created_at),
            last_seen_at: Timestamp::from_micros(row.last_seen_at),
            expires_at: Timestamp::from_micros(row.expires_at),
        }))
    }
}

#[derive(FromQueryResult)]
struct ListRow {
    id: i64,
    sid: String,
    user_id: i64,
    kind: Word<LoginKind>,
    client: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    username: String,
    name: String,
    role: Word<Role>,
}
