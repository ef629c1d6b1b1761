//! People without an identity: the desk calls them by an alias, has nothing else of them, and knows them again by a code.

use crate::{PersonDraft, Pin, PinLength, Timestamp};

/// What somebody is called of whom nobody knows who they are: `Unknown person 7F`. It is made by chance, and says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias(String);

impl Alias {
    /// How many symbols an alias has, the fewest first: more where those are taken.
    pub const SYMBOLS: [usize; 4] = [2, 3, 4, 8];

    /// An alias of so many symbols.
    pub fn from_random(symbols: usize, random: [u8; 10]) -> Self {
        Self(Pin::from_random(PinLength::Sixteen, random).symbols().chars().take(symbols).collect())
    }

    /// As the desk keeps it: a username, a name to show, and no email address.
    pub fn draft(&self) -> PersonDraft {
        let username = format!("unknown-{}", self.0.to_lowercase());
        PersonDraft { username, name: format!("Unknown person {}", self.0), email: String::new() }
    }
}

/// What staff know of a return code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnCode {
    /// When it was made.
    pub made_at: Timestamp,
    /// Whether they showed that they wrote it down.
    pub is_noted: bool,
    /// When they last came back by it.
    pub used_at: Option<Timestamp>,
}

/// A return code that waits to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCode {
    /// The code.
    pub code: Pin,
    /// Whether it is never shown again.
    pub is_last: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_short_and_can_be_kept() {
        let alias = Alias::from_random(2, [0xe7, 0x01, 0, 0, 0, 0, 0, 0, 0, 0]);
        let draft = alias.draft();
        assert_eq!(
            (draft.username.as_str(), draft.name.as_str(), draft.email.as_str()),
            ("unknown-7f", "Unknown person 7F", "")
        );
        assert!(draft.check().is_ok());
        for symbols in Alias::SYMBOLS {
            assert_eq!(Alias::from_random(symbols, [0; 10]).draft().name.len(), "Unknown person ".len() + symbols);
        }
    }
}
