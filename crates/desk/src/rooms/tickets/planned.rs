//! What becomes of tickets by a change: the rules, and their carrying out. The same for one ticket and for many at once.

use domain::{
    Actor, CategoryId, EndReason, Error, EventData, FieldErrors, Holder, InBulk, Priority, Result, Role, Status,
    TicketChange, Timestamp, UserId, check_description, check_title,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _, UpdateMany,
};

use super::{first_worked_on, require_editable};
use crate::{
    rooms::{categories, pins},
    store::{
        db::Tx,
        entities::{Tickets as Table, Users, tickets, users},
        fault::OrRefuse as _,
        raw::tickets::TicketRow,
    },
    trail::{
        events::{NewEvent, Recorded},
        ledger::Cause,
        unread::Concerned,
    },
};

/// A member of staff who may get tickets, or had some.
#[derive(Debug, Clone, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "Users")]
pub(super) struct Member {
    pub(super) id: UserId,
    pub(super) name: String,
}

/// An active member of staff.
pub(super) async fn member(tx: &Tx, id: UserId) -> Result<Member> {
    let active = Users::find_by_id(id).filter(users::COLUMN.is_active.eq(true));
    let found: Option<Member> =
        active.filter(users::COLUMN.role.ne(Role::Customer)).into_partial_model().one(tx).await.or_refuse()?;
    found.ok_or_else(|| Error::field("assignee", "Choose an active member of the team."))
}

/// What a change names, looked up once for however many tickets.
#[derive(Default)]
pub(super) struct Named {
    category: Option<(CategoryId, String)>,
    member: Option<Member>,
}

impl Named {
    async fn category(&mut self, tx: &Tx, name: &str) -> Result<Result<(CategoryId, String), String>> {
        if let Some(known) = &self.category {
            return Ok(Ok(known.clone()));
        }
        let found = categories::resolve(tx, Some(name)).await?;
        self.category = found.as_ref().ok().cloned();
        Ok(found)
    }

    async fn member(&mut self, tx: &Tx, id: UserId) -> Result<Member> {
        if let Some(known) = &self.member {
            return Ok(known.clone());
        }
        Ok(self.member.insert(member(tx, id).await?).clone())
    }
}

/// What becomes of a ticket; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) status: Option<Status>,
    pub(super) priority: Option<Priority>,
    pub(super) category: Option<(CategoryId, String)>,
    pub(super) assignee: Option<Option<Member>>,
}

/// What of a change is not so yet, if all of it may be.
///
/// # Errors
/// [`Error::Invalid`] for what is no choice for any ticket; [`Error::Forbidden`] and [`Error::Conflict`] for what this
/// one may not become.
pub(super) async fn plan(
    tx: &Tx,
    actor: &Actor,
    row: &TicketRow,
    change: &TicketChange,
    named: &mut Named,
) -> Result<Planned> {
    let mut errors = FieldErrors::default();
    let title = change.title.as_deref().and_then(|title| errors.take("title", check_title(title)));
    let description =
        change.description.as_deref().and_then(|text| errors.take("description", check_description(text)));
    let category = match &change.category {
        Some(name) if name.trim().to_lowercase() != row.category.to_lowercase() => {
            errors.take("category", named.category(tx, name).await?)
        }
        _ => None,
    };
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let mut planned = Planned {
        title: title.filter(|title| *title != row.title),
        description: description.filter(|text| *text != row.description),
        status: change.status.filter(|status| *status != row.status),
        priority: change.priority.filter(|priority| *priority != row.priority),
        category: category.filter(|(id, _)| *id != row.category_id),
        assignee: None,
    };
    if planned.is_reworded() {
        require_editable(row, actor)?;
    }
    let is_work = change.priority.is_some() || change.category.is_some() || change.assignee.is_some();
    if is_work && !row.abilities(actor).can_work {
        return Err(Error::forbidden("Only the support team can change priority, category and assignee."));
    }
    if let Some(status) = planned.status {
        check_move(row, actor, status)?;
    }
    planned.assignee = match change.assignee.filter(|next| *next != row.assignee_id) {
        Some(Some(id)) => Some(Some(named.member(tx, id).await?)),
        other => other.map(|_| None),
    };
    Ok(planned)
}

/// Refuses a move that the workflow does not have. Customers are told what is not theirs to do, staff what is in the
/// way.
fn check_move(row: &TicketRow, actor: &Actor, next: Status) -> Result<()> {
    let refusal = |why: String| if actor.role.is_staff() { Error::conflict(why) } else { Error::forbidden(why) };
    row.status.check_move(next, actor.role).map_err(refusal)
}

impl Planned {
    /// Whether everything is so already.
    pub(super) fn is_nothing(&self) -> bool {
        !self.is_public() && self.assignee.is_none()
    }

    /// Whether the search's index must learn of it.
    pub(super) fn is_reworded(&self) -> bool {
        self.title.is_some() || self.description.is_some()
    }

    /// Whether the customer sees it. Who has the ticket is none of that.
    fn is_public(&self) -> bool {
        self.is_reworded() || self.status.is_some() || self.priority.is_some() || self.category.is_some()
    }

