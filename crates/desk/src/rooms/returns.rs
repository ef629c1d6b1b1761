//! The way back of people without an identity: a code of 80 bits that never expires, for who came by a PIN and is known by nothing else.
//! It is shown to the session that began by the PIN, and once more to the first one that began by the code; each time its last group
//! must be typed back before anything is written. From then on only its hash is kept.

pub(crate) mod ending;

use domain::{
    Actor, Error, LedgerData, LoginKind, Pin, PinLength, Result, ReturnCode, SessionId, ShownCode, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    sea_query::{Expr, ExprTrait as _, Query},
};

use crate::{
    rooms::{
        Inner, sealed,
        sessions::{self, LoggedIn, RedeemedPin},
        throttle::ClientAddress,
    },
    store::{
        db::Tx,
        entities::{
            ReturnCodes as Table, Sessions, SweepHold, Users, pins, return_codes, sessions as sessions_table, users,
        },
        fault::OrRefuse as _,
        random::random,
        scopes::Kept,
    },
    trail::ledger::NewEntry,
};

/// Use cases of return codes.
pub struct Returns<'a>(pub(crate) &'a Inner);

/// Makes a person's code in place of one that they had, in a transaction, for the session that is to see it.
pub(crate) async fn make(desk: &Inner, tx: &Tx, sid: &SessionId, of: &pins::Model, at: Timestamp) -> Result<()> {
    let from = return_codes::ActiveModel {
        can: Set(of.can),
        stays: Set(of.stays),
        pin_id: Set(Some(of.id)),
        ..Default::default()
    };
    insert(desk, tx, (of.user_id, sid), from, at).await
}

async fn insert(
    desk: &Inner,
    tx: &Tx,
    (user, sid): (UserId, &SessionId),
    from: return_codes::ActiveModel,
    at: Timestamp,
) -> Result<()> {
    Table::delete_many().filter(return_codes::COLUMN.user_id.eq(user)).exec(tx).await.or_refuse()?;
    let code = Pin::from_random(PinLength::Sixteen, random()?);
    let new = return_codes::ActiveModel {
        user_id: Set(user),
        hash: Set(desk.keys.pin_hash(code.symbols())),
        sealed: Set(Some(sealed::seal(desk, code.symbols().as_bytes())?)),
        sid: Set(Some(sid.clone())),
        made_at: Set(at),
        ..from
    };
    Table::insert(new).exec_without_returning(tx).await.or_refuse()?;
    let entry = NewEntry::of_customer(LedgerData::ReturnCodeMade, user, None).session(Some(sid));
    entry.note(tx, Some(user), at);
    Ok(())
}

/// A code by its hash, if it lets somebody in now: its person is active, and nobody looks through a desk that was just restored, as one
/// that was ended since the backup is good again then.
pub(crate) async fn find(tx: &Tx, hash: &str) -> Result<Option<return_codes::Model>> {
    let owner = Query::select()
        .expr(Expr::val(1))
        .from(Users)
        .and_where(Expr::col((Users, users::Column::Id)).equals((Table, return_codes::Column::UserId)))
        .and_where(users::COLUMN.is_active.eq(true))
        .take();
    let held = Query::select().expr(Expr::val(1)).from(SweepHold).take();
    let found = Table::find()
        .filter(return_codes::COLUMN.hash.eq(hash))
        .filter(Expr::exists(owner))
        .filter(Expr::exists(held).not());
    found.one(tx).await.or_refuse()
}

/// Lets somebody in again by their code, in a transaction.
pub(crate) async fn enter(
    desk: &Inner,
    tx: &Tx,
    code: return_codes::Model,
    client: &ClientAddress,
    kind: LoginKind,
) -> Result<LoggedIn> {
    let at = desk.now();
    let entry = NewEntry::of_customer(LedgerData::ReturnCodeUsed, code.user_id, None).pin(code.pin_id);
    entry.note(tx, Some(code.user_id), at);
    let kept = Kept { ticket_id: None, can: code.can, label: None, purpose: None };
    let scope = kept.into_pin_scope(code.stays);
    let proof = sessions::Proof::Returned(RedeemedPin { id: code.pin_id, scope, delegated: None });
    let opened = sessions::open(desk, tx, code.user_id, proof, client, kind).await?;
    let shown_to = code.sealed.is_some().then(|| opened.actor.session.clone()).flatten();
    let used = return_codes::ActiveModel {
        used_at: Set(Some(at)),
        returned_at: Set(code.returned_at.or(Some(at))),
        sid: Set(shown_to),
        ..Default::default()
    };
    // Of one that was replaced meanwhile nothing is left.
    let used = Table::update_many().set(used).filter(return_codes::COLUMN.id.eq(code.id)).exec(tx).await.or_refuse()?;
    if used.rows_affected == 1 { Ok(opened) } else { Err(Error::WrongPin) }
}

