//! Second factors of staff: passkeys, an authenticator app, and recovery codes for who lost them.
//!
//! No password alone lets in who has one (`sessions::open`); a log-in at a provider asks for none here. A code or what a passkey signed
//! counts once; a wrong one counts as a wrong password does.

mod adding;
pub(crate) mod challenges;
pub(crate) mod given;
pub(crate) mod kept;
mod party;
pub(crate) mod passkeys;
mod totp;

use domain::{Actor, EndReason, Error, FactorCode, LedgerData, Result, SecondFactor, SessionId, Timestamp, UserId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::{EntityTrait as _, QuerySelect as _};

pub use self::{adding::NewPasskey, given::GivenFactor};
use self::{challenges::Bound, given::Factor, party::ISSUER};
use crate::{
    rooms::{
        Inner,
        people::access::{verify_own, wrong_password},
        person, sessions,
        throttle::{Attempt, ClientAddress},
    },
    store::{
        db::Tx,
        entities::{Users, users},
        fault::OrRefuse as _,
        names::username_key,
    },
    trail::ledger::{Cause, NewEntry},
};

/// What is written as a number in an address: all but the unreserved characters (RFC 3986, 2.3).
const IN_ADDRESS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Use cases of second factors.
pub struct Factors<'a>(pub(crate) &'a Inner);

/// The secret of an authenticator app that is being set up. No `Debug`: it is a secret.
pub struct NewAuthenticator {
    /// As apps take it when it is typed: base 32, in groups of four.
    pub text: String,
    /// As apps take it from a QR code.
    pub address: String,
}

fn person_and_session(actor: &Actor) -> Result<(UserId, &SessionId)> {
    actor.require_team()?;
    actor.require_in_person()?;
    actor.id.zip(actor.session.as_ref()).ok_or(Error::Unauthenticated)
}

