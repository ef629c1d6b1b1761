//! What a PIN and the session that it opens are for.

mod words;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{IntoStaticStr, VariantArray};

pub use self::words::length_words;
use crate::{FieldErrors, TicketId, Timestamp, text::check_name, word::words};

/// Something that a session may do with tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Can {
    /// See them, and what was said on them.
    Read,
    /// Write: reply, change the words, close; and open a new one.
    Reply,
    /// Add files, with what is written or alone.
    Upload,
    /// Let others in, for less.
    Delegate,
}

words!(Can);

impl Can {
    const fn bit(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Reply => 2,
            Self::Upload => 4,
            Self::Delegate => 8,
        }
    }
}

/// What a session may do with tickets. Written as words with commas between them: `read,reply`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub struct CanSet(u8);

impl CanSet {
    /// Everything.
    pub const ALL: Self = Self(Can::Read.bit() | Can::Reply.bit() | Can::Upload.bit() | Can::Delegate.bit());

    /// These and nothing else.
    pub fn of(these: impl IntoIterator<Item = Can>) -> Self {
        Self(these.into_iter().fold(0, |bits, can| bits | can.bit()))
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, can: Can) -> Self {
        Self(self.0 | can.bit())
    }

    /// Whether this is among them.
    pub const fn has(self, can: Can) -> bool {
        self.0 & can.bit() != 0
    }

    /// One by one, in order.
    pub fn iter(self) -> impl Iterator<Item = Can> {
        Can::ALL.iter().copied().filter(move |can| self.has(*can))
    }
}

impl fmt::Display for CanSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, can) in self.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            f.write_str(can.as_str())?;
        }
        Ok(())
    }
}

impl FromStr for CanSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').map(str::parse).collect::<Result<Vec<Can>, _>>().map(Self::of)
    }
}

impl Serialize for CanSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for CanSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Can>::deserialize(deserializer).map(Self::of)
    }
}

/// What a PIN is redeemed for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum Purpose {
    /// To be the customer.
    #[default]
    Login,
    /// To add files to one ticket of the customer's, and to read nothing.
    Drop,
    /// To confirm one thing in a session that is under way; it lets nobody in.
    Approve,
}

words!(Purpose);

/// How long a session stays that a PIN opens, however often it is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
#[serde(transparent)]
pub struct Stay(i64);

impl Stay {
    /// The longest that files can be dropped.
    pub const OF_DROP: Self = Self(48 * 3600);
    const MOST: i64 = 365 * 24 * 3600;

    /// So many seconds.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn from_seconds(seconds: i64) -> Result<Self, String> {
        if (60..=Self::MOST).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err("Choose a stay from 1 minute to 365 days.".to_owned())
        }
    }

    /// In seconds.
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

/// Characters of a label.
const LABEL_MAX_CHARS: usize = 100;

/// What staff ask for when they issue a PIN. What is left out is not narrower than the customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeDraft {
    /// For this ticket alone.
    pub ticket: Option<TicketId>,
    /// For this alone. Left out, it is everything; for one ticket everything but to let others in.
    pub can: Option<CanSet>,
    /// So many seconds for the session, see [`Stay`].
    pub stays: Option<i64>,
    /// What it is called, for staff and for who uses it. May be empty.
    pub label: String,
    /// What for.
    pub purpose: Purpose,
}

impl ScopeDraft {
    /// Checks what can be checked without the ticket.
    ///
    /// # Errors
    /// The sentences for the fields.
    pub fn check(&self) -> Result<PinScope, FieldErrors> {
        let mut errors = FieldErrors::default();
        let is_drop = self.purpose == Purpose::Drop;
        if is_drop && self.ticket.is_none() {
            errors.add("ticket", "Choose the ticket that the files are for.");
        }
        if is_drop && self.can.is_some() {
            errors.add("can", "Who drops files can do nothing else. Leave this out.");
        }
        if self.purpose == Purpose::Approve {
            errors.add("purpose", "Ask for a confirmation on its ticket: the PIN comes with it.");
        }
        let can = match (is_drop, self.can) {
            (true, _) => CanSet::of([Can::Upload]),
            // There is nothing to do for who sees nothing.
            (false, Some(can)) => can.with(Can::Read),
            (false, None) if self.ticket.is_some() => CanSet::of([Can::Read, Can::Reply, Can::Upload]),
            (false, None) => CanSet::ALL,
        };
        let stays = self.stays.map(Stay::from_seconds).transpose();
        let stays = errors.take("stays", stays).flatten();
        if is_drop && stays.is_some_and(|stays| stays.seconds() > Stay::OF_DROP.seconds()) {
            errors.add("stays", "Files can be dropped for 48 hours at most.");
        }
        let stays = stays.or(is_drop.then_some(Stay::OF_DROP));
        let label = errors.take("label", check_name(&self.label, LABEL_MAX_CHARS));
        match label {
            Some(label) if errors.is_empty() => {
                Ok(PinScope { ticket: self.ticket, can, stays, label, purpose: self.purpose })
            }
            _ => Err(errors),
        }
    }
}

/// What a PIN opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinScope {
    /// This ticket alone; none for all of the customer's.
    pub ticket: Option<TicketId>,
    /// What its session may do.
    pub can: CanSet,
    /// How long its session stays; as long as any when none.
    pub stays: Option<Stay>,
    /// What it is called. May be empty.
    pub label: String,
    /// What for.
    pub purpose: Purpose,
}

