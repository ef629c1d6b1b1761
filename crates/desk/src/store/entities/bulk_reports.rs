//! What forms changed of many tickets at once, as long as they may be asked about.

use std::{fmt, str::FromStr};

use domain::{BulkPart, BulkReportId, Timestamp, UserId};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_reports")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: BulkReportId,
    /// Who sent the form; none for the command line.
    pub user_id: Option<UserId>,
    /// The form's idempotency key.
    pub key: Option<String>,
    /// The tickets and what was to change of them, as JSON: tells the same form from another one.
    pub asked: String,
    pub parts: Parts,
    pub at: Timestamp,
    pub undone_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What became of each thing that was to change; JSON in the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveValueType)]
#[sea_orm(value_type = "String")]
#[serde(transparent)]
pub struct Parts(pub Vec<BulkPart>);

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Parts {
    type Err = serde_json::Error;

    fn from_str(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }
}
