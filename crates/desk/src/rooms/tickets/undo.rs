//! A change of many tickets at once is taken back.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Actor, BULK_UNDO_SECONDS, BulkAnswer, BulkId, BulkRefusal, CategoryId, Error, EventId, EventKind, InBulk, Result,
    Role, TicketId, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};

use super::{
    Tickets,
    bulk::{had, missing},
    lock_each,
    planned::{Member, Planned, carry_out_each},
};
use crate::{
    rooms::Inner,
    store::{
        db::Tx,
        entities::{
            BulkChangeMarks, BulkChangeTickets, BulkChanges, Categories, Events, Users, bulk_change_marks,
            bulk_change_tickets,
            bulk_changes::{self, Had},
            categories, events, unread as marks, users,
        },
        fault::OrRefuse as _,
        raw::tickets::TicketRow,
    },
    trail::unread,
};

const UNKNOWN: &str = "There is no such change that you could take back. It may be too long ago.";
const DONE: &str = "This was taken back already.";

impl Tickets<'_> {
    /// Takes a bulk back: each of its tickets gets what it had before, where it still has what the bulk gave it, by way of
    /// something else or not. The workflow does not count: what was is restored, as are a category that was retired and
    /// an assignee who has left since. But what is done by now because somebody closed it once more is not opened
    /// again, and where the customer has written since nothing is closed. Whoever made it, and admins; once, and for
    /// [`BULK_UNDO_SECONDS`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] for customers; [`Error::Conflict`] when it is over, was taken back already, or there is none,
    /// which is the answer about somebody else's as well.
    pub async fn undo_bulk(&self, actor: &Actor, id: BulkId) -> Result<BulkAnswer> {
        actor.require_staff()?;
        let tx = self.0.db.begin().await?;
        let answer = take_back(self.0, &tx, actor, id).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// Takes a bulk back, for a member of staff.
///
/// # Errors
/// As [`Tickets::undo_bulk`].
pub(super) async fn take_back(desk: &Inner, tx: &Tx, actor: &Actor, id: BulkId) -> Result<BulkAnswer> {
    let bulk = take(tx, actor, id, desk.now()).await?;
    let parts = BulkChangeTickets::find().filter(bulk_change_tickets::COLUMN.bulk_id.eq(id));
    let parts = parts.order_by_asc(bulk_change_tickets::COLUMN.ticket_id).all(tx).await.or_refuse()?;
    let tickets: Vec<TicketId> = parts.iter().map(|part| part.ticket_id).collect();
    let rows = lock_each(tx, actor, &tickets).await?;
    let at = desk.now();
    let mut answer = BulkAnswer { is_undo: true, missing: missing(&tickets, &rows), ..BulkAnswer::default() };
    let past = Past::read(tx, bulk.given, &parts).await?;
    let parts: BTreeMap<TicketId, &bulk_change_tickets::Model> =
        parts.iter().map(|part| (part.ticket_id, part)).collect();
    let mut planned = Vec::new();
    for row in &rows {
        let Some(part) = parts.get(&row.id) else { continue };
        let has = had(row, bulk.given);
        if has == part.former {
            answer.already.push(row.id);
        } else if let Some(why) = past.hindrance(bulk.given, part, row) {
            answer.refused.push(BulkRefusal { ticket: row.id, why });
        } else {
            planned.push((row, past.plan(part.former)?));
        }
    }
    if !planned.is_empty() {
        let undone = InBulk { id, tickets: planned.len() as u64, is_undo: true };
        carry_out_each(tx, actor, &planned, undone, at).await?;
    }
    answer.changed = planned.iter().map(|(row, _)| row.id).collect();
    put_marks_back(tx, id, &answer.changed).await?;
    forget(tx, id).await?;
    Ok(answer)
}

/// Marks a bulk as taken back, if the caller may do so: of two who try at once, one does.
async fn take(tx: &Tx, actor: &Actor, id: BulkId, at: Timestamp) -> Result<bulk_changes::Model> {
    let taken = bulk_changes::ActiveModel { undone_at: Set(Some(at)), ..Default::default() };
    let mut take = BulkChanges::update_many()
        .set(taken)
        .filter(bulk_changes::COLUMN.id.eq(id))
        .filter(bulk_changes::COLUMN.undone_at.is_null())
        .filter(bulk_changes::COLUMN.at.gt(at.plus_seconds(-BULK_UNDO_SECONDS)));
    if actor.role != Role::Admin {
        take = take.filter(bulk_changes::COLUMN.actor_id.eq(actor.id));
    }
    let is_taken = take.exec(tx).await.or_refuse()?.rows_affected == 1;
    let bulk = BulkChanges::find_by_id(id).one(tx).await.or_refuse()?;
    let may_know = |bulk: &bulk_changes::Model| actor.role == Role::Admin || bulk.actor_id == actor.id;
    let bulk = bulk.filter(may_know).ok_or_else(|| Error::conflict(UNKNOWN))?;
    match bulk.undone_at {
        _ if is_taken => Ok(bulk),
        Some(_) => Err(Error::conflict(DONE)),
        None => Err(Error::conflict(format!(
            "A change of many tickets can be taken back for {} minutes, and those are over.",
            BULK_UNDO_SECONDS / 60
        ))),
    }
}

/// What happened to a ticket since.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Events")]
struct Since {
    id: EventId,
    kind: EventKind,
    ticket_id: Option<TicketId>,
    actor_id: Option<UserId>,
}

/// What must be known of the time since a bulk, and of what was before it.
struct Past {
    since: Vec<Since>,
    categories: BTreeMap<CategoryId, String>,
    members: BTreeMap<UserId, Member>,
}

impl Past {
    async fn read(tx: &Tx, given: Had, parts: &[bulk_change_tickets::Model]) -> Result<Self> {
        let mut past = Self { since: Vec::new(), categories: BTreeMap::new(), members: BTreeMap::new() };
        match given {
            Had::Status(_) => past.since = since(tx, parts).await?,
            Had::Priority(_) => {}
            Had::Category(_) => {
                let ids = parts.iter().filter_map(|part| match part.former {
                    Had::Category(id) => Some(id),
                    _ => None,
                });
                let ids: BTreeSet<CategoryId> = ids.collect();
                let named = Categories::find()
                    .select_only()
                    .columns([categories::Column::Id, categories::Column::Name])
                    .filter(categories::COLUMN.id.is_in(ids));
                let named: Vec<(CategoryId, String)> = named.into_tuple().all(tx).await.or_refuse()?;
                past.categories = named.into_iter().collect();
            }
            Had::Assignee(_) => {
                let ids = parts.iter().filter_map(|part| match part.former {
                    Had::Assignee(id) => id,
                    _ => None,
                });
                let ids: BTreeSet<UserId> = ids.collect();
                let members = Users::find().filter(users::COLUMN.id.is_in(ids)).into_partial_model::<Member>();
                let members = members.all(tx).await.or_refuse()?;
                past.members = members.into_iter().map(|member| (member.id, member)).collect();
            }
        }
        Ok(past)
    }

    /// Why a ticket cannot get back what it had; nothing when it can.
    fn hindrance(&self, given: Had, part: &bulk_change_tickets::Model, row: &TicketRow) -> Option<String> {
        if had(row, given) != given {
            return Some(by_now(given, row));
        }
        let (Had::Status(given), Had::Status(former)) = (given, part.former) else { return None };
        let mut since = self.since.iter().filter(|since| since.ticket_id == Some(row.id) && since.id > part.event_id);
        if !given.is_open() {
            // Who closed it meanwhile meant it.
            let is_again = since.any(|since| since.kind == EventKind::StatusChanged);
            return is_again.then(|| format!("The status was set to {given} once more since."));
        }
        let has_written = |since: &Since| {
            let is_text = matches!(since.kind, EventKind::Replied | EventKind::TicketEdited);
            is_text && since.actor_id == Some(row.requester_id)
        };
        let is_closing = !former.is_open();
        (is_closing && since.any(has_written)).then(|| format!("The customer has written since, so it stays {given}."))
    }

    /// The way back.
    fn plan(&self, former: Had) -> Result<Planned> {
        let none = Planned::default();
        Ok(match former {
            Had::Status(status) => Planned { status: Some(status), ..none },
            Had::Priority(priority) => Planned { priority: Some(priority), ..none },
            Had::Category(id) => {
                let name = self.categories.get(&id).ok_or(Error::Internal)?;
                Planned { category: Some((id, name.clone())), ..none }
            }
            Had::Assignee(None) => Planned { assignee: Some(None), ..none },
            Had::Assignee(Some(id)) => {
                let member = self.members.get(&id).ok_or(Error::Internal)?;
                Planned { assignee: Some(Some(member.clone())), ..none }
            }
        })
    }
}

/// What of the kinds that count happened to the tickets of a bulk since.
async fn since(tx: &Tx, parts: &[bulk_change_tickets::Model]) -> Result<Vec<Since>> {
    let Some(first) = parts.iter().map(|part| part.event_id).min() else { return Ok(Vec::new()) };
    let their = tx.rows_of(parts.iter().map(|part| part.ticket_id.0));
    let since = Events::find()
        .filter(events::COLUMN.ticket_id.in_subquery(their))
        .filter(events::COLUMN.id.gt(first))
        .filter(events::COLUMN.kind.is_in([EventKind::StatusChanged, EventKind::Replied, EventKind::TicketEdited]));
    since.into_partial_model().all(tx).await.or_refuse()
}

/// Says what a ticket has in place of what it was given.
fn by_now(given: Had, row: &TicketRow) -> String {
    match given {
        Had::Status(_) => format!("The status is {} by now.", row.status),
        Had::Priority(_) => format!("The priority is {} by now.", row.priority),
        Had::Category(_) => format!("The category is \"{}\" by now.", row.category),
        Had::Assignee(_) => match row.assignee() {
            Some(other) => format!("\"{}\" has it by now.", other.name),
            None => "Nobody has it by now.".to_owned(),
        },
    }
}

/// Puts the unread marks back that went with a bulk, of these tickets, for who is still in the team.
async fn put_marks_back(tx: &Tx, id: BulkId, tickets: &[TicketId]) -> Result<()> {
    let active = Users::find().select_only().column(users::Column::Id).filter(users::COLUMN.is_active.eq(true));
    let went = BulkChangeMarks::find()
        .filter(bulk_change_marks::COLUMN.bulk_id.eq(id))
        .filter(bulk_change_marks::COLUMN.ticket_id.in_subquery(tx.rows_of(tickets.iter().map(|ticket| ticket.0))))
        .filter(bulk_change_marks::COLUMN.user_id.in_subquery(active.into_query()));
    let went = went.all(tx).await.or_refuse()?.into_iter().map(|mark| marks::Model {
        user_id: mark.user_id,
        ticket_id: mark.ticket_id,
        event_id: mark.event_id,
    });
    unread::put_back(tx, went.collect()).await
}

/// Forgets all of a bulk but that there was one.
async fn forget(tx: &Tx, id: BulkId) -> Result<()> {
    let tickets = BulkChangeTickets::delete_many().filter(bulk_change_tickets::COLUMN.bulk_id.eq(id));
    tickets.exec(tx).await.or_refuse()?;
    let marks = BulkChangeMarks::delete_many().filter(bulk_change_marks::COLUMN.bulk_id.eq(id));
    marks.exec(tx).await.or_refuse()?;
    Ok(())
}
