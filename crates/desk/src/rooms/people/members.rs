//! The team: agents and admins.

use domain::{Actor, Assignee, Change, Error, EventData, Person, PersonDraft, Result, Role, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};

use super::{Users, access, change, note_changes};
use crate::{
    rooms::person,
    store::{
        db::Tx,
        entities::{Users as Table, users},
        fault::OrRefuse as _,
        names,
    },
    trail::events::NewEvent,
};

impl Users<'_> {
    /// Creates an agent or an admin. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`]
    pub async fn create_staff(&self, actor: &Actor, draft: &PersonDraft, role: Role, password: &str) -> Result<Person> {
        actor.require_admin()?;
        let role = role.of_staff().map_err(|sentence| Error::field("role", sentence))?;
        let (draft, hash) = access::check_with_password(draft, password).await?;
        self.create(actor, draft, role, Some(hash)).await
    }

    /// An agent or admin. Admins; everybody in staff for themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`], whoever has the id; [`Error::NotFound`], for customers' ids too.
    pub async fn member(&self, actor: &Actor, id: UserId) -> Result<Person> {
        actor.require_staff()?;
        if actor.id != Some(id) {
            actor.require_admin()?;
        }
        let found = person::find(&self.0.db, id).await?;
        if found.role.is_staff() { Ok(found) } else { Err(Error::NotFound) }
    }

    /// Changes a member of staff's role between agent and admin. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`]; [`Error::Conflict`] for the last admin.
    pub async fn set_role(&self, actor: &Actor, id: UserId, role: Role) -> Result<Person> {
        actor.require_admin()?;
        let desk = self.0;
        let person = person::find(&desk.db, id).await?;
        if !role.is_staff() || !person.role.is_staff() {
            return Err(Error::field("role", "Choose agent or admin, for a member of staff."));
        }
        let tx = desk.db.begin().await?;
        if role != Role::Admin {
            refuse_last_admin(&tx, &person).await?;
        }
        change(&tx, id, users::ActiveModel { role: Set(role), ..Default::default() }).await?;
        let at = desk.now();
        note_changes(&tx, actor, &person, [Change::of("role", person.role.as_str(), role.as_str())], at);
        let event = EventData::UserChanged { role: Some((person.role, role)) };
        NewEvent::of_user(event, id).record(&tx, actor, at).await?;
        tx.commit().await?;
        person::find(&desk.db, id).await
    }

    /// A member of staff by username, whatever its case, for a filter: also one who left. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn member_named(&self, actor: &Actor, username: &str) -> Result<Option<UserId>> {
        actor.require_staff()?;
        self.named_in(Table::find(), username).await
    }

    /// To whom a ticket can be given, by username, whatever its case. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn assignable_named(&self, actor: &Actor, username: &str) -> Result<Option<UserId>> {
        actor.require_staff()?;
        self.named_in(Table::find().filter(users::COLUMN.is_active.eq(true)), username).await
    }

    async fn named_in(&self, people: Select<Table>, username: &str) -> Result<Option<UserId>> {
        let team = people.select_only().column(users::Column::Id).filter(users::COLUMN.role.ne(Role::Customer));
        names::named(team, username).into_tuple().one(&self.0.db).await.or_refuse()
    }

    /// The active members of staff, by name: to whom a ticket can be given. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn assignable(&self, actor: &Actor) -> Result<Vec<Assignee>> {
        actor.require_staff()?;
        let team = Table::find()
            .filter(users::COLUMN.role.is_in([Role::Agent, Role::Admin]))
            .filter(users::COLUMN.is_active.eq(true))
            .order_by_asc(users::COLUMN.name)
            .order_by_asc(users::COLUMN.id);
        let rows: Vec<Member> = team.into_partial_model().all(&self.0.db).await.or_refuse()?;
        let assignee = |Member { id, username, shown }| Assignee { id, username, name: shown };
        Ok(rows.into_iter().map(assignee).collect())
    }
}

/// A member of the team, for the team.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct Member {
    id: UserId,
    username: String,
    #[sea_orm(from_expr = "names::staff_name_of(\"users\")")]
    shown: String,
}

/// A desk without an admin could not be looked after any more.
pub(super) async fn refuse_last_admin(tx: &Tx, person: &Person) -> Result<()> {
    tx.serialise("admins").await?;
    let others = Table::find()
        .filter(users::COLUMN.role.eq(Role::Admin))
        .filter(users::COLUMN.is_active.eq(true))
        .filter(users::COLUMN.id.ne(person.id));
    let other: Option<UserId> =
        others.select_only().column(users::Column::Id).into_tuple().one(tx).await.or_refuse()?;
    if person.role == Role::Admin && other.is_none() {
        return Err(Error::conflict("This is the last admin. Make somebody else an admin first."));
    }
    Ok(())
}
