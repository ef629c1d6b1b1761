//! What happened: one row for each use case that changed something.

use domain::{Actor, EventData, EventId, InBulk, MessageId, Result, TicketId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait as _, EntityTrait as _,
};

use crate::{
    store::{
        db::Tx,
        entities::{Events, events, unread as marks},
        fault::OrRefuse as _,
        signal::{Signal, TicketSignal},
    },
    trail::unread::{self, Concerned, Happened},
};

/// By whom something was done: nobody for the command line and the desk itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct By {
    pub(crate) id: Option<UserId>,
    /// The name of who did it in their place.
    pub(crate) via: Option<String>,
    /// From where.
    pub(crate) client: Option<String>,
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        Self { id: actor.id, via: actor.via().map(ToOwned::to_owned), client: actor.client.clone() }
    }
}

impl From<Option<UserId>> for By {
    fn from(id: Option<UserId>) -> Self {
        Self { id, via: None, client: None }
    }
}

/// An event to write.
pub(crate) struct NewEvent {
    pub(crate) data: EventData,
    pub(crate) ticket: Option<TicketId>,
    pub(crate) user: Option<UserId>,
    pub(crate) message: Option<MessageId>,
    /// The bulk that it is part of.
    pub(crate) bulk: Option<InBulk>,
    /// Whom its ticket concerns, if that is known; it is looked up otherwise.
    pub(crate) whom: Option<Concerned>,
}

impl NewEvent {
    /// Something about the desk.
    pub(crate) fn of(data: EventData) -> Self {
        Self { data, ticket: None, user: None, message: None, bulk: None, whom: None }
    }

    /// Something about a ticket.
    pub(crate) fn of_ticket(data: EventData, ticket: TicketId) -> Self {
        Self { ticket: Some(ticket), ..Self::of(data) }
    }

    /// Something about a person.
    pub(crate) fn of_user(data: EventData, user: UserId) -> Self {
        Self { user: Some(user), ..Self::of(data) }
    }

    /// Writes it: the one place where events are written, but for those that are imported, and where others learn of
    /// it; [`NewEvent::record_each`] is the same for many.
    pub(crate) async fn record(self, tx: &Tx, by: impl Into<By>, at: Timestamp) -> Result<EventId> {
        let by = by.into();
        let event = Events::insert(self.row(&by, at)?).exec(tx).await.or_refuse()?.last_insert_id;
        tx.wrote(event);
        tell(tx, &[(event, &self)], by.id).await?;
        Ok(event)
    }

    /// Writes one event for each of some tickets, in this order, with few statements.
    pub(crate) async fn record_each(
        tx: &Tx,
        events: &[Self],
        actor: Option<UserId>,
        at: Timestamp,
    ) -> Result<Recorded> {
        let rows = events.iter().map(|event| event.row(&actor.into(), at)).collect::<Result<Vec<_>>>()?;
        let ids = insert(tx, rows).await?;
        let written: Vec<_> = ids.iter().copied().zip(events).collect();
        let forgotten = tell(tx, &written, actor).await?;
        Ok(Recorded { ids, forgotten })
    }

    /// Writes many that happened in the past, in this order: nobody is told.
    pub(crate) async fn record_past(
        tx: &Tx,
        events: impl IntoIterator<Item = (Self, Option<UserId>, Timestamp)>,
    ) -> Result<Vec<EventId>> {
        let rows =
            events.into_iter().map(|(event, actor, at)| event.row(&actor.into(), at)).collect::<Result<Vec<_>>>()?;
        insert(tx, rows).await
    }

    fn row(&self, by: &By, at: Timestamp) -> Result<events::ActiveModel> {
        let (kind, data) = events::columns(&self.data, self.bulk)?;
        Ok(events::ActiveModel {
            id: NotSet,
            kind: Set(kind),
            ticket_id: Set(self.ticket),
            user_id: Set(self.user),
            actor_id: Set(by.id),
            via: Set(by.via.clone()),
            data: Set(data),
            at: Set(at),
            message_id: Set(self.message),
            is_internal: Set(kind.is_internal()),
        })
    }
}

/// What was written of events, one on each of some tickets.
pub(crate) struct Recorded {
    pub(crate) ids: Vec<EventId>,
    /// The team's unread marks that went with them.
    pub(crate) forgotten: Vec<marks::Model>,
}

/// Writes rows of events in this order.
async fn insert(tx: &Tx, rows: Vec<events::ActiveModel>) -> Result<Vec<EventId>> {
    let ids = tx.reserve(Events, EventId, rows.len()).await?;
    let rows: Vec<_> =
        rows.into_iter().zip(&ids).map(|(row, id)| events::ActiveModel { id: Set(*id), ..row }).collect();
    tx.insert_many(rows).await?;
    if let Some(last) = ids.last() {
        tx.wrote(*last);
    }
    Ok(ids)
}

/// Lets those learn of events whom they concern. The team's unread marks that went with them.
async fn tell(tx: &Tx, written: &[(EventId, &NewEvent)], actor: Option<UserId>) -> Result<Vec<marks::Model>> {
    let mut happened = Vec::with_capacity(written.len());
    for (event, new) in written {
        let Some(ticket) = new.ticket else { continue };
        let whom = match new.whom {
            Some(whom) => Some(whom),
            None => Concerned::of(tx, ticket).await?,
        };
        happened.extend(whom.map(|whom| Happened { event: *event, data: &new.data, ticket, actor, whom }));
        tx.signal(Signal::Ticket(TicketSignal {
            event: *event,
            ticket,
            requester: whom.map(|whom| whom.requester_id),
            is_internal: new.data.kind().is_internal(),
        }));
    }
    unread::mark(tx, &happened).await
}

/// Converts what a process of an earlier version wrote after this one had brought the database to its own.
pub(crate) async fn convert_newest(tx: &Tx) -> Result<()> {
    let convert = migration::convert_newest_events(tx.get_database_backend());
    tx.execute_unprepared(&convert).await.or_refuse()?;
    Ok(())
}
