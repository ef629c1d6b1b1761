//! Why something ended, and what a desk says that was restored from a backup.

use strum::{IntoStaticStr, VariantArray};

use crate::word::words;

/// Why a session ended, or a PIN that nobody had used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum EndReason {
    /// The desk was restored from a backup: what came after it is not known.
    Restored,
    /// Whoever had it logged out.
    LoggedOut,
    /// Its owner logged out everywhere.
    Everywhere,
    /// Staff ended it.
    ByStaff,
    /// Another PIN for the same took its place.
    Replaced,
    /// Its ticket is closed.
    TicketClosed,
    /// Its ticket was deleted.
    TicketDeleted,
    /// The person was deactivated.
    Deactivated,
    /// The provider that the person logs in with gives them no role any more.
    RoleLost,
    /// The access of who let them in is over.
    ParentEnded,
    /// Who let them in, or staff, ended that.
    DelegationEnded,
    /// A copy of it was used.
    Reused,
    /// Its time was over.
    Expired,
    /// Support took back what it was for.
    Withdrawn,
    /// The customer did not confirm what it was for.
    Declined,
}

words!(EndReason);

impl EndReason {
    /// The end of a sentence: why.
    pub const fn because(self) -> &'static str {
        match self {
            Self::Restored => "the desk was restored from a backup",
            Self::LoggedOut => "they logged out",
            Self::Everywhere => "they logged out everywhere",
            Self::ByStaff => "Support ended it",
            Self::Replaced => "a new PIN for the same took its place",
            Self::TicketClosed => "the ticket is closed",
            Self::TicketDeleted => "the ticket was deleted",
            Self::Deactivated => "the customer was deactivated",
            Self::RoleLost => "their account elsewhere has no role here any more",
            Self::ParentEnded => "the access of who let them in is over",
            Self::DelegationEnded => "it was ended for them",
            Self::Reused => "a copy of it was used",
            Self::Expired => "its time was over",
            Self::Withdrawn => "Support took back what it was for",
            Self::Declined => "the customer did not confirm what it was for",
        }
    }
}

/// Why files without a row are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum HoldReason {
    /// The desk was restored from a backup.
    Restored,
    /// The database is older than the files: somebody put it back by hand.
    OlderDatabase,
}

words!(HoldReason);

impl HoldReason {
    /// What staff are told.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Restored => "This desk was restored from a backup.",
            Self::OlderDatabase => "The database is older than the files beside it.",
        }
    }
}
