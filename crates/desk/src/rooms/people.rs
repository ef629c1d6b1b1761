//! Customers and staff: create, edit, deactivate, list.

pub(crate) mod access;
mod customers;
mod erasing;
mod members;
mod overview;
pub(crate) mod passwords;
mod second_step;
mod setup;
mod shortcuts;
mod sign_on;

use std::sync::Arc;

use domain::{
    Actor, CallerDeed, Change, Cursor, EndReason, Error, EventData, LedgerData, Page, Person, PersonDraft, Profile,
    Result, Role, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

pub(crate) use self::erasing::erase_in;
pub use self::{
    customers::CustomerChange,
    second_step::{Entered, SecondStep},
    setup::SetUpLink,
    sign_on::{SignOnTry, SignedOn},
};
use crate::{
    rooms::{
        Inner,
        known::require_known,
        person::{self, PersonRow, insert, named, refuse_taken, require_manager},
        pins, returns, sessions, tokens,
    },
    store::{
        db::Tx,
        entities::{Users as Table, users},
        fault::OrRefuse as _,
        names::{self, name_key},
    },
    trail::{
        events::NewEvent,
        ledger::{Cause, NewEntry},
    },
};

/// Use cases of customers and staff.
pub struct Users<'a>(pub(crate) &'a Arc<Inner>);

/// Which people a list shows.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Staff rather than customers.
    pub staff: bool,
    /// With each of these words in username, name or email, whatever the case and the accents.
    pub text: Option<String>,
    /// Active ones, or deactivated ones.
    pub is_active: Option<bool>,
}

impl Users<'_> {
    async fn create(&self, actor: &Actor, profile: Profile, role: Role, hash: Option<String>) -> Result<Person> {
        let tx = self.0.db.begin().await?;
        let id = insert(self.0, &tx, actor.id, profile, role, hash).await?;
        NewEntry::of_person(LedgerData::PersonAdded { role }, id).note(&tx, actor, self.0.now());
        tx.commit().await?;
        person::find(&self.0.db, id).await
    }

    /// Changes username, name and email. Staff for customers, admins for staff, everybody in staff for themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`]
    pub async fn update(&self, actor: &Actor, id: UserId, draft: &PersonDraft) -> Result<Person> {
        let desk = self.0;
        let person = require_manager(&desk.db, actor, id).await?;
        let profile = draft.check()?;
        let tx = desk.db.begin().await?;
        if person.role == Role::Customer {
            require_known(desk, &tx, actor, id, CallerDeed::Details).await?;
        }
        rename(desk, &tx, actor, &person, profile).await?;
        tx.commit().await?;
        person::find(&desk.db, id).await
    }

    /// Activates, or deactivates, which ends their sessions and revokes their PINs and API tokens. Staff for customers, admins for
    /// staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] for oneself and for the last admin.
    pub async fn set_active(&self, actor: &Actor, id: UserId, is_active: bool) -> Result<Person> {
        let desk = self.0;
        let person = require_manager(&desk.db, actor, id).await?;
        if person.is_active == is_active {
            // It was said before; now it is said again, so it is on the disk.
            desk.db.begin().await?.commit().await?;
            return Ok(person);
        }
        let tx = desk.db.begin().await?;
        switch(desk, &tx, actor, &person, is_active).await?;
        tx.commit().await?;
        person::find(&desk.db, id).await
    }

    /// One person by username, whatever its case. Staff for customers, admins for staff, everybody in staff for themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]
    pub async fn by_username(&self, actor: &Actor, username: &str) -> Result<Person> {
        actor.require_staff()?;
        let ids = Table::find().select_only().column(users::Column::Id);
        let id: Option<UserId> = names::named(ids, username).into_tuple().one(&self.0.db).await.or_refuse()?;
        require_manager(&self.0.db, actor, id.ok_or(Error::NotFound)?).await
    }

    /// People, newest first. Staff; the list of staff for admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(&self, actor: &Actor, filter: &UserFilter, cursor: Cursor, limit: usize) -> Result<Page<Person>> {
        if filter.staff {
            actor.require_admin()?
        } else {
            actor.require_staff()?
        }
        let role = users::COLUMN.role;
        let narrowed = Condition::all()
            .add(if filter.staff { role.ne(Role::Customer) } else { role.eq(Role::Customer) })
            .add_option(filter.is_active.map(|is_active| users::COLUMN.is_active.eq(is_active)));
        let text = filter.text.as_deref().unwrap_or_default();
        let query = names::fitting(Table::find().filter(narrowed), &self.0.db, text, cursor, limit);
        let rows = query.into_partial_model::<PersonRow>().all(&self.0.db).await.or_refuse()?;
        Ok(Page::from_rows(rows, limit, cursor, |row| row.id.0).map(PersonRow::into_person))
    }
}

