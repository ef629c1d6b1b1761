//! Passwords of staff: log in with one, change it.

use domain::{Actor, CustomerDraft, Error, EventKind, FieldErrors, LoginKind, Result, UserId};
use sea_orm::FromQueryResult;

use super::{BY_KEYS, Users, check, keys, require_manager};
use crate::{
    rooms::{
        Inner,
        people::passwords,
        sessions::{self, LoggedIn, Proof},
        throttle::{Attempt, ClientAddress},
    },
    store::{
        db::{Sql as _, Tx},
        names::username_key,
    },
    trail::events::NewEvent,
};

#[derive(FromQueryResult)]
struct Credentials {
    id: i64,
    password_hash: Option<String>,
}

/// A draft of a member of staff and the hash of a password that may be theirs.
pub(super) async fn check_with_password(draft: &CustomerDraft, password: &str) -> Result<(CustomerDraft, String)> {
    let mut errors = FieldErrors::default();
    errors.take("password", passwords::check(password, &[&draft.username, &draft.email, &draft.name]));
    match check(draft) {
        Ok(draft) if errors.is_empty() => Ok((draft, passwords::hash(password).await?)),
        Err(Error::Invalid { fields }) => {
            errors.0.extend(fields.0);
            Err(errors.into())
        }
        Err(other) => Err(other),
        Ok(_) => Err(errors.into()),
    }
}

/// Checks a password for the account of a username's key. The attempt counts as failed before the work is done, so that
/// simultaneous ones cannot slip through together; the failure is given back as `Ok`, to be deleted by who lets them in.
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

/// A failure that was counted for an attempt which turned out well.
#[must_use]
struct Failure(i64);

impl Failure {
    async fn undo(self, tx: &Tx) -> Result<()> {
        tx.sql_run("DELETE FROM failed_logins WHERE id = $1", [self.0.into()]).await.map(|_| ())
    }
}

impl Users<'_> {
    /// Logs staff in with username and password. Failures count as those of PINs do, and for the account.
    ///
    /// # Errors
    /// [`Error::WrongPassword`] whatever is wrong; [`Error::TooManyAttempts`].
    pub async fn log_in(
        &self,
        username: &str,
        password: &str,
        client: &ClientAddress,
        kind: LoginKind,
    ) -> Result<LoggedIn> {
        let desk = self.0;
        let person: Option<Credentials> = desk
            .db
            .sql_one(
                &format!("SELECT id, password_hash FROM users WHERE is_active AND role <> 'customer' AND {BY_KEYS}"),
                keys(username).map(Into::into),
            )
            .await?;
        let (id, hash) = person.map(|person| (UserId(person.id), person.password_hash)).unzip();
        let hash = hash.flatten();
        let failure = verify(desk, (&username_key(username), id), (password, hash.clone()), client).await?;
        let (Some(id), Some(hash)) = (id, hash) else { return Err(Error::WrongPassword) };
        let tx = desk.db.begin().await?;
        failure.undo(&tx).await?;
        NewEvent::of_user(EventKind::StaffLoggedIn, id).record(&tx, Some(id), desk.now()).await?;
        // Dropped with the transaction when the account or its password changed meanwhile: the failure stays.
        let logged_in = sessions::open(desk, &tx, id, Proof::Password(hash), client, kind).await?;
        sessions::let_in(tx, logged_in, kind).await
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
        let person = require_manager(desk, actor, id).await?;
        let mut errors = FieldErrors::default();
        errors.take("password", passwords::check(password, &[&person.username, &person.email, &person.name]));
        if current.is_empty() {
            errors.add("current_password", "Enter the password you have now.");
        }
        if !errors.is_empty() {
            return Err(errors.into());
        }
        let credentials: Option<Credentials> =
            desk.db.sql_one("SELECT id, password_hash FROM users WHERE id = $1 AND is_active", [id.0.into()]).await?;
        let wrong = || Error::field("current_password", "This is not the password you have now. Type it again.");
        let hash = credentials.and_then(|credentials| credentials.password_hash);
        let account = (username_key(&person.username), Some(id));
        let failure = verify(desk, (&account.0, account.1), (current, hash.clone()), client)
            .await
            .map_err(|error| if error == Error::WrongPassword { wrong() } else { error })?;
        let new = passwords::hash(password).await?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        failure.undo(&tx).await?;
        // Somebody who set another one meanwhile, or deactivated this account, comes first.
        let changed = tx
            .sql_run(
                "UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3 AND is_active",
                [new.into(), id.0.into(), hash.into()],
            )
            .await?;
        if changed == 0 {
            return Err(wrong());
        }
        sessions::end_all(&tx, id, actor.session.as_ref(), at).await?;
        NewEvent::of_user(EventKind::UserChanged, id).record(&tx, actor.id, at).await?;
        tx.commit().await
    }

    /// Sets the password of another member of staff and ends their sessions. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`]; [`Error::Conflict`] for a customer, and for oneself.
    pub async fn set_password(&self, actor: &Actor, id: UserId, password: &str) -> Result<()> {
        let desk = self.0;
        let person = require_manager(desk, actor, id).await?;
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
        tx.sql_run("UPDATE users SET password_hash = $1 WHERE id = $2", [hash.into(), id.0.into()]).await?;
        sessions::end_all(&tx, id, None, at).await?;
        NewEvent::of_user(EventKind::UserChanged, id).record(&tx, actor.id, at).await?;
        tx.commit().await
    }
}
