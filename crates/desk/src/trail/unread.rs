//! Unread marks: a row for each person and ticket on which something happened that they have not seen.

use domain::{EventId, EventKind, Result, Status, TicketId, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _,
    QueryTrait as _, sea_query::OnConflict,
};

use crate::store::{
    db::{Db, Sql as _, Tx},
    entities::{self, Unread, unread},
    fault::OrRefuse as _,
    raw::unread::MARK_STAFF,
};

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
#[derive(Clone, Copy, DerivePartialModel)]
#[sea_orm(entity = "entities::Tickets")]
pub(crate) struct Concerned {
    pub(crate) requester_id: UserId,
    pub(crate) assignee_id: Option<UserId>,
}

impl Concerned {
    /// None when the ticket is gone.
    pub(crate) async fn of(tx: &Tx, ticket: TicketId) -> Result<Option<Self>> {
        entities::Tickets::find_by_id(ticket).into_partial_model().one(tx).await.or_refuse()
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
    let Concerned { requester_id: requester, assignee_id: assignee } = *whom;
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
    let others = Unread::delete_many().filter(unread::COLUMN.ticket_id.eq(ticket));
    let others = others.filter(unread::COLUMN.user_id.ne(requester));
    if is_done {
        others.exec(tx).await.or_refuse()?;
        return Ok(());
    }
    if is_customers {
        // Whoever is not there any more reads nothing: then it is everybody's.
        tx.sql_run(MARK_STAFF, [ticket.into(), event.into(), assignee.unwrap_or(UserId(0)).into()]).await?;
        return Ok(());
    }
    if let Some(assignee) = assignee {
        if kind == AssigneeChanged {
            others.filter(unread::COLUMN.user_id.ne(assignee)).exec(tx).await.or_refuse()?;
        }
        if actor != Some(assignee) {
            mark_one(tx, assignee, ticket, event).await?;
        }
    }
    Ok(())
}

/// A mark says what was not seen first, so one that is there stays.
async fn mark_one(tx: &Tx, user: UserId, ticket: TicketId, event: EventId) -> Result<()> {
    let mark = unread::ActiveModel { user_id: Set(user), ticket_id: Set(ticket), event_id: Set(event) };
    let stays = OnConflict::columns([unread::Column::UserId, unread::Column::TicketId]).do_nothing().to_owned();
    Unread::insert(mark).on_conflict(stays).exec_without_returning(tx).await.or_refuse()?;
    Ok(())
}

/// Takes a person's mark away. Looked at first: most of the time there is none, and nothing has to be written.
pub(crate) async fn seen(db: &Db, user: UserId, ticket: TicketId) -> Result<()> {
    if has_mark(db, user, ticket).await? {
        let delete = Unread::delete_many()
            .filter(unread::COLUMN.user_id.eq(user))
            .filter(unread::COLUMN.ticket_id.eq(ticket))
            .build(db.get_database_backend());
        db.by_the_way(vec![delete]).await;
    }
    Ok(())
}

/// Whether a person has a mark on a ticket.
pub(crate) async fn has_mark(db: &Db, user: UserId, ticket: TicketId) -> Result<bool> {
    Ok(Unread::find_by_id((user, ticket)).one(db).await.or_refuse()?.is_some())
}
