//! Codes that callers read to an agent, one a session.

use domain::{SessionId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "caller_codes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub sid: SessionId,
    pub user_id: UserId,
    /// From it and the secret the code is made.
    pub nonce: String,
    /// Keyed hash of the code; none once it was used.
    #[sea_orm(unique)]
    pub hash: Option<String>,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    pub checked_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
