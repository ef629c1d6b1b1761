//! What passkeys are asked to sign: made here for one log-in or one session, answered once, in five minutes.

use domain::{Result, SessionId, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryTrait as _, Select,
};

use crate::{
    rooms::Inner,
    store::{
        db::Tx,
        entities::{PasskeyChallenges as Table, passkey_challenges as challenges},
        fault::OrRefuse as _,
    },
};

/// Seconds for which one can be answered.
const LIFE: i64 = 5 * 60;
/// Seconds for which one is given out again, so that a page that was opened twice works in both places.
const FRESH: i64 = LIFE / 2;

/// What a challenge is for, and nothing else.
#[derive(Clone, Copy)]
pub(crate) enum Bound<'a> {
    /// The log-in whose first step left this proof.
    LogIn(&'a str),
    /// Something that asks a session for a second factor once more.
    Confirm(&'a SessionId),
    /// A passkey that a session adds.
    New(&'a SessionId),
}

impl Bound<'_> {
    pub(super) fn hash(self, desk: &Inner) -> String {
        let text = match self {
            Self::LogIn(proof) => format!("log in {proof}"),
            Self::Confirm(sid) => format!("confirm {sid}"),
            Self::New(sid) => format!("new {sid}"),
        };
        desk.keys.keyed_hash("passkey challenge", &text)
    }
}

/// A challenge to keep.
pub(super) struct Challenge {
    /// What a new passkey will be called.
    pub(super) name: Option<String>,
    /// What the browser is asked.
    pub(super) options: String,
    /// What its answer is held against.
    pub(super) state: String,
}

fn not_older(desk: &Inner, bound: &str, user: UserId, seconds: i64) -> Select<Table> {
    let column = challenges::COLUMN;
    Table::find()
        .filter(column.bound_to.eq(bound))
        .filter(column.user_id.eq(user))
        .filter(column.made_at.gt(desk.now().plus_seconds(-seconds)))
        // One from a moment that lies ahead was made when the clock was wrong.
        .filter(column.made_at.lte(desk.now()))
}

/// One that a page can show, if it was made a short while ago.
pub(super) async fn fresh(
    desk: &Inner,
    db: &impl ConnectionTrait,
    user: UserId,
    bound: Bound<'_>,
) -> Result<Option<challenges::Model>> {
    not_older(desk, &bound.hash(desk), user, FRESH).one(db).await.or_refuse()
}

/// Keeps one, in the place of the one before.
pub(super) async fn keep(desk: &Inner, tx: &Tx, user: UserId, bound: Bound<'_>, new: Challenge) -> Result<()> {
    let bound = bound.hash(desk);
    Table::delete_many().filter(challenges::COLUMN.bound_to.eq(&bound)).exec(tx).await.or_refuse()?;
    let Challenge { name, options, state } = new;
    let new = challenges::ActiveModel {
        bound_to: Set(bound),
        user_id: Set(user),
        name: Set(name),
        options: Set(options),
        state: Set(state),
        made_at: Set(desk.now()),
        ..Default::default()
    };
    Table::insert(new).exec_without_returning(tx).await.or_refuse()?;
    Ok(())
}

/// Takes one, which nobody can answer after that.
pub(super) async fn take(desk: &Inner, tx: &Tx, user: UserId, bound: &str) -> Result<Option<challenges::Model>> {
    let found = not_older(desk, bound, user, LIFE).one(tx).await.or_refuse()?;
    let Some(found) = found else { return Ok(None) };
    // Of two that answer the same one takes it.
    let taken = Table::delete_by_id(found.id).exec(tx).await.or_refuse()?;
    Ok((taken.rows_affected == 1).then_some(found))
}

/// Forgets those of somebody, whose passkeys are others now.
pub(super) async fn forget(tx: &Tx, user: UserId) -> Result<()> {
    Table::delete_many().filter(challenges::COLUMN.user_id.eq(user)).exec(tx).await.or_refuse()?;
    Ok(())
}

/// Forgets those of all.
pub(super) async fn forget_all(tx: &Tx) -> Result<()> {
    Table::delete_many().exec(tx).await.or_refuse()?;
    Ok(())
}

/// Forgets those that nobody answered in time.
pub(super) async fn forget_old(desk: &Inner) -> Result<()> {
    let old = Table::delete_many().filter(challenges::COLUMN.made_at.lte(desk.now().plus_seconds(-LIFE)));
    desk.db.write(old.as_query()).await.map(drop)
}
