//! What happened: one row for each use case that changed something.

use domain::{Actor, Event, EventKind, Result, TicketId, Timestamp, UserId};
use sea_orm::FromQueryResult;

use crate::{
    Inner,
    db::{Db, Tx},
};

/// An event to write.
pub(crate) struct NewEvent<'a> {
    pub(crate) kind: EventKind,
    pub(crate) ticket: Option<TicketId>,
    pub(crate) user: Option<UserId>,
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
}

impl<'a> NewEvent<'a> {
    /// Something about a ticket.
    pub(crate) fn of_ticket(kind: EventKind, ticket: TicketId) -> Self {
        Self { kind, ticket: Some(ticket), user: None, from: None, to: None }
    }

    /// Something about a person.
    pub(crate) fn of_user(kind: EventKind, user: UserId) -> Self {
        Self { kind, ticket: None, user: Some(user), from: None, to: None }
    }

    pub(crate) fn changing(self, from: &'a str, to: &'a str) -> Self {
        Self { from: Some(from), to: Some(to), ..self }
    }

    pub(crate) async fn record(self, tx: &Tx, actor: Option<UserId>, at: Timestamp) -> Result<()> {
        tx.execute(
            "INSERT INTO events (kind, ticket_id, user_id, actor_id, from_value, to_value, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [
                self.kind.as_str().into(),
                self.ticket.map(|id| id.0).into(),
                self.user.map(|id| id.0).into(),
                actor.map(|id| id.0).into(),
                self.from.into(),
                self.to.into(),
                at.as_micros().into(),
            ],
        )
        .await?;
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct EventRow {
    kind: String,
    from_value: Option<String>,
    to_value: Option<String>,
    actor_id: Option<i64>,
    actor_name: Option<String>,
    actor_role: Option<String>,
    at: i64,
}

/// What happened to a ticket, oldest first, in the reader's view: to a customer, staff are "Support".
pub(crate) async fn of_ticket(db: &Db, reader: &Actor, ticket: TicketId) -> Result<Vec<Event>> {
    let rows: Vec<EventRow> = db
        .all(
            "SELECT e.kind, e.from_value, e.to_value, e.actor_id, u.name AS actor_name, u.role AS actor_role, e.at
             FROM events e LEFT JOIN users u ON u.id = e.actor_id WHERE e.ticket_id = $1 ORDER BY e.id",
            [ticket.0.into()],
        )
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let by_staff = row.actor_role.as_deref() != Some("customer");
            let actor_name = match (by_staff, reader.role.is_staff()) {
                (true, false) => Some("Support".to_owned()),
                _ if row.actor_id.is_some() && row.actor_id == reader.id.map(|id| id.0) => Some("You".to_owned()),
                _ => row.actor_name,
            };
            Some(Event {
                kind: EventKind::by_word(&row.kind)?,
                from: row.from_value,
                to: row.to_value,
                actor_name,
                by_staff,
                at: Timestamp::from_micros(row.at),
            })
        })
        .collect())
}

/// A shorthand for the moment of an event.
pub(crate) fn now(desk: &Inner) -> Timestamp {
    desk.config.clock.now()
}
