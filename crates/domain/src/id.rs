//! Ids as types of their own, so that a ticket's id is never taken for a user's.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! integer_id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

integer_id! {
    /// A person: customer, agent or admin.
    UserId,
    /// A Support PIN's record; never the PIN itself.
    PinId,
    /// A ticket.
    TicketId,
    /// A file attached to a ticket.
    AttachmentId,
    /// A reply or an internal note.
    MessageId,
    /// Something that happened. Newer events have larger ids.
    EventId,
    /// An entry in the list of categories.
    CategoryId,
    /// An API token's record; never the token itself.
    TokenId,
    /// One change of many tickets at once.
    BulkId,
    /// What a form changed of many tickets at once.
    BulkReportId,
    /// A batch of cards.
    BatchId,
    /// A card's record; never its PIN.
    CardId,
    /// Something that a customer is asked to confirm.
    ApprovalId,
    /// A request of somebody who lost their access.
    RecoveryId,
    /// A passkey's record; never the key itself.
    PasskeyId,
    /// A PIN that one of staff asked another one to confirm.
    PinRequestId,
    /// A list of what is due by a rule of retention.
    RetentionListId,
}

/// A session: the `sid` claim of its tokens. 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
#[serde(transparent)]
pub struct SessionId(pub String);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
