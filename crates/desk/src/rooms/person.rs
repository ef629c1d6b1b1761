//! A person as staff see them, and who may manage whom. Rooms that need each other's people meet here.

use domain::{Actor, Error, Person, Result, Role, Timestamp, UserId};
use sea_orm::{
    ConnectionTrait, DerivePartialModel, EntityTrait as _, ExprTrait as _,
    sea_query::{Expr, Query, SimpleExpr},
};

use crate::store::{
    entities::{Tickets, Users, tickets, users},
    fault::OrRefuse as _,
};

/// A person with the number of their tickets.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
pub(crate) struct PersonRow {
    pub(crate) id: UserId,
    username: String,
    name: String,
    email: String,
    role: Role,
    is_active: bool,
    created_at: Timestamp,
    last_seen_at: Option<Timestamp>,
    #[sea_orm(from_expr = "tickets_of_person()")]
    tickets: i64,
}

fn tickets_of_person() -> SimpleExpr {
    let theirs = Expr::col((Tickets, tickets::Column::RequesterId)).equals((Users, users::Column::Id));
    let count =
        Query::select().expr(Expr::col((Tickets, tickets::Column::Id)).count()).from(Tickets).and_where(theirs).take();
    SimpleExpr::from(count)
}

impl PersonRow {
    pub(crate) fn into_person(self) -> Person {
        Person {
            id: self.id,
            username: self.username,
            name: self.name,
            email: self.email,
            role: self.role,
            is_active: self.is_active,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
            tickets: self.tickets.unsigned_abs(),
        }
    }
}

/// One person, for who may know of them already.
pub(crate) async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Person> {
    let person = Users::find_by_id(id).into_partial_model::<PersonRow>().one(db).await.or_refuse()?;
    person.map(PersonRow::into_person).ok_or(Error::NotFound)
}

/// The person, if the actor may manage them: staff for customers, admins for staff.
pub(crate) async fn require_manager(db: &impl ConnectionTrait, actor: &Actor, id: UserId) -> Result<Person> {
    actor.require_staff()?;
    let person = find(db, id).await?;
    if person.role.is_staff() && actor.id != Some(id) {
        actor.require_admin()?;
    }
    Ok(person)
}
