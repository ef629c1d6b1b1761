//! Passwords of staff: log in with one, change it.

use domain::{
    Actor, EndReason, Error, EventData, FieldErrors, LedgerData, LoginKind, PersonDraft, Profile, Result, Role,
    Timestamp, UserId,
};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, Condition, DerivePartialModel, EntityTrait as _, QueryFilter as _};

use super::{
    Users, change,
    second_step::{Entered, proof},
};
use crate::{
    rooms::{
        Inner,
        people::passwords,
        person::require_manager,
        sessions::{self, LoggedIn, Proof},
        throttle::{Attempt, ClientAddress},
    },
    store::{
        db::Tx,
        entities::{FailedLogins, Users as Table, users},
        fault::OrRefuse as _,
        names::{named, username_key},
    },
    trail::{
        events::NewEvent,
        ledger::{Cause, NewEntry},
    },
};

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct Credentials {
    id: UserId,
    password_hash: Option<String>,
    factor_since: Option<Timestamp>,
}

/// The profile of a member of staff and the hash of a password that may be theirs.
pub(super) async fn check_with_password(draft: &PersonDraft, password: &str) -> Result<(Profile, String)> {
    let mut errors = FieldErrors::default();
    errors.take("password", passwords::check(password, &[&draft.username, &draft.email, &draft.name]));
    match draft.check() {
        Ok(profile) if errors.is_empty() => Ok((profile, passwords::hash(password).await?)),
        Ok(_) => Err(errors.into()),
        Err(more) => {
            errors.0.extend(more.0);
            Err(errors.into())
        }
    }
}

/// Checks a password for the account of a username's key. The attempt counts as failed before the work is done, so that
/// simultaneous ones cannot slip through together; the failure is given back as `Ok`, to be deleted by who lets them
/// in.
///
/// # Errors
/// [`Error::WrongPassword`]; [`Error::TooManyAttempts`].
async fn verify(
    desk: &Inner,
    (name, person): (&str, Option<UserId>),
    (password, hash): (&str, Option<String>),
    client: &ClientAddress,
) -> Result<Failure> {
    let _line = desk.turns.checks.enter(client).await?;
    let attempt = Attempt::with_password(desk, client, name, person);
    let failure = {
        let (tx, _turn) = attempt.begin(desk).await?;
        let failure = attempt.count_failure(desk, &tx).await?;
        tx.commit().await?;
        Failure(failure)
    };
    if passwords::verify(password, hash).await? {
        return Ok(failure);
    }
    let user = person.map(|person| person.0);
    tracing::warn!(target: crate::rooms::SECURITY, event = "login_refused", by = "password", user, "refused");
    Err(Error::WrongPassword)
}

fn with_password(hash: String) -> users::ActiveModel {
    users::ActiveModel { password_hash: Set(Some(hash)), ..Default::default() }
}

/// What is said of a wrong password that somebody types who is logged in.
pub(crate) fn wrong_password() -> Error {
    Error::field("current_password", "This is not the password you have now. Type it again.")
}

/// Checks the password that the caller has now: the failure that was counted meanwhile, and the password's hash. Whoever acts on
/// it looks in their transaction whether the hash still is the same.
///
/// # Errors
/// [`Error::Invalid`] for `current_password`; [`Error::TooManyAttempts`].
pub(crate) async fn verify_own(
    desk: &Inner,
    actor: &Actor,
    current: &str,
    client: &ClientAddress,
) -> Result<(Failure, String)> {
    if current.is_empty() {
        return Err(Error::field("current_password", "Enter the password you have now."));
    }
    let id = actor.id.ok_or(Error::NotFound)?;
    let active = Table::find_by_id(id).filter(users::COLUMN.is_active.eq(true));
    let credentials = active.into_partial_model::<Credentials>().one(&desk.db).await.or_refuse()?;
    let hash = credentials.and_then(|credentials| credentials.password_hash);
    let account = username_key(&actor.username);
    let failure = verify(desk, (&account, Some(id)), (current, hash.clone()), client)
        .await
        .map_err(|error| if error == Error::WrongPassword { wrong_password() } else { error })?;
    Ok((failure, hash.ok_or_else(wrong_password)?))
}

/// A failure that was counted for an attempt which turned out well.
#[must_use]
pub(crate) struct Failure(i64);

impl Failure {
    /// One that was counted under this id.
    pub(super) const fn counted(id: i64) -> Self {
        Self(id)
    }

    pub(crate) async fn undo(self, tx: &Tx) -> Result<()> {
        FailedLogins::delete_by_id(self.0).exec(tx).await.or_refuse()?;
        Ok(())
    }
}

