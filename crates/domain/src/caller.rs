//! The code by which a caller shows that they are in: read from their own page to whoever answers the phone.

use std::fmt;

use strum::{IntoStaticStr, VariantArray};

use crate::{Scope, TicketRow, Timestamp, UserId, word::words};

/// Digits of a code.
const DIGITS: usize = 6;

/// A code in clear. It is shown to its session alone, and nowhere stored; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct CallerCode(String);

impl CallerCode {
    /// How many codes there are.
    const MANY: u64 = 10u64.pow(DIGITS as u32);

    /// A code from random bits.
    pub fn from_random(bits: u64) -> Self {
        // Of 2^64 values some codes have one more than others: by a 10^13th.
        Self(format!("{:0DIGITS$}", bits % Self::MANY))
    }

    /// Reads what somebody heard: spaces and dashes do not matter, digits of every script count.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let is_between = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.');
        let digits = typed.chars().filter(|c| !is_between(*c)).map(digit).collect::<Option<String>>();
        let code = digits.filter(|digits| digits.len() == DIGITS).map(Self);
        code.ok_or_else(|| format!("A caller's code has {DIGITS} digits."))
    }

    /// Its digits.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Its digits in two groups, as they are read out: `123 456`.
    pub fn grouped(&self) -> String {
        let (first, second) = self.0.split_at(DIGITS / 2);
        format!("{first} {second}")
    }
}

impl fmt::Debug for CallerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallerCode(…)")
    }
}

/// A digit, also of full width or as Arabic, Persian and Indian keyboards write them.
pub(crate) fn digit(c: char) -> Option<char> {
    const ZEROS: [char; 5] = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'];
    let value =
        ZEROS.into_iter().find_map(|zero| u32::from(c).checked_sub(u32::from(zero)).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

/// A code of a session that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerCodeShown {
    /// The code; none once it was used.
    pub code: Option<CallerCode>,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When Support checked it.
    pub checked_at: Option<Timestamp>,
}

/// What became of a code that an agent typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum CallerOutcome {
    /// It was somebody's.
    Checked,
    /// It was nobody's.
    Wrong,
    /// It was not looked at, because too many before it were wrong.
    Refused,
    /// There was none: the agent called, and said so.
    Calling,
    /// There was none: the customer could make none, and the agent wrote how else they know them.
    Vouched,
}

words!(CallerOutcome);

/// An agent calls a customer, as the customer's pages tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calling {
    /// The agent's name.
    pub agent: String,
    /// Until when it is told.
    pub until: Timestamp,
}

/// Characters of what an agent writes of how they know a customer.
pub const HOW_MAX_CHARS: usize = 200;

/// Something that an agent may have to know the customer for, by a caller's code of the last quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum CallerDeed {
    /// To issue them a PIN.
    Pins,
    /// To change their username, name or email.
    Details,
    /// To end their sessions.
    Sessions,
    /// To release files that came from outside.
    Files,
}

words!(CallerDeed);

impl CallerDeed {
    /// Reads a list with commas between; `all` is all of them.
    ///
    /// # Errors
    /// The sentence for the setting.
    pub fn list(text: &str) -> Result<Vec<Self>, String> {
        if text.trim().eq_ignore_ascii_case("all") {
            return Ok(Self::ALL.to_vec());
        }
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::parse).collect()
    }

    /// The end of a sentence: `issue a PIN`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Pins => "issue a PIN",
            Self::Details => "change their details",
            Self::Sessions => "end their sessions",
            Self::Files => "release files",
        }
    }

    /// What is said to an agent who does not know the customer so.
    pub const UNKNOWN: &str = "Check first that it is this customer who calls: ask for their caller code, and type it under \
                               “Who is calling?” (a program: POST /api/caller-code/check/). It counts for 15 minutes.";
}

/// Who calls, as staff learn it from a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The number of the check.
    pub check: i64,
    /// When it was checked.
    pub checked_at: Timestamp,
    /// The customer.
    pub id: UserId,
    /// Their username.
    pub username: String,
    /// Their name to show.
    pub name: String,
    /// What their session is for. One for less than the customer may be somebody's to whom the PIN was given.
    pub scope: Scope,
    /// Since when they are in.
    pub logged_in_at: Timestamp,
    /// Who issued the PIN that let them in; none for the command line.
    pub let_in_by: Option<String>,
    /// Their newest tickets that are not done.
    pub tickets: Vec<TicketRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_are_listed() {
        assert_eq!(CallerDeed::list(""), Ok(vec![]));
        assert_eq!(CallerDeed::list(" Pins, files "), Ok(vec![CallerDeed::Pins, CallerDeed::Files]));
        assert_eq!(CallerDeed::list("all").map(|all| all.len()), Ok(4));
        assert!(CallerDeed::list("pins;files").unwrap_err().contains("pins, details, sessions, files"));
    }

    #[test]
    fn codes_are_six_digits() {
        for (bits, digits) in [(0, "000000"), (7, "000007"), (1_000_042, "000042"), (u64::MAX, "551615")] {
            let code = CallerCode::from_random(bits);
            assert_eq!(code.digits(), digits);
            assert_eq!(CallerCode::parse(&code.grouped()), Ok(code.clone()));
            assert!(!format!("{code:?}").contains(digits));
        }
    }

    #[test]
    fn codes_are_read_as_they_are_heard() {
        let code = CallerCode::from_random(123_456);
        for typed in ["123456", " 123 456 ", "123-456", "12 34 56", "１２３４５６", "١٢٣٤٥٦", "۱۲۳۴۵۶", "१२३४५६"]
        {
            assert_eq!(CallerCode::parse(typed), Ok(code.clone()), "{typed}");
        }
        for wrong in ["", "12345", "1234567", "12345a", "-", "SUP-1234"] {
            assert!(CallerCode::parse(wrong).unwrap_err().contains("6 digits"), "{wrong}");
        }
    }
}
