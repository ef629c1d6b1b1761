//! Cards: each a PIN of a batch, which nobody knows but who has the paper.

use domain::{BatchId, CardId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cards")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: CardId,
    pub batch_id: BatchId,
    /// What stands on it for the phone.
    pub number: i64,
    /// Keyed hash of its PIN.
    #[sea_orm(unique)]
    pub hash: String,
    pub made_at: Timestamp,
    pub redeemed_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// The customer who came by it.
    pub user_id: Option<UserId>,
    /// Its PIN under the server's secret, until it is printed.
    pub sealed: Option<String>,
    #[sea_orm(belongs_to, from = "batch_id", to = "id")]
    pub batch: BelongsTo<super::batches::Entity>,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
