//! Tickets that are kept, whatever rules say: nobody deletes them, and who they are of is not erased.

use domain::{Error, Result, TicketHold, TicketId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    sea_query::{Expr, Query, SelectStatement, SimpleExpr},
};

use crate::store::{
    entities::{TicketHolds as Table, Tickets, ticket_holds, tickets},
    fault::OrRefuse as _,
    names::shown_name_of,
};

/// Only tickets that are not kept, in a query of `tickets`.
pub(crate) fn none() -> SimpleExpr {
    let its = Expr::col((Table, ticket_holds::Column::TicketId)).equals((Tickets, tickets::Column::Id));
    Expr::exists(Query::select().expr(Expr::val(1)).from(Table).and_where(its).take()).not()
}

/// Why a ticket is kept, if it is.
pub(crate) async fn of(db: &impl ConnectionTrait, ticket: TicketId) -> Result<Option<TicketHold>> {
    let Some(hold) = Table::find_by_id(ticket).one(db).await.or_refuse()? else { return Ok(None) };
    let by_name: Option<String> = match hold.kept_by {
        Some(by) => shown_name_of(db, by).await?,
        None => None,
    };
    Ok(Some(TicketHold { why: hold.why, by: hold.kept_by, by_name, at: hold.kept_at }))
}

/// Refuses to delete tickets of which one is kept.
pub(crate) async fn require_none(db: &impl ConnectionTrait, which: SelectStatement) -> Result<()> {
    let kept = Table::find().filter(ticket_holds::COLUMN.ticket_id.in_subquery(which));
    match kept.one(db).await.or_refuse()? {
        Some(hold) => Err(Error::conflict(format!(
            "Ticket #{} is kept, and stays: {}. An admin lets it go on its page first.",
            hold.ticket_id,
            hold.why.trim_end_matches('.')
        ))),
        None => Ok(()),
    }
}
