//! What happened: one row for each use case that changed something.

use domain::{EventData, EventId, MessageId, Result, TicketId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait as _, EntityTrait as _,
};

use crate::{
    store::{
        db::Tx,
        entities::{Events, events},
        fault::OrRefuse as _,
        signal::{Signal, TicketSignal},
    },
    trail::unread::{self, Concerned, Happened},
};

/// An event to write.
pub(crate) struct NewEvent {
    pub(crate) data: EventData,
    pub(crate) ticket: Option<TicketId>,
    pub(crate) user: Option<UserId>,
    pub(crate) message: Option<MessageId>,
    /// Whom its ticket concerns, if that is known; it is looked up otherwise.
    pub(crate) whom: Option<Concerned>,
}

impl NewEvent {
    fn of(data: EventData) -> Self {
        Self { data, ticket: None, user: None, message: None, whom: None }
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
    /// it.
    pub(crate) async fn record(self, tx: &Tx, actor: Option<UserId>, at: Timestamp) -> Result<EventId> {
        let event = Events::insert(self.row(actor, at)?).exec(tx).await.or_refuse()?.last_insert_id;
        tx.wrote(event);
        if let Some(ticket) = self.ticket {
            let whom = match self.whom {
                Some(whom) => Some(whom),
                None => Concerned::of(tx, ticket).await?,
            };
            if let Some(whom) = &whom {
                let happened = Happened { event, data: &self.data, ticket, actor };
                unread::mark(tx, &happened, whom).await?;
            }
            tx.signal(Signal::Ticket(TicketSignal {
                event,
                ticket,
                requester: whom.map(|whom| whom.requester_id),
                is_internal: self.data.kind().is_internal(),
            }));
        }
        Ok(event)
    }

    /// Writes many that happened in the past, in this order: nobody is told.
    pub(crate) async fn record_past(
        tx: &Tx,
        events: impl IntoIterator<Item = (Self, Option<UserId>, Timestamp)>,
    ) -> Result<Vec<EventId>> {
        let rows = events.into_iter().map(|(event, actor, at)| event.row(actor, at)).collect::<Result<Vec<_>>>()?;
        let ids = tx.reserve(Events, EventId, rows.len()).await?;
        let rows = rows.into_iter().zip(&ids).map(|(row, id)| events::ActiveModel { id: Set(*id), ..row });
        tx.insert_many(rows).await?;
        if let Some(last) = ids.last() {
            tx.wrote(*last);
        }
        Ok(ids)
    }

    fn row(&self, actor: Option<UserId>, at: Timestamp) -> Result<events::ActiveModel> {
        let (kind, data) = events::columns(&self.data)?;
        Ok(events::ActiveModel {
            id: NotSet,
            kind: Set(kind),
            ticket_id: Set(self.ticket),
            user_id: Set(self.user),
            actor_id: Set(actor),
            data: Set(data),
            at: Set(at),
            message_id: Set(self.message),
            is_internal: Set(kind.is_internal()),
        })
    }
}

/// Converts what a process of an earlier version wrote after this one had brought the database to its own.
pub(crate) async fn convert_newest(tx: &Tx) -> Result<()> {
    let convert = migration::convert_newest_events(tx.get_database_backend());
    tx.execute_unprepared(&convert).await.or_refuse()?;
    Ok(())
}
