//! How sessions end.

use domain::{
    Actor, CallerDeed, EndReason, Error, EventData, FamilyEnded, Result, Role, SessionId, TicketId, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{IntoCondition, Query},
};

use super::Sessions;
use crate::{
    rooms::{Inner, known::require_known, person::require_manager, returns, tokens},
    store::{
        db::Tx,
        entities::{Pins, Sessions as Table, Tickets, pins, sessions, tickets},
        fault::OrRefuse as _,
        parents::parent_goes_on,
        raw::sessions::Session,
        signal::Signal,
        tokens::TokenType,
    },
    trail::{
        events::NewEvent,
        ledger::{self, Cause},
    },
};

fn ended(reason: EndReason, at: Timestamp) -> sessions::ActiveModel {
    sessions::ActiveModel { ended_at: Set(Some(at)), end_reason: Set(Some(reason)), ..Default::default() }
}

/// Neither ended nor run out.
fn goes_on(at: Timestamp) -> Condition {
    Condition::all().add(sessions::COLUMN.ended_at.is_null()).add(sessions::COLUMN.expires_at.gt(at))
}

/// Ends what hangs on sessions of a person which are over: PINs that nobody used, and who came in by others. For whoever ended
/// one.
async fn end_orphans(tx: &Tx, user: UserId, cause: &Cause, at: Timestamp) -> Result<FamilyEnded> {
    let cause = cause.of_children();
    let revoked = pins::ActiveModel { revoked_at: Set(Some(at)), ..Default::default() };
    let orphans = Condition::all()
        .add(pins::COLUMN.user_id.eq(user))
        .add(pins::COLUMN.parent_sid.is_not_null())
        .add(pins::COLUMN.redeemed_at.is_null())
        .add(pins::COLUMN.revoked_at.is_null())
        .add(parent_goes_on((Pins, pins::Column::ParentSid), at).not());
    let revoked = Pins::update_many().set(revoked).filter(orphans).exec_with_returning(tx).await.or_refuse()?;
    ledger::revoked(tx, &revoked, &cause, at);
    let orphans = goes_on(at)
        .add(sessions::COLUMN.user_id.eq(user))
        .add(sessions::COLUMN.parent_sid.is_not_null())
        .add(parent_goes_on((Table, sessions::Column::ParentSid), at).not());
    let end = Table::update_many().set(ended(cause.reason, at)).filter(orphans);
    let over = end.exec_with_returning(tx).await.or_refuse()?;
    ledger::ended(tx, &over, &cause, at);
    Ok(FamilyEnded { pins: revoked.len() as u64, sessions: over.len() as u64 })
}

/// Ends some sessions of a person with what hangs on them, in a transaction; how many ended.
pub(crate) async fn end_each(
    tx: &Tx,
    user: UserId,
    which: impl IntoCondition,
    cause: &Cause,
    at: Timestamp,
) -> Result<FamilyEnded> {
    let theirs = goes_on(at).add(sessions::COLUMN.user_id.eq(user)).add(which.into_condition());
    let end = Table::update_many().set(ended(cause.reason, at)).filter(theirs);
    let over = end.exec_with_returning(tx).await.or_refuse()?;
    if over.is_empty() {
        return Ok(FamilyEnded::default());
    }
    tx.signal(Signal::Sessions { user });
    ledger::ended(tx, &over, cause, at);
    let mut ended = end_orphans(tx, user, cause, at).await?;
    ended.sessions += over.len() as u64;
    Ok(ended)
}

/// Ends every session of a person, in a transaction; how many it were.
pub(crate) async fn end_all(
    tx: &Tx,
    user: UserId,
    except: Option<&SessionId>,
    cause: &Cause,
    at: Timestamp,
) -> Result<u64> {
    tx.signal(Signal::Sessions { user });
    let others = Condition::all().add_option(except.map(|sid| sessions::COLUMN.sid.ne(sid.clone())));
    Ok(end_each(tx, user, others, cause, at).await?.sessions)
}

/// Ends a person's sessions that are for one ticket, in a transaction; how many it were.
pub(crate) async fn end_of_ticket(
    tx: &Tx,
    user: UserId,
    ticket: TicketId,
    cause: &Cause,
    at: Timestamp,
) -> Result<u64> {
    Ok(end_each(tx, user, sessions::COLUMN.ticket_id.eq(ticket), cause, at).await?.sessions)
}