/// Changes what of a person's row is set.
async fn change(tx: &Tx, id: UserId, change: users::ActiveModel) -> Result<()> {
    Table::update_many().set(change).filter(users::COLUMN.id.eq(id)).exec(tx).await.or_refuse()?;
    Ok(())
}

/// Gives a person another username, name and email, in a transaction.
async fn rename(desk: &Inner, tx: &Tx, actor: &Actor, person: &Person, profile: Profile) -> Result<()> {
    let id = person.id;
    if person.is_unnamed {
        return Err(Error::conflict(
            "Nobody knows who this is, and so it stays: an alias is all that is kept of them.",
        ));
    }
    let said =
        (profile.username.as_str().to_owned(), profile.name.as_str().to_owned(), profile.email.as_str().to_owned());
    // In an old database somebody may have a key of their own beside a name that is the same now. They keep both.
    let stays = person.username.parse().as_ref() == Ok(&profile.username);
    if !stays {
        refuse_taken(tx, profile.username.as_str(), Some(id)).await?;
    }
    let changed = named(profile);
    let changed = if stays {
        let key = name_key(&person.username, changed.name.as_ref(), changed.email.as_ref());
        users::ActiveModel { name_key: Set(Some(key)), username: NotSet, username_key: NotSet, ..changed }
    } else {
        changed
    };
    change(tx, id, changed).await?;
    let at = desk.now();
    note_changes(
        tx,
        actor,
        person,
        [
            Change::of("username", &person.username, &said.0),
            Change::of("name", &person.name, &said.1),
            Change::of("email", &person.email, &said.2),
        ],
        at,
    );
    NewEvent::of_user(EventData::UserChanged { role: None }, id).record(tx, actor, at).await?;
    Ok(())
}

/// Notes what was changed of a person; what a customer is called is kept by no entry.
fn note_changes(
    tx: &Tx,
    actor: &Actor,
    person: &Person,
    changes: impl IntoIterator<Item = Option<Change>>,
    at: Timestamp,
) {
    let is_customer = person.role == Role::Customer;
    let shown = |change: Change| if is_customer { change.hidden() } else { change };
    let changes: Vec<Change> = changes.into_iter().flatten().map(shown).collect();
    if !changes.is_empty() {
        NewEntry::of_person(LedgerData::PersonChanged { changes }, person.id).note(tx, actor, at);
    }
}

/// Activates or deactivates a person who is not so yet, in a transaction.
async fn switch(desk: &Inner, tx: &Tx, actor: &Actor, person: &Person, is_active: bool) -> Result<()> {
    let id = person.id;
    if actor.id == Some(id) {
        return Err(Error::conflict("You cannot deactivate yourself. Ask another admin."));
    }
    let at = desk.now();
    let cause = Cause::new(actor, EndReason::Deactivated);
    if !is_active {
        members::refuse_last_admin(tx, person).await?;
        // In the order in which a log-in locks them: the PIN, the person, their sessions.
        pins::revoke_all(tx, id, &cause, at).await?;
    }
    change(tx, id, users::ActiveModel { is_active: Set(is_active), ..Default::default() }).await?;
    if !is_active {
        returns::ending::end(tx, id, actor.into(), at).await?;
        // What began before the row was locked is there now, too.
        pins::revoke_all(tx, id, &cause, at).await?;
        sessions::end_all(tx, id, None, &cause, at).await?;
        tokens::revoke_all(tx, id, actor, at).await?;
    }
    let (old, new) = if is_active { ("deactivated", "active") } else { ("active", "deactivated") };
    NewEntry::of_person(
        LedgerData::PersonChanged { changes: Change::of("access", old, new).into_iter().collect() },
        id,
    )
    .note(tx, actor, at);
    let event = if is_active { EventData::UserActivated } else { EventData::UserDeactivated };
    NewEvent::of_user(event, id).record(tx, actor, at).await?;
    Ok(())
}
