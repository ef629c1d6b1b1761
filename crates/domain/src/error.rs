//! The errors a caller can act on. What went wrong inside is logged with a request id and never sent out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a use case answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Field name to the sentences about it, in the shape of Django REST framework's field errors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldErrors(pub BTreeMap<String, Vec<String>>);

impl FieldErrors {
    /// One sentence about one field.
    pub fn one(field: &str, sentence: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, sentence);
        errors
    }

    /// Adds a sentence about `field`.
    pub fn add(&mut self, field: &str, sentence: impl Into<String>) {
        self.0.entry(field.to_owned()).or_default().push(sentence.into());
    }

    /// Keeps the good value; notes the sentence of a refused one.
    pub fn take<T>(&mut self, field: &str, checked: std::result::Result<T, String>) -> Option<T> {
        checked.map_err(|sentence| self.add(field, sentence)).ok()
    }

    /// The sentences about `field`.
    pub fn of(&self, field: &str) -> &[String] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing was refused.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A refused use case. Each variant says what the caller can do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case", from = "Wire")]
pub enum Error {
    /// Fields to correct (400).
    #[error("Some fields need another look.")]
    Invalid {
        /// What to correct.
        fields: FieldErrors,
    },
    /// A PIN that is wrong, used, expired or revoked, without telling which (400).
    #[error("Invalid or used PIN")]
    WrongPin,
    /// A username and password that do not belong together (400).
    #[error("Wrong username or password.")]
    WrongPassword,
    /// Nobody is logged in, or the session is over (401).
    #[error("Log in to go on.")]
    Unauthenticated,
    /// Logged in, but this is for others (403).
    #[error("{message}")]
    Forbidden {
        /// Who may.
        message: String,
    },
    /// It does not exist, or it is not the caller's: the same answer on purpose (404).
    #[error("Not found.")]
    NotFound,
    /// It cannot be done as things stand (409).
    #[error("{message}")]
    Conflict {
        /// What stands in the way, and what to do.
        message: String,
    },
    /// More bytes than are taken (413).
    #[error("Too large.")]
    TooLarge {
        /// Which part, and the limit.
        fields: FieldErrors,
    },
    /// A body in a form that is not read here (415).
    #[error("{message}")]
    UnsupportedType {
        /// What is read.
        message: String,
    },
    /// Too many failed attempts: from one address, to one account, or everywhere (429).
    #[error("Too many failed attempts. Try again in {}.", wait_words(*retry_after))]
    TooManyAttempts {
        /// Seconds until the next attempt is looked at.
        retry_after: u64,
    },
    /// More than one session may ask for in a while (429).
    #[error("{}", too_many_requests(*retry_after))]
    TooManyRequests {
        /// Seconds until there is room again.
        retry_after: u64,
    },
    /// Something failed inside (500); the cause is in the log.
    #[error("Something went wrong on our side. Try again in a moment.")]
    Internal,
    /// The database or the disk does not answer, or takes nothing (503).
    #[error("{UNAVAILABLE}")]
    Unavailable,
    /// The same, for staff, who can do something about it (503).
    #[error("{message}")]
    Trouble {
        /// What is the matter, and what to do.
        message: String,
    },
}

/// An [`Error`] as JSON, with the parts of all its variants side by side: a reader of these few fields is a fraction of what
/// is derived for the variants, and a browser has to load it.
#[derive(Deserialize)]
struct Wire {
    error: String,
    #[serde(default)]
    fields: FieldErrors,
    #[serde(default)]
    message: String,
    #[serde(default)]
    retry_after: u64,
}

impl From<Wire> for Error {
    /// A word of a later version is one that says nothing more than that it failed.
    fn from(Wire { error, fields, message, retry_after }: Wire) -> Self {
        match error.as_str() {
            "invalid" => Self::Invalid { fields },
            "wrong_pin" => Self::WrongPin,
            "wrong_password" => Self::WrongPassword,
            "unauthenticated" => Self::Unauthenticated,
            "forbidden" => Self::Forbidden { message },
            "not_found" => Self::NotFound,
            "conflict" => Self::Conflict { message },
            "too_large" => Self::TooLarge { fields },
            "unsupported_type" => Self::UnsupportedType { message },
            "too_many_attempts" => Self::TooManyAttempts { retry_after },
            "too_many_requests" => Self::TooManyRequests { retry_after },
            "unavailable" => Self::Unavailable,
            "trouble" => Self::Trouble { message },
            _ => Self::Internal,
        }
    }
}

/// What is said while the database or the disk does not answer; the browser says it too.
pub const UNAVAILABLE: &str = "The desk cannot look up or save anything at the moment. Try again in a minute.";

