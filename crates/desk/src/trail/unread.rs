//! Unread marks: a row for each person and ticket on which something happened that they have not seen.

use domain::{EventData, EventId, Result, TicketId, UserId};
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
    pub(crate) data: &'a EventData,
    pub(crate) ticket: TicketId,
    /// Who did it; none for the command line and the desk itself.
    pub(crate) actor: Option<UserId>,
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

/// What becomes of a ticket's marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// One person is marked.
    Mark(UserId),
    /// Its assignee is marked; all active staff while nobody has it, or whoever has it is not there any more.
    MarkTeam,
    /// The team's marks go, but this one's.
    ForgetTeam { but: Option<UserId> },
}

/// Whom something on a ticket is news for, and for whom it is none any more: the rule for what happens and for what is
/// imported.
///
/// - What a customer does marks it for the assignee, or for all staff while nobody has it.
/// - What staff do for everybody to see marks it for the customer.
/// - What staff do on somebody else's ticket marks it for them; giving it to somebody too.
/// - A ticket that somebody took is no concern of the other staff, one that is done of no staff at all.
pub(crate) fn after(data: &EventData, actor: Option<UserId>, whom: &Concerned) -> Vec<Step> {
    use EventData::{AssigneeChanged, FilesAdded, Replied, StatusChanged, TicketWithdrawn};

    let Concerned { requester_id: requester, assignee_id: assignee } = *whom;
    let is_customers = actor == Some(requester);
    let mut steps = Vec::new();
    if *data == TicketWithdrawn {
        // Its marks go with it.
        return steps;
    }
    if !is_customers && matches!(data, Replied | StatusChanged { .. } | FilesAdded { .. }) {
        steps.push(Step::Mark(requester));
    }
    if matches!(data, StatusChanged { to, .. } if !to.is_open()) {
        steps.push(Step::ForgetTeam { but: None });
        return steps;
    }
    if is_customers {
        steps.push(Step::MarkTeam);
        return steps;
    }
    if let Some(assignee) = assignee {
        if matches!(data, AssigneeChanged { .. }) {
            steps.push(Step::ForgetTeam { but: Some(assignee) });
        }
        if actor != Some(assignee) {
            steps.push(Step::Mark(assignee));
        }
    }
    steps
}

/// Carries out what follows from an event that was just written.
pub(crate) async fn mark(tx: &Tx, happened: &Happened<'_>, whom: &Concerned) -> Result<()> {
    let Happened { event, data, ticket, actor } = *happened;
    for step in after(data, actor, whom) {
        match step {
            Step::Mark(user) => mark_one(tx, user, ticket, event).await?,
            Step::MarkTeam => {
                let assignee = whom.assignee_id.unwrap_or(UserId(0));
                tx.sql_run(MARK_STAFF, [ticket.into(), event.into(), assignee.into()]).await?;
            }
            Step::ForgetTeam { but } => {
                let team = Unread::delete_many().filter(unread::COLUMN.ticket_id.eq(ticket));
                let team = team.filter(unread::COLUMN.user_id.ne(whom.requester_id));
                let others = but.into_iter().fold(team, |team, but| team.filter(unread::COLUMN.user_id.ne(but)));
                others.exec(tx).await.or_refuse()?;
            }
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
