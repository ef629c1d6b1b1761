//! Whether an agent knows that it is the customer: by a caller's code, or by what they wrote of somebody who could make none.
//! Rooms whose deeds may take it meet here.

use domain::{Actor, CallerDeed, CallerOutcome, Error, Result, Timestamp, UserId};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, Query, SimpleExpr},
};

use crate::{
    rooms::Inner,
    store::{
        entities::{CallerChecks as Checks, Sessions, caller_checks as checks, sessions},
        fault::OrRefuse as _,
    },
};

/// Seconds that a caller counts as known to who checked them.
pub(crate) const KNOWN_FOR: i64 = 15 * 60;

/// A session that is for no less than its customer: one for less may be somebody's to whom the PIN was given.
pub(crate) fn is_whole() -> Condition {
    Condition::all()
        .add(sessions::COLUMN.ticket_id.is_null())
        .add(sessions::COLUMN.can.is_null())
        .add(sessions::COLUMN.purpose.is_null())
        .add(sessions::COLUMN.parent_sid.is_null())
}

/// What an agent did of a kind a moment ago.
pub(crate) fn a_moment_ago(agent: UserId, outcome: CallerOutcome, at: Timestamp) -> SimpleExpr {
    let (check, since) = (checks::COLUMN, at.plus_seconds(-KNOWN_FOR));
    check.agent_id.eq(agent).and(check.outcome.eq(outcome)).and(check.at.gt(since))
}

/// When an agent last made sure that it is this customer, within the last quarter of an hour: by a code, or by a line of how.
pub(crate) async fn known_at(
    db: &impl ConnectionTrait,
    agent: UserId,
    customer: UserId,
    at: Timestamp,
) -> Result<Option<Timestamp>> {
    newest(db, customer, by_code(agent, at).or(a_moment_ago(agent, CallerOutcome::Vouched, at))).await
}

/// When an agent last checked a code of this customer's, within the last quarter of an hour.
pub(crate) async fn checked_at(
    db: &impl ConnectionTrait,
    agent: UserId,
    customer: UserId,
    at: Timestamp,
) -> Result<Option<Timestamp>> {
    newest(db, customer, by_code(agent, at)).await
}

fn by_code(agent: UserId, at: Timestamp) -> SimpleExpr {
    let whole = Query::select()
        .expr(Expr::val(1))
        .from(Sessions)
        .and_where(Expr::col((Sessions, sessions::Column::Sid)).equals((Checks, checks::Column::Sid)))
        .cond_where(is_whole())
        .take();
    a_moment_ago(agent, CallerOutcome::Checked, at).and(Expr::exists(whole))
}

async fn newest(db: &impl ConnectionTrait, customer: UserId, which: SimpleExpr) -> Result<Option<Timestamp>> {
    let known = Checks::find().filter(checks::COLUMN.customer_id.eq(customer)).filter(which);
    let known = known.order_by_desc(checks::COLUMN.at).select_only().column(checks::Column::At);
    known.into_tuple().one(db).await.or_refuse()
}

/// Refuses an agent, admins too, who does something for a customer whom they must know for it and do not. The command line is
/// whoever may run the program on the server.
///
/// # Errors
/// [`Error::Forbidden`], with a sentence that says what to do first.
pub(crate) async fn require_known(
    desk: &Inner,
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: UserId,
    deed: CallerDeed,
) -> Result<()> {
    let Some(agent) = actor.id.filter(|_| desk.config.require_caller_code.contains(&deed)) else { return Ok(()) };
    match known_at(db, agent, customer, desk.now()).await? {
        Some(_) => Ok(()),
        None => Err(Error::forbidden(CallerDeed::UNKNOWN)),
    }
}
