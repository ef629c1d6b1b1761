//! What is on an acknowledged list goes, each in a transaction of its own, which notes what became of it: whatever breaks off goes on
//! where it was, and of two processes one does it.

use std::sync::Arc;

use domain::{Actor, Error, EventKind, LedgerData, PinId, Result, RetentionOf, RetentionOutcome, TicketId, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::LockType,
};

use super::due;
use crate::{
    rooms::{
        Inner,
        people::erase_in,
        tickets::{delete_in, lock, lock_name},
    },
    store::{
        db::Tx,
        entities::{
            Events, Pins, RetentionItems as Items, RetentionLists as Lists, Users, events, retention_items as items,
            retention_lists as lists,
        },
        fault::OrRefuse as _,
    },
    trail::ledger::NewEntry,
};

/// Items that are read with one query.
const AT_ONCE: u64 = 100;

/// The files of tickets that are gone.
type Files = Vec<(TicketId, Vec<String>)>;

/// Goes on with every list that was acknowledged and is not done.
pub(crate) async fn go_on(desk: &Arc<Inner>) -> Result<()> {
    let open = Lists::find().filter(lists::COLUMN.acknowledged_at.is_not_null());
    let open = open.filter(lists::COLUMN.done_at.is_null()).order_by_asc(lists::COLUMN.id);
    for list in open.all(&desk.db).await.or_refuse()? {
        carry_out(desk, &list).await?;
    }
    Ok(())
}

async fn carry_out(desk: &Inner, list: &lists::Model) -> Result<()> {
    let by = acknowledged_by(desk, list).await?;
    let mut last = 0;
    loop {
        let next = Items::find()
            .filter(items::COLUMN.list_id.eq(list.id))
            .filter(items::COLUMN.outcome.is_null())
            .filter(items::COLUMN.number.gt(last))
            .order_by_asc(items::COLUMN.number)
            .limit(AT_ONCE);
        let next = next.all(&desk.db).await.or_refuse()?;
        let Some(newest) = next.last() else { break };
        last = newest.number;
        for item in &next {
            match one(desk, list, &by, item).await {
                Ok(()) => {}
                Err(Error::Unavailable) => return Err(Error::Unavailable),
                // The others go; this one is tried again with the next upkeep.
                Err(cause) => tracing::error!(list = list.id.0, number = item.number, %cause, "could not go"),
            }
        }
    }
    finish(desk, list, &by).await
}

/// Who acknowledged it, in whose name it goes.
async fn acknowledged_by(desk: &Inner, list: &lists::Model) -> Result<Actor> {
    let who = match list.acknowledged_by {
        Some(id) => Users::find_by_id(id).one(&desk.db).await.or_refuse()?,
        None => None,
    };
    Ok(match who {
        Some(who) => Actor { id: Some(who.id), username: who.username, name: who.name, ..Actor::command_line() },
        None => Actor::command_line(),
    })
}

async fn one(desk: &Inner, list: &lists::Model, by: &Actor, item: &items::Model) -> Result<()> {
    let tx = desk.db.begin_long().await?;
    let (files, outcome) = match list.subject {
        RetentionOf::ClosedTickets | RetentionOf::ResolvedTickets => ticket(desk, &tx, list, by, item).await?,
        RetentionOf::IdleCustomers => customer(desk, &tx, list, by, item).await?,
        RetentionOf::SpentPins => pin(&tx, list, item).await?,
    };
    let noted = items::ActiveModel { outcome: Set(Some(outcome)), ..Default::default() };
    let noted = Items::update_many()
        .set(noted)
        .filter(items::COLUMN.list_id.eq(list.id))
        .filter(items::COLUMN.number.eq(item.number))
        .filter(items::COLUMN.outcome.is_null());
    if noted.exec(&tx).await.or_refuse()?.rows_affected == 0 {
        // Another process did it; what this one found is dropped.
        return Ok(());
    }
    tx.commit().await?;
    for (ticket, names) in files {
        desk.storage.throw_ticket_away(ticket, &names).await;
    }
    Ok(())
}

async fn still_is(tx: &Tx, list: &lists::Model, item: &items::Model) -> Result<bool> {
    due::still_is(tx, list.subject, list.days, list.made_at, item.number, item.touched).await
}

async fn ticket(
    desk: &Inner,
    tx: &Tx,
    list: &lists::Model,
    by: &Actor,
    item: &items::Model,
) -> Result<(Files, RetentionOutcome)> {
    let id = TicketId(item.number);
    // Whoever writes to it at this moment is first, and it stays; or comes too late.
    tx.serialise(&lock_name(id)).await?;
    if !still_is(tx, list, item).await? {
        return Ok((Files::new(), RetentionOutcome::Stayed));
    }
    let row = lock(tx, by, id).await?;
    let names = delete_in(tx, by, &row, Some(list.id), desk.now()).await?;
    // What happened on it goes, too, but for that it is gone: open pages learn that.
    let its = Events::delete_many().filter(events::COLUMN.ticket_id.eq(id));
    its.filter(events::COLUMN.kind.ne(EventKind::TicketWithdrawn)).exec(tx).await.or_refuse()?;
    Ok((vec![(id, names)], RetentionOutcome::Gone))
}

async fn customer(
    desk: &Inner,
    tx: &Tx,
    list: &lists::Model,
    by: &Actor,
    item: &items::Model,
) -> Result<(Files, RetentionOutcome)> {
    let id = UserId(item.number);
    // Whoever issues a PIN for them at this moment is first, and they stay.
    let locked = Users::find_by_id(id).lock(LockType::Update).one(tx).await.or_refuse()?;
    if locked.is_none() || !still_is(tx, list, item).await? {
        return Ok((Files::new(), RetentionOutcome::Stayed));
    }
    let (_, files) = erase_in(desk, tx, by, id, desk.now()).await?;
    Ok((files, RetentionOutcome::Gone))
}

async fn pin(tx: &Tx, list: &lists::Model, item: &items::Model) -> Result<(Files, RetentionOutcome)> {
    if !still_is(tx, list, item).await? {
        return Ok((Files::new(), RetentionOutcome::Stayed));
    }
    Pins::delete_by_id(PinId(item.number)).exec(tx).await.or_refuse()?;
    Ok((Files::new(), RetentionOutcome::Gone))
}

/// Notes that nothing of a list is left to do, if so.
async fn finish(desk: &Inner, list: &lists::Model, by: &Actor) -> Result<()> {
    let at = desk.now();
    let tx = desk.db.begin().await?;
    let of_list = || Items::find().filter(items::COLUMN.list_id.eq(list.id));
    if of_list().filter(items::COLUMN.outcome.is_null()).count(&tx).await.or_refuse()? > 0 {
        return Ok(());
    }
    let count = async |outcome| of_list().filter(items::COLUMN.outcome.eq(outcome)).count(&tx).await.or_refuse();
    let (gone, stayed) = (count(RetentionOutcome::Gone).await?, count(RetentionOutcome::Stayed).await?);
    let done = lists::ActiveModel { done_at: Set(Some(at)), ..Default::default() };
    let done = Lists::update_many().set(done).filter(lists::COLUMN.id.eq(list.id));
    if done.filter(lists::COLUMN.done_at.is_null()).exec(&tx).await.or_refuse()?.rows_affected == 0 {
        return Ok(());
    }
    NewEntry::of_desk(LedgerData::RetentionDone { list: list.id, of: list.subject, gone, stayed }).note(&tx, by, at);
    tx.commit().await
}
