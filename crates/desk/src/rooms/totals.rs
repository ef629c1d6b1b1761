//! Numbers of everything there is: exact while that is quick, and kept for a moment where counting reads a large table from end
//! to end.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::{FileKind, Result, Timestamp};
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

/// What was counted, and when.
#[derive(Default)]
pub(crate) struct Totals {
    kept: Mutex<HashMap<Total, (Timestamp, Sum)>>,
    /// Whoever counts. Others take what was counted before.
    turn: tokio::sync::Mutex<()>,
}

impl Totals {
    fn kept(&self, what: Total) -> Option<(Timestamp, Sum)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&what).copied()
    }

    /// What was counted a moment ago; else what `count` finds.
    async fn get(&self, what: Total, at: Timestamp, count: impl Future<Output = Result<Sum>>) -> Result<Sum> {
        let is_good = |kept: Timestamp| kept <= at && at < kept.plus_seconds(GOOD_FOR);
        let before = self.kept(what);
        let turn = match (before, self.turn.try_lock()) {
            (Some((kept, total)), _) if is_good(kept) => return Ok(total),
            (Some((_, total)), Err(_)) => return Ok(total),
            (_, Ok(turn)) => turn,
            (None, Err(_)) => self.turn.lock().await,
        };
        // Whoever had the turn before may have counted the same.
        if let Some((kept, total)) = self.kept(what)
            && is_good(kept)
        {
            return Ok(total);
        }
        let total = count.await?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(what, (at, total));
        drop(turn);
        Ok(total)
    }
}

/// How many rows a query finds: exactly while they are few, and what they were a moment ago when they are many.
pub(crate) async fn count<E: EntityTrait>(desk: &Inner, what: Total, query: Select<E>) -> Result<u64> {
    let few: u64 = page::counts(&desk.db, [query.clone().into_query()], FEW + 1).await?.into_iter().sum();
    if few <= FEW {
        return Ok(few);
    }
    let all = async {
        let query = query.select_only().expr_as(Expr::col(Asterisk).count(), "found");
        let found: Option<i64> = query.into_tuple().one(&desk.db).await.or_refuse()?;
        Ok((found.map_or(0, i64::unsigned_abs), 0))
    };
    Ok(desk.totals.get(what, desk.now(), all).await?.0)
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
