//! Unread marks: a row for each person and ticket on which something happened that they have not seen.

use std::collections::BTreeMap;

use domain::{EventData, EventId, Result, TicketId, UserId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DerivePartialModel, EntityTrait as _, ExprTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryTrait as _,
    sea_query::{Expr, OnConflict, Query, SimpleExpr},
};

use crate::store::{
    db::{Db, Sql as _, Tx},
    entities::{self, Unread, tickets, unread},
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
    pub(crate) whom: Concerned,
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
/// - What a customer does, or somebody from outside, marks it for the assignee, or for all staff while nobody has it. So does a
///   ticket that staff open for a customer, who has not seen it either.
/// - What staff do for everybody to see marks it for the customer.
/// - What staff do on somebody else's ticket marks it for them; giving it to somebody too.
/// - A ticket that somebody took is no concern of the other staff, one that is done of no staff at all.
pub(crate) fn after(data: &EventData, actor: Option<UserId>, whom: &Concerned) -> Vec<Step> {
    use EventData::{
        ApprovalAsked, ApprovalWithdrawn, AssigneeChanged, FilesAdded, FilesDropped, FilesReleased, Replied,
        StatusChanged, TicketOpened, TicketWithdrawn,
    };

    let Concerned { requester_id: requester, assignee_id: assignee } = *whom;
    let is_customers = actor == Some(requester) || matches!(data, FilesDropped { .. });
    let mut steps = Vec::new();
    if *data == TicketWithdrawn {
        // Its marks go with it.
        return steps;
    }
    let is_news = matches!(
        data,
        TicketOpened
            | Replied
            | StatusChanged { .. }
            | FilesAdded { .. }
            | FilesReleased { .. }
            | ApprovalAsked { .. }
            | ApprovalWithdrawn { .. }
    );
    if !is_customers && is_news {
        steps.push(Step::Mark(requester));
    }
    if matches!(data, StatusChanged { to, .. } if !to.is_open()) {
        steps.push(Step::ForgetTeam { but: None });
        return steps;
    }
    if is_customers || *data == TicketOpened {
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

/// Carries out what follows from events that were just written, one on each of some tickets. The team's marks that went
/// with them.
pub(crate) async fn mark(tx: &Tx, happened: &[Happened<'_>]) -> Result<Vec<unread::Model>> {
    let mut marks = Vec::new();
    let mut forgotten: BTreeMap<Option<UserId>, Vec<TicketId>> = BTreeMap::new();
    for Happened { event, data, ticket, actor, whom } in happened {
        for step in after(data, *actor, whom) {
            match step {
                Step::Mark(user) => {
                    let mark = unread::Model { user_id: user, ticket_id: *ticket, event_id: *event };
                    marks.push(mark.into_active_model());
                }
                Step::MarkTeam => {
                    let assignee = whom.assignee_id.unwrap_or(UserId(0));
                    tx.sql_run(MARK_STAFF, [(*ticket).into(), (*event).into(), assignee.into()]).await?;
                }
                Step::ForgetTeam { but } => forgotten.entry(but).or_default().push(*ticket),
            }
        }
    }
    // One event takes no mark away that it makes, so they may come last.
    let mut gone = Vec::new();
    for (but, tickets) in forgotten {
        gone.extend(forget_team(tx, &tickets, but).await?);
    }
    // A mark says what was not seen first, so one that is there stays.
    let stays = OnConflict::columns([unread::Column::UserId, unread::Column::TicketId]).do_nothing().to_owned();
    tx.insert_many_over(marks, &stays).await?;
    Ok(gone)
}

/// Takes the team's marks on tickets away, but this one's. What went.
async fn forget_team(tx: &Tx, tickets: &[TicketId], but: Option<UserId>) -> Result<Vec<unread::Model>> {
    let requester = Query::select()
        .column((entities::Tickets, tickets::Column::RequesterId))
        .from(entities::Tickets)
        .and_where(Expr::col((entities::Tickets, tickets::Column::Id)).equals((Unread, unread::Column::TicketId)))
        .take();
    let team = Unread::delete_many()
        .filter(unread::COLUMN.ticket_id.in_subquery(tx.rows_of(tickets.iter().map(|ticket| ticket.0))))
        .filter(Expr::col((Unread, unread::Column::UserId)).ne(SimpleExpr::from(requester)));
    let others = but.into_iter().fold(team, |team, but| team.filter(unread::COLUMN.user_id.ne(but)));
    others.exec_with_returning(tx).await.or_refuse()
}

/// Puts marks back that were taken away. They are of what came before anything that is marked by now.
pub(crate) async fn put_back(tx: &Tx, marks: Vec<unread::Model>) -> Result<()> {
    let older = OnConflict::columns([unread::Column::UserId, unread::Column::TicketId])
        .update_column(unread::Column::EventId)
        .to_owned();
    let marks: Vec<_> = marks.into_iter().map(unread::Model::into_active_model).collect();
    tx.insert_many_over(marks, &older).await
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
