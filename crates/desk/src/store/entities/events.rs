//! What happened. No foreign keys: it stays written when the ticket or the person is gone.

use domain::{EventId, EventKind, MessageId, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: EventId,
    pub kind: EventKind,
    pub ticket_id: Option<TicketId>,
    pub user_id: Option<UserId>,
    pub actor_id: Option<UserId>,
    pub from_value: Option<String>,
    pub to_value: Option<String>,
    pub at: Timestamp,
    pub message_id: Option<MessageId>,
    /// Never told to customers.
    pub is_internal: bool,
    pub from_user_id: Option<UserId>,
    pub to_user_id: Option<UserId>,
    #[sea_orm(belongs_to, from = "ticket_id", to = "id")]
    pub ticket: BelongsTo<Option<super::tickets::Entity>>,
    #[sea_orm(belongs_to, from = "message_id", to = "id")]
    pub message: BelongsTo<Option<super::messages::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
