//! What is on a list of what is due, and what became of it.

use domain::{RetentionListId, RetentionOutcome, Timestamp};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retention_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub list_id: RetentionListId,
    /// Of a ticket, a customer or a PIN.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// From when its days count.
    pub since: Timestamp,
    /// What tells whether somebody touched it since: of a ticket its last event, of a customer when they were seen.
    pub touched: i64,
    /// Of its files.
    pub bytes: i64,
    /// None yet.
    pub outcome: Option<RetentionOutcome>,
    #[sea_orm(belongs_to, from = "list_id", to = "id")]
    pub list: BelongsTo<super::retention_lists::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