/// How many there are.
pub(crate) async fn live(desk: &Inner) -> Result<u64> {
    Table::find().count(&desk.db).await.or_refuse()
}

impl Returns<'_> {
    /// The code that the session that asks is to see and to type back, if there is one. Customers.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn shown(&self, actor: &Actor) -> Result<Option<ShownCode>> {
        let Some(sid) = actor.session.as_ref().filter(|_| actor.is_unnamed) else { return Ok(None) };
        let row = Table::find().filter(return_codes::COLUMN.sid.eq(sid.clone())).one(&self.0.db).await.or_refuse()?;
        Ok(row.and_then(|row| {
            let symbols = sealed::open(self.0, row.sealed.as_deref()?)?;
            let code = Pin::parse(str::from_utf8(&symbols).ok()?).ok()?;
            // Under another secret it opens to something else.
            let is_it = self.0.keys.pin_hash(code.symbols()) == row.hash;
            is_it.then_some(ShownCode { code, is_last: row.returned_at.is_some() })
        }))
    }

    /// Takes the last group of the code that the session was shown: whoever types it has written it down. Until then the session writes
    /// nothing. After the first return the code itself is kept no longer. Customers.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`group`) for another one; [`Error::NotFound`] where none was shown.
    pub async fn note(&self, actor: &Actor, group: &str) -> Result<()> {
        let desk = self.0;
        let shown = self.shown(actor).await?.ok_or(Error::NotFound)?;
        if !shown.code.ends_in(group) {
            let sentence =
                "These are not its last four signs. Look at what you wrote down, and compare it with the code.";
            return Err(Error::field("group", sentence));
        }
        self.seen(actor, &shown, desk.now()).await
    }

    /// The code for a program, which is given it with its tokens and types nothing back.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn hand_out(&self, actor: &Actor) -> Result<Option<Pin>> {
        let Some(shown) = self.shown(actor).await? else { return Ok(None) };
        self.seen(actor, &shown, self.0.now()).await?;
        Ok(Some(shown.code))
    }

    async fn seen(&self, actor: &Actor, shown: &ShownCode, at: Timestamp) -> Result<()> {
        let sid = actor.session.clone().ok_or(Error::Unauthenticated)?;
        let tx = self.0.db.begin().await?;
        let mut seen = return_codes::ActiveModel { noted_at: Set(Some(at)), sid: Set(None), ..Default::default() };
        if shown.is_last {
            seen.sealed = Set(None);
        }
        let seen = Table::update_many().set(seen).filter(return_codes::COLUMN.sid.eq(sid.clone()));
        seen.exec(&tx).await.or_refuse()?;
        let told = sessions_table::ActiveModel { welcomed_at: Set(Some(at)), ..Default::default() };
        let told = Sessions::update_many().set(told).filter(sessions_table::COLUMN.sid.eq(sid));
        told.exec(&tx).await.or_refuse()?;
        tx.commit().await
    }

    /// Makes a new code for who asks, in place of the one that they have, to be shown to their session. People without an identity, from
    /// a session that is for no less than they are.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn make_again(&self, actor: &Actor) -> Result<()> {
        let desk = self.0;
        let user = actor.require_customer()?;
        if !actor.is_unnamed || actor.scope.ticket.is_some() || actor.scope.is_delegated {
            return Err(Error::forbidden("Return codes are for people whom nobody knows by name."));
        }
        let sid = actor.session.clone().ok_or(Error::Unauthenticated)?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        sessions::require_live(desk, &tx, actor).await?;
        let before = Table::find().filter(return_codes::COLUMN.user_id.eq(user)).one(&tx).await.or_refuse()?;
        let (stays, pin_id) = before.map_or((None, None), |before| (before.stays, before.pin_id));
        let can = Some(actor.scope.can).filter(|can| *can != domain::CanSet::ALL);
        let from =
            return_codes::ActiveModel { can: Set(can), stays: Set(stays), pin_id: Set(pin_id), ..Default::default() };
        insert(desk, &tx, (user, &sid), from, at).await?;
        tx.commit().await
    }

    /// What is known of a customer's code, if they have one. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn of(&self, actor: &Actor, customer: UserId) -> Result<Option<ReturnCode>> {
        actor.require_staff()?;
        let row = Table::find().filter(return_codes::COLUMN.user_id.eq(customer)).one(&self.0.db).await.or_refuse()?;
        Ok(row.map(|row| ReturnCode { made_at: row.made_at, is_noted: row.noted_at.is_some(), used_at: row.used_at }))
    }
}
