//! What happened: one row for each use case that changed something.

use domain::{EventId, EventKind, MessageId, Result, TicketId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait as _,
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
pub(crate) struct NewEvent<'a> {
    pub(crate) kind: EventKind,
    pub(crate) ticket: Option<TicketId>,
    pub(crate) user: Option<UserId>,
    pub(crate) message: Option<MessageId>,
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
    /// Of a change of assignee, who had the ticket and who got it.
    pub(crate) from_user: Option<UserId>,
    pub(crate) to_user: Option<UserId>,
    /// Whom its ticket concerns, if that is known; it is looked up otherwise.
    pub(crate) whom: Option<Concerned>,
}

impl<'a> NewEvent<'a> {
    fn of(kind: EventKind) -> Self {
        Self {
            kind,
            ticket: None,
            user: None,
            message: None,
            from: None,
            to: None,
            from_user: None,
            to_user: None,
            whom: None,
        }
    }

    /// Something about a ticket.
    pub(crate) fn of_ticket(kind: EventKind, ticket: TicketId) -> Self {
        Self { ticket: Some(ticket), ..Self::of(kind) }
    }

    /// Something about a person.
    pub(crate) fn of_user(kind: EventKind, user: UserId) -> Self {
        Self { user: Some(user), ..Self::of(kind) }
    }

    pub(crate) fn changing(self, from: &'a str, to: &'a str) -> Self {
        Self { from: Some(from), to: Some(to), ..self }
    }

    /// Writes it: the one place where events are written, but for those that are imported, and where others learn of it.
    pub(crate) async fn record(self, tx: &Tx, actor: Option<UserId>, at: Timestamp) -> Result<EventId> {
        let event = Events::insert(self.row(actor, at)).exec(tx).await.or_refuse()?.last_insert_id;
        tx.wrote(event);
        if let Some(ticket) = self.ticket {
            let whom = match self.whom {
                Some(whom) => Some(whom),
                None => Concerned::of(tx, ticket).await?,
            };
            if let Some(whom) = &whom {
                let happened = Happened { event, kind: self.kind, ticket, actor, to: self.to };
                unread::mark(tx, &happened, whom).await?;
            }
            tx.signal(Signal::Ticket(TicketSignal {
                event,
                ticket,
                requester: whom.map(|whom| whom.requester_id),
                is_internal: self.kind.is_internal(),
            }));
        }
        Ok(event)
    }

    /// Writes many that happened in the past, in this order: nobody is told.
    pub(crate) async fn record_past(
        tx: &Tx,
        events: impl IntoIterator<Item = (Self, Option<UserId>, Timestamp)>,
    ) -> Result<Vec<EventId>> {
        let rows: Vec<_> = events.into_iter().map(|(event, actor, at)| event.row(actor, at)).collect();
        let ids = tx.reserve(Events, EventId, rows.len()).await?;
        let rows = rows.into_iter().zip(&ids).map(|(row, id)| events::ActiveModel { id: Set(*id), ..row });
        tx.insert_many(rows).await?;
        if let Some(last) = ids.last() {
            tx.wrote(*last);
        }
        Ok(ids)
    }

    fn row(&self, actor: Option<UserId>, at: Timestamp) -> events::ActiveModel {
        events::ActiveModel {
            id: NotSet,
            kind: Set(self.kind),
            ticket_id: Set(self.ticket),
            user_id: Set(self.user),
            actor_id: Set(actor),
            from_value: Set(self.from.map(str::to_owned)),
            to_value: Set(self.to.map(str::to_owned)),
            at: Set(at),
            message_id: Set(self.message),
            is_internal: Set(self.kind.is_internal()),
            from_user_id: Set(self.from_user),
            to_user_id: Set(self.to_user),
        }
    }
}
