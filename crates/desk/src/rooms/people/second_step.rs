//! The second step of a log-in, for who has a second factor.
//!
//! Between the two steps there is no session and nothing in the database: the browser keeps a proof that the password was right.
//! It is good for five minutes, for one account as long as its password stays the same, and for nothing but this.

use domain::{Error, EventData, LedgerData, LoginKind, Result, Role, UserId};
use sea_orm::{ColumnTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _};

use super::Users;
use crate::{
    rooms::{
        Inner,
        factors::{
            challenges::Bound,
            given::{Factor, GivenFactor},
            kept, passkeys,
        },
        sessions::{self, LoggedIn, Proof},
        throttle::{Attempt, ClientAddress},
    },
    store::{
        entities::{Users as Table, users},
        fault::OrRefuse as _,
        names::username_key,
    },
    trail::{
        events::NewEvent,
        ledger::{NewEntry, from_address},
    },
};

/// Seconds between the two steps.
const WAITS: i64 = 5 * 60;
/// The purpose of keyed hashes that are such proofs.
const PURPOSE: &str = "second step";

/// What a right password leads to.
pub enum Entered {
    /// Somebody is in.
    In(Box<LoggedIn>),
    /// A second factor is asked for.
    NeedsFactor(SecondStep),
}

/// The proof that a password was right. No `Debug`: it is a secret.
pub struct SecondStep(String);

impl SecondStep {
    /// Seconds for which it is good.
    pub const LIFE: i64 = WAITS;

    /// As a browser keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct Half {
    id: UserId,
    username: String,
    password_hash: Option<String>,
}

/// What the proof's hash is over.
fn proven(id: UserId, until: i64, password_hash: &str) -> String {
    format!("{id} {until} {password_hash}")
}

/// A proof for who gave the password with this hash.
pub(super) fn proof(desk: &Inner, id: UserId, password_hash: &str) -> SecondStep {
    let until = desk.now().plus_seconds(WAITS).as_seconds();
    let hash = desk.keys.keyed_hash(PURPOSE, &proven(id, until, password_hash));
    SecondStep(format!("{id}.{until}.{hash}"))
}

impl Users<'_> {
    /// Who gave the password that a proof is about, if it still holds.
    async fn half_in(&self, proof: &str) -> Result<Option<Half>> {
        let desk = self.0;
        let parts: Vec<&str> = proof.split('.').collect();
        let &[id, until, hash] = parts.as_slice() else { return Ok(None) };
        let (Ok(id), Ok(until)) = (id.parse::<UserId>(), until.parse::<i64>()) else { return Ok(None) };
        if !(0..=WAITS).contains(&(until - desk.now().as_seconds())) {
            return Ok(None);
        }
        let person = Table::find_by_id(id)
            .filter(users::COLUMN.is_active.eq(true))
            .filter(users::COLUMN.role.ne(Role::Customer))
            .filter(users::COLUMN.factor_since.is_not_null());
        let person = person.into_partial_model::<Half>().one(&desk.db).await.or_refuse()?;
        Ok(person.filter(|person| {
            let password = person.password_hash.as_deref();
            password.is_some_and(|password| desk.keys.is_keyed_hash(PURPOSE, &proven(id, until, password), hash))
        }))
    }

    /// Whether a proof still leads to the second step.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn awaits_factor(&self, proof: &str) -> Result<bool> {
        Ok(self.half_in(proof).await?.is_some())
    }

    /// What the browser asks a passkey of who gave the password that a proof is about
    /// (`PublicKeyCredential.parseRequestOptionsFromJSON`); none when they have none, and where the desk's public address is none for
    /// passkeys.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn ask_passkey(&self, proof: &str, origin: &str) -> Result<Option<String>> {
        let Some(half) = self.half_in(proof).await? else { return Ok(None) };
        passkeys::ask(self.0, half.id, Bound::LogIn(proof), origin).await
    }

    /// The second step of a log-in: a code or a passkey, for who proves that they gave the password. Wrong ones count as wrong
    /// passwords do.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the proof does not hold (any more); [`Error::Invalid`] for `factor_code` and
    /// `factor_passkey`; [`Error::TooManyAttempts`].
    pub async fn second_step(
        &self,
        proof: &str,
        factor: GivenFactor<'_>,
        client: &ClientAddress,
        kind: LoginKind,
    ) -> Result<LoggedIn> {
        let factor = factor.read(self.0, Bound::LogIn(proof))?;
        let answer = self.give_factor(proof, &factor, client, kind).await;
        let passwords = &self.0.db.tally().passwords;
        if answer.as_ref().is_err_and(|error| *error == factor.wrong()) {
            passwords.refused.add(1);
        }
        passwords.counted(answer)
    }

    async fn give_factor(
        &self,
        proof: &str,
        factor: &Factor,
        client: &ClientAddress,
        kind: LoginKind,
    ) -> Result<LoggedIn> {
        let desk = self.0;
        let half = self.half_in(proof).await?;
        let Some(Half { id, username, password_hash: Some(hash) }) = half else { return Err(Error::Unauthenticated) };
        let key = username_key(&username);
        let attempt = Attempt::with_password(desk, client, &key, Some(id));
        let (tx, _turn) = attempt.begin(desk).await?;
        // Before the passkey's challenge: whoever changes what somebody has, holds their row first.
        kept::lock(&tx, id).await?;
        let at = desk.now();
        let used = match kept::use_up(desk, &tx, id, factor, at).await? {
            Ok(used) => used,
            Err(refused) => {
                if refused.counts() {
                    attempt.count_failure(desk, &tx).await?;
                }
                refused.note(desk, &tx, &username, client);
                tx.commit().await?;
                tracing::warn!(target: crate::rooms::SECURITY, event = "login_refused", by = "factor", user = id.0, "refused");
                return Err(refused.sentence(factor));
            }
        };
        if let Some(left) = used.codes_left {
            let by = from_address(Some(id), None, client.as_str());
            NewEntry::of_desk(LedgerData::RecoveryCodeUsed { left }).note(&tx, by, at);
        }
        NewEvent::of_user(EventData::StaffLoggedIn, id).record(&tx, Some(id), at).await?;
        let logged_in = sessions::open(desk, &tx, id, Proof::Factor(hash, used), client, kind).await?;
        sessions::let_in(tx, logged_in, kind).await
    }
}
