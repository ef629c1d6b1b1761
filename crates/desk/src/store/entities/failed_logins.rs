//! Attempts to log in that failed.

use domain::Timestamp;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "failed_logins")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub client: String,
    pub at: Timestamp,
    /// IPv4 /24 or IPv6 /48.
    pub network: Option<String>,
    /// Keyed hash of the username that was tried.
    pub account: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
