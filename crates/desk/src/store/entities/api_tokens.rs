//! API tokens: what the desk knows of them; the token itself is nowhere.

use domain::{SessionId, Timestamp, TokenId, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: TokenId,
    pub user_id: UserId,
    pub name: String,
    /// Keyed hash of the token.
    #[sea_orm(unique)]
    pub hash: String,
    pub is_read_only: bool,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// Encrypted under the server's secret, until it was shown.
    pub sealed: Option<String>,
    /// The session that may see it.
    pub sealed_for: Option<SessionId>,
    pub sealed_until: Option<Timestamp>,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub owner: BelongsTo<super::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
