//! Staff who log in with an account that they have elsewhere (OpenID Connect). Whoever calls this has verified the provider's token.
//!
//! An account of ours is known by the provider and its own name for it, and by nothing else: an email address can be another
//! person's tomorrow.

use domain::{Actor, Change, EndReason, Error, EventData, LedgerData, LoginKind, PersonDraft, Result, Role, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _};

use super::{Users, access::Failure, change, members::refuse_last_admin};
use crate::{
    rooms::{
        Inner,
        person::{self, insert, is_taken},
        sessions::{self, LoggedIn, Proof},
        throttle::{Attempt, ClientAddress},
    },
    store::{
        db::Tx,
        entities::{Identities, identities, users},
        fault::OrRefuse as _,
    },
    trail::{
        events::NewEvent,
        ledger::{Cause, NewEntry, from_address},
    },
};

/// Who a provider says somebody is. Made from a token that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedOn {
    /// The provider.
    pub issuer: String,
    /// What it calls the account, for good.
    pub subject: String,
    /// How they would be called here.
    pub person: PersonDraft,
    /// What their claims make them; none when they are no staff of this desk.
    pub role: Option<Role>,
}

/// A try to log in with what a provider says, counted as a failure until it is forgiven.
#[must_use]
pub struct SignOnTry(Failure);

impl Users<'_> {
    /// Counts a try of somebody who comes back from a provider as a failure, before anything of it is looked at: of many that come
    /// at once, no more are looked at than may fail.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`]
    pub async fn begin_sign_on(&self, client: &ClientAddress) -> Result<SignOnTry> {
        let attempt = Attempt::with_pin(client);
        let (tx, _turn) = attempt.begin(self.0).await?;
        let failure = attempt.count_failure(self.0, &tx).await?;
        tx.commit().await?;
        Ok(SignOnTry(Failure::counted(failure)))
    }

    /// Takes a try back in which nothing wrong was brought.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn forgive(&self, tried: SignOnTry) -> Result<()> {
        let tx = self.0.db.begin().await?;
        tried.0.undo(&tx).await?;
        tx.commit().await
    }

    /// Lets somebody in whom a provider vouches for. The first time makes a member of staff, if their claims give a role; each
    /// time their role becomes what the claims say now, but the last admin stays one.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who has no role (any more); [`Error::Unauthenticated`] for who is deactivated; [`Error::Conflict`] when somebody here has the
    /// username already and is not linked to that account; [`Error::Invalid`] for a name that cannot be one here.
    pub async fn sign_on(&self, identity: &SignedOn, client: &ClientAddress) -> Result<LoggedIn> {
        let desk = self.0;
        let tx = desk.db.begin().await?;
        // Of two that come for the first time at once the second finds what the first made.
        tx.serialise("sign-on").await?;
        let known = Identities::find()
            .filter(identities::COLUMN.issuer.eq(&identity.issuer))
            .filter(identities::COLUMN.subject.eq(&identity.subject));
        let id = match known.one(&tx).await.or_refuse()? {
            Some(known) => known.user_id,
            None => first_time(desk, &tx, identity, client).await?,
        };
        let Some(role) = identity.role else {
            // Their sessions end here as they did there.
            let cause = Cause::new(None, EndReason::RoleLost);
            sessions::end_all(&tx, id, None, &cause, desk.now()).await?;
            tx.commit().await?;
            return Err(no_role());
        };
        follow(desk, &tx, id, role, client).await?;
        let at = desk.now();
        let used = identities::ActiveModel { used_at: Set(Some(at)), ..Default::default() };
        let of_user = identities::COLUMN.user_id.eq(id);
        Identities::update_many().set(used).filter(of_user).exec(&tx).await.or_refuse()?;
        NewEvent::of_user(EventData::StaffLoggedIn, id).record(&tx, Some(id), at).await?;
        let logged_in = sessions::open(desk, &tx, id, Proof::SignedOn(id), client, LoginKind::Browser).await?;
        sessions::let_in(tx, logged_in, LoginKind::Browser).await
    }

    /// Links an account of ours to one of a provider's, which logs in to it from then on. Admins, and the command line.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no member of staff; [`Error::Conflict`] when one of the two is linked
    /// already.
    pub async fn link(&self, actor: &Actor, user: UserId, issuer: &str, subject: &str) -> Result<()> {
        let desk = self.0;
        actor.require_admin()?;
        actor.require_in_person()?;
        let member = person::find(&desk.db, user).await?;
        if !member.role.is_staff() {
            return Err(Error::NotFound);
        }
        let tx = desk.db.begin().await?;
        tx.serialise("sign-on").await?;
        let theirs = identities::COLUMN.issuer.eq(issuer).and(identities::COLUMN.subject.eq(subject));
        let taken = Identities::find().filter(theirs.or(identities::COLUMN.user_id.eq(user)));
        if taken.one(&tx).await.or_refuse()?.is_some() {
            return Err(Error::conflict("This account is linked already, here or there."));
        }
        keep(desk, &tx, user, (issuer, subject)).await?;
        let at = desk.now();
        NewEvent::of_user(EventData::UserChanged { role: None }, user).record(&tx, actor, at).await?;
        let changes = Change::of("log-in", "", &format!("{subject} at {issuer}")).into_iter().collect();
        NewEntry::of_person(LedgerData::PersonChanged { changes }, user).note(&tx, actor, at);
        tx.commit().await
    }
}

