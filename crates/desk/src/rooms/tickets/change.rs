//! Changing a ticket: its words, its status, who has it; and deleting it.

use domain::{
    Actor, Can, Cursor, Error, EventData, FieldErrors, Holder, Result, Role, Status, TicketChange, TicketId,
    TicketView, Timestamp, UserId, check_description, check_title,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _,
};

use super::{Tickets, first_worked_on, lock, require_editable, touch};
use crate::{
    rooms::{categories, drafts, pins, search::index, sessions},
    store::{
        db::Tx,
        entities::{Tickets as Table, Users, tickets, users},
        fault::OrRefuse as _,
        raw::tickets::TicketRow,
    },
    trail::events::NewEvent,
};

impl Tickets<'_> {
    /// Changes a ticket. If the caller may not change one of the things named, nothing changes.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see it; [`Error::Forbidden`], [`Error::Conflict`], [`Error::Invalid`].
    pub async fn update(&self, actor: &Actor, id: TicketId, change: &TicketChange) -> Result<TicketView> {
        let desk = self.0;
        let mut errors = FieldErrors::default();
        let title = change.title.as_deref().and_then(|title| errors.take("title", check_title(title)));
        let description =
            change.description.as_deref().and_then(|text| errors.take("description", check_description(text)));
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let row = lock(&tx, actor, id).await?;
        actor.require_can(Can::Reply)?;
        let category = match &change.category {
            Some(name) if name.trim().to_lowercase() != row.category.to_lowercase() => {
                errors.take("category", categories::resolve(&tx, Some(name)).await?)
            }
            _ => None,
        };
        if !errors.is_empty() {
            return Err(errors.into());
        }
        let title = title.filter(|title| *title != row.title);
        let description = description.filter(|text| *text != row.description);
        let status = change.status.filter(|status| *status != row.status);
        let priority = change.priority.filter(|priority| *priority != row.priority);
        if title.is_some() || description.is_some() {
            require_editable(&row, actor)?;
        }
        let is_work = change.priority.is_some() || change.category.is_some() || change.assignee.is_some();
        if is_work && !row.abilities(actor).can_work {
            return Err(Error::forbidden("Only the support team can change priority, category and assignee."));
        }
        if let Some(status) = status {
            check_move(&row, actor, status)?;
        }
        let assignee = match change.assignee.filter(|next| *next != row.assignee_id) {
            Some(Some(id)) => Some(Some(member(&tx, id).await?)),
            other => other.map(|_| None),
        };
        let mut events: Vec<EventData> = Vec::new();
        if title.is_some() || description.is_some() {
            events.push(EventData::TicketEdited);
        }
        events.extend(status.map(|to| EventData::StatusChanged { from: row.status, to }));
        events.extend(priority.map(|to| EventData::PriorityChanged { from: row.priority, to }));
        events.extend(
            category.as_ref().map(|(_, to)| EventData::CategoryChanged { from: row.category.clone(), to: to.clone() }),
        );
        if events.is_empty() && assignee.is_none() {
            // It is so already; what made it so is on the disk.
            tx.commit().await?;
            return self.view(actor, id, Cursor::First).await;
        }
        let is_reworded = title.is_some() || description.is_some();
        let is_seen_by_customer = !events.is_empty();
        for event in events {
            NewEvent::of_ticket(event, id).record(&tx, actor.id, at).await?;
        }
        if let Some(assignee) = &assignee {
            assign(&tx, actor, &row, assignee.as_ref(), at).await?;
        }
        let changed = tickets::ActiveModel {
            title: title.map_or(NotSet, Set),
            description: description.map_or(NotSet, Set),
            status: status.map_or(NotSet, Set),
            priority: priority.map_or(NotSet, Set),
            category_id: category.map_or(NotSet, |(id, _)| Set(id)),
            ..Default::default()
        };
        Table::update_many().set(changed).filter(tickets::COLUMN.id.eq(id)).exec(&tx).await.or_refuse()?;
        if is_reworded {
            index::reindex_opening(&tx, id).await?;
        }
        if is_seen_by_customer {
            touch(&tx, actor, id, at).await?;
        }
        tx.commit().await?;
        self.view(actor, id, Cursor::First).await
    }

    /// Takes a ticket that nobody has. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] when somebody else has it by now.
    pub async fn claim(&self, actor: &Actor, id: TicketId) -> Result<TicketView> {
        actor.require_staff()?;
        let me = actor.id.ok_or_else(|| Error::forbidden("The command line has no tickets of its own."))?;
        let desk = self.0;
        let tx = desk.db.begin().await?;
        let row = lock(&tx, actor, id).await?;
        match row.assignee() {
            Some(other) if other.id != me => {
                return Err(Error::conflict(format!("\"{}\" has this ticket by now.", other.name)));
            }
            // It was said before; now it is said again, so it is on the disk.
            Some(_) => tx.commit().await?,
            None => {
                let member = member(&tx, me).await?;
                assign(&tx, actor, &row, Some(&member), desk.now()).await?;
                tx.commit().await?;
            }
        }
        self.view(actor, id, Cursor::First).await
    }

    /// Deletes a ticket with its files: its owner while nobody has worked on it, or an admin. PINs
    /// for it alone are revoked, and sessions for it alone end.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see it; [`Error::Conflict`] when somebody has worked on it;
    /// [`Error::Forbidden`] for agents, and from a session that is for this ticket alone or may not write.
    pub async fn delete(&self, actor: &Actor, id: TicketId) -> Result<()> {
        let desk = self.0;
        let tx = desk.db.begin().await?;
        let row = lock(&tx, actor, id).await?;
        if actor.role.is_staff() {
            actor.require_admin()?;
        } else {
            actor.require_can(Can::Reply)?;
            actor.require_all_tickets("delete it")?;
        }
        if !actor.role.is_staff() && !row.abilities(actor).can_withdraw {
            return Err(Error::conflict("Support has begun to work on this ticket. You can close it instead."));
        }
        index::forget(&tx, id).await?;
        drafts::forget_ticket(&tx, id).await?;
        // While the ticket is there: whom it concerned is told. What it said goes with it, its title too.
        let at = desk.now();
        let event = NewEvent::of_ticket(EventData::TicketWithdrawn, id);
        event.record(&tx, actor.id, at).await?;
        let requester = row.requester_id;
        pins::revoke_of_ticket(&tx, requester, id, at).await?;
        let ended = sessions::end_of_ticket(&tx, requester, id, at).await?;
        if ended > 0 {
            NewEvent::of_user(EventData::SessionEnded { count: ended }, requester).record(&tx, actor.id, at).await?;
        }
        Table::delete_by_id(id).exec(&tx).await.or_refuse()?;
        tx.commit().await?;
        desk.storage.delete_ticket(id).await;
        Ok(())
    }
}

