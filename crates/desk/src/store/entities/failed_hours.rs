//! How many attempts to log in failed in an hour, of those that no limit looks at any more.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "failed_hours")]
pub struct Model {
    /// Hours since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: i64,
    pub failures: i64,
}

impl ActiveModelBehavior for ActiveModel {}
