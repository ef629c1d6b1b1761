//! One row: the gate for the time when too many fail.

use domain::Timestamp;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_gate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// When the next attempt that comes is let through.
    pub next_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
