//! Pages of lists: a keyset cursor over an id, or over a moment and an id, in an index's order.

use domain::{Cursor, Key};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait as _, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    sea_query::{Expr, SimpleExpr},
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

/// The rows to read for a page of `limit`: one more tells that there are more.
fn rows(limit: usize) -> u64 {
    (limit as u64).saturating_add(1)
}
