//! Authenticator apps of staff, and one that is being set up.

use domain::{SessionId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authenticators")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub user_id: UserId,
    /// The secret, encrypted under the server's.
    pub sealed: String,
    /// Its keyed hash, by which it is known that it opened to the right one.
    pub mark: String,
    /// The session that set it up, which alone may see it until it counts.
    pub made_for: SessionId,
    pub made_at: Timestamp,
    /// Since when it counts.
    pub confirmed_at: Option<Timestamp>,
    /// The step of time whose code was used last (RFC 6238, 5.2): a code counts once.
    pub last_step: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
