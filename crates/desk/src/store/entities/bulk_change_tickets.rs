//! The tickets that a change of many at once changed. They are named although they may be gone; their rows go with the bulk's.

use domain::{BulkId, EventId, TicketId};
use sea_orm::entity::prelude::*;

use super::bulk_changes::Had;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_change_tickets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bulk_id: BulkId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// The change, in the ticket's timeline.
    pub event_id: EventId,
    /// What the ticket had before.
    pub former: Had,
    #[sea_orm(belongs_to, from = "bulk_id", to = "id")]
    pub bulk: BelongsTo<super::bulk_changes::Entity>,
    #[sea_orm(belongs_to, from = "ticket_id", to = "id")]
    pub ticket: BelongsTo<super::tickets::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
