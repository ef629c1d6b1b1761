//! How many attempts to log in fail: now, and as it usually is. What no limit looks at any more is kept as a number for
//! each hour.

use domain::{Guessing, Result, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
    sea_query::{Expr, OnConflict, Query},
};

use super::Limits;
use crate::{
    rooms::Inner,
    store::{
        db::Db,
        entities::{FailedHours, FailedLogins, failed_hours, failed_logins},
        fault::OrRefuse as _,
        page,
    },
};

const HOUR: i64 = 3600;
/// Seconds that make up what is usual.
const USUAL: i64 = 7 * 24 * HOUR;
/// Seconds that the numbers of hours are kept.
const KEEP: i64 = 30 * 24 * HOUR;

/// What the failures of now are.
pub(crate) struct Pressure {
    /// In the last minute.
    pub(crate) failures: u64,
    /// In the worst of the last minutes.
    pub(crate) peak: u64,
    /// A minute, as it usually is.
    pub(crate) usual: f64,
    /// In the last minute.
    pub(crate) addresses: u64,
    pub(crate) is_gated: bool,
    /// Attempts a second that can be made for long.
    pub(crate) ceiling: f64,
}

/// The hour of a moment, in hours since 1970.
fn hour(at: Timestamp) -> i64 {
    at.as_seconds().div_euclid(HOUR)
}

/// How many attempts failed since a moment, and from how many addresses, looking at so many of them.
async fn since(db: &Db, moment: Timestamp, most: u64) -> Result<(u64, u64)> {
    let client = failed_logins::Column::Client;
    let recent = FailedLogins::find().select_only().column(client).filter(failed_logins::COLUMN.at.gt(moment));
    let mut counts = Query::select();
    counts.expr(Expr::col(client).count()).expr(Expr::col(client).count_distinct());
    counts.from_subquery(recent.limit(most).into_query(), "recent");
    let Some(row) = db.query_one(&counts).await.or_refuse()? else { return Ok((0, 0)) };
    let number = |column| row.try_get_by_index::<i64>(column).or_refuse().map(i64::unsigned_abs);
    Ok((number(0)?, number(1)?))
}

/// Attempts a second that can be made for long, whoever makes them.
pub(crate) fn ceiling(desk: &Inner) -> f64 {
    let limits = Limits::of(desk);
    f64::max(limits.per_second as f64, limits.desk as f64 / 60.0)
}

/// Whether so few failed in the last minutes that nobody needs to know how many it usually are.
pub(crate) async fn is_calm(desk: &Inner) -> Result<bool> {
    let (failures, _) = since(&desk.db, desk.now().plus_seconds(-60 * Guessing::MINUTES), Guessing::FEW).await?;
    Ok(failures < Guessing::FEW)
}

/// The most that failed in one of the last minutes.
async fn peak(db: &Db, at: Timestamp) -> Result<u64> {
    let failed_at = failed_logins::Column::At;
    let recent = FailedLogins::find()
        .select_only()
        .column(failed_at)
        .filter(failed_logins::COLUMN.at.gt(at.plus_seconds(-60 * Guessing::MINUTES)))
        .order_by_desc(failed_logins::COLUMN.at)
        .limit(Guessing::COUNTED);
    let minutes_ago = Expr::val(at.as_micros()).sub(Expr::col(failed_at)).div(60_000_000i64);
    let mut counts = Query::select();
    counts.expr(Expr::col(failed_at).count()).expr_as(minutes_ago, "minutes_ago");
    counts.from_subquery(recent.into_query(), "recent").group_by_col("minutes_ago");
    let rows = db.query_all(&counts).await.or_refuse()?;
    let counts = rows.iter().map(|row| row.try_get_by_index::<i64>(0).or_refuse().map(i64::unsigned_abs));
    Ok(counts.collect::<Result<Vec<u64>>>()?.into_iter().max().unwrap_or_default())
}

/// Reads how many fail. It costs what the failures of some minutes do, and no more than [`Guessing::COUNTED`].
pub(crate) async fn pressure(desk: &Inner) -> Result<Pressure> {
    let at = desk.now();
    let minute = at.plus_seconds(-60);
    let limits = Limits::of(desk);
    // Above the limit, not at it.
    let above = limits.desk.unsigned_abs().saturating_add(1);
    let most = Ord::max(Guessing::COUNTED, above);
    let (failures, addresses) = since(&desk.db, minute, most).await?;
    let peak = peak(&desk.db, at).await?;
    let before = FailedLogins::find().filter(failed_logins::COLUMN.at.lte(minute));
    let before: u64 = page::counts(&desk.db, [before.into_query()], most).await?.into_iter().sum();
    let hours: Vec<(i64, i64)> = FailedHours::find()
        .select_only()
        .columns([failed_hours::Column::Hour, failed_hours::Column::Failures])
        .filter(failed_hours::COLUMN.hour.gt(hour(at.plus_seconds(-USUAL))))
        .into_tuple()
        .all(&desk.db)
        .await
        .or_refuse()?;
    let kept: i64 = hours.iter().map(|(_, failures)| failures).sum();
    // Where there is no number nothing failed. A desk that is younger than a week is not known well, and counts as one
    // that was calm.
    let usual = (kept as f64 + before as f64) / (USUAL as f64 / 60.0);
    Ok(Pressure {
        failures: Ord::min(failures, Guessing::COUNTED),
        peak,
        usual,
        addresses: Ord::min(addresses, Guessing::COUNTED),
        is_gated: failures >= above,
        ceiling: ceiling(desk),
    })
}

/// Forgets failures that no rule looks at any more, and keeps how many they were.
pub(crate) async fn forget_old(desk: &Inner) -> Result<()> {
    let at = desk.now();
    let old = || failed_logins::COLUMN.at.lt(at.plus_seconds(-Ord::max(desk.config.failure_window, 60)));
    let tx = desk.db.begin().await?;
    // Of processes that do so at once, the second finds what the first left.
    tx.serialise("failed hours").await?;
    let moment = Expr::col(failed_logins::Column::At).div(HOUR * 1_000_000);
    let hours: Vec<(i64, i64)> = FailedLogins::find()
        .select_only()
        .expr_as(moment, "hour")
        .expr_as(failed_logins::COLUMN.id.count(), "failures")
        .filter(old())
        .group_by(Expr::col("hour"))
        .into_tuple()
        .all(&tx)
        .await
        .or_refuse()?;
    FailedLogins::delete_many().filter(old()).exec(&tx).await.or_refuse()?;
    for (hour, failures) in hours {
        let new = failed_hours::ActiveModel { hour: Set(hour), failures: Set(failures) };
        let more = Expr::col((FailedHours, failed_hours::Column::Failures)).add(failures);
        let more =
            OnConflict::column(failed_hours::Column::Hour).value(failed_hours::Column::Failures, more).to_owned();
        FailedHours::insert(new).on_conflict(more).exec_without_returning(&tx).await.or_refuse()?;
    }
    let long_ago = failed_hours::COLUMN.hour.lt(hour(at.plus_seconds(-KEEP)));
    FailedHours::delete_many().filter(long_ago).exec(&tx).await.or_refuse()?;
    tx.commit().await
}