impl Factors<'_> {
    /// What somebody has beside their password. Staff for themselves, admins for others.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]
    pub async fn of(&self, actor: &Actor, user: UserId) -> Result<Option<SecondFactor>> {
        actor.require_team()?;
        if actor.id != Some(user) {
            actor.require_admin()?;
        }
        let db = &self.0.db;
        let since = Users::find_by_id(user).select_only().column(users::Column::FactorSince);
        let since: Option<Option<Timestamp>> = since.into_tuple().one(db).await.or_refuse()?;
        match since.ok_or(Error::NotFound)? {
            Some(since) => Ok(Some(SecondFactor {
                since,
                has_app: kept::has_app(db, user).await?,
                passkeys: passkeys::number(db, user).await?,
                codes: kept::codes_left(db, user).await?,
            })),
            None => Ok(None),
        }
    }

    /// Begins to set up an authenticator app for the caller: makes a secret, which their session may see for a quarter of an hour.
    /// Nothing changes before [`Factors::confirm`]. Who has a passkey gives a second factor as well.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is no member of staff in person; [`Error::Conflict`] for who has one; [`Error::Invalid`] for
    /// a wrong `current_password` or second factor, which counts as a failed log-in; [`Error::TooManyAttempts`].
    pub async fn begin(
        &self,
        actor: &Actor,
        (password, factor): (&str, GivenFactor<'_>),
        client: &ClientAddress,
    ) -> Result<()> {
        let desk = self.0;
        let (id, sid) = person_and_session(actor)?;
        if kept::has_app(&desk.db, id).await? {
            return Err(has_app());
        }
        let (tx, _) = self.authorised(actor, (password, factor), client, Whose::Anybody).await?;
        if kept::has_app(&tx, id).await? {
            return Err(has_app());
        }
        kept::begin(desk, &tx, id, sid, desk.now()).await?;
        tx.commit().await
    }

    /// What the caller's session set up and has not confirmed yet.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn waiting(&self, actor: &Actor) -> Result<Option<NewAuthenticator>> {
        let (id, sid) = person_and_session(actor)?;
        let Some(secret) = kept::waiting(self.0, &self.0.db, id, sid).await? else { return Ok(None) };
        let secret = secret.text();
        let groups: Vec<&str> =
            (0..secret.len()).step_by(4).map(|at| &secret[at..Ord::min(at + 4, secret.len())]).collect();
        // Usernames may hold anything; what has a meaning in an address is written as a number.
        let name = utf8_percent_encode(&actor.username, IN_ADDRESS);
        let address = format!("otpauth://totp/{ISSUER}:{name}?secret={secret}&issuer={ISSUER}");
        Ok(Some(NewAuthenticator { text: groups.join(" "), address }))
    }

    /// Takes what was set up from now on, if this is its code. Whether it is their first second factor: then a password alone lets
    /// the caller in no more, their other sessions end, and their recovery codes wait to be shown.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] when nothing was set up, or too long ago; [`Error::Invalid`] for `factor_code`;
    /// [`Error::Conflict`] for who has one.
    pub async fn confirm(&self, actor: &Actor, code: &str, client: &ClientAddress) -> Result<bool> {
        let desk = self.0;
        let (id, sid) = person_and_session(actor)?;
        let typed = FactorCode::parse(code).map_err(|sentence| Error::field("factor_code", sentence))?;
        let key = username_key(&actor.username);
        let attempt = Attempt::with_password(desk, client, &key, Some(id));
        let (tx, _turn) = attempt.begin(desk).await?;
        let person = kept::lock(&tx, id).await?;
        if kept::has_app(&tx, id).await? {
            return Err(has_app());
        }
        let at = desk.now();
        if !kept::confirm(desk, &tx, (id, sid), &typed, at).await? {
            attempt.count_failure(desk, &tx).await?;
            tx.commit().await?;
            return Err(Error::field(
                "factor_code",
                "This is not the code that the app shows for this secret. Look whether the phone’s clock is right, and type the next one.",
            ));
        }
        let is_first = self.begin_to_ask(&tx, actor, &person).await?;
        NewEntry::of_desk(LedgerData::FactorSet).session(Some(sid)).note(&tx, actor, at);
        tx.commit().await?;
        in_log("factor_set", actor, &actor.username);
        Ok(is_first)
    }

    /// From now on a password alone does not let somebody in, if one did: their other sessions end, and recovery codes are made.
    /// Whether it was so.
    async fn begin_to_ask(&self, tx: &Tx, actor: &Actor, person: &users::Model) -> Result<bool> {
        let (id, sid) = person_and_session(actor)?;
        if person.factor_since.is_some() {
            return Ok(false);
        }
        let at = self.0.now();
        kept::set_since(tx, id, Some(at)).await?;
        kept::make_codes(self.0, tx, id, sid, at).await?;
        sessions::end_all(tx, id, Some(sid), &Cause::new(actor, EndReason::Everywhere), at).await?;
        Ok(true)
    }

    /// Gives the caller's new recovery codes out to the session that made them, once; none when there are none to show.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn show_codes(&self, actor: &Actor) -> Result<Vec<String>> {
        let (id, sid) = person_and_session(actor)?;
        let tx = self.0.db.begin().await?;
        let codes = kept::show_codes(self.0, &tx, id, sid).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Makes new recovery codes for the caller, who gives their password and a second factor. Those before are void.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Conflict`] for who has no second factor; [`Error::Invalid`] for `current_password`,
    /// `factor_code` and `factor_passkey`, which count as failed log-ins; [`Error::TooManyAttempts`].
    pub async fn new_codes(&self, actor: &Actor, given: (&str, GivenFactor<'_>), client: &ClientAddress) -> Result<()> {
        let (id, sid) = person_and_session(actor)?;
        let (tx, _) = self.authorised(actor, given, client, Whose::WhoHasOne).await?;
        let at = self.0.now();
        kept::make_codes(self.0, &tx, id, sid, at).await?;
        NewEntry::of_desk(LedgerData::RecoveryCodesMade).session(Some(sid)).note(&tx, actor, at);
        tx.commit().await
    }

    /// Switches the caller's second factor off, who gives their password and a second factor: app, passkeys and recovery codes are gone.
    ///
    /// # Errors
    /// As [`Factors::new_codes`].
    pub async fn switch_off(
        &self,
        actor: &Actor,
        given: (&str, GivenFactor<'_>),
        client: &ClientAddress,
    ) -> Result<()> {
        let (id, sid) = person_and_session(actor)?;
        let (tx, _) = self.authorised(actor, given, client, Whose::WhoHasOne).await?;
        kept::remove(&tx, id).await?;
        let removed = LedgerData::FactorRemoved { whom: String::new() };
        NewEntry::of_desk(removed).session(Some(sid)).note(&tx, actor, self.0.now());
        tx.commit().await?;
        in_log("factor_removed", actor, &actor.username);
        Ok(())
    }

    /// A transaction in which the caller gave their password and used a second factor up, if they have one; and their row, which it
    /// holds.
    async fn authorised(
        &self,
        actor: &Actor,
        (password, factor): (&str, GivenFactor<'_>),
        client: &ClientAddress,
        whose: Whose,
    ) -> Result<(Tx, users::Model)> {
        let desk = self.0;
        let (id, sid) = person_and_session(actor)?;
        let has_one = self.of(actor, id).await?.is_some();
        let has_to = has_one || matches!(whose, Whose::WhoHasOne);
        let factor = if has_to { Some(factor.read(desk, Bound::Confirm(sid))?) } else { None };
        let (failure, hash) = verify_own(desk, actor, password, client).await?;
        let tx = desk.db.begin().await?;
        let person = kept::lock(&tx, id).await?;
        if person.password_hash != Some(hash) {
            return Err(wrong_password());
        }
        let factor: Factor = match (person.factor_since, factor) {
            (Some(_), Some(factor)) => factor,
            (None, _) if matches!(whose, Whose::WhoHasOne) => {
                return Err(Error::conflict("You have no second factor. Set one up first."));
            }
            (None, _) => {
                failure.undo(&tx).await?;
                return Ok((tx, person));
            }
            (Some(_), None) => {
                return Err(Error::conflict("You set up a second factor meanwhile. Open this page again."));
            }
        };
        match kept::use_up(desk, &tx, id, &factor, desk.now()).await? {
            Ok(_) => {
                failure.undo(&tx).await?;
                Ok((tx, person))
            }
            Err(refused) => {
                // The failure that was counted for the password stays.
                if !refused.counts() {
                    failure.undo(&tx).await?;
                }
                refused.note(desk, &tx, &actor.username, client);
                tx.commit().await?;
                Err(refused.sentence(&factor))
            }
        }
    }

    /// Takes the second factor of another member of staff away, who lost it, and ends their sessions; how many it were. Admins, and
    /// the command line.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no member of staff; [`Error::Conflict`] for oneself, and for who
    /// has none.
    pub async fn take_away(&self, actor: &Actor, user: UserId) -> Result<u64> {
        let desk = self.0;
        actor.require_admin()?;
        actor.require_in_person()?;
        if actor.id == Some(user) {
            return Err(Error::conflict(
                "Switch your own second factor off on your page, with your password and a code.",
            ));
        }
        let member = person::find(&desk.db, user).await?;
        if !member.role.is_staff() {
            return Err(Error::NotFound);
        }
        let tx = desk.db.begin().await?;
        if kept::lock(&tx, user).await?.factor_since.is_none() {
            return Err(Error::conflict("They have no second factor: their password alone lets them in."));
        }
        let at = desk.now();
        kept::remove(&tx, user).await?;
        let ended = sessions::end_all(&tx, user, None, &actor.into(), at).await?;
        let removed = LedgerData::FactorRemoved { whom: member.username.clone() };
        NewEntry::of_desk(removed).session(actor.session.as_ref()).note(&tx, actor, at);
        tx.commit().await?;
        in_log("factor_removed", actor, &member.username);
        Ok(ended)
    }
}

/// Who may do something.
#[derive(Clone, Copy)]
enum Whose {
    /// Who has a second factor gives it; who has none needs none.
    Anybody,
    /// Who has one.
    WhoHasOne,
}

fn has_app() -> Error {
    Error::conflict(
        "You have an authenticator app already. Switch your second factor off before you set up another one.",
    )
}

fn in_log(event: &'static str, actor: &Actor, username: &str) {
    tracing::info!(target: crate::rooms::SECURITY, event, username, by = actor.username, "a second factor changed");
}
