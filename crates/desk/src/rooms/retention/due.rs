//! What is due by a rule, and whether something on a list still is.

use std::collections::HashMap;

use domain::{Result, RetentionOf, Role, Status, TicketId, Timestamp};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, Func, Query, SelectStatement, SimpleExpr},
};

use crate::{
    rooms::holds,
    store::{
        db::{Db, Tx},
        entities::{
            Approvals, Attachments, Events, Ledger, Pins, Recoveries, Sessions, Tickets, Users, approvals, attachments,
            events, ledger, pins, recoveries, sessions, tickets, users,
        },
        fault::OrRefuse as _,
    },
};

/// What is on a list at most; what is due besides comes with the next one.
const MOST: u64 = 1000;

/// Something that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// Of the ticket, the customer or the PIN.
    pub(super) number: i64,
    /// From when its days count.
    pub(super) since: Timestamp,
    /// What tells whether somebody touched it.
    pub(super) touched: i64,
    /// Of its files.
    pub(super) bytes: i64,
}

/// A row: number, since, touched.
type Row = (i64, Timestamp, i64);

/// What is due by a rule of so many days at a moment, oldest first.
pub(super) async fn find(db: &Db, of: RetentionOf, days: u32, at: Timestamp) -> Result<Vec<Due>> {
    let rows = rows(db, of, i64::from(days), at, None).await?;
    let bytes = match of {
        RetentionOf::ClosedTickets | RetentionOf::ResolvedTickets => {
            let which = db.rows_of(rows.iter().map(|(number, ..)| *number));
            let sizes = Attachments::find().select_only();
            let sizes = sizes.columns([attachments::Column::TicketId, attachments::Column::Size]);
            let sizes = sizes.filter(attachments::COLUMN.ticket_id.in_subquery(which));
            let sizes: Vec<(TicketId, i64)> = sizes.into_tuple().all(db).await.or_refuse()?;
            let mut bytes: HashMap<i64, i64> = HashMap::new();
            sizes.into_iter().for_each(|(ticket, size)| *bytes.entry(ticket.0).or_default() += size);
            bytes
        }
        RetentionOf::IdleCustomers | RetentionOf::SpentPins => HashMap::new(),
    };
    let due = |(number, since, touched)| Due {
        number,
        since,
        touched,
        bytes: bytes.get(&number).copied().unwrap_or_default(),
    };
    Ok(rows.into_iter().map(due).collect())
}

/// Whether something that was on a list made at a moment is still due by it, untouched.
pub(super) async fn still_is(
    tx: &Tx,
    of: RetentionOf,
    days: i64,
    made_at: Timestamp,
    number: i64,
    touched: i64,
) -> Result<bool> {
    let found = rows(tx, of, days, made_at, Some(number)).await?;
    Ok(found.first().is_some_and(|(_, _, now)| *now == touched))
}

async fn rows(
    db: &impl ConnectionTrait,
    of: RetentionOf,
    days: i64,
    at: Timestamp,
    only: Option<i64>,
) -> Result<Vec<Row>> {
    let before = at.plus_seconds(-days * 24 * 3600);
    let found = match of {
        RetentionOf::ClosedTickets => of_tickets(Status::Closed, tickets::Column::ClosedAt, before, only),
        RetentionOf::ResolvedTickets => of_tickets(Status::Resolved, tickets::Column::UpdatedAt, before, only),
        RetentionOf::IdleCustomers => customers(before, at, only),
        RetentionOf::SpentPins => spent(before, at, only),
    };
    let statement = db.get_database_backend().build(&found);
    let rows = db.query_all_raw(statement).await.or_refuse()?;
    let row = |row: &sea_orm::QueryResult| -> std::result::Result<Row, sea_orm::DbErr> {
        Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?))
    };
    rows.iter().map(row).collect::<std::result::Result<_, _>>().or_refuse()
}

/// Only if there is no row of another table that is of this one.
fn none_of(query: &SelectStatement) -> SimpleExpr {
    Expr::exists(query.clone()).not()
}

fn of_tickets(status: Status, since: tickets::Column, before: Timestamp, only: Option<i64>) -> SelectStatement {
    let its = Expr::col((Events, events::Column::TicketId)).equals((Tickets, tickets::Column::Id));
    let last = Func::coalesce([Expr::col((Events, events::Column::Id)).max(), Expr::val(0i64)]);
    let last = SimpleExpr::from(Query::select().expr(last).from(Events).and_where(its).take());
    let since = || Expr::col((Tickets, since));
    Tickets::find()
        .select_only()
        .column(tickets::Column::Id)
        .expr_as(since(), "since")
        .expr_as(last, "touched")
        .filter(tickets::COLUMN.status.eq(status))
        .filter(since().lte(before))
        .filter(holds::none())
        .apply_if(only, |query, number| query.filter(tickets::COLUMN.id.eq(TicketId(number))))
        .order_by_asc(since())
        .order_by_asc(tickets::COLUMN.id)
        .limit(MOST)
        .into_query()
}