    /// What happens by it to a ticket, in this order, and whom each concerns.
    fn events(&self, row: &TicketRow) -> Vec<(EventData, Concerned)> {
        let whom = Concerned { requester_id: row.requester_id, assignee_id: row.assignee_id };
        let mut events = Vec::new();
        if self.is_reworded() {
            events.push((EventData::TicketEdited, whom));
        }
        events.extend(self.status.map(|to| (EventData::StatusChanged { from: row.status, to }, whom)));
        events.extend(self.priority.map(|to| (EventData::PriorityChanged { from: row.priority, to }, whom)));
        if let Some((_, to)) = &self.category {
            events.push((EventData::CategoryChanged { from: row.category.clone(), to: to.clone() }, whom));
        }
        if let Some(to) = &self.assignee {
            let changed = EventData::AssigneeChanged {
                from: row.assignee().map(|had| Holder { id: Some(had.id), name: had.name }),
                to: to.as_ref().map(|member| Holder { id: Some(member.id), name: member.name.clone() }),
            };
            let assignee_id = to.as_ref().map(|member| member.id);
            events.push((changed, Concerned { assignee_id, ..whom }));
        }
        events
    }

    /// The statement that changes tickets. What the customer learns nothing of does not move the moment of change.
    fn update(&self, actor: &Actor, at: Timestamp) -> UpdateMany<Table> {
        let changed = tickets::ActiveModel {
            title: self.title.clone().map_or(NotSet, Set),
            description: self.description.clone().map_or(NotSet, Set),
            status: self.status.map_or(NotSet, Set),
            priority: self.priority.map_or(NotSet, Set),
            category_id: self.category.as_ref().map_or(NotSet, |(id, _)| Set(*id)),
            assignee_id: self.assignee.as_ref().map_or(NotSet, |to| Set(to.as_ref().map(|member| member.id))),
            closed_at: self.status.map_or(NotSet, |status| Set((status == Status::Closed).then_some(at))),
            updated_at: if self.is_public() { Set(at) } else { NotSet },
            ..Default::default()
        };
        let update = Table::update_many().set(changed);
        if actor.role.is_staff() { update.col_expr(tickets::Column::WorkedOnAt, first_worked_on(at)) } else { update }
    }
}

/// Carries out what was planned for a ticket that is locked.
pub(super) async fn carry_out(tx: &Tx, actor: &Actor, row: &TicketRow, plan: &Planned, at: Timestamp) -> Result<()> {
    for (data, whom) in plan.events(row) {
        NewEvent { whom: Some(whom), ..NewEvent::of_ticket(data, row.id) }.record(tx, actor, at).await?;
    }
    plan.update(actor, at).filter(tickets::COLUMN.id.eq(row.id)).exec(tx).await.or_refuse()?;
    revoke_closed(tx, actor, &[(row, plan)], at).await
}

/// PINs for a ticket that closes can be used no more. Sessions for it go on for a while.
async fn revoke_closed(tx: &Tx, actor: &Actor, planned: &[(&TicketRow, &Planned)], at: Timestamp) -> Result<()> {
    let closed = planned.iter().filter(|(_, plan)| plan.status == Some(Status::Closed));
    let closed: Vec<_> = closed.map(|(row, _)| row.id).collect();
    if closed.is_empty() {
        return Ok(());
    }
    for user in pins::revoke_of_tickets(tx, closed, &Cause::new(actor, EndReason::TicketClosed), at).await? {
        NewEvent::of_user(EventData::PinRevoked, user).record(tx, actor, at).await?;
    }
    Ok(())
}

/// Carries out what was planned for many tickets that are locked, one thing for each, with few statements.
pub(super) async fn carry_out_each(
    tx: &Tx,
    actor: &Actor,
    planned: &[(&TicketRow, Planned)],
    bulk: InBulk,
    at: Timestamp,
) -> Result<Recorded> {
    let events = events(planned, bulk)?;
    for update in updates(tx, actor, planned, at) {
        update.exec(tx).await.or_refuse()?;
    }
    let recorded = NewEvent::record_each(tx, &events, actor.id, at).await?;
    let closed: Vec<_> = planned.iter().map(|(row, plan)| (*row, plan)).collect();
    revoke_closed(tx, actor, &closed, at).await?;
    Ok(recorded)
}

/// The event of each.
fn events(planned: &[(&TicketRow, Planned)], bulk: InBulk) -> Result<Vec<NewEvent>> {
    let event = |(row, plan): &(&TicketRow, Planned)| {
        let (data, whom) = plan.events(row).into_iter().next().ok_or(Error::Internal)?;
        Ok(NewEvent { whom: Some(whom), bulk: Some(bulk), ..NewEvent::of_ticket(data, row.id) })
    };
    planned.iter().map(event).collect()
}

/// One statement for all that become the same.
fn updates(tx: &Tx, actor: &Actor, planned: &[(&TicketRow, Planned)], at: Timestamp) -> Vec<UpdateMany<Table>> {
    let mut same: Vec<(&Planned, Vec<i64>)> = Vec::new();
    for (row, plan) in planned {
        match same.iter_mut().find(|(known, _)| *known == plan) {
            Some((_, tickets)) => tickets.push(row.id.0),
            None => same.push((plan, vec![row.id.0])),
        }
    }
    let update = |(plan, tickets): (&Planned, Vec<i64>)| {
        plan.update(actor, at).filter(tickets::COLUMN.id.in_subquery(tx.rows_of(tickets)))
    };
    same.into_iter().map(update).collect()
}
