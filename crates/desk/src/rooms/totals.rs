//! Numbers of everything there is: exact while that is quick, and kept for a moment where counting reads a large table
//! from end to end.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{Error, FileKind, Result, Timestamp};
use parking_lot::Mutex;
use sea_orm::{
    ColumnTrait as _, EntityTrait, ExprTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Asterisk, Expr, Func, Query, SelectStatement},
};

use crate::{
    rooms::Inner,
    store::{
        db::Db,
        entities::{Attachments, attachments},
        fault::OrRefuse as _,
        page,
    },
};

/// Up to here everything is counted each time: some tenths of a millisecond.
const FEW: u64 = 2000;
/// How long the number of more than that is good for, in seconds.
const GOOD_FOR: i64 = 10;
/// How long somebody waits for whoever counts.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Total {
    /// The files of a kind, or all.
    Files(Option<FileKind>),
    /// Active customers.
    Customers,
    /// Sessions under way.
    Sessions,
}

/// How many, and their bytes where they have some.
type Sum = (u64, u64);

/// What was counted, and when. Whoever counts holds it; others who want the same wait and take what was found.
type Kept = Arc<tokio::sync::Mutex<Option<(Timestamp, Sum)>>>;

#[derive(Default)]
pub(crate) struct Totals(Mutex<HashMap<Total, Kept>>);

impl Totals {
    /// What was counted a moment ago; else what `count` finds.
    async fn get(&self, what: Total, at: Timestamp, count: impl Future<Output = Result<Sum>>) -> Result<Sum> {
        let kept = Arc::clone(self.0.lock().entry(what).or_default());
        let mut kept = tokio::time::timeout(PATIENCE, kept.lock()).await.map_err(|_| Error::Unavailable)?;
        match *kept {
            Some((before, total)) if before <= at && at < before.plus_seconds(GOOD_FOR) => Ok(total),
            _ => Ok(kept.insert((at, count.await?)).1),
        }
    }
}

/// How many rows a query finds: exactly while they are few, and what they were a moment ago when they are many.
pub(crate) async fn count<E: EntityTrait>(desk: &Inner, what: Total, query: Select<E>) -> Result<u64> {
    let few: u64 = page::counts(&desk.db, [query.clone().into_query()], FEW + 1).await?.into_iter().sum();
    if few <= FEW {
        return Ok(few);
    }
    let all = async { Ok((exactly(&desk.db, query).await?, 0)) };
    Ok(desk.totals.get(what, desk.now(), all).await?.0)
}

/// How many rows a query finds, however many they are.
pub(crate) async fn exactly<E: EntityTrait>(db: &Db, query: Select<E>) -> Result<u64> {
    let query = query.select_only().expr_as(Expr::col(Asterisk).count(), "found");
    let found: Option<i64> = query.into_tuple().one(db).await.or_refuse()?;
    Ok(found.map_or(0, i64::unsigned_abs))
}

/// How many files there are of a kind, or of all, and their bytes; as [`count`].
pub(crate) async fn files(desk: &Inner, kind: Option<FileKind>) -> Result<Sum> {
    let sizes = Attachments::find()
        .select_only()
        .column(attachments::Column::Size)
        .apply_if(kind, |files, kind| files.filter(attachments::COLUMN.kind.eq(kind)));
    let few = sum(&desk.db, sizes.clone().limit(FEW + 1).into_query()).await?;
    if few.0 <= FEW {
        return Ok(few);
    }
    desk.totals.get(Total::Files(kind), desk.now(), sum(&desk.db, sizes.into_query())).await
}

/// How many sizes a query finds, and what they are together.
pub(crate) async fn sum(db: &Db, sizes: SelectStatement) -> Result<Sum> {
    // A sum is a `NUMERIC` on PostgreSQL.
    let bytes = Func::coalesce([Expr::col(attachments::Column::Size).sum(), Expr::val(0i64)]).cast_as("BIGINT");
    let mut all = Query::select();
    all.expr(Expr::col(Asterisk).count()).expr(bytes).from_subquery(sizes, "files");
    let Some(row) = sea_orm::ConnectionTrait::query_one(db, &all).await.or_refuse()? else { return Ok((0, 0)) };
    let number = |column| row.try_get_by_index::<i64>(column).or_refuse().map(i64::unsigned_abs);
    Ok((number(0)?, number(1)?))
}
