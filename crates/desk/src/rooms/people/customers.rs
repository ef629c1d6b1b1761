//! Customers.

use domain::{Actor, Error, Person, PersonDraft, Result, Role, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::Users;
use crate::{
    rooms::person::{self, PersonRow},
    store::{
        entities::{Users as Table, users},
        fault::OrRefuse as _,
        names,
    },
};

impl Users<'_> {
    /// Creates a customer. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`]
    pub async fn create_customer(&self, actor: &Actor, draft: &PersonDraft) -> Result<Person> {
        actor.require_staff()?;
        self.create(actor, draft.check()?, Role::Customer, None).await
    }

    /// A customer. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`], for staff's ids too.
    pub async fn customer(&self, actor: &Actor, id: UserId) -> Result<Person> {
        actor.require_staff()?;
        let found = person::find(&self.0.db, id).await?;
        if found.role.is_staff() { Err(Error::NotFound) } else { Ok(found) }
    }

    /// A customer by username, whatever its case, for a filter; none when no customer has it. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn customer_named(&self, actor: &Actor, username: &str) -> Result<Option<Person>> {
        actor.require_staff()?;
        let customers = Table::find().filter(users::COLUMN.role.eq(Role::Customer));
        let person =
            names::named(customers, username).into_partial_model::<PersonRow>().one(&self.0.db).await.or_refuse()?;
        Ok(person.map(PersonRow::into_person))
    }
}
