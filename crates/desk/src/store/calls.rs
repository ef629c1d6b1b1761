//! Calls of agents, which customers' pages tell of.

use domain::{CallerOutcome, Result, Timestamp, UserId};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::store::{
    entities::{CallerChecks, caller_checks as checks},
    fault::OrRefuse as _,
};

/// Seconds that a call is told.
pub(crate) const CALL: i64 = 5 * 60;

/// A call that is told: who calls, and until when it is.
pub(crate) struct Call {
    pub(crate) agent: UserId,
    pub(crate) until: Timestamp,
}

/// Calls to a customer that are told now.
pub(crate) fn told(customer: UserId, at: Timestamp) -> Condition {
    let check = checks::COLUMN;
    Condition::all()
        .add(check.customer_id.eq(customer))
        .add(check.at.gt(at.plus_seconds(-CALL)))
        .add(check.outcome.eq(CallerOutcome::Calling))
        .add(check.ended_at.is_null())
}

/// The newest call to a customer, or of one agent to them.
pub(crate) async fn call_to(
    db: &impl ConnectionTrait,
    customer: UserId,
    agent: Option<UserId>,
    at: Timestamp,
) -> Result<Option<Call>> {
    let calls = CallerChecks::find()
        .filter(told(customer, at))
        .filter(Condition::all().add_option(agent.map(|agent| checks::COLUMN.agent_id.eq(agent))))
        .order_by_desc(checks::COLUMN.at)
        .select_only()
        .columns([checks::Column::AgentId, checks::Column::At]);
    let call: Option<(UserId, Timestamp)> = calls.into_tuple().one(db).await.or_refuse()?;
    Ok(call.map(|(agent, at)| Call { agent, until: at.plus_seconds(CALL) }))
}
