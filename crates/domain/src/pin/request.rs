//! PINs for which two of staff are needed.

use crate::{PinRequestId, PinScope, Timestamp, UserId};

/// A PIN that one of staff asked for, for a customer who is marked as sensitive; as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinRequest {
    /// Its number.
    pub id: PinRequestId,
    /// For whom, with the name to show.
    pub customer: (UserId, String),
    /// How many seconds it could be redeemed.
    pub life: i64,
    /// What it would open.
    pub scope: PinScope,
    /// Who asked, and gets it to see.
    pub asked_by: (UserId, String),
    /// When.
    pub asked_at: Timestamp,
    /// The second one, if there is one yet.
    pub confirmed_by: Option<(UserId, String)>,
}

impl PinRequest {
    /// Seconds in which it must be confirmed and issued.
    pub const LIFE: i64 = 24 * 3600;
}