fn customers(before: Timestamp, at: Timestamp, only: Option<i64>) -> SelectStatement {
    let user = || Expr::col((Users, users::Column::Id));
    let seen = || {
        let moments = [users::Column::LastSeenAt, users::Column::CreatedAt].map(|column| Expr::col((Users, column)));
        SimpleExpr::from(Func::coalesce(moments))
    };
    // Whatever somebody does to them, or they do themselves, is in the ledger.
    let its = Expr::col((Ledger, ledger::Column::UserId)).equals((Users, users::Column::Id));
    let last = Func::coalesce([Expr::col((Ledger, ledger::Column::Number)).max(), Expr::val(0i64)]);
    let last = SimpleExpr::from(Query::select().expr(last).from(Ledger).and_where(its).take());
    let mut asks = Query::select();
    let its = user().equals((Tickets, tickets::Column::RequesterId));
    asks.expr(Expr::val(1)).from(Tickets).and_where(its);
    let mut can_come = Query::select();
    can_come
        .expr(Expr::val(1))
        .from(Pins)
        .and_where(user().equals((Pins, pins::Column::UserId)))
        .and_where(pins::COLUMN.redeemed_at.is_null())
        .and_where(pins::COLUMN.revoked_at.is_null())
        .and_where(pins::COLUMN.expires_at.gt(at));
    let mut is_in = Query::select();
    is_in
        .expr(Expr::val(1))
        .from(Sessions)
        .and_where(user().equals((Sessions, sessions::Column::UserId)))
        .and_where(sessions::COLUMN.ended_at.is_null())
        .and_where(sessions::COLUMN.expires_at.gt(at));
    let mut waits = Query::select();
    waits
        .expr(Expr::val(1))
        .from(Recoveries)
        .and_where(user().equals((Recoveries, recoveries::Column::CustomerId)))
        .and_where(recoveries::COLUMN.decided_at.is_null());
    Users::find()
        .select_only()
        .column(users::Column::Id)
        .expr_as(seen(), "since")
        .expr_as(last, "touched")
        .filter(users::COLUMN.role.eq(Role::Customer))
        .filter(seen().lte(before))
        .filter(
            [&asks, &can_come, &is_in, &waits]
                .map(none_of)
                .into_iter()
                .fold(sea_orm::Condition::all(), |all, one| all.add(one)),
        )
        .apply_if(only, |query, number| query.filter(users::COLUMN.id.eq(domain::UserId(number))))
        .order_by_asc(seen())
        .order_by_asc(users::COLUMN.id)
        .limit(MOST)
        .into_query()
}

fn spent(before: Timestamp, at: Timestamp, only: Option<i64>) -> SelectStatement {
    let pin = || Expr::col((Pins, pins::Column::Id));
    let over = || {
        use pins::Column::{ExpiresAt, RedeemedAt, RevokedAt};
        let moments = [RedeemedAt, RevokedAt, ExpiresAt].map(|column| Expr::col((Pins, column)));
        SimpleExpr::from(Func::coalesce(moments))
    };
    // What was confirmed by a PIN stays provable, and so does why one was issued for a lost access.
    let mut confirms = Query::select();
    confirms.expr(Expr::val(1)).from(Approvals).and_where(pin().equals((Approvals, approvals::Column::PinId)));
    let mut recovers = Query::select();
    recovers.expr(Expr::val(1)).from(Recoveries).and_where(pin().equals((Recoveries, recoveries::Column::PinId)));
    let mut is_in = Query::select();
    is_in
        .expr(Expr::val(1))
        .from(Sessions)
        .and_where(pin().equals((Sessions, sessions::Column::PinId)))
        .and_where(sessions::COLUMN.ended_at.is_null())
        .and_where(sessions::COLUMN.expires_at.gt(at));
    Pins::find()
        .select_only()
        .column(pins::Column::Id)
        .expr_as(over(), "since")
        .expr_as(over(), "touched")
        .filter(over().lte(before))
        .filter(
            [&confirms, &recovers, &is_in]
                .map(none_of)
                .into_iter()
                .fold(sea_orm::Condition::all(), |all, one| all.add(one)),
        )
        .apply_if(only, |query, number| query.filter(pins::COLUMN.id.eq(domain::PinId(number))))
        .order_by_asc(over())
        .order_by_asc(pins::COLUMN.id)
        .limit(MOST)
        .into_query()
}