impl Default for PinScope {
    fn default() -> Self {
        Self { ticket: None, can: CanSet::ALL, stays: None, label: String::new(), purpose: Purpose::Login }
    }
}

impl PinScope {
    /// The scope of a session that is opened now.
    pub fn opened(self, at: Timestamp) -> Scope {
        Scope {
            ticket: self.ticket,
            can: self.can,
            until: self.stays.map(|stays| at.plus_seconds(stays.seconds())),
            label: self.label,
            purpose: self.purpose,
            is_delegated: false,
        }
    }
}

/// What a session is for. It is in the session's row and nowhere else, never in a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// This ticket alone; none for all of the customer's.
    pub ticket: Option<TicketId>,
    /// What it may do.
    pub can: CanSet,
    /// When it ends, if it ends sooner than others.
    pub until: Option<Timestamp>,
    /// What it is called. May be empty.
    pub label: String,
    /// What for.
    pub purpose: Purpose,
    /// Whether a customer let somebody in, who acts for them and is called by the label.
    pub is_delegated: bool,
}

impl Default for Scope {
    /// Everything that its owner may do.
    fn default() -> Self {
        Self {
            ticket: None,
            can: CanSet::ALL,
            until: None,
            label: String::new(),
            purpose: Purpose::Login,
            is_delegated: false,
        }
    }
}

impl Scope {
    /// Seconds before its end from which on a customer is told of it.
    const SOON: i64 = 3 * 24 * 3600;

    /// When it ends, if it is for one ticket and that is soon.
    pub fn ends_soon(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| self.ticket.is_some() && until.seconds_since(now) <= Self::SOON)
    }

    /// Whether it is for less than its owner may do. How long it stays makes it no narrower.
    pub fn is_narrow(&self) -> bool {
        self.ticket.is_some() || self.can != CanSet::ALL || self.purpose != Purpose::Login || self.is_delegated
    }

    /// Whether it may do this with the tickets that it sees.
    pub fn may(&self, can: Can) -> bool {
        self.purpose == Purpose::Login && self.can.has(can)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_read_as_they_are_written() {
        for (text, set) in [
            ("read", CanSet::of([Can::Read])),
            ("read,reply", CanSet::of([Can::Reply, Can::Read])),
            ("read,reply,upload,delegate", CanSet::ALL),
        ] {
            assert_eq!(set.to_string(), text);
            assert_eq!(text.parse(), Ok(set));
            let json = serde_json::to_string(&set).unwrap();
            assert_eq!(json, format!("[\"{}\"]", text.replace(',', "\",\"")));
            assert_eq!(serde_json::from_str::<CanSet>(&json).unwrap(), set);
        }
        assert_eq!(" Upload, READ ".parse(), Ok(CanSet::of([Can::Read, Can::Upload])));
        for bad in ["", "write", "read,,reply", "read;reply"] {
            let refusal = bad.parse::<CanSet>().unwrap_err();
            assert!(refusal.contains("read, reply, upload, delegate"), "{bad:?}: {refusal}");
        }
    }

    #[test]
    fn what_is_left_out_is_not_narrower() {
        let scope = ScopeDraft::default().check().unwrap();
        assert_eq!(scope, PinScope::default());
        assert!(!scope.opened(Timestamp::from_micros(0)).is_narrow());
        let named = ScopeDraft { label: " at\nhome ".into(), stays: Some(3600), ..ScopeDraft::default() };
        let session = named.check().unwrap().opened(Timestamp::from_micros(0));
        assert!(!session.is_narrow());
        assert_eq!(session.label, "at home");
        assert_eq!(session.until, Some(Timestamp::from_micros(0).plus_seconds(3600)));
        let ticket = ScopeDraft { ticket: Some(TicketId(7)), ..ScopeDraft::default() }.check().unwrap();
        assert_eq!(ticket.can.to_string(), "read,reply,upload");
        assert!(ticket.opened(Timestamp::from_micros(0)).is_narrow());
    }

    #[test]
    fn whoever_is_let_in_may_read_and_who_drops_files_may_not() {
        let upload = ScopeDraft { can: Some(CanSet::of([Can::Upload])), ..ScopeDraft::default() }.check().unwrap();
        assert_eq!(upload.can.to_string(), "read,upload");
        let drop = ScopeDraft { ticket: Some(TicketId(7)), purpose: Purpose::Drop, ..ScopeDraft::default() };
        let session = drop.check().unwrap().opened(Timestamp::from_micros(0));
        assert_eq!(session.until, Some(Timestamp::from_micros(0).plus_seconds(48 * 3600)));
        assert_eq!(session.can.to_string(), "upload");
        assert!(Can::ALL.iter().all(|can| !session.may(*can)), "what it can is not what a customer can");
    }

    #[test]
    fn what_cannot_be_is_named() {
        let wrong = ScopeDraft {
            ticket: None,
            can: Some(CanSet::ALL),
            stays: Some(49 * 3600),
            label: "x".repeat(101),
            purpose: Purpose::Drop,
        };
        let errors = wrong.check().unwrap_err();
        assert_eq!(errors.0.keys().collect::<Vec<_>>(), ["can", "label", "stays", "ticket"]);
        for seconds in [0, 59, 365 * 24 * 3600 + 1, -1] {
            let errors = ScopeDraft { stays: Some(seconds), ..ScopeDraft::default() }.check().unwrap_err();
            assert!(!errors.of("stays").is_empty(), "{seconds}");
        }
    }
}
