//! Where the ledger begins and ends: one row, which whoever adds an entry locks.

use domain::Timestamp;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Since when there is a ledger.
    pub since: Timestamp,
    /// The last entry that was removed because its time was over; 0 for none.
    pub removed_number: i64,
    pub removed_hash: String,
    /// The newest entry; as above when there is none.
    pub last_number: i64,
    pub last_hash: String,
}

impl ActiveModelBehavior for ActiveModel {}
