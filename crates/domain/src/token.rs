//! API tokens: what programs of staff call with.

use serde::{Deserialize, Serialize};

use crate::{FieldErrors, Timestamp, TokenId, UserId, text::check_line};

/// How every API token begins.
pub const TOKEN_PREFIX: &str = "pdk_";
/// Characters of a token's name.
const NAME_MAX_CHARS: usize = 100;
const SECONDS: std::ops::RangeInclusive<i64> = 60..=365 * 24 * 3600;

/// By which token somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByToken {
    /// Its id.
    pub id: TokenId,
    /// Whether it changes nothing.
    pub is_read_only: bool,
}

/// What staff ask for when they make a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenDraft {
    /// What it is called: one line.
    pub name: String,
    /// Seconds until it expires: from a minute to 365 days. There is none that lives for ever.
    pub ttl: Option<i64>,
    /// Whether it changes nothing.
    pub is_read_only: bool,
}

/// A [`TokenDraft`] that can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What it is called.
    pub name: String,
    /// Seconds until it expires.
    pub ttl: i64,
    /// Whether it changes nothing.
    pub is_read_only: bool,
}

impl TokenDraft {
    /// Checks every field.
    ///
    /// # Errors
    /// The sentences for the fields.
    pub fn check(&self) -> Result<NewToken, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", check_line(&self.name, NAME_MAX_CHARS));
        let ttl = self.ttl.filter(|ttl| SECONDS.contains(ttl));
        let ttl = errors.take("ttl", ttl.ok_or_else(|| "Choose a lifetime from 1 minute to 365 days.".to_owned()));
        match (name, ttl) {
            (Some(name), Some(ttl)) => Ok(NewToken { name, ttl, is_read_only: self.is_read_only }),
            _ => Err(errors),
        }
    }
}

/// What the desk knows of a token that was not revoked; the token itself it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// What it is called.
    pub name: String,
    /// Whether it changes nothing.
    pub is_read_only: bool,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl TokenRecord {
    /// Whether its time is over.
    pub fn is_over(&self, at: Timestamp) -> bool {
        self.expires_at <= at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_a_name_and_an_end() {
        let draft = TokenDraft { name: " Phone\nsystem ".into(), ttl: Some(60), is_read_only: true };
        let expected = NewToken { name: "Phone system".into(), ttl: 60, is_read_only: true };
        assert_eq!(draft.check(), Ok(expected));
        for ttl in [None, Some(0), Some(59), Some(365 * 24 * 3600 + 1), Some(-60), Some(i64::MAX)] {
            let errors = TokenDraft { name: "\u{200b}".into(), ttl, ..TokenDraft::default() }.check().unwrap_err();
            assert_eq!(errors.0.keys().collect::<Vec<_>>(), ["name", "ttl"], "{ttl:?}");
        }
    }
}