/// Ends the sessions whose ticket was closed so long ago that they are over already, and says so.
pub(crate) async fn end_closed(desk: &Inner) -> Result<()> {
    let at = desk.now();
    let closed = sessions::COLUMN.ticket_id.in_subquery(
        Query::select()
            .column(tickets::Column::Id)
            .from(Tickets)
            .and_where(tickets::COLUMN.closed_at.lte(at.plus_seconds(-desk.config.access_after_close)))
            .take(),
    );
    let of = Table::find().select_only().column(sessions::Column::UserId).distinct().filter(goes_on(at));
    let of: Vec<UserId> = of.filter(closed.clone()).into_tuple().all(&desk.db).await.or_refuse()?;
    for user in of {
        let tx = desk.db.begin().await?;
        let cause = Cause::new(None, EndReason::TicketClosed);
        let ended = end_each(&tx, user, closed.clone(), &cause, at).await?;
        if ended.sessions > 0 {
            let what = EventData::SessionEnded { count: ended.sessions };
            NewEvent::of_user(what, user).record(&tx, None, at).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Ends every session of everybody, because the desk was restored from a backup; how many it were.
pub(crate) async fn end_restored(tx: &Tx, at: Timestamp) -> Result<u64> {
    let cause = Cause::new(None, EndReason::Restored);
    let end = Table::update_many().set(ended(cause.reason, at)).filter(goes_on(at));
    let over = end.exec_with_returning(tx).await.or_refuse()?;
    ledger::ended(tx, &over, &cause, at);
    Ok(over.len() as u64)
}

impl Sessions<'_> {
    /// Ends the session of a refresh token, as REST's blacklist does.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is not valid or its session is over already.
    pub async fn end_by_token(&self, refresh: &str) -> Result<()> {
        let at = self.0.now();
        let claims = self.0.keys.read(refresh, TokenType::Refresh, at)?;
        if self.end_live(&claims.sid, &Cause::new(Some(claims.user_id), EndReason::LoggedOut), at).await? {
            Ok(())
        } else {
            Err(Error::Unauthenticated)
        }
    }

    /// Logs the asking session out; fine when it is over already.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database does not answer.
    pub async fn log_out(&self, actor: &Actor) -> Result<()> {
        if let Some(sid) = &actor.session {
            self.end_live(sid, &Cause::new(actor, EndReason::LoggedOut), self.0.now()).await?;
        }
        Ok(())
    }

    async fn end_live(&self, sid: &SessionId, cause: &Cause, at: Timestamp) -> Result<bool> {
        let tx = self.0.db.begin().await?;
        let end = Table::update_many()
            .set(ended(cause.reason, at))
            .filter(sessions::COLUMN.sid.eq(sid.clone()))
            .filter(goes_on(at));
        let Some(session) = end.exec_with_returning(&tx).await.or_refuse()?.pop() else {
            // A log-out is confirmed all the same, so what ended it before is on the disk.
            tx.commit().await?;
            return Ok(false);
        };
        tx.signal(Signal::Sessions { user: session.user_id });
        let user = session.user_id;
        ledger::ended(&tx, &[session], cause, at);
        end_orphans(&tx, user, cause, at).await?;
        NewEvent::of_user(EventData::SessionEnded { count: 1 }, user).record(&tx, cause.by.clone(), at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends one session: its owner's own, a customer's by staff, anybody's by an admin. One that is for less than its owner
    /// ends itself alone.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such session under way that the caller may end; [`Error::Forbidden`] for
    /// who may only drop files.
    pub async fn end(&self, actor: &Actor, id: &SessionId) -> Result<()> {
        actor.require_login()?;
        if actor.scope.is_narrow() && actor.session.as_ref() != Some(id) {
            return Err(Error::NotFound);
        }
        let at = self.0.now();
        let row = Session::find(&self.0.db, id).await?;
        let row = row.filter(|row| row.is_live(self.0, at)).ok_or(Error::NotFound)?;
        let is_own = actor.id == Some(row.user_id);
        let is_customers = row.role == Role::Customer;
        let may = is_own || actor.role.can_manage_staff() || (is_customers && actor.role.can_manage_customers());
        if may && is_customers && !is_own {
            require_known(self.0, &self.0.db, actor, row.user_id, CallerDeed::Sessions).await?;
        }
        let cause = Cause::new(actor, if is_own { EndReason::LoggedOut } else { EndReason::ByStaff });
        if may && self.end_live(id, &cause, at).await? { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Ends every session of a person and says how many it were; their API tokens are revoked, and a return code is ended, too. Staff for customers, admins
    /// for staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]
    pub async fn end_all_of(&self, actor: &Actor, user: UserId) -> Result<u64> {
        let person = require_manager(&self.0.db, actor, user).await?;
        if person.role == Role::Customer {
            require_known(self.0, &self.0.db, actor, user, CallerDeed::Sessions).await?;
        }
        self.end_all(actor, user, None, true).await
    }

    /// Ends every session of the caller, the asking one too, and says how many it were. API tokens stay.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for nobody in particular; [`Error::Forbidden`] from a session that is for less than
    /// its owner.
    pub async fn log_out_everywhere(&self, actor: &Actor) -> Result<u64> {
        actor.require_unscoped()?;
        self.end_all(actor, actor.id.ok_or(Error::Unauthenticated)?, None, false).await
    }

    /// Ends every session of the caller but the asking one, and says how many it were. API tokens stay.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for who has no session; [`Error::Forbidden`] from one that is for less than its owner.
    pub async fn end_others(&self, actor: &Actor) -> Result<u64> {
        actor.require_unscoped()?;
        let (Some(user), Some(this)) = (actor.id, &actor.session) else { return Err(Error::Unauthenticated) };
        self.end_all(actor, user, Some(this), false).await
    }

    async fn end_all(&self, actor: &Actor, user: UserId, except: Option<&SessionId>, with_tokens: bool) -> Result<u64> {
        let at = self.0.now();
        let tx = self.0.db.begin().await?;
        let reason = if actor.id == Some(user) { EndReason::Everywhere } else { EndReason::ByStaff };
        let ended = end_all(&tx, user, except, &Cause::new(actor, reason), at).await?;
        // Who ends their own keeps the code, which is all that they have to come back by.
        if with_tokens {
            returns::ending::end(&tx, user, actor.into(), at).await?;
        }
        if with_tokens {
            tokens::revoke_all(&tx, user, actor, at).await?;
        }
        if ended > 0 {
            NewEvent::of_user(EventData::SessionEnded { count: ended }, user).record(&tx, actor, at).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }
}
