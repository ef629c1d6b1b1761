//! Replies and internal notes.

use domain::{MessageId, MessageKind, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: MessageId,
    pub ticket_id: TicketId,
    pub author_id: Option<UserId>,
    pub kind: MessageKind,
    /// Markdown, as it was written.
    pub body: String,
    pub at: Timestamp,
    #[sea_orm(belongs_to, from = "ticket_id", to = "id")]
    pub ticket: BelongsTo<super::tickets::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
