//! Tickets that are kept, whatever rules say.

use domain::{TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_holds")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    pub why: String,
    /// None for the command line.
    pub kept_by: Option<UserId>,
    pub kept_at: Timestamp,
    #[sea_orm(belongs_to, from = "ticket_id", to = "id")]
    pub ticket: BelongsTo<super::tickets::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
