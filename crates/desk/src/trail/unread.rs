//! Unread marks: a row for each person and ticket on which something happened that they have not seen.

use domain::{EventId, EventKind, Result, Status, TicketId, UserId};
use sea_orm::FromQueryResult;

use crate::store::db::{Db, Scalar, Sql as _, Tx};

/// What just happened to a ticket.
pub(crate) struct Happened<'a> {
    pub(crate) event: EventId,
    pub(crate) kind: EventKind,
    pub(crate) ticket: TicketId,
    /// Who did it; none for the command line and the desk itself.
    pub(crate) actor: Option<UserId>,
    /// The value after.
    pub(crate) to: Option<&'a str>,
}

/// Whom a ticket concerns.
#[derive(FromQueryResult)]
pub(crate) struct Concerned {
    requester_id: i64,
    assignee_id: Option<i64>,
}

impl Concerned {
    /// None when the ticket is gone.
    pub(crate) async fn of(tx: &Tx, ticket: TicketId) -> Result<Option<Self>> {
        tx.sql_one("SELECT requester_id, assignee_id FROM tickets WHERE id = $1", [ticket.0.into()]).await
    }

    pub(crate) fn requester(&self) -> UserId {
        UserId(self.requester_id)
    }
}

/// Marks the ticket for whom it concerns, and takes marks away that concern nobody any more:
///
/// - What a customer does marks it for the assignee, or for all staff while nobody has it.
/// - What staff do for everybody to see marks it for the customer.
/// - What staff do on somebody else's ticket marks it for them; giving it to somebody too.
/// - A ticket that somebody took is no concern of the other staff, one that is done of no staff at all.
pub(crate) async fn mark(tx: &Tx, happened: &Happened<'_>, whom: &Concerned) -> Result<()> {
    use EventKind::{AssigneeChanged, FilesAdded, Replied, StatusChanged, TicketWithdrawn};

    let Happened { event, kind, ticket, actor, to } = *happened;
    let (requester, assignee) = (whom.requester(), whom.assignee_id.map(UserId));
    let is_done = kind == StatusChanged
        && to
            .and_then(|word| word.parse().ok())
            .is_some_and(|status| matches!(status, Status::Resolved | Status::Closed));
    if kind == TicketWithdrawn {
        // Its marks go with it.
        return Ok(());
    }
    let is_customers = actor == Some(requester);
    if !is_customers && matches!(kind, Replied | StatusChanged | FilesAdded) {
        mark_one(tx, requester, ticket, event).await?;
    }
    if is_done {
        tx.sql_run("DELETE FROM unread WHERE ticket_id = $1 AND user_id <> $2", [ticket.0.into(), requester.0.into()])
            .await?;
        return Ok(());
    }
    if is_customers {
        // Whoever is not there any more reads nothing: then it is everybody's.
        tx.sql_run(
            "INSERT INTO unread (user_id, ticket_id, event_id)
             SELECT u.id, $1, $2 FROM users u WHERE u.role <> 'customer' AND u.is_active
                AND (u.id = $3 OR NOT EXISTS (SELECT 1 FROM users a WHERE a.id = $3 AND a.is_active))
             ON CONFLICT (user_id, ticket_id) DO NOTHING",
            [ticket.0.into(), event.0.into(), assignee.map_or(0, |id| id.0).into()],
        )
        .await?;
        return Ok(());
    }
    if let Some(assignee) = assignee {
        if kind == AssigneeChanged {
            tx.sql_run(
                "DELETE FROM unread WHERE ticket_id = $1 AND user_id <> $2 AND user_id <> $3",
                [ticket.0.into(), requester.0.into(), assignee.0.into()],
            )
            .await?;
        }
        if actor != Some(assignee) {
            mark_one(tx, assignee, ticket, event).await?;
        }
    }
    Ok(())
}

/// A mark says what was not seen first, so one that is there stays.
async fn mark_one(tx: &Tx, user: UserId, ticket: TicketId, event: EventId) -> Result<()> {
    tx.sql_run(
        "INSERT INTO unread (user_id, ticket_id, event_id) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, ticket_id) DO NOTHING",
        [user.0.into(), ticket.0.into(), event.0.into()],
    )
    .await?;
    Ok(())
}

/// Takes a person's mark away. Looked at first: most of the time there is none, and nothing has to be written.
pub(crate) async fn seen(db: &Db, user: UserId, ticket: TicketId) -> Result<()> {
    if has_mark(db, user, ticket).await? {
        let delete = "DELETE FROM unread WHERE user_id = $1 AND ticket_id = $2";
        db.by_the_way(vec![(delete, vec![user.0.into(), ticket.0.into()])]).await;
    }
    Ok(())
}

/// Whether a person has a mark on a ticket.
pub(crate) async fn has_mark(db: &Db, user: UserId, ticket: TicketId) -> Result<bool> {
    let mark: Option<Scalar> = db
        .sql_one("SELECT event_id FROM unread WHERE user_id = $1 AND ticket_id = $2", [user.0.into(), ticket.0.into()])
        .await?;
    Ok(mark.is_some())
}
