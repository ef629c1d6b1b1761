//! What agents typed under "Who is calling?", right or wrong.

use domain::{CallerOutcome, SessionId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "caller_checks")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub agent_id: UserId,
    pub at: Timestamp,
    pub outcome: CallerOutcome,
    /// Who called; none for a code that was wrong.
    pub customer_id: Option<UserId>,
    pub sid: Option<SessionId>,
}

impl ActiveModelBehavior for ActiveModel {}
