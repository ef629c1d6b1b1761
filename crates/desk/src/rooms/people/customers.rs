//! Customers.

use domain::{Actor, CallerDeed, EndReason, Error, LedgerData, Person, PersonDraft, Result, Role, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{Users, rename, switch};
use crate::{
    rooms::{
        known::require_known,
        person::{self, PersonRow},
        pins,
    },
    store::{
        entities::{Users as Table, users},
        fault::OrRefuse as _,
        names,
    },
    trail::ledger::{Cause, NewEntry},
};

/// What is to change of a customer; what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct CustomerChange {
    /// See [`domain::Username`].
    pub username: Option<String>,
    /// May be empty.
    pub name: Option<String>,
    /// May be empty.
    pub email: Option<String>,
    /// Whether they may log in.
    pub is_active: Option<bool>,
}

impl Users<'_> {
    /// Creates a customer. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`]
    pub async fn create_customer(&self, actor: &Actor, draft: &PersonDraft) -> Result<Person> {
        actor.require_staff()?;
        self.create(actor, draft.check()?, Role::Customer, None).await
    }

    /// Creates a customer without an identity: with an alias, and without anything by which they are known. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn create_unnamed(&self, actor: &Actor) -> Result<Person> {
        actor.require_staff()?;
        let tx = self.0.db.begin().await?;
        let id = person::insert_unnamed(self.0, &tx, actor.id).await?;
        let added = LedgerData::PersonAdded { role: Role::Customer };
        NewEntry::of_person(added, id).note(&tx, actor, self.0.now());
        tx.commit().await?;
        person::find(&self.0.db, id).await
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

    /// Changes a customer: what is named of username, name, email and whether they may log in; all of it or nothing. Whoever has
    /// no name of their own is called by the username, also by a new one. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`], for staff's ids too; [`Error::Invalid`]
    pub async fn change_customer(&self, actor: &Actor, id: UserId, change: CustomerChange) -> Result<Person> {
        let desk = self.0;
        let person = self.customer(actor, id).await?;
        let CustomerChange { username, name, email, is_active } = change;
        let profile = if username.is_some() || name.is_some() || email.is_some() {
            let own_name = || if person.name == person.username { String::new() } else { person.name.clone() };
            let draft = PersonDraft {
                username: username.unwrap_or_else(|| person.username.clone()),
                name: name.unwrap_or_else(own_name),
                email: email.unwrap_or_else(|| person.email.clone()),
            };
            Some(draft.check()?)
        } else {
            None
        };
        let tx = desk.db.begin().await?;
        if is_active == Some(false) {
            // In the order in which a log-in locks them: the PINs before the person.
            let cause = Cause::new(actor, EndReason::Deactivated);
            pins::revoke_all(&tx, id, &cause, desk.now()).await?;
        }
        if let Some(profile) = profile {
            require_known(desk, &tx, actor, id, CallerDeed::Details).await?;
            rename(desk, &tx, actor, &person, profile).await?;
        }
        if let Some(is_active) = is_active.filter(|is_active| *is_active != person.is_active) {
            switch(desk, &tx, actor, &person, is_active).await?;
        }
        tx.commit().await?;
        person::find(&desk.db, id).await
    }

    /// The customer whom a text names: by username, by id, or by id as `#7`; or the sentence about it. Where a number is one
    /// customer's username and another one's id, it names neither. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn customer_called(&self, actor: &Actor, text: &str) -> Result<Result<UserId, String>> {
        actor.require_staff()?;
        person::customer_called(&self.0.db, text).await
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
