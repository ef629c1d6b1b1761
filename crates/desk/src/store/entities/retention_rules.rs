//! What goes after a while, once a list of it was acknowledged.

use domain::{RetentionOf, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retention_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: RetentionOf,
    pub days: i64,
    /// None for the command line.
    pub set_by: Option<UserId>,
    pub set_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
