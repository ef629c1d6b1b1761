//! Somebody lost their access: they ask for it on a page, and staff make sure who they are before they issue a PIN.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{FieldErrors, PinId, RecoveryId, Timestamp, UserId, check_line, word::words};

/// Characters of a name, and of how to call back.
pub const RECOVERY_MAX_CHARS: usize = 100;
/// Characters of how staff made sure, and of why there is no PIN.
pub const RECOVERY_HOW_MAX_CHARS: usize = 200;

/// What somebody writes who lost their access.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryDraft {
    /// Who they are.
    pub name: String,
    /// A telephone number, or another way to reach them.
    pub callback: String,
}

impl RecoveryDraft {
    /// What is kept of it.
    ///
    /// # Errors
    /// The sentences for `name` and `callback`.
    pub fn check(&self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", check_line(&self.name, RECOVERY_MAX_CHARS));
        let callback = errors.take("callback", check_line(&self.callback, RECOVERY_MAX_CHARS));
        match (name, callback) {
            (Some(name), Some(callback)) => Ok(Self { name, callback }),
            _ => Err(errors),
        }
    }
}

/// How staff made sure who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum RecoveryCheck {
    /// They called back at a number that the desk had before.
    CalledBack,
    /// They saw them.
    InPerson,
    /// By the caller code of another session of theirs.
    CallerCode,
    /// A second colleague knows them.
    Colleague,
}

words!(RecoveryCheck);

impl RecoveryCheck {
    /// For a list to choose from, and in a sentence after who did it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::CalledBack => "called back",
            Self::InPerson => "saw them in person",
            Self::CallerCode => "checked a caller code of another session",
            Self::Colleague => "asked a second colleague",
        }
    }
}

/// What staff found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryAnswer {
    /// Who it is.
    pub customer: UserId,
    /// How they made sure.
    pub checked: RecoveryCheck,
    /// The same in a line.
    pub how: String,
    /// Whether the sessions that the customer has end.
    pub ends_sessions: bool,
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoveryState {
    /// Nobody answered it.
    Open,
    /// Somebody did; a second one of staff must confirm that.
    Prepared,
    /// A second one did: the PIN can be issued.
    Confirmed,
    /// A PIN was issued.
    Issued(PinId),
    /// There is none, and why.
    Dismissed(String),
}

/// A request, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Its number.
    pub id: RecoveryId,
    /// Who they say they are.
    pub name: String,
    /// How to call them back.
    pub callback: String,
    /// When they asked.
    pub at: Timestamp,
    /// Where it stands.
    pub state: RecoveryState,
    /// Whom staff took them for, with the name to show.
    pub customer: Option<(UserId, String)>,
    /// How they made sure, and in their words.
    pub checked: Option<(RecoveryCheck, String)>,
    /// Who made sure.
    pub prepared_by: Option<(UserId, String)>,
    /// When: whoever confirms it confirms what was said then.
    pub prepared_at: Option<Timestamp>,
    /// The second one.
    pub confirmed_by: Option<(UserId, String)>,
    /// Who issued the PIN, or dismissed it, and when.
    pub decided: Option<(String, Timestamp)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_needed_and_bounded() {
        let draft = |name: &str, callback: &str| RecoveryDraft { name: name.into(), callback: callback.into() };
        assert_eq!(draft(" Ana\tRuiz ", "+34 600").check(), Ok(draft("Ana Ruiz", "+34 600")));
        let long = "x".repeat(101);
        for (draft, field) in [
            (draft(" ", "+34"), "name"),
            (draft("Ana", ""), "callback"),
            (draft(&long, "+34"), "name"),
            (draft("Ana", &long), "callback"),
        ] {
            assert_eq!(draft.check().unwrap_err().0.keys().collect::<Vec<_>>(), [field]);
        }
    }
}
