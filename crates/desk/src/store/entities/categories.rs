//! The list of categories.

use domain::CategoryId;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "categories")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: CategoryId,
    pub name: String,
    /// The name in lower case.
    #[sea_orm(unique)]
    pub name_key: String,
    pub position: i64,
    pub is_active: bool,
    pub is_default: bool,
    #[sea_orm(has_many)]
    pub tickets: HasMany<super::tickets::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
