//! Second factors of staff: passkeys, the codes of an authenticator app, and recovery codes for who lost them.

use std::fmt;

use crate::{PasskeyId, Role, Timestamp, caller::digit, text::check_line, word::words};

/// Digits of an authenticator app's code (RFC 4226, 5.3).
const APP_DIGITS: usize = 6;
/// Hexadecimal digits of a recovery code: 48 bits.
const RECOVERY_DIGITS: usize = 12;

/// How many recovery codes somebody gets at once.
pub const RECOVERY_CODES: usize = 10;
/// How many passkeys somebody has at most.
pub const MAX_PASSKEYS: u64 = 10;
/// Characters of a passkey's name.
const PASSKEY_NAME_MAX_CHARS: usize = 60;

/// A code as somebody typed it. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub enum FactorCode {
    /// What an authenticator app showed.
    App(u32),
    /// A recovery code, in lower case and without dashes.
    Recovery(String),
}

impl FactorCode {
    /// Reads what somebody typed: case, spaces and dashes do not matter, digits of every script count, and letters that look
    /// like digits are these.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let is_between = |c: &char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.');
        let sign = |c: char| match c {
            'o' | 'O' => '0',
            'l' | 'L' | 'i' | 'I' => '1',
            other => digit(other).unwrap_or(other.to_ascii_lowercase()),
        };
        let signs: String = typed.chars().filter(|c| !is_between(c)).map(sign).collect();
        let is_all = |is: fn(&char) -> bool| signs.chars().all(|c| is(&c));
        if signs.len() == APP_DIGITS
            && is_all(char::is_ascii_digit)
            && let Ok(code) = signs.parse()
        {
            return Ok(Self::App(code));
        }
        if signs.len() == RECOVERY_DIGITS && is_all(char::is_ascii_hexdigit) {
            return Ok(Self::Recovery(signs));
        }
        Err(format!(
            "Type the {APP_DIGITS} digits that your authenticator app shows now, or one of your recovery codes."
        ))
    }

    /// A recovery code as it is shown: `3f9a-07c2-b1e4`.
    pub fn grouped(recovery: &str) -> String {
        let (first, rest) = recovery.split_at_checked(4).unwrap_or((recovery, ""));
        let (second, third) = rest.split_at_checked(4).unwrap_or((rest, ""));
        format!("{first}-{second}-{third}")
    }
}

impl fmt::Debug for FactorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorCode(…)")
    }
}

/// Who of staff must have a second factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum FactorDuty {
    /// Whoever wants one has one.
    #[default]
    No,
    /// Admins.
    Admins,
    /// All of them.
    Staff,
}

words!(FactorDuty);

impl FactorDuty {
    /// Whether somebody with this role must have one.
    pub const fn covers(self, role: Role) -> bool {
        match self {
            Self::No => false,
            Self::Admins => matches!(role, Role::Admin),
            Self::Staff => role.is_staff(),
        }
    }
}

/// What somebody has beside their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactor {
    /// Since when a password alone does not let them in.
    pub since: Timestamp,
    /// Whether they have an authenticator app.
    pub has_app: bool,
    /// How many passkeys they have.
    pub passkeys: u64,
    /// Recovery codes that were not used.
    pub codes: u64,
}

/// What the desk knows of a passkey (WebAuthn Level 3, W3C). What it signs with never leaves the device that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// Since when it counts.
    pub made_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// Checks what somebody calls a passkey: one line.
///
/// # Errors
/// The sentence for the field.
pub fn check_passkey_name(name: &str) -> Result<String, String> {
    check_line(name, PASSKEY_NAME_MAX_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_generously() {
        for typed in ["012345", " 012 345 ", "012-345", "O12345", "٠١٢٣٤٥", "０１２３４５"] {
            assert_eq!(FactorCode::parse(typed), Ok(FactorCode::App(12_345)), "{typed}");
        }
        for typed in ["3f9a-07c2-b1e4", "3F9A 07C2 B1E4", "3f9ao7c2bie4", "3f9a–07c2–b1e4"] {
            assert_eq!(FactorCode::parse(typed), Ok(FactorCode::Recovery("3f9a07c2b1e4".into())), "{typed}");
        }
        for typed in ["", "12345", "1234567", "12345x", "3f9a-07c2-b1e", "3f9a-07c2-b1eg", "SUP-7K3M-Q9WD"] {
            assert!(FactorCode::parse(typed).unwrap_err().contains("6 digits"), "{typed}");
        }
        assert_eq!(FactorCode::grouped("3f9a07c2b1e4"), "3f9a-07c2-b1e4");
        assert_eq!(format!("{:?}", FactorCode::App(1)), "FactorCode(…)");
    }

    #[test]
    fn who_must_have_one() {
        let covered = |duty: FactorDuty| [Role::Customer, Role::Agent, Role::Admin].map(|role| duty.covers(role));
        assert_eq!(covered(FactorDuty::No), [false, false, false]);
        assert_eq!(covered(FactorDuty::Admins), [false, false, true]);
        assert_eq!(covered(FactorDuty::Staff), [false, true, true]);
    }
}
