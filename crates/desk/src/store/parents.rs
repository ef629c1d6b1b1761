//! What sessions hang on. What a customer's session let in, and the PINs for that, is good as long as that one is; what is for one
//! ticket, until some time after that was closed.

use domain::Timestamp;
use sea_orm::{
    Condition, Iden,
    sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr},
};

use crate::store::entities::{Sessions, Tickets, Users, sessions, tickets, users};

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

/// Whether the session's owner has a password: 1 or 0.
pub(crate) fn has_password() -> SimpleExpr {
    Expr::case(Expr::col((Users, users::Column::PasswordHash)).is_null(), 0i64).finally(1i64).into()
}

fn ticket_of_session() -> SelectStatement {
    let id = Expr::col((Tickets, tickets::Column::Id)).equals((Sessions, sessions::Column::TicketId));
    Query::select().from(Tickets).and_where(id).take()
}

/// Since when the ticket is closed that a session is for; null while it is not, and of a session for all.
pub(crate) fn ticket_closed_at() -> SimpleExpr {
    let closed_at = ticket_of_session().column((Tickets, tickets::Column::ClosedAt)).take();
    SimpleExpr::SubQuery(None, Box::new(closed_at.into()))
}

/// That the ticket which a session is for, if it is for one, was not closed by a moment.
pub(crate) fn ticket_goes_on(by: Timestamp) -> Condition {
    let closed = ticket_of_session()
        .expr(Expr::val(1))
        .and_where(Expr::col((Tickets, tickets::Column::ClosedAt)).lte(by))
        .take();
    Condition::any().add(Expr::col((Sessions, sessions::Column::TicketId)).is_null()).add(Expr::exists(closed).not())
}
