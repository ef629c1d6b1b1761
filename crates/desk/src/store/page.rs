//! Pages of lists: a keyset cursor over an id, or over a moment and an id, in an index's order. And how many rows lists have.

use domain::{Cursor, Key};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, ExprTrait as _, FromQueryResult, Order, QueryFilter as _, QueryOrder as _,
    QueryResult, QuerySelect as _, Select,
    sea_query::{Asterisk, Expr, Func, Query, SelectStatement, SimpleExpr},
};

use crate::store::{
    db::Hot,
    hot::{Columns, HotRow},
};

/// Narrows a query to the rows of a page by the column `id`, and one more, for [`domain::Page::from_rows`].
pub(crate) fn by_id<E: EntityTrait>(query: Select<E>, id: impl ColumnTrait, cursor: Cursor, limit: usize) -> Select<E> {
    by_number(query, id.into_expr(), cursor, limit)
}

/// As [`by_id`], by an expression.
pub(crate) fn by_number<E: EntityTrait>(query: Select<E>, id: SimpleExpr, cursor: Cursor, limit: usize) -> Select<E> {
    let (query, order) = match cursor {
        Cursor::First => (query, Order::Desc),
        Cursor::Before(Key { id: before, .. }) => (query.filter(id.clone().lt(before)), Order::Desc),
        Cursor::After(Key { id: after, .. }) => (query.filter(id.clone().gt(after)), Order::Asc),
    };
    query.order_by(id, order).limit(rows(limit))
}

/// As [`by_id`], by the columns `at` and `id`. The condition is one of a row value: `at < ? OR (at = ? AND id < ?)`, which
/// SeaORM's own cursor writes, keeps SQLite from reading a range of the index.
pub(crate) fn by_moment<E: EntityTrait>(
    query: Select<E>,
    at: impl ColumnTrait,
    id: impl ColumnTrait,
    cursor: Cursor,
    limit: usize,
) -> Select<E> {
    let both = || Expr::tuple([at.into_expr(), id.into_expr()].map(SimpleExpr::from));
    let key = |key: Key| Expr::tuple([key.at.unwrap_or(i64::MAX), key.id].map(SimpleExpr::from));
    let (query, order) = match cursor {
        Cursor::First => (query, Order::Desc),
        Cursor::Before(before) => (query.filter(both().lt(key(before))), Order::Desc),
        Cursor::After(after) => (query.filter(both().gt(key(after))), Order::Asc),
    };
    query.order_by(at, order.clone()).order_by(id, order).limit(rows(limit))
}

/// A number in each column.
struct Counts(Vec<i64>);

impl FromQueryResult for Counts {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        (0..row.column_names().len()).map(|at| row.try_get_by_index(at)).collect::<Result<_, DbErr>>().map(Self)
    }
}

impl HotRow for Counts {
    const COLUMNS: &'static [&'static str] = &[];

    fn read(row: &mut Columns<'_>) -> rusqlite::Result<Self> {
        row.rest().map(Self)
    }
}

/// Of each query the number of rows it finds, counting no further than `limit`: one row with a count in each column.
pub(crate) async fn counts(
    db: &impl Hot,
    queries: impl IntoIterator<Item = SelectStatement>,
    limit: u64,
) -> domain::Result<Vec<u64>> {
    let mut all = Query::select();
    let mut asked = 0;
    for mut query in queries {
        query.clear_selects().expr(Expr::val(1)).limit(limit);
        let found = Func::count(Expr::col(Asterisk));
        all.expr(SimpleExpr::from(Query::select().expr(found).from_subquery(query, "found").take()));
        asked += 1;
    }
    // Of what is in no row the database is not asked.
    let counts: Option<Counts> = db.hot_built(&all).await?.into_iter().next();
    Ok(counts.map_or_else(|| vec![0; asked], |counts| counts.0.into_iter().map(i64::unsigned_abs).collect()))
}

/// The rows to read for a page of `limit`: one more tells that there are more.
fn rows(limit: usize) -> u64 {
    (limit as u64).saturating_add(1)
}
