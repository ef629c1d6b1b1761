//! What happened: one row for each use case that changed something.

use domain::{Error, EventId, EventKind, MessageId, Result, TicketId, Timestamp, UserId};

use crate::{
    Inner,
    db::{Scalar, Tx},
    live::{Signal, TicketSignal},
    unread::{self, Concerned, Happened},
};

/// An event to write.
pub(crate) struct NewEvent<'a> {
    pub(crate) kind: EventKind,
    pub(crate) ticket: Option<TicketId>,
    pub(crate) user: Option<UserId>,
    pub(crate) message: Option<MessageId>,
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
}

impl<'a> NewEvent<'a> {
    /// Something about a ticket.
    pub(crate) fn of_ticket(kind: EventKind, ticket: TicketId) -> Self {
        Self { kind, ticket: Some(ticket), user: None, message: None, from: None, to: None }
    }

    /// Something about a person.
    pub(crate) fn of_user(kind: EventKind, user: UserId) -> Self {
        Self { kind, ticket: None, user: Some(user), message: None, from: None, to: None }
    }

    pub(crate) fn changing(self, from: &'a str, to: &'a str) -> Self {
        Self { from: Some(from), to: Some(to), ..self }
    }

    /// Writes it: the one place where events are written, and where others learn of it.
    pub(crate) async fn record(self, tx: &Tx, actor: Option<UserId>, at: Timestamp) -> Result<EventId> {
        let id: Option<Scalar> = tx
            .one(
                "INSERT INTO events (kind, ticket_id, user_id, message_id, actor_id, from_value, to_value, is_internal, at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
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
                ],
            )
            .await?;
        let event = EventId(id.ok_or(Error::Internal)?.0);
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
}

/// A shorthand for the moment of an event.
pub(crate) fn now(desk: &Inner) -> Timestamp {
    desk.config.clock.now()
}
