//! What agents typed under "Who is calling?", right or wrong; whom they called; and how else they know a customer.

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
    /// When an agent said that their call was over.
    pub ended_at: Option<Timestamp>,
    /// How an agent knows the customer who could make no code.
    #[sea_orm(column_type = "Text")]
    pub how: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
