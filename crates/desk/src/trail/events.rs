//! What happened: one row for each use case that changed something.

use domain::{Error, EventId, EventKind, MessageId, Result, TicketId, Timestamp, UserId};

use sea_orm::Value;

use crate::{
    store::db::{Scalar, Sql as _, Tx},
    store::signal::{Signal, TicketSignal},
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
}

impl<'a> NewEvent<'a> {
    fn of(kind: EventKind) -> Self {
        Self { kind, ticket: None, user: None, message: None, from: None, to: None, from_user: None, to_user: None }
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
        let id: Option<Scalar> = tx
            .sql_one(
                "INSERT INTO events (kind, ticket_id, user_id, message_id, actor_id, from_value, to_value, is_internal, at,
                    from_user_id, to_user_id)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
                self.values(actor, at),
            )
            .await?;
        let event = EventId(id.ok_or(Error::Internal)?.0);
        tx.wrote(event);
        if let Some(ticket) = self.ticket {
            let whom = Concerned::of(tx, ticket).await?;
            if let Some(whom) = &whom {
                let happened = Happened { event, kind: self.kind, ticket, actor, to: self.to };
                unread::mark(tx, &happened, whom).await?;
            }
            tx.signal(Signal::Ticket(TicketSignal {
                event,
                ticket,
                requester: whom.map(|whom| whom.requester()),
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
        let mut rows: Vec<Vec<Value>> =
            events.into_iter().map(|(event, actor, at)| event.values(actor, at).into()).collect();
        let ids = tx.reserve("events", rows.len()).await?;
        for (row, id) in rows.iter_mut().zip(&ids) {
            row.push((*id).into());
        }
        let columns = [
            "kind",
            "ticket_id",
            "user_id",
            "message_id",
            "actor_id",
            "from_value",
            "to_value",
            "is_internal",
            "at",
            "from_user_id",
            "to_user_id",
            "id",
        ];
        tx.insert_all("events", &columns, rows).await?;
        if let Some(last) = ids.last() {
            tx.wrote(EventId(*last));
        }
        Ok(ids.into_iter().map(EventId).collect())
    }

    fn values(&self, actor: Option<UserId>, at: Timestamp) -> [Value; 11] {
        [
            self.kind.as_str().into(),
            self.ticket.map(|id| id.0).into(),
            self.user.map(|id| id.0).into(),
            self.message.map(|id| id.0).into(),
            actor.map(|id| id.0).into(),
            self.from.into(),
            self.to.into(),
            self.kind.is_internal().into(),
            at.as_micros().into(),
            self.from_user.map(|id| id.0).into(),
            self.to_user.map(|id| id.0).into(),
        ]
    }
}
