//! The access ledger. Entries are added and never changed; only `client` goes after a while, and whole entries from the
//! beginning when their time is over.

use domain::{LedgerKind, PinId, SessionId, TicketId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger")]
pub struct Model {
    /// Without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub at: Timestamp,
    pub kind: LedgerKind,
    /// JSON: what belongs to an entry of its kind; none when nothing does.
    #[sea_orm(column_type = "Text")]
    pub data: Option<String>,
    pub user_id: Option<UserId>,
    pub ticket_id: Option<TicketId>,
    pub actor_id: Option<UserId>,
    /// The name of who did it in their place.
    pub via: Option<String>,
    pub pin_id: Option<PinId>,
    pub sid: Option<SessionId>,
    /// Of the address.
    pub network: Option<String>,
    /// The address, for 30 days.
    pub client: Option<String>,
    /// What is noted once.
    #[sea_orm(unique)]
    pub once: Option<String>,
    /// Of this entry and the hash of the one before.
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}
