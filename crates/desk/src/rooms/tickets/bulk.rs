//! One change of many tickets at once. Taking it back is in `undo`.

use std::collections::BTreeSet;

use domain::{
    Actor, BULK_UNDO_SECONDS, BulkAnswer, BulkChange, BulkId, BulkRefusal, BulkUndo, Error, InBulk, Result, TicketId,
    Timestamp, check_bulk,
};
use sea_orm::{ActiveValue::Set, EntityTrait as _};

use super::{
    Tickets, lock_each,
    planned::{Named, Planned, carry_out_each, plan},
};
use crate::{
    rooms::Inner,
    store::{
        db::Tx,
        entities::{
            BulkChanges, bulk_change_marks, bulk_change_tickets,
            bulk_changes::{self, Had},
            unread as marks,
        },
        fault::OrRefuse as _,
        raw::tickets::TicketRow,
    },
    trail::events::Recorded,
};

impl Tickets<'_> {
    /// Changes one thing of each of some tickets, by the rules of [`Tickets::update`]: what is refused for one does not
    /// stop the others. Staff. Its maker, or an admin, can take it back ([`Tickets::undo_bulk`]) for
    /// [`BULK_UNDO_SECONDS`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] for customers; [`Error::Invalid`] for too many tickets or none (`tickets`), and for what is no
    /// choice for any of them (`category`, `assignee`): nothing has changed then.
    pub async fn bulk(&self, actor: &Actor, tickets: &[TicketId], change: &BulkChange) -> Result<BulkAnswer> {
        actor.require_staff()?;
        let tickets = check_bulk(tickets).map_err(|sentence| Error::field("tickets", sentence))?;
        let tx = self.0.db.begin().await?;
        let answer = change_each(self.0, &tx, actor, &tickets, change).await?;
        // What is so already was made so by something that is on the disk.
        tx.commit().await?;
        Ok(answer)
    }
}

/// Changes one thing of each of these tickets, which are different ones in their order, for a member of staff.
///
/// # Errors
/// As [`Tickets::bulk`].
pub(super) async fn change_each(
    desk: &Inner,
    tx: &Tx,
    actor: &Actor,
    tickets: &[TicketId],
    change: &BulkChange,
) -> Result<BulkAnswer> {
    let change = change.of_one();
    let rows = lock_each(tx, actor, tickets).await?;
    // Whoever changed one of them meanwhile was waited for, and came first.
    let at = desk.now();
    let mut answer = BulkAnswer { missing: missing(tickets, &rows), ..BulkAnswer::default() };
    let mut planned = Vec::new();
    let mut named = Named::default();
    for row in &rows {
        match plan(tx, actor, row, &change, &mut named).await {
            Ok(plan) if plan.is_nothing() => answer.already.push(row.id),
            Ok(plan) => planned.push((row, plan)),
            Err(Error::Conflict { message: why } | Error::Forbidden { message: why }) => {
                answer.refused.push(BulkRefusal { ticket: row.id, why });
            }
            Err(error) => return Err(error),
        }
    }
    if let Some((_, plan)) = planned.first() {
        let id = note(tx, actor, given(plan)?, at).await?;
        let bulk = InBulk { id, tickets: planned.len() as u64, is_undo: false };
        let done = carry_out_each(tx, actor, &planned, bulk, at).await?;
        note_former(tx, id, &planned, done).await?;
        answer.undo = Some(BulkUndo { id, until: at.plus_seconds(BULK_UNDO_SECONDS) });
    }
    answer.changed = planned.iter().map(|(row, _)| row.id).collect();
    Ok(answer)
}

/// The tickets that there are not.
pub(super) fn missing(tickets: &[TicketId], rows: &[TicketRow]) -> Vec<TicketId> {
    let there: BTreeSet<TicketId> = rows.iter().map(|row| row.id).collect();
    tickets.iter().copied().filter(|ticket| !there.contains(ticket)).collect()
}

/// The one thing that a plan changes, and what it becomes.
fn given(plan: &Planned) -> Result<Had> {
    match plan {
        Planned { status: Some(status), .. } => Ok(Had::Status(*status)),
        Planned { priority: Some(priority), .. } => Ok(Had::Priority(*priority)),
        Planned { category: Some((category, _)), .. } => Ok(Had::Category(*category)),
        Planned { assignee: Some(assignee), .. } => Ok(Had::Assignee(assignee.as_ref().map(|member| member.id))),
        _ => Err(Error::Internal),
    }
}

/// What a ticket has where something was given.
pub(super) fn had(row: &TicketRow, given: Had) -> Had {
    match given {
        Had::Status(_) => Had::Status(row.status),
        Had::Priority(_) => Had::Priority(row.priority),
        Had::Category(_) => Had::Category(row.category_id),
        Had::Assignee(_) => Had::Assignee(row.assignee_id),
    }
}

async fn note(tx: &Tx, actor: &Actor, given: Had, at: Timestamp) -> Result<BulkId> {
    let new =
        bulk_changes::ActiveModel { actor_id: Set(actor.id), at: Set(at), given: Set(given), ..Default::default() };
    Ok(BulkChanges::insert(new).exec(tx).await.or_refuse()?.last_insert_id)
}

/// Notes what tickets had before, and the unread marks that went.
async fn note_former(tx: &Tx, id: BulkId, planned: &[(&TicketRow, Planned)], done: Recorded) -> Result<()> {
    let mut tickets = Vec::with_capacity(planned.len());
    for ((row, plan), event) in planned.iter().zip(done.ids) {
        tickets.push(bulk_change_tickets::ActiveModel {
            bulk_id: Set(id),
            ticket_id: Set(row.id),
            event_id: Set(event),
            former: Set(had(row, given(plan)?)),
        });
    }
    tx.insert_many(tickets).await?;
    let went = |mark: marks::Model| bulk_change_marks::ActiveModel {
        bulk_id: Set(id),
        user_id: Set(mark.user_id),
        ticket_id: Set(mark.ticket_id),
        event_id: Set(mark.event_id),
    };
    tx.insert_many(done.forgotten.into_iter().map(went).collect::<Vec<_>>()).await
}
