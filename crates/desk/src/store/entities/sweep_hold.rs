//! One row while files without a row are not swept away.

use domain::{HoldReason, Timestamp};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sweep_hold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub since: Timestamp,
    pub reason: HoldReason,
}

impl ActiveModelBehavior for ActiveModel {}