fn no_role() -> Error {
    Error::forbidden("Your account has no role in this desk. Ask an admin to give it one.")
}

async fn keep(desk: &Inner, tx: &Tx, user: UserId, (issuer, subject): (&str, &str)) -> Result<()> {
    let new = identities::ActiveModel {
        user_id: Set(user),
        issuer: Set(issuer.to_owned()),
        subject: Set(subject.to_owned()),
        linked_at: Set(desk.now()),
        ..Default::default()
    };
    Identities::insert(new).exec_without_returning(tx).await.or_refuse()?;
    Ok(())
}

async fn first_time(desk: &Inner, tx: &Tx, identity: &SignedOn, client: &ClientAddress) -> Result<UserId> {
    let role = identity.role.ok_or_else(no_role)?;
    let profile = identity.person.check()?;
    if is_taken(tx, profile.username.as_str(), None).await? {
        return Err(Error::conflict(format!(
            "This desk has an account {} already, which is not linked to yours. Ask an admin to link it: pindesk link {} SUBJECT",
            profile.username.as_str(),
            profile.username.as_str(),
        )));
    }
    let id = insert(desk, tx, None, profile, role, None).await?;
    keep(desk, tx, id, (&identity.issuer, &identity.subject)).await?;
    let by = from_address(None, None, client.as_str());
    NewEntry::of_person(LedgerData::PersonAdded { role }, id).note(tx, by, desk.now());
    Ok(id)
}

/// Gives a member the role that their claims say, unless nobody else would be an admin.
async fn follow(desk: &Inner, tx: &Tx, id: UserId, role: Role, client: &ClientAddress) -> Result<()> {
    let member = person::find(tx, id).await?;
    if !member.is_active || !member.role.is_staff() {
        return Err(Error::Unauthenticated);
    }
    if member.role == role {
        return Ok(());
    }
    if role != Role::Admin {
        match refuse_last_admin(tx, &member).await {
            Err(Error::Conflict { .. }) => {
                tracing::warn!(target: crate::rooms::SECURITY, user = id.0, "their claims make them no admin; they stay one, as the last");
                return Ok(());
            }
            answer => answer?,
        }
    }
    change(tx, id, users::ActiveModel { role: Set(role), ..Default::default() }).await?;
    let event = EventData::UserChanged { role: Some((member.role, role)) };
    let at = desk.now();
    NewEvent::of_user(event, id).record(tx, None, at).await?;
    let changes = Change::of("role", member.role.as_str(), role.as_str()).into_iter().collect();
    let by = from_address(None, None, client.as_str());
    NewEntry::of_person(LedgerData::PersonChanged { changes }, id).note(tx, by, at);
    Ok(())
}
