//! The codes by which people without an identity come back; the codes themselves are nowhere, once they were seen.

use domain::{CanSet, PinId, SessionId, Stay, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "return_codes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub user_id: UserId,
    /// Keyed hash of the code.
    #[sea_orm(unique)]
    pub hash: String,
    /// What it opens, as the PIN did that they came by. None is everything.
    pub can: Option<CanSet>,
    pub stays: Option<Stay>,
    /// That PIN.
    pub pin_id: Option<PinId>,
    /// The code, sealed, until it was seen for the second time.
    pub sealed: Option<String>,
    /// The session that is to see it now.
    pub sid: Option<SessionId>,
    pub made_at: Timestamp,
    /// When its last group was typed back.
    pub noted_at: Option<Timestamp>,
    /// When they first came back by it.
    pub returned_at: Option<Timestamp>,
    /// When they last did.
    pub used_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