/// What is said to a session that asks for more than its measure, `seconds` before there is room again; the browser
/// says it too.
pub fn too_many_requests(seconds: u64) -> String {
    let mut sentence = String::from("That is more than the desk takes from one session. Try again in ");
    sentence.push_str(&seconds.to_string());
    sentence.push_str(" s.");
    sentence
}

/// Seconds after which what was unavailable is worth another try.
const TRY_AGAIN_AFTER: u64 = 5;

impl Error {
    /// One refused field.
    pub fn field(field: &str, sentence: impl Into<String>) -> Self {
        Self::Invalid { fields: FieldErrors::one(field, sentence) }
    }

    /// A browser that cannot stay logged in, because it does not keep the cookies of the site at `address`.
    pub fn no_cookies(address: &str) -> Self {
        Self::field(
            "form",
            format!(
                "Your browser did not keep this site’s cookie, and without it nobody stays logged in. Open {address}, \
                 allow its cookies and log in there. Nothing was used up: what you typed still works."
            ),
        )
    }

    /// Refused because of who asks.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden { message: message.into() }
    }

    /// Refused because of how things stand.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict { message: message.into() }
    }

    /// The sentences about fields, if that is what this is about.
    pub fn fields(&self) -> Option<&FieldErrors> {
        match self {
            Self::Invalid { fields } | Self::TooLarge { fields } => Some(fields),
            _ => None,
        }
    }

    /// The HTTP status, the same for server functions and REST (RFC 9110; 429 from RFC 6585).
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Invalid { .. } | Self::WrongPin | Self::WrongPassword => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound => 404,
            Self::Conflict { .. } => 409,
            Self::TooLarge { .. } => 413,
            Self::UnsupportedType { .. } => 415,
            Self::TooManyAttempts { .. } | Self::TooManyRequests { .. } => 429,
            Self::Internal => 500,
            Self::Unavailable | Self::Trouble { .. } => 503,
        }
    }

    /// Seconds until trying again may help, for the header `Retry-After` (RFC 9110, 10.2.3).
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { retry_after } | Self::TooManyRequests { retry_after } => Some(*retry_after),
            Self::Unavailable | Self::Trouble { .. } => Some(TRY_AGAIN_AFTER),
            _ => None,
        }
    }
}

/// A wait as a person says it.
fn wait_words(seconds: u64) -> String {
    let (count, unit) = if seconds < 60 { (seconds, "second") } else { (seconds.div_ceil(60), "minute") };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

impl From<FieldErrors> for Error {
    fn from(fields: FieldErrors) -> Self {
        Self::Invalid { fields }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each variant; a new one does not compile until it is here.
    fn every_error() -> Vec<Error> {
        let (fields, message) = (FieldErrors::one("title", "It is empty."), "Because.".to_owned());
        let all = vec![
            Error::Invalid { fields: fields.clone() },
            Error::WrongPin,
            Error::WrongPassword,
            Error::Unauthenticated,
            Error::Forbidden { message: message.clone() },
            Error::NotFound,
            Error::Conflict { message: message.clone() },
            Error::TooLarge { fields },
            Error::UnsupportedType { message: message.clone() },
            Error::TooManyAttempts { retry_after: 7 },
            Error::TooManyRequests { retry_after: 8 },
            Error::Internal,
            Error::Unavailable,
            Error::Trouble { message },
        ];
        for error in &all {
            match error {
                Error::Invalid { .. }
                | Error::WrongPin
                | Error::WrongPassword
                | Error::Unauthenticated
                | Error::Forbidden { .. }
                | Error::NotFound
                | Error::Conflict { .. }
                | Error::TooLarge { .. }
                | Error::UnsupportedType { .. }
                | Error::TooManyAttempts { .. }
                | Error::TooManyRequests { .. }
                | Error::Internal
                | Error::Unavailable
                | Error::Trouble { .. } => {}
            }
        }
        all
    }

    #[test]
    fn an_error_reads_back_as_it_was_written() {
        for error in every_error() {
            let json = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<Error>(&json).unwrap(), error, "{json}");
        }
        assert_eq!(serde_json::from_str::<Error>(r#"{"error":"of_tomorrow","why":1}"#).unwrap(), Error::Internal);
    }

    #[test]
    fn waits_are_said_in_words() {
        for (seconds, words) in
            [(1, "1 second"), (12, "12 seconds"), (60, "1 minute"), (61, "2 minutes"), (600, "10 minutes")]
        {
            assert_eq!(wait_words(seconds), words);
        }
    }
}
