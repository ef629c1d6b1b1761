//! A customer is erased: all that is theirs goes, and the ledger keeps a number in place of their name.

use domain::{Actor, EndReason, Erasure, Error, LedgerData, Person, Result, Role, TicketId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
};

use super::Users;
use crate::{
    rooms::{Inner, attachments, drafts, holds, person, pins, search::index, sessions, tickets::lock_name},
    store::{
        db::Tx,
        entities::{
            Attachments, CallerChecks, CallerCodes, Drafts, Events, Ledger, Messages, PinRequests, Pins, Recoveries,
            ReturnCodes, Sent, Sessions, Tickets, Users as Table, attachments as files, caller_checks, caller_codes,
            drafts as typed, events, ledger, messages, pin_requests, pins as issued, recoveries, return_codes, sent,
            sessions as opened, tickets, users,
        },
        fault::OrRefuse as _,
    },
    trail::ledger::{Cause, NewEntry},
};

/// The tickets of a customer, by number.
fn theirs(id: UserId) -> Select<Tickets> {
    let own = Tickets::find().select_only().column(tickets::Column::Id);
    own.filter(tickets::Column::RequesterId.eq(id)).order_by_asc(tickets::COLUMN.id)
}

/// What happened with a customer, and on their tickets.
fn of_customer(id: UserId) -> Condition {
    let on_tickets = events::COLUMN.ticket_id.in_subquery(theirs(id).into_query());
    Condition::any().add(events::COLUMN.user_id.eq(id)).add(on_tickets)
}

impl Users<'_> {
    /// What would go if a customer were erased, and what would stay. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Conflict`] for a member of staff.
    pub async fn erasure(&self, actor: &Actor, id: UserId) -> Result<Erasure> {
        let db = &self.0.db;
        self.erasable(actor, id).await?;
        count(self.0, db, id).await
    }

    /// Erases a customer with their tickets, files, PINs, sessions and all that happened on these. It cannot be taken back. What the
    /// access ledger has stays under their number until its time is over. Admins, in person.
    ///
    /// # Errors
    /// As [`Users::erasure`]; [`Error::Forbidden`] for API tokens, too.
    pub async fn erase(&self, actor: &Actor, id: UserId) -> Result<Erasure> {
        let desk = self.0;
        actor.require_in_person()?;
        self.erasable(actor, id).await?;
        let tx = desk.db.begin_long().await?;
        let (erasure, stored) = erase_in(desk, &tx, actor, id, desk.now()).await?;
        tx.commit().await?;
        for (ticket, names) in stored {
            desk.storage.throw_ticket_away(ticket, &names).await;
        }
        tracing::info!(target: crate::rooms::SECURITY, event = "customer_erased", user = id.0, by = actor.username, "erased");
        Ok(erasure)
    }

    async fn erasable(&self, actor: &Actor, id: UserId) -> Result<Person> {
        actor.require_admin()?;
        let person = person::find(&self.0.db, id).await?;
        match person.role {
            Role::Customer => Ok(person),
            _ => Err(Error::conflict("A member of staff is deactivated, and not erased: what they did stays theirs.")),
        }
    }
}

/// Erases a customer, in a transaction: how much it was, and the files of their tickets, which are thrown away after the commit.
///
/// # Errors
/// [`Error::Conflict`] when a ticket of theirs is kept.
pub(crate) async fn erase_in(
    desk: &Inner,
    tx: &Tx,
    actor: &Actor,
    id: UserId,
    at: Timestamp,
) -> Result<(Erasure, Vec<(TicketId, Vec<String>)>)> {
    let cause = Cause::new(actor, EndReason::Deactivated);
    // In the order in which a log-in locks them: the PINs, the person, their sessions.
    pins::revoke_all(tx, id, &cause, at).await?;
    let inactive = users::ActiveModel { is_active: Set(false), ..Default::default() };
    super::change(tx, id, inactive).await?;
    // What began before the row was locked is there now, too.
    pins::revoke_all(tx, id, &cause, at).await?;
    sessions::end_all(tx, id, None, &cause, at).await?;
    let own: Vec<TicketId> = theirs(id).into_tuple().all(tx).await.or_refuse()?;
    let names: Vec<String> = own.iter().copied().map(lock_name).collect();
    tx.serialise_each(&names).await?;
    holds::require_none(tx, tx.rows_of(own.iter().map(|ticket| ticket.0))).await?;
    let erasure = count(desk, tx, id).await?;
    let mut stored = Vec::with_capacity(own.len());
    for ticket in &own {
        stored.push((*ticket, attachments::names_of(tx, *ticket).await?));
        index::forget(tx, *ticket).await?;
        drafts::forget_ticket(tx, *ticket).await?;
    }
    Events::delete_many().filter(of_customer(id)).exec(tx).await.or_refuse()?;
    Drafts::delete_many().filter(typed::COLUMN.user_id.eq(id)).exec(tx).await.or_refuse()?;
    Sent::delete_many().filter(sent::COLUMN.user_id.eq(id)).exec(tx).await.or_refuse()?;
    CallerCodes::delete_many().filter(caller_codes::COLUMN.user_id.eq(id)).exec(tx).await.or_refuse()?;
    CallerChecks::delete_many().filter(caller_checks::COLUMN.customer_id.eq(id)).exec(tx).await.or_refuse()?;
    ReturnCodes::delete_many().filter(return_codes::COLUMN.user_id.eq(id)).exec(tx).await.or_refuse()?;
    PinRequests::delete_many().filter(pin_requests::COLUMN.user_id.eq(id)).exec(tx).await.or_refuse()?;
    Recoveries::delete_many().filter(recoveries::COLUMN.customer_id.eq(id)).exec(tx).await.or_refuse()?;
    Tickets::delete_many().filter(tickets::Column::RequesterId.eq(id)).exec(tx).await.or_refuse()?;
    Table::delete_by_id(id).exec(tx).await.or_refuse()?;
    let erased = LedgerData::PersonErased { tickets: erasure.tickets, files: erasure.files };
    NewEntry::of_person(erased, id).note(tx, actor, at);
    Ok((erasure, stored))
}

async fn count(desk: &Inner, db: &impl ConnectionTrait, id: UserId) -> Result<Erasure> {
    let own = || theirs(id).into_query();
    let of_tickets = Attachments::find().filter(files::COLUMN.ticket_id.in_subquery(own()));
    let bytes: Vec<i64> =
        of_tickets.clone().select_only().column(files::Column::Size).into_tuple().all(db).await.or_refuse()?;
    let written = Messages::find().filter(messages::COLUMN.ticket_id.in_subquery(own()));
    let ledger = Ledger::find().filter(ledger::COLUMN.user_id.eq(id));
    let until = desk.now().plus_seconds(desk.config.ledger_kept);
    Ok(Erasure {
        tickets: theirs(id).count(db).await.or_refuse()?,
        messages: written.count(db).await.or_refuse()?,
        files: bytes.len() as u64,
        file_bytes: bytes.iter().map(|size| size.unsigned_abs()).sum(),
        pins: Pins::find().filter(issued::COLUMN.user_id.eq(id)).count(db).await.or_refuse()?,
        sessions: Sessions::find().filter(opened::COLUMN.user_id.eq(id)).count(db).await.or_refuse()?,
        events: Events::find().filter(of_customer(id)).count(db).await.or_refuse()?,
        ledger: ledger.count(db).await.or_refuse()?,
        ledger_until: Some(until),
    })
}
