//! Idempotency keys of what was sent, and what came of it.

use domain::{MessageId, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub fingerprint: String,
    pub ticket_id: TicketId,
    pub message_id: Option<MessageId>,
    pub at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