/// Refuses a move that the workflow does not have. Customers are told what is not theirs to do, staff what is in the
/// way.
fn check_move(row: &TicketRow, actor: &Actor, next: Status) -> Result<()> {
    let refusal = |why: String| if actor.role.is_staff() { Error::conflict(why) } else { Error::forbidden(why) };
    row.status.check_move(next, actor.role).map_err(refusal)
}

/// Sets a status that was checked, and says so in the timeline.
pub(super) async fn set_status(
    tx: &Tx,
    actor: &Actor,
    id: TicketId,
    from: Status,
    to: Status,
    at: Timestamp,
) -> Result<()> {
    NewEvent::of_ticket(EventData::StatusChanged { from, to }, id).record(tx, actor.id, at).await?;
    let changed = tickets::ActiveModel { status: Set(to), ..Default::default() };
    Table::update_many().set(changed).filter(tickets::COLUMN.id.eq(id)).exec(tx).await.or_refuse()?;
    Ok(())
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
struct Member {
    id: UserId,
    name: String,
}

/// An active member of staff.
async fn member(tx: &Tx, id: UserId) -> Result<Member> {
    let active = Users::find_by_id(id).filter(users::COLUMN.is_active.eq(true));
    let found: Option<Member> =
        active.filter(users::COLUMN.role.ne(Role::Customer)).into_partial_model().one(tx).await.or_refuse()?;
    found.ok_or_else(|| Error::field("assignee", "Choose an active member of the team."))
}

/// Gives a ticket to somebody, or to nobody. The customer learns nothing of it: the ticket's moment of change stays.
async fn assign(tx: &Tx, actor: &Actor, row: &TicketRow, to: Option<&Member>, at: Timestamp) -> Result<()> {
    let to_user = to.map(|member| member.id);
    let changed = tickets::ActiveModel { assignee_id: Set(to_user), ..Default::default() };
    let change = Table::update_many().set(changed).col_expr(tickets::Column::WorkedOnAt, first_worked_on(at));
    change.filter(tickets::COLUMN.id.eq(row.id)).exec(tx).await.or_refuse()?;
    let event = EventData::AssigneeChanged {
        from: row.assignee().map(|had| Holder { id: Some(had.id), name: had.name }),
        to: to.map(|member| Holder { id: Some(member.id), name: member.name.clone() }),
    };
    NewEvent::of_ticket(event, row.id).record(tx, actor.id, at).await?;
    Ok(())
}