impl Users<'_> {
    /// Logs staff in with username and password, who have no second factor.
    ///
    /// # Errors
    /// As [`Users::enter`]; [`Error::Conflict`] for who has one.
    pub async fn log_in(
        &self,
        username: &str,
        password: &str,
        client: &ClientAddress,
        kind: LoginKind,
    ) -> Result<LoggedIn> {
        match self.enter(username, password, client, kind).await? {
            Entered::In(logged_in) => Ok(*logged_in),
            Entered::NeedsFactor(_) => Err(Error::conflict("A second factor is asked for here. Log in on the page.")),
        }
    }

    /// The log-in of staff with username and password, and for who has a second factor its first step: there is no session then
    /// before [`Users::second_step`]. Failures count as those of PINs do, and for the account.
    ///
    /// # Errors
    /// [`Error::WrongPassword`] whatever is wrong; [`Error::TooManyAttempts`].
    pub async fn enter(
        &self,
        username: &str,
        password: &str,
        client: &ClientAddress,
        kind: LoginKind,
    ) -> Result<Entered> {
        let answer = self.let_in(username, password, client, kind).await;
        // Half a log-in is none.
        if matches!(answer, Ok(Entered::NeedsFactor(_))) { answer } else { self.0.db.tally().passwords.counted(answer) }
    }

    async fn let_in(&self, username: &str, password: &str, client: &ClientAddress, kind: LoginKind) -> Result<Entered> {
        let desk = self.0;
        let may = sessions::is_for_passwords(desk, &username_key(username));
        let team = Table::find().filter(users::COLUMN.is_active.eq(true)).filter(users::COLUMN.role.ne(Role::Customer));
        // Whose passwords do not count is like nobody.
        let team = team.filter(Condition::all().add_option((!may).then(|| users::COLUMN.id.eq(UserId(0)))));
        let person = named(team, username).into_partial_model::<Credentials>().one(&desk.db).await.or_refuse()?;
        let has_factor = person.as_ref().is_some_and(|person| person.factor_since.is_some());
        let (id, hash) = person.map(|person| (person.id, person.password_hash)).unzip();
        let hash = hash.flatten();
        let failure = verify(desk, (&username_key(username), id), (password, hash.clone()), client).await?;
        let (Some(id), Some(hash)) = (id, hash) else { return Err(Error::WrongPassword) };
        let tx = desk.db.begin().await?;
        failure.undo(&tx).await?;
        if has_factor {
            tx.commit().await?;
            return Ok(Entered::NeedsFactor(proof(desk, id, &hash)));
        }
        NewEvent::of_user(EventData::StaffLoggedIn, id).record(&tx, Some(id), desk.now()).await?;
        // Dropped with the transaction when the account or its password changed meanwhile: the failure stays.
        let logged_in = sessions::open(desk, &tx, id, Proof::Password(hash), client, kind).await?;
        Ok(Entered::In(Box::new(sessions::let_in(tx, logged_in, kind).await?)))
    }

    /// Changes one's own password, which ends one's other sessions. Staff. A wrong current password counts as a failed
    /// log-in does.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`], [`Error::TooManyAttempts`]
    pub async fn change_password(
        &self,
        actor: &Actor,
        current: &str,
        password: &str,
        client: &ClientAddress,
    ) -> Result<()> {
        let desk = self.0;
        actor.require_staff()?;
        let id = actor.id.ok_or(Error::NotFound)?;
        let person = require_manager(&desk.db, actor, id).await?;
        let mut errors = FieldErrors::default();
        errors.take("password", passwords::check(password, &[&person.username, &person.email, &person.name]));
        if current.is_empty() {
            errors.add("current_password", "Enter the password you have now.");
        }
        if !errors.is_empty() {
            return Err(errors.into());
        }
        let (failure, hash) = verify_own(desk, actor, current, client).await?;
        let new = passwords::hash(password).await?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        failure.undo(&tx).await?;
        // Somebody who set another one meanwhile, or deactivated this account, comes first.
        let changed = Table::update_many()
            .set(with_password(new))
            .filter(users::COLUMN.id.eq(id))
            .filter(users::COLUMN.password_hash.eq(hash))
            .filter(users::COLUMN.is_active.eq(true));
        if changed.exec(&tx).await.or_refuse()?.rows_affected == 0 {
            return Err(wrong_password());
        }
        sessions::end_all(&tx, id, actor.session.as_ref(), &Cause::new(actor, EndReason::Everywhere), at).await?;
        NewEntry::of_person(LedgerData::PasswordSet, id).note(&tx, actor, at);
        NewEvent::of_user(EventData::UserChanged { role: None }, id).record(&tx, actor, at).await?;
        tx.commit().await
    }

    /// Sets the password of another member of staff and ends their sessions. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`]; [`Error::Conflict`] for a customer, and for
    /// oneself.
    pub async fn set_password(&self, actor: &Actor, id: UserId, password: &str) -> Result<()> {
        let desk = self.0;
        let person = require_manager(&desk.db, actor, id).await?;
        if !person.role.is_staff() {
            return Err(Error::conflict("A customer has no password. Issue a Support PIN instead."));
        }
        if actor.id == Some(id) {
            return Err(Error::conflict("Change your own password with the one you have now."));
        }
        passwords::check(password, &[&person.username, &person.email, &person.name])
            .map_err(|sentence| Error::field("password", sentence))?;
        let hash = passwords::hash(password).await?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        change(&tx, id, with_password(hash)).await?;
        sessions::end_all(&tx, id, None, &actor.into(), at).await?;
        NewEntry::of_person(LedgerData::PasswordSet, id).note(&tx, actor, at);
        NewEvent::of_user(EventData::UserChanged { role: None }, id).record(&tx, actor, at).await?;
        tx.commit().await
    }
}
