//! Recovery codes of staff; the codes themselves are nowhere.

use domain::{SessionId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_codes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub user_id: UserId,
    /// Keyed hash of the code.
    #[sea_orm(unique)]
    pub hash: String,
    pub made_at: Timestamp,
    pub used_at: Option<Timestamp>,
    /// Encrypted under the server's secret, until it was shown.
    pub sealed: Option<String>,
    /// The session that may see it.
    pub sealed_for: Option<SessionId>,
    pub sealed_until: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
