//! What a desk says that was restored from a backup.

use strum::{IntoStaticStr, VariantArray};

use crate::word::words;

/// Why a session ended that nobody ended.
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
}

words!(EndReason);

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
