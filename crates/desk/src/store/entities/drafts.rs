//! What somebody typed and did not send yet.

use domain::{DraftPlace, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "drafts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: DraftPlace,
    /// JSON: the form's fields by their names.
    pub fields: String,
    pub saved_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
