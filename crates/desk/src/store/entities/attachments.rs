//! Files of tickets.

use domain::{AttachmentId, EventId, FileKind, SessionId, TicketId, Timestamp};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachments")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AttachmentId,
    pub ticket_id: TicketId,
    pub stored_name: String,
    pub name: String,
    /// Bytes.
    pub size: i64,
    pub kind: FileKind,
    pub uploaded_at: Timestamp,
    /// What it came with.
    pub event_id: Option<EventId>,
    /// Came with a note.
    pub is_internal: bool,
    /// The session by which somebody from outside brought it; none for who sees the ticket.
    pub dropped_by: Option<SessionId>,
    /// In pixels; 0 for a file that has no size, none for a picture that was not looked at yet.
    pub width: Option<i64>,
    pub height: Option<i64>,
    /// Of its bytes, in 64 hexadecimal digits; none for one that was not read since there is this.
    pub sha256: Option<String>,
    #[sea_orm(belongs_to, from = "ticket_id", to = "id")]
    pub ticket: BelongsTo<super::tickets::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
