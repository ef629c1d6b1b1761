//! What somebody has typed and not sent yet.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{Error, FieldErrors, Result, TicketId, Timestamp};

/// Characters of a draft, all its fields together. What is too long to be sent is still kept.
pub const DRAFT_MAX_CHARS: usize = 100_000;

/// A form that keeps a draft. Its word (`ticket`, `reply-7`, `note-7`) is the one in addresses and in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum DraftPlace {
    /// A new ticket.
    Ticket,
    /// A reply on a ticket.
    Reply(TicketId),
    /// An internal note on a ticket.
    Note(TicketId),
}

impl FromStr for DraftPlace {
    type Err = Error;

    /// The place of a word.
    fn from_str(word: &str) -> Result<Self> {
        let id = |id: &str| id.parse().map_err(|_| Error::NotFound);
        let place = match word.split_once('-') {
            None => Self::Ticket,
            Some(("reply", ticket)) => Self::Reply(id(ticket)?),
            Some(("note", ticket)) => Self::Note(id(ticket)?),
            Some(_) => return Err(Error::NotFound),
        };
        // One place has one word: `reply-+7` and `reply-07` are none.
        if place.to_string() == word { Ok(place) } else { Err(Error::NotFound) }
    }
}

/// A part of a key that no database counts up by itself.
#[cfg(feature = "db")]
impl sea_orm::TryFromU64 for DraftPlace {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("DraftPlace"))
    }
}

impl DraftPlace {
    /// The ticket it is on; none for a new one.
    pub const fn ticket(self) -> Option<TicketId> {
        match self {
            Self::Ticket => None,
            Self::Reply(ticket) | Self::Note(ticket) => Some(ticket),
        }
    }

    /// The fields that its form has.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Ticket => &["title", "description", "priority", "category"],
            Self::Reply(_) | Self::Note(_) => &["body"],
        }
    }

    /// Whether there is nothing to keep: no text was written. A choice alone is none.
    pub fn is_blank(self, fields: &BTreeMap<String, String>) -> bool {
        let is_choice = |name: &str| matches!(name, "priority" | "category");
        fields.iter().all(|(name, value)| is_choice(name) || value.trim().is_empty())
    }

    /// Checks what a draft may hold: the form's own fields, [`DRAFT_MAX_CHARS`] in all. It may be unfit to be sent.
    ///
    /// # Errors
    /// The sentences for the fields.
    pub fn check(self, fields: &BTreeMap<String, String>) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        for name in fields.keys().filter(|name| !self.fields().contains(&name.as_str())) {
            errors.add(name, format!("This draft has no such field. It has: {}.", self.fields().join(", ")));
        }
        if errors.is_empty() && fields.values().map(|value| value.chars().count()).sum::<usize>() > DRAFT_MAX_CHARS {
            errors
                .add("form", format!("A draft holds {DRAFT_MAX_CHARS} characters at most. Attach the text as a file."));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl fmt::Display for DraftPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket => f.write_str("ticket"),
            Self::Reply(ticket) => write!(f, "reply-{ticket}"),
            Self::Note(ticket) => write!(f, "note-{ticket}"),
        }
    }
}

/// What somebody has typed into a form and not sent yet. Nobody else ever sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The form.
    pub place: DraftPlace,
    /// By the field's name, as it was typed.
    pub fields: BTreeMap<String, String>,
    /// When it was last saved.
    pub saved_at: Timestamp,
}

/// Characters of an idempotency key.
pub const IDEMPOTENCY_KEY_MAX_CHARS: usize = 64;

/// Checks an idempotency key, which its sender chooses anew for each thing they send: 1 to
/// [`IDEMPOTENCY_KEY_MAX_CHARS`] letters, digits, `-` and `_`.
///
/// # Errors
/// The sentence for the field.
pub fn check_idempotency_key(key: &str) -> Result<(), String> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=IDEMPOTENCY_KEY_MAX_CHARS).contains(&key.len()) && key.bytes().all(is_good) {
        return Ok(());
    }
    Err(format!("Send a key of 1 to {IDEMPOTENCY_KEY_MAX_CHARS} letters, digits, dashes and underscores."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_place_has_one_word() {
        for place in [DraftPlace::Ticket, DraftPlace::Reply(TicketId(7)), DraftPlace::Note(TicketId(41))] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for bad in
            ["", "Ticket", "tickets", "ticket-7", "reply", "reply-", "reply-07", "reply-+7", "reply-7-7", "note-x"]
        {
            assert!(bad.parse::<DraftPlace>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_draft_may_be_unfit_but_not_endless() {
        let place = DraftPlace::Ticket;
        assert_eq!(place.check(&fields(&[("title", &"x".repeat(5_000)), ("priority", "soon")])), Ok(()));
        let endless = fields(&[("title", "x"), ("description", &"ü".repeat(DRAFT_MAX_CHARS))]);
        assert!(!place.check(&endless).unwrap_err().of("form").is_empty());
        let other = DraftPlace::Reply(TicketId(7)).check(&fields(&[("body", "x"), ("title", "y")])).unwrap_err();
        assert_eq!(other.0.keys().collect::<Vec<_>>(), ["title"]);
    }

    #[test]
    fn a_choice_alone_is_no_draft() {
        assert!(DraftPlace::Ticket.is_blank(&fields(&[("title", " "), ("description", "\n"), ("priority", "High")])));
        assert!(!DraftPlace::Ticket.is_blank(&fields(&[("title", "x")])));
        assert!(DraftPlace::Note(TicketId(7)).is_blank(&fields(&[])));
    }

    #[test]
    fn keys_are_short_and_plain() {
        assert!(check_idempotency_key("0f-A_9").is_ok());
        for bad in ["", "a b", "ä", "a/b", &"x".repeat(65)] {
            assert!(check_idempotency_key(bad).is_err(), "{bad:?}");
        }
    }
}
