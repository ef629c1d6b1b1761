//! What happened. No foreign keys: it stays written when the ticket or the person is gone.

use domain::{Error, EventData, EventId, EventKind, MessageId, Result, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;
use serde_json::{Value, json};

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
    pub at: Timestamp,
    pub message_id: Option<MessageId>,
    /// Never told to customers.
    pub is_internal: bool,
    /// JSON: what belongs to an event of its kind; none when nothing does.
    #[sea_orm(column_type = "Text")]
    pub data: Option<String>,
    #[sea_orm(belongs_to, from = "ticket_id", to = "id")]
    pub ticket: BelongsTo<Option<super::tickets::Entity>>,
    #[sea_orm(belongs_to, from = "message_id", to = "id")]
    pub message: BelongsTo<Option<super::messages::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The columns `kind` and `data` of what happened.
pub(crate) fn columns(what: &EventData) -> Result<(EventKind, Option<String>)> {
    let json = serde_json::to_value(what).map_err(|error| {
        tracing::error!("an event cannot be written as JSON: {error}");
        Error::Internal
    })?;
    Ok((what.kind(), json.get("data").map(Value::to_string)))
}

/// What happened, by the columns `kind` and `data`. A later version of the program may know more kinds, or more that belongs
/// to one: the error says what is not known.
pub(crate) fn read(kind: &str, data: Option<&str>) -> serde_json::Result<EventData> {
    serde_json::from_value(match data {
        Some(data) => json!({ "kind": kind, "data": serde_json::from_str::<Value>(data)? }),
        None => json!({ "kind": kind }),
    })
}
