//! What happened. No foreign keys: it stays written when the ticket or the person is gone.

use domain::{Error, EventData, EventId, EventKind, InBulk, MessageId, Result, TicketId, Timestamp, UserId};
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
    /// The name of who did it in their place.
    pub via: Option<String>,
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

/// What stands beside an event's own data, where it was part of a bulk. An earlier version of the program passes over it.
const BULK: &str = "bulk";

/// The columns `kind` and `data` of what happened, and of the bulk that it was part of.
pub(crate) fn columns(what: &EventData, bulk: Option<InBulk>) -> Result<(EventKind, Option<String>)> {
    let json = || -> serde_json::Result<Value> {
        let mut json = serde_json::to_value(what)?;
        if let (Some(bulk), Some(Value::Object(data))) = (bulk, json.get_mut("data")) {
            data.insert(BULK.to_owned(), serde_json::to_value(bulk)?);
        }
        Ok(json)
    };
    let json = json().map_err(|error| {
        tracing::error!("an event cannot be written as JSON: {error}");
        Error::Internal
    })?;
    Ok((what.kind(), json.get("data").map(Value::to_string)))
}

/// What happened and the bulk that it was part of, by the columns `kind` and `data`. A later version of the program may know
/// more kinds, or more that belongs to one: the error says what is not known.
pub(crate) fn read(kind: &str, data: Option<&str>) -> serde_json::Result<(EventData, Option<InBulk>)> {
    let Some(data) = data else { return Ok((serde_json::from_value(json!({ "kind": kind }))?, None)) };
    let mut data: Value = serde_json::from_str(data)?;
    let bulk = data.get_mut(BULK).map(Value::take).map(serde_json::from_value).transpose()?;
    Ok((serde_json::from_value(json!({ "kind": kind, "data": data }))?, bulk))
}
