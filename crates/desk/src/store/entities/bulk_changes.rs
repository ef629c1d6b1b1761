//! Changes of many tickets at once, as long as they may be asked about.

use std::{fmt, str::FromStr};

use domain::{BulkId, CategoryId, Priority, Status, Timestamp, UserId};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_changes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: BulkId,
    /// Who made it; none for the command line.
    pub actor_id: Option<UserId>,
    pub at: Timestamp,
    /// What each of its tickets got.
    pub given: Had,
    pub undone_at: Option<Timestamp>,
    #[sea_orm(has_many)]
    pub tickets: HasMany<super::bulk_change_tickets::Entity>,
    #[sea_orm(has_many)]
    pub marks: HasMany<super::bulk_change_marks::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// One thing about a ticket, and what it is; JSON in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveValueType)]
#[sea_orm(value_type = "String")]
#[serde(rename_all = "snake_case")]
pub enum Had {
    Status(Status),
    Priority(Priority),
    Category(CategoryId),
    Assignee(Option<UserId>),
}

impl fmt::Display for Had {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Had {
    type Err = serde_json::Error;

    fn from_str(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }
}
