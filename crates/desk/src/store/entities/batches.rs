//! Batches of cards.

use domain::{BatchId, CanSet, CategoryId, SessionId, Stay, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batches")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: BatchId,
    pub name: String,
    pub site: String,
    /// What a new ticket has at first.
    pub category_id: Option<CategoryId>,
    pub can: CanSet,
    pub expires_at: Timestamp,
    pub stays: Stay,
    /// None for the command line.
    pub made_by: Option<UserId>,
    pub made_at: Timestamp,
    /// Whether who comes by a card is without an identity.
    pub is_unnamed: bool,
    /// The session that may print the cards, once.
    pub sheet_sid: Option<SessionId>,
    pub sheet_until: Option<Timestamp>,
    #[sea_orm(belongs_to, relation_enum = "Maker", from = "made_by", to = "id")]
    pub maker: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, from = "category_id", to = "id")]
    pub category: BelongsTo<Option<super::categories::Entity>>,
    #[sea_orm(has_many)]
    pub cards: HasMany<super::cards::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
