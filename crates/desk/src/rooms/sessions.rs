//! Sessions: open, authenticate, renew, end, list.

pub(crate) mod ending;
mod list;
mod opening;
mod renewal;
mod row;

use domain::{Actor, Error, LoginKind, Result, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Query},
};

pub(crate) use self::{
    ending::{end_all, end_of_ticket, end_restored},
    list::{number, under_way},
    opening::{Proof, RedeemedPin, let_in, login_key, note_login, open, opened_by},
    row::is_for_passwords,
};
use crate::{
    rooms::{Inner, tokens},
    store::{
        db::Tx,
        entities::{ReturnCodes, Sessions as Table, Users, return_codes, sessions, users},
        fault::OrRefuse as _,
        raw::sessions::Session,
        tokens::{TokenType, Tokens},
    },
};

/// Seconds after which a session that asks for something is noted as seen again.
const SEEN_EVERY: i64 = 60;

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

/// Refuses somebody whose session or API token ended while what they send arrived. Asked in the transaction that would write it.
///
/// # Errors
/// [`Error::Unauthenticated`]
pub(crate) async fn require_live(desk: &Inner, tx: &Tx, actor: &Actor) -> Result<()> {
    let is_live = match (&actor.token, &actor.session) {
        (Some(token), _) => tokens::is_live(desk, tx, token.id).await?,
        (None, Some(sid)) => Session::find(tx, sid).await?.is_some_and(|row| row.is_live(desk, desk.now())),
        (None, None) => true,
    };
    if is_live { Ok(()) } else { Err(Error::Unauthenticated) }
}

/// Whether somebody who was let in may stay: their session is under way, and they may log in.
pub(crate) async fn is_live(desk: &Inner, actor: &Actor) -> Result<bool> {
    let db = &desk.db;
    if let Some(token) = actor.token {
        return tokens::is_live(desk, db, token.id).await;
    }
    if let Some(sid) = &actor.session {
        return Ok(Session::find(db, sid).await?.is_some_and(|row| row.is_live(desk, desk.now())));
    }
    let Some(id) = actor.id else { return Ok(true) };
    let active: Option<bool> =
        Users::find_by_id(id).select_only().column(users::Column::IsActive).into_tuple().one(db).await.or_refuse()?;
    Ok(active == Some(true))
}

impl Sessions<'_> {
    /// Reads an access token and looks its session up, in one query.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is not valid, or its session is over.
    pub async fn authenticate(&self, access: &str) -> Result<Authenticated> {
        let at = self.0.now();
        let claims = self.0.keys.read(access, TokenType::Access, at)?;
        let row = Session::find(&self.0.db, &claims.sid).await?;
        let row = row.filter(|row| row.is_live(self.0, at)).ok_or(Error::Unauthenticated)?;
        // A moment that lies ahead comes from a clock that was wrong.
        if !(0..SEEN_EVERY).contains(&at.seconds_since(row.last_seen_at)) {
            self.note_seen(&row, at).await;
        }
        if row.previous_jti.is_some() && row.refresh_used_at.is_none() && row.came_with(&claims) {
            self.note_arrival(&row, at).await;
        }
        Ok(Authenticated { kind: row.kind, actor: row.actor(self.0) })
    }

    /// Notes that the page which says whose access it is was shown in the session that asks: from then on it may write, unless it was
    /// shown a return code that is not typed back yet ([`crate::Returns::note`]).
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`] when nothing can be written.
    pub async fn welcome(&self, actor: &Actor) -> Result<()> {
        let (Some(sid), true) = (&actor.session, actor.needs_welcome) else { return Ok(()) };
        let welcomed = sessions::ActiveModel { welcomed_at: Set(Some(self.0.now())), ..Default::default() };
        let to_type_back = Query::select()
            .expr(Expr::val(1))
            .from(ReturnCodes)
            .and_where(return_codes::COLUMN.sid.eq(sid.clone()))
            .take();
        let note = Table::update_many()
            .set(welcomed)
            .filter(sessions::COLUMN.sid.eq(sid.clone()))
            .filter(sessions::COLUMN.welcomed_at.is_null())
            .filter(Expr::exists(to_type_back).not());
        self.0.db.write(note.as_query()).await?;
        Ok(())
    }

    async fn note_seen(&self, row: &Session, at: Timestamp) {
        let db = &self.0.db;
        let session = sessions::ActiveModel { last_seen_at: Set(at), ..Default::default() };
        let session = Table::update_many().set(session).filter(sessions::COLUMN.sid.eq(row.sid.clone()));
        let user = users::ActiveModel { last_seen_at: Set(Some(at)), ..Default::default() };
        let user = Users::update_many().set(user).filter(users::COLUMN.id.eq(row.user_id));
        let backend = db.get_database_backend();
        db.by_the_way(vec![session.build(backend), user.build(backend)]).await;
    }

    /// The tokens of the last renewal are in use. A note that cannot be written is written with the next request.
    async fn note_arrival(&self, row: &Session, at: Timestamp) {
        let db = &self.0.db;
        let used = sessions::ActiveModel { refresh_used_at: Set(Some(at)), ..Default::default() };
        let note = Table::update_many()
            .set(used)
            .filter(sessions::COLUMN.sid.eq(row.sid.clone()))
            .filter(sessions::COLUMN.refresh_jti.eq(row.refresh_jti.clone()))
            .filter(sessions::COLUMN.refresh_used_at.is_null());
        db.by_the_way(vec![note.build(db.get_database_backend())]).await;
    }
}
