//! Unread marks that went with a change of many tickets at once: taking it back puts them back.

use domain::{BulkId, EventId, TicketId, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_change_marks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bulk_id: BulkId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// What was not seen first.
    pub event_id: EventId,
    #[sea_orm(belongs_to, from = "bulk_id", to = "id")]
    pub bulk: BelongsTo<super::bulk_changes::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
