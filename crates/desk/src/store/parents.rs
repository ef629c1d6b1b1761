//! What hangs on a session of a customer: whom they let in, and the PINs for that. It is good as long as that one is.

use domain::Timestamp;
use sea_orm::{
    Condition, Iden,
    sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr},
};

use crate::store::entities::{Sessions, sessions};

const PARENT: &str = "parent";

fn of_parent(column: sessions::Column) -> Expr {
    Expr::col((Alias::new(PARENT), column))
}

/// The session that a column names, unless it was ended.
fn parents<T: Iden + 'static, C: Iden + 'static>(named: (T, C)) -> SelectStatement {
    Query::select()
        .from_as(Sessions, Alias::new(PARENT))
        .and_where(of_parent(sessions::Column::Sid).equals(named))
        .and_where(of_parent(sessions::Column::EndedAt).is_null())
        .take()
}

/// That a column names no session, or one that goes on.
pub(crate) fn parent_goes_on<T: Iden + Copy + 'static, C: Iden + Copy + 'static>(
    named: (T, C),
    at: Timestamp,
) -> Condition {
    let goes_on = parents(named).expr(Expr::val(1)).and_where(of_parent(sessions::Column::ExpiresAt).gt(at)).take();
    Condition::any().add(Expr::col(named).is_null()).add(Expr::exists(goes_on))
}

/// Until when the session goes on that a session hangs on; null when that was ended.
pub(crate) fn parent_expires_at() -> SimpleExpr {
    let until = parents((Sessions, sessions::Column::ParentSid)).expr(of_parent(sessions::Column::ExpiresAt)).take();
    SimpleExpr::SubQuery(None, Box::new(until.into()))
}
