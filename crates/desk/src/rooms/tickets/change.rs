//! Changing a ticket: its words, its status, who has it; and deleting it.

use domain::{
    Actor, Can, Cursor, EndReason, Error, EventData, LedgerData, Result, RetentionListId, Status, TicketChange,
    TicketId, TicketView, Timestamp,
};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{
    Tickets, lock,
    planned::{Named, Planned, carry_out, member, plan},
};
use crate::{
    rooms::{attachments, drafts, holds, pins, search::index, sessions},
    store::{
        db::Tx,
        entities::{Tickets as Table, tickets},
        fault::OrRefuse as _,
        raw::tickets::TicketRow,
    },
    trail::{
        events::NewEvent,
        ledger::{Cause, NewEntry},
    },
};

impl Tickets<'_> {
    /// Changes a ticket. If the caller may not change one of the things named, nothing changes.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see it; [`Error::Forbidden`], [`Error::Conflict`], [`Error::Invalid`].
    pub async fn update(&self, actor: &Actor, id: TicketId, change: &TicketChange) -> Result<TicketView> {
        let desk = self.0;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let row = lock(&tx, actor, id).await?;
        actor.require_can(Can::Reply)?;
        let planned = plan(&tx, actor, &row, change, &mut Named::default()).await?;
        // What is so already was made so by something that is on the disk.
        if !planned.is_nothing() {
            carry_out(&tx, actor, &row, &planned, at).await?;
            if planned.is_reworded() {
                index::reindex_opening(&tx, id).await?;
            }
        }
        tx.commit().await?;
        self.view(actor, id, Cursor::First).await
    }

    /// Takes a ticket that nobody has. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] when somebody else has it by now.
    pub async fn claim(&self, actor: &Actor, id: TicketId) -> Result<TicketView> {
        actor.require_staff()?;
        let me = actor.id.ok_or_else(|| Error::forbidden("The command line has no tickets of its own."))?;
        let desk = self.0;
        let tx = desk.db.begin().await?;
        let row = lock(&tx, actor, id).await?;
        match row.assignee() {
            Some(other) if other.id != me => {
                return Err(Error::conflict(format!("\"{}\" has this ticket by now.", other.name)));
            }
            // It was said before; now it is said again, so it is on the disk.
            Some(_) => tx.commit().await?,
            None => {
                let assignee = Some(Some(member(&tx, me).await?));
                carry_out(&tx, actor, &row, &Planned { assignee, ..Planned::default() }, desk.now()).await?;
                tx.commit().await?;
            }
        }
        self.view(actor, id, Cursor::First).await
    }

    /// Deletes a ticket with its files: its owner while nobody has worked on it, or an admin. PINs
    /// for it alone are revoked, and sessions for it alone end.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see it; [`Error::Conflict`] when somebody has worked on it;
    /// [`Error::Forbidden`] for agents, and from a session that is for this ticket alone or may not write.
    pub async fn delete(&self, actor: &Actor, id: TicketId) -> Result<()> {
        let desk = self.0;
        let tx = desk.db.begin().await?;
        let row = lock(&tx, actor, id).await?;
        if actor.role.is_staff() {
            actor.require_admin()?;
        } else {
            actor.require_can(Can::Reply)?;
            actor.require_all_tickets("delete it")?;
        }
        if !actor.role.is_staff() && !row.abilities(actor).can_withdraw {
            return Err(Error::conflict("Support has begun to work on this ticket. You can close it instead."));
        }
        let names = delete_in(&tx, actor, &row, None, desk.now()).await?;
        tx.commit().await?;
        desk.storage.throw_ticket_away(id, &names).await;
        Ok(())
    }
}

/// Deletes a ticket, in its transaction; the names of its files, which are thrown away after the commit. `list` is the one of
/// retention that it was on.
///
/// # Errors
/// [`Error::Conflict`] for one that is kept.
pub(crate) async fn delete_in(
    tx: &Tx,
    actor: &Actor,
    row: &TicketRow,
    list: Option<RetentionListId>,
    at: Timestamp,
) -> Result<Vec<String>> {
    let (id, requester) = (row.id, row.requester_id);
    holds::require_none(tx, tx.rows_of([id.0])).await?;
    index::forget(tx, id).await?;
    drafts::forget_ticket(tx, id).await?;
    // While the ticket is there: whom it concerned is told. What it said goes with it, its title too.
    NewEvent::of_ticket(EventData::TicketWithdrawn, id).record(tx, actor, at).await?;
    let cause = Cause::new(actor, EndReason::TicketDeleted);
    pins::revoke_of_tickets(tx, [id], &cause, at).await?;
    let ended = sessions::end_of_ticket(tx, requester, id, &cause, at).await?;
    if ended > 0 {
        NewEvent::of_user(EventData::SessionEnded { count: ended }, requester).record(tx, actor, at).await?;
    }
    let names = attachments::names_of(tx, id).await?;
    Table::delete_by_id(id).exec(tx).await.or_refuse()?;
    if actor.role.is_staff() {
        let deleted = LedgerData::TicketDeleted { files: names.len() as u64, list };
        NewEntry::of_customer(deleted, requester, Some(id)).note(tx, actor, at);
    }
    Ok(names)
}

/// Sets a status that was checked, and says so in the timeline.
pub(super) async fn set_status(
    tx: &Tx,
    actor: &Actor,
    id: TicketId,
    from: Status,
    to: Status,
    at: Timestamp,
) -> Result<()> {
    NewEvent::of_ticket(EventData::StatusChanged { from, to }, id).record(tx, actor, at).await?;
    let changed = tickets::ActiveModel {
        status: Set(to),
        closed_at: Set((to == Status::Closed).then_some(at)),
        ..Default::default()
    };
    Table::update_many().set(changed).filter(tickets::COLUMN.id.eq(id)).exec(tx).await.or_refuse()?;
    Ok(())
}
