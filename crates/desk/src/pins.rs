//! Support PINs: issue, redeem, revoke, list.
use domain::{Actor, Cursor, LoginKind, Page, Pin, PinId, PinRecord, PinState, Result, Timestamp, UserId};
use crate::{ClientAddress, Inner, LoggedIn};

/// Use cases of Support PINs.
pub struct Pins<'a>(pub(crate) &'a Inner);

/// PINs to issue.
#[derive(Debug, Clone)]
pub struct NewPins {
    /// For this customer.
    pub user_id: UserId,
    /// Seconds until they expire; the desk's default when none. From a minute to 90 days.
    pub ttl: Option<i64>,
    /// How many, 1 to 100.
    pub count: u32,
}

/// A PIN in clear, shown once.
#[derive(Debug, Clone)]
pub struct IssuedPin {
    /// Its record.
    pub id: PinId,
    /// The PIN.
    pub pin: Pin,
    /// Whose it is.
    pub username: String,
    /// Their name to show.
    pub name: String,
    /// Until when it can be redeemed.
    pub expires_at: Timestamp,
}

impl Pins<'_> {
    /// Issues PINs for an active customer. Staff.
    pub async fn issue(&self, actor: &Actor, new: NewPins) -> Result<Vec<IssuedPin>> { todo!() }
    /// Redeems what was typed, exactly once, and opens a session.
    ///
    /// # Errors
    /// [`domain::Error::WrongPin`] whatever is wrong with it; [`domain::Error::TooManyAttempts`].
    pub async fn redeem(&self, typed: &str, client: &ClientAddress, kind: LoginKind) -> Result<LoggedIn> { todo!() }
    /// Revokes an unused PIN by its record. Staff.
    pub async fn revoke(&self, actor: &Actor, id: PinId) -> Result<PinRecord> { todo!() }
    /// Revokes an unused PIN by itself, as the command line does. Staff.
    pub async fn revoke_by_pin(&self, actor: &Actor, typed: &str) -> Result<PinRecord> { todo!() }
    /// PINs by state and customer, newest first. Staff.
    pub async fn list(&self, actor: &Actor, state: Option<PinState>, user: Option<UserId>, cursor: Cursor, limit: usize) -> Result<Page<PinRecord>> { todo!() }
}
