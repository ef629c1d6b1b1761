//! What is known of a person, each part as a type of its own: whoever has one knows that it was checked.

use std::{fmt, str::FromStr};

use unicode_normalization::UnicodeNormalization as _;

use crate::{
    FieldErrors, PersonDraft,
    text::{check_name, check_text},
};

/// Characters of a username, as Django has them.
const USERNAME_MAX_CHARS: usize = 150;
/// Characters of a name to show.
const NAME_MAX_CHARS: usize = 150;

macro_rules! checked_text {
    ($($name:ident),+) => {$(
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(checked: $name) -> Self {
                checked.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

checked_text!(Username, PersonName, Email);

/// The name that somebody is known by to the desk: 1 to 150 letters, digits and `@ . + - _`, as Django has them, in the
/// form that is the same however the same letters were typed (NFKC).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

impl FromStr for Username {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let username = check_text(&text.nfkc().collect::<String>(), USERNAME_MAX_CHARS)?;
        if username.chars().all(|c| c.is_alphanumeric() || "@.+-_".contains(c)) {
            Ok(Self(username))
        } else {
            Err("Use only letters, digits and @ . + - _ in a username.".into())
        }
    }
}

/// The name to show: one line of 1 to 150 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// A name as it was given; none when nothing was.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn given(text: &str) -> Result<Option<Self>, String> {
        let name = check_name(text, NAME_MAX_CHARS)?;
        Ok(Some(name).filter(|name| !name.is_empty()).map(Self))
    }
}

impl From<&Username> for PersonName {
    fn from(username: &Username) -> Self {
        Self(username.0.clone())
    }
}

/// An email address, which may be empty. What mail servers take in practice, not all that RFC 5322 allows: no quotes,
/// no comments, nothing that means something elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Email(String);

impl FromStr for Email {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let email = text.trim();
        // RFC 5321, 4.5.3.1.
        let is_short = email.len() <= 254;
        let is_word = |c: char| c.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
        let is_label = |label: &str| {
            let is_plain = label.chars().all(|c| c.is_alphanumeric() || c == '-' || is_mark(c));
            !label.is_empty() && is_plain && !label.starts_with('-') && !label.ends_with('-')
        };
        let is_address = email.split_once('@').is_some_and(|(local, host)| {
            (1..=64).contains(&local.len())
                && local.chars().all(|c| is_word(c) || is_mark(c))
                && host.contains('.')
                && host.split('.').all(is_label)
        });
        if email.is_empty() || (is_short && is_address) {
            Ok(Self(email.to_owned()))
        } else {
            Err("Enter a valid email address.".into())
        }
    }
}

/// An accent that is written apart from its letter.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

/// A [`PersonDraft`] that can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Unique at a desk; the desk sees to that.
    pub username: Username,
    /// The username when none was given.
    pub name: PersonName,
    /// May be empty.
    pub email: Email,
}

impl PersonDraft {
    /// Checks every field.
    ///
    /// # Errors
    /// The sentences for the fields.
    pub fn check(&self) -> Result<Profile, FieldErrors> {
        let mut errors = FieldErrors::default();
        let username = errors.take("username", self.username.parse::<Username>());
        let name = errors.take("name", PersonName::given(&self.name));
        let email = errors.take("email", self.email.parse());
        match (username, name, email) {
            (Some(username), Some(name), Some(email)) => {
                Ok(Profile { name: name.unwrap_or_else(|| PersonName::from(&username)), username, email })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        let read = |text: &str| text.parse::<Username>().map(String::from);
        assert_eq!(read(" ana.b+c@example-1_x "), Ok("ana.b+c@example-1_x".into()));
        assert_eq!(read("ＡＮＡ"), Ok("ANA".into()));
        for bad in ["", " ", "a b", "a/b", "a\u{0}"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn emails() {
        let read = |text: &str| text.parse::<Email>().map(String::from);
        for good in ["", " ana@example.com ", "a.b+c@x-1.example", "o'neil@x.y.example", "élodie@bücher.example"] {
            assert_eq!(read(good), Ok(good.trim().into()), "{good}");
        }
        for bad in [
            "no",
            "@x.y",
            "a@",
            "a@x",
            "a@x.",
            "a@.x",
            "a@-x.y",
            "a b@x.y",
            "a@x y.z",
            "a@b@x.y",
            "\"><svg/onload=alert(1)>@x.y",
            "a@x.y>",
            "<a@x.y>",
            "a@x.y,b@x.y",
            "a\u{0}@x.y",
            "a@x.y\nBcc: b@x.y",
            "a\u{202e}@x.y",
            "javascript:a@x.y",
            "a\\@x.y",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read(&format!("{}@x.y", "a".repeat(65))).is_err());
        assert!(read(&format!("a@{}.y", "x".repeat(252))).is_err());
    }

    #[test]
    fn who_gives_no_name_is_called_by_the_username() {
        let draft = |name: &str| PersonDraft { username: "ana".into(), name: name.into(), ..PersonDraft::default() };
        assert_eq!(draft("Ana\nRuiz").check().unwrap().name.as_str(), "Ana Ruiz");
        for nothing in ["", " \u{200b} "] {
            assert_eq!(draft(nothing).check().unwrap().name.as_str(), "ana");
        }
        let wrong = PersonDraft { username: "a b".into(), name: "x".repeat(151), email: "no".into() };
        assert_eq!(wrong.check().unwrap_err().0.len(), 3);
    }
}
