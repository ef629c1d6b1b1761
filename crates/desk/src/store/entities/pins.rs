//! Support PINs: what the desk knows of them; the PIN itself is nowhere.

use domain::{PinId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pins")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PinId,
    pub user_id: UserId,
    /// Keyed hash of the PIN.
    #[sea_orm(unique)]
    pub hash: String,
    /// None for the command line.
    pub issued_by: Option<UserId>,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub redeemed_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    #[sea_orm(belongs_to, relation_enum = "Owner", from = "user_id", to = "id")]
    pub owner: BelongsTo<super::users::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Issuer", from = "issued_by", to = "id")]
    pub issuer: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
