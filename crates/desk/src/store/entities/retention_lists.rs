//! Lists of what is due by a rule. Of one subject one waits or is under way at a time.

use domain::{RetentionListId, RetentionOf, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retention_lists")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: RetentionListId,
    pub subject: RetentionOf,
    pub days: i64,
    pub made_at: Timestamp,
    pub items: i64,
    /// Of the files of all.
    pub bytes: i64,
    pub oldest: Timestamp,
    pub newest: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub acknowledged_by: Option<UserId>,
    pub done_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
