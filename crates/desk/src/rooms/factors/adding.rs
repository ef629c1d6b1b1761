//! Staff add passkeys, look at them and remove them.

use domain::{Actor, Error, LedgerData, MAX_PASSKEYS, Passkey, PasskeyId, Result, check_passkey_name};

use super::{
    Factors, Whose,
    challenges::{self, Bound},
    given::GivenFactor,
    in_log, kept,
    party::party,
    passkeys::{self, Answered},
    person_and_session,
};
use crate::{rooms::throttle::ClientAddress, trail::ledger::NewEntry};

/// A passkey that is being added: what the browser asks a device to make.
pub struct NewPasskey {
    /// What it will be called.
    pub name: String,
    /// As `PublicKeyCredential.parseCreationOptionsFromJSON` takes it (WebAuthn, 5.1.8).
    pub options: String,
}

impl Factors<'_> {
    /// Whether passkeys work at this public address of the desk.
    ///
    /// # Errors
    /// [`Error::Conflict`] where they do not, with what to do.
    pub fn passkeys_work(&self, origin: &str) -> Result<()> {
        party(origin).map(drop)
    }

    /// The caller's passkeys, the oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn passkeys(&self, actor: &Actor) -> Result<Vec<Passkey>> {
        let (id, _) = person_and_session(actor)?;
        passkeys::list(&self.0.db, id).await
    }

    /// What the browser asks one of the caller's passkeys, where a form of theirs wants a second factor
    /// (`PublicKeyCredential.parseRequestOptionsFromJSON`); none when they have none.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn ask_passkey(&self, actor: &Actor, origin: &str) -> Result<Option<String>> {
        let (id, sid) = person_and_session(actor)?;
        passkeys::ask(self.0, id, Bound::Confirm(sid), origin).await
    }

    /// Begins to add a passkey for the caller, who gives their password, and a second factor if they have one. Their device makes it
    /// ([`Factors::passkey_waiting`]); nothing changes before [`Factors::finish_passkey`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is no member of staff in person; [`Error::Conflict`] where the desk's address is none for
    /// passkeys, and for who has many; [`Error::Invalid`] for `name`, `current_password`, `factor_code` and `factor_passkey`; wrong
    /// ones count as failed log-ins; [`Error::TooManyAttempts`].
    pub async fn begin_passkey(
        &self,
        actor: &Actor,
        name: &str,
        given: (&str, GivenFactor<'_>),
        client: &ClientAddress,
    ) -> Result<()> {
        let desk = self.0;
        let (id, sid) = person_and_session(actor)?;
        let origin = given.1.origin;
        self.passkeys_work(origin)?;
        let name = check_passkey_name(name).map_err(|sentence| Error::field("name", sentence))?;
        if passkeys::number(&desk.db, id).await? >= MAX_PASSKEYS {
            return Err(passkeys::too_many());
        }
        let (tx, person) = self.authorised(actor, given, client, Whose::Anybody).await?;
        passkeys::begin(desk, &tx, &person, (Bound::New(sid), origin), name).await?;
        tx.commit().await
    }

    /// What the caller's session asks a device to make, if that was begun a short while ago.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn passkey_waiting(&self, actor: &Actor) -> Result<Option<NewPasskey>> {
        let (id, sid) = person_and_session(actor)?;
        let waiting = challenges::fresh(self.0, &self.0.db, id, Bound::New(sid)).await?;
        Ok(waiting.and_then(|found| Some(NewPasskey { name: found.name?, options: found.options })))
    }

    /// Adds the passkey that a device made. Whether it is their first second factor: then a password alone lets the caller in no more,
    /// their other sessions end, and their recovery codes wait to be shown.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] for `factor_passkey`, also when nothing was begun, or too long ago;
    /// [`Error::Conflict`] for one that is known, and for who has many.
    pub async fn finish_passkey(&self, actor: &Actor, answer: &str, origin: &str) -> Result<bool> {
        let desk = self.0;
        let (id, sid) = person_and_session(actor)?;
        let answer = Answered::read(answer)?;
        let tx = desk.db.begin().await?;
        let person = kept::lock(&tx, id).await?;
        let name = match passkeys::add(desk, &tx, id, (Bound::New(sid), origin), &answer).await {
            Ok(name) => name,
            Err(error) => {
                // A challenge is answered once, well or not.
                tx.commit().await?;
                return Err(error);
            }
        };
        let is_first = self.begin_to_ask(&tx, actor, &person).await?;
        let added = LedgerData::PasskeyAdded { name };
        NewEntry::of_desk(added).session(Some(sid)).note(&tx, actor, desk.now());
        tx.commit().await?;
        in_log("passkey_added", actor, &actor.username);
        Ok(is_first)
    }

    /// Removes one of the caller's passkeys, who gives their password and a second factor. With the last of all their second factor is
    /// off; whether it is.
    ///
    /// # Errors
    /// As [`Factors::new_codes`]; [`Error::NotFound`] for one that is not theirs.
    pub async fn remove_passkey(
        &self,
        actor: &Actor,
        passkey: PasskeyId,
        given: (&str, GivenFactor<'_>),
        client: &ClientAddress,
    ) -> Result<bool> {
        let (id, sid) = person_and_session(actor)?;
        if passkeys::list(&self.0.db, id).await?.iter().all(|known| known.id != passkey) {
            return Err(Error::NotFound);
        }
        let (tx, _) = self.authorised(actor, given, client, Whose::WhoHasOne).await?;
        let name = passkeys::remove(&tx, id, passkey).await?;
        let is_last = passkeys::number(&tx, id).await? == 0 && !kept::has_app(&tx, id).await?;
        let at = self.0.now();
        NewEntry::of_desk(LedgerData::PasskeyRemoved { name }).session(Some(sid)).note(&tx, actor, at);
        if is_last {
            kept::remove(&tx, id).await?;
            let removed = LedgerData::FactorRemoved { whom: String::new() };
            NewEntry::of_desk(removed).session(Some(sid)).note(&tx, actor, at);
        }
        tx.commit().await?;
        in_log("passkey_removed", actor, &actor.username);
        Ok(is_last)
    }
}
