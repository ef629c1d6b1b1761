//! What goes after a while: rules that an admin sets, lists of what is due by them, and what is kept whatever they say. Nothing goes
//! that is on no list which an admin acknowledged.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{Change, FieldErrors, RetentionListId, Timestamp, UserId, check_text, human_bytes, word::words};

/// Days that a rule waits at least: a slip of a digit must not reach what was closed last week.
pub const RETENTION_MIN_DAYS: u32 = 30;
/// And at most.
const RETENTION_MAX_DAYS: u32 = 36_500;
/// Characters of the reason why a ticket is kept.
pub const KEEP_WHY_MAX_CHARS: usize = 200;

/// What a rule is about, and in which state that must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum RetentionOf {
    /// Tickets that are closed, with all that was written on them and their files.
    ClosedTickets,
    /// Tickets that are resolved, and that nobody closed.
    ResolvedTickets,
    /// Customers who have no ticket, no PIN that works and no session, and were not seen.
    IdleCustomers,
    /// Records of PINs that were used, revoked or not used in time.
    SpentPins,
}

words!(RetentionOf);

/// A key that no database counts up by itself.
#[cfg(feature = "db")]
impl sea_orm::TryFromU64 for RetentionOf {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("RetentionOf"))
    }
}

impl RetentionOf {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ClosedTickets => "Closed tickets",
            Self::ResolvedTickets => "Resolved tickets",
            Self::IdleCustomers => "Customers with nothing left",
            Self::SpentPins => "Records of PINs",
        }
    }

    /// What goes by the rule, and from when its days count.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::ClosedTickets => "With replies, notes and files. Days since it was closed.",
            Self::ResolvedTickets => "The same, for what nobody closed. Days since its last change.",
            Self::IdleCustomers => "No ticket, no PIN that works, no session. Days since they were last seen.",
            Self::SpentPins => "Used, revoked or over. Days since then. What is confirmed by a PIN keeps its record.",
        }
    }

    /// So many of them: `12 closed tickets`.
    pub fn counted(self, count: u64) -> String {
        let (one, many) = match self {
            Self::ClosedTickets => ("closed ticket", "closed tickets"),
            Self::ResolvedTickets => ("resolved ticket", "resolved tickets"),
            Self::IdleCustomers => ("customer with nothing left", "customers with nothing left"),
            Self::SpentPins => ("record of a PIN", "records of PINs"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }

    /// Reads the days of a rule; none for no rule.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn check_days(text: &str) -> Result<Option<u32>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let days = text.parse().ok().filter(|days| (RETENTION_MIN_DAYS..=RETENTION_MAX_DAYS).contains(days));
        days.map(Some).ok_or_else(|| {
            format!("Write a number of days from {RETENTION_MIN_DAYS} to {RETENTION_MAX_DAYS}, or nothing for no rule.")
        })
    }

    /// A change of its rule, if it is one.
    pub fn change(self, from: Option<u32>, to: Option<u32>) -> Option<Change> {
        let words = |days: Option<u32>| days.map_or_else(|| "never".to_owned(), |days| format!("after {days} days"));
        Change::of(&self.label().to_lowercase(), &words(from), &words(to))
    }
}

/// What became of something on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum RetentionOutcome {
    /// It is gone.
    Gone,
    /// It stayed: it was touched after the list was made, or is kept.
    Stayed,
}

words!(RetentionOutcome);

/// A list of what is due by a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionList {
    /// Its number.
    pub id: RetentionListId,
    /// What is on it.
    pub of: RetentionOf,
    /// The days of the rule.
    pub days: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// How many are on it.
    pub items: u64,
    /// The bytes of their files.
    pub bytes: u64,
    /// Of which moment the oldest and the newest are.
    pub oldest: Timestamp,
    /// See `oldest`.
    pub newest: Timestamp,
    /// When an admin acknowledged it.
    pub acknowledged_at: Option<Timestamp>,
    /// Who did.
    pub acknowledged_by: Option<String>,
    /// When the last of it was gone.
    pub done_at: Option<Timestamp>,
    /// How many are gone by now.
    pub gone: u64,
    /// How many stayed.
    pub stayed: u64,
}

impl RetentionList {
    /// What is on it, in a sentence: `12 closed tickets (3.4 MB), the oldest of 3 Jan 2026, the newest of 9 Jan 2026`.
    pub fn summary(&self) -> String {
        let room = if self.bytes == 0 { String::new() } else { format!(" ({})", human_bytes(self.bytes)) };
        let what = self.of.counted(self.items);
        if self.oldest.to_day() == self.newest.to_day() {
            return format!("{what}{room}, of {}", self.oldest.to_day());
        }
        format!("{what}{room}, the oldest of {}, the newest of {}", self.oldest.to_day(), self.newest.to_day())
    }

    /// Checks the number that is typed to acknowledge it.
    ///
    /// # Errors
    /// The sentence for `items`.
    pub fn check_items(&self, typed: &str) -> Result<(), FieldErrors> {
        if typed.trim().parse() == Ok(self.items) {
            return Ok(());
        }
        let sentence = format!("Type how many are on the list, {}: this cannot be taken back.", self.items);
        Err(FieldErrors::one("items", sentence))
    }
}

/// Something on a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionItem {
    /// The number of the ticket, the customer or the PIN.
    pub number: i64,
    /// What it is called; none once it is gone.
    pub name: Option<String>,
    /// From when its days count.
    pub since: Timestamp,
    /// The bytes of its files.
    pub bytes: u64,
    /// What became of it; none yet.
    pub outcome: Option<RetentionOutcome>,
}

/// That a ticket is kept, whatever rules say, and nobody deletes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketHold {
    /// Why.
    pub why: String,
    /// Who said so; none for the command line.
    pub by: Option<UserId>,
    /// Their name.
    pub by_name: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Checks the reason why a ticket is kept.
///
/// # Errors
/// The sentence for the field.
pub fn check_keep_why(text: &str) -> Result<String, String> {
    check_text(text, KEEP_WHY_MAX_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_many_or_none() {
        assert_eq!(RetentionOf::check_days(" "), Ok(None));
        assert_eq!(RetentionOf::check_days(" 365 "), Ok(Some(365)));
        for wrong in ["0", "29", "36501", "-40", "1e3", "a year"] {
            assert!(RetentionOf::check_days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rules_and_lists_are_told_in_words() {
        let change = RetentionOf::ClosedTickets.change(None, Some(365)).unwrap();
        assert_eq!((change.field.as_str(), change.new.as_deref()), ("closed tickets", Some("after 365 days")));
        assert_eq!(RetentionOf::ClosedTickets.change(Some(90), Some(90)), None);
        let day = |day: i64| Timestamp::from_micros(0).plus_seconds(day * 86_400);
        let list = RetentionList {
            id: RetentionListId(1),
            of: RetentionOf::ClosedTickets,
            days: 365,
            made_at: day(9),
            items: 12,
            bytes: 2048,
            oldest: day(0),
            newest: day(2),
            acknowledged_at: None,
            acknowledged_by: None,
            done_at: None,
            gone: 0,
            stayed: 0,
        };
        assert_eq!(list.summary(), "12 closed tickets (2 KB), the oldest of 1 Jan 1970, the newest of 3 Jan 1970");
        let one = RetentionList { items: 1, bytes: 0, newest: day(0), of: RetentionOf::SpentPins, ..list.clone() };
        assert_eq!(one.summary(), "1 record of a PIN, of 1 Jan 1970");
        assert!(list.check_items(" 12").is_ok() && list.check_items("11").is_err() && list.check_items("").is_err());
    }
}
