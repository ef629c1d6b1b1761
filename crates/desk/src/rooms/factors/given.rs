//! A second factor as somebody gives it: a code that they typed, or what their passkey answered.

use domain::{Error, FactorCode, LedgerData, Result, UserId};
use serde::de::DeserializeOwned;
use webauthn_rs::prelude::PublicKeyCredential;

use super::challenges::Bound;
use crate::{
    rooms::{Inner, throttle::ClientAddress},
    store::db::Tx,
    trail::ledger::{NewEntry, from_address},
};

/// What is said of an answer whose challenge nobody knows any more.
pub(super) const LATE: &str = "That took too long, or was sent before. Try again.";

/// The fields of a form that shows a second factor. No `Debug`: they are secrets.
#[derive(Clone, Copy)]
pub struct GivenFactor<'a> {
    /// A code that was typed.
    pub code: &'a str,
    /// What a passkey answered, as JSON (WebAuthn, 5.1.7); it counts if it is not empty.
    pub passkey: &'a str,
    /// The desk's public address, where passkeys work.
    pub origin: &'a str,
}

impl<'a> GivenFactor<'a> {
    /// A code alone.
    pub const fn code(code: &'a str) -> Self {
        Self { code, passkey: "", origin: "" }
    }

    /// Reads it. What a passkey answered is held against the challenge that was made for this.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `factor_code` or `factor_passkey`.
    pub(crate) fn read(self, desk: &Inner, bound: Bound<'_>) -> Result<Factor> {
        if self.passkey.is_empty() {
            let code = FactorCode::parse(self.code).map_err(|sentence| Error::field("factor_code", sentence))?;
            return Ok(Factor::Code(code));
        }
        Ok(Factor::Passkey(Box::new(Assertion::read(self, bound.hash(desk))?)))
    }
}

/// A second factor that was read and not looked at.
pub(crate) enum Factor {
    Code(FactorCode),
    Passkey(Box<Assertion>),
}

impl Factor {
    /// What is said of one that is wrong.
    pub(crate) fn wrong(&self) -> Error {
        match self {
            Self::Code(_) => Error::field(
                "factor_code",
                "This code is wrong, or was used already. Wait for the next one and type it.",
            ),
            Self::Passkey(_) => {
                Error::field("factor_passkey", "This passkey was not accepted. Try again, or type a code.")
            }
        }
    }
}

/// What a passkey answered at a log-in, and which challenge it must be for.
pub(crate) struct Assertion {
    pub(super) answer: PublicKeyCredential,
    pub(super) bound: String,
    pub(super) origin: String,
}

impl Assertion {
    fn read(given: GivenFactor<'_>, bound: String) -> Result<Self> {
        Ok(Self { answer: answered(given.passkey)?, bound, origin: given.origin.to_owned() })
    }
}

/// Reads what a browser sent of a passkey.
pub(super) fn answered<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|cause| {
        tracing::info!(%cause, "what a browser sent of a passkey cannot be read");
        Error::field("factor_passkey", "What your browser sent cannot be read. Try again, or use another browser.")
    })
}

/// That somebody gave a second factor of theirs, which this transaction used up.
#[must_use]
pub(crate) struct UsedFactor {
    pub(super) user: UserId,
    /// The recovery codes that are left, if it was one.
    pub(crate) codes_left: Option<u64>,
}

impl UsedFactor {
    /// Whose it was.
    pub(crate) fn is_of(&self, user: UserId) -> bool {
        self.user == user
    }
}

/// Why a second factor was not taken.
pub(crate) enum Refused {
    Wrong,
    /// It is a passkey of this name that counts, and its count went backwards.
    Copied(String),
    /// What was to be signed is not known any more; nobody guessed.
    Late,
}

impl Refused {
    /// Notes that somebody knew a password and not the second factor.
    pub(crate) fn note(&self, desk: &Inner, tx: &Tx, username: &str, client: &ClientAddress) {
        let whom = username.to_owned();
        let refused = match self {
            Self::Wrong => LedgerData::FactorRefused { whom },
            Self::Copied(name) => LedgerData::PasskeyCopied { whom, name: name.clone() },
            Self::Late => return,
        };
        NewEntry::of_desk(refused).note(tx, from_address(None, None, client.as_str()), desk.now());
    }

    /// Whether it counts as a failed attempt.
    pub(crate) const fn counts(&self) -> bool {
        !matches!(self, Self::Late)
    }

    /// What is said of it.
    pub(crate) fn sentence(&self, factor: &Factor) -> Error {
        if self.counts() { factor.wrong() } else { Error::field("factor_passkey", LATE) }
    }
}
