//! Customers, staff, their PINs and sessions.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{PinId, PinScope, Role, Scope, SessionId, Timestamp, UserId, word::words};

/// Characters of a staff password (OWASP ASVS 5, 6.2.1: at least 8; no rules about their kind).
pub const PASSWORD_MIN_CHARS: usize = 8;
/// Longer than any passphrase, short enough not to be an attack.
const PASSWORD_MAX_CHARS: usize = 200;

/// A customer or a member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// The name they are known by to the desk, unique whatever its case.
    pub username: String,
    /// The name to show; the username when none was given.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may log in.
    pub is_active: bool,
    /// Whether nobody knows who they are, see [`crate::Alias`].
    pub is_unnamed: bool,
    /// When they were created.
    pub created_at: Timestamp,
    /// When they last asked for something.
    pub last_seen_at: Option<Timestamp>,
    /// How many tickets they have.
    pub tickets: u64,
}

/// What staff enter for a customer, or an admin for a member of staff.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonDraft {
    /// See [`crate::Username`].
    pub username: String,
    /// May be empty.
    pub name: String,
    /// May be empty.
    pub email: String,
}

/// Checks the length of a password.
///
/// # Errors
/// The sentence for the field.
pub fn check_password(password: &str) -> Result<(), String> {
    match password.chars().count() {
        0..PASSWORD_MIN_CHARS => Err(format!("Use at least {PASSWORD_MIN_CHARS} characters.")),
        PASSWORD_MIN_CHARS..=PASSWORD_MAX_CHARS => Ok(()),
        _ => Err(format!("Use at most {PASSWORD_MAX_CHARS} characters.")),
    }
}

/// Where a PIN stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum PinState {
    /// Can be redeemed.
    Issued,
    /// Was used.
    Redeemed,
    /// Its time is over.
    Expired,
    /// Staff took it back.
    Revoked,
}

words!(PinState);

/// What the desk knows of a PIN; the PIN itself it does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinRecord {
    /// Its id.
    pub id: PinId,
    /// Whose it is.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// Their name to show.
    pub name: String,
    /// Who issued it; none for the command line.
    pub issued_by: Option<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Until when it can be redeemed.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub redeemed_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The PIN that took its place, which is why it was revoked.
    pub replaced_by: Option<PinId>,
    /// Where it stands.
    pub state: PinState,
    /// Whether somebody is in by it now; told by lists.
    pub is_in_use: bool,
    /// What it opens.
    pub scope: PinScope,
}

/// How a session carries its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum LoginKind {
    /// In cookies; the refresh token rotates.
    Browser,
    /// In a header; the refresh token stays the same.
    Api,
}

words!(LoginKind);

/// A session under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// Their name to show.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// How it carries its tokens.
    pub kind: LoginKind,
    /// Where it was opened from.
    pub client: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last asked for something, to the minute.
    pub last_seen_at: Timestamp,
    /// When its refresh token expires.
    pub expires_at: Timestamp,
    /// Whether it is the asking session.
    pub is_current: bool,
    /// What it is for.
    pub scope: Scope,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords() {
        assert!(check_password("1234567").is_err());
        assert!(check_password("12345678").is_ok());
        assert!(check_password(&"x".repeat(201)).is_err());
    }
}
