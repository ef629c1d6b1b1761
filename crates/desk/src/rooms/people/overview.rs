//! The staff's first page.

use domain::{Actor, Cursor, Overview, Result, Role};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    sea_query::{Expr, Query},
};

use super::Users;
use crate::{
    rooms::{
        pins::can_be_redeemed,
        tickets::Tickets,
        totals::{self, Total},
    },
    store::entities::{Pins, Sessions, Users as Table, sessions, users},
};

impl Users<'_> {
    /// The staff's first page: counts and the newest tickets. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn overview(&self, actor: &Actor) -> Result<Overview> {
        actor.require_staff()?;
        let desk = self.0;
        let at = desk.now();
        let customers = Table::find()
            .filter(users::COLUMN.role.eq(Role::Customer))
            .filter(users::COLUMN.is_active.eq(true))
            .filter(users::COLUMN.created_at.lte(at));
        // Beginning with the sessions: a join may begin with all the people there are.
        let of_its_owner = Expr::col((Table, users::Column::Id)).equals((Sessions, sessions::Column::UserId));
        let mut owner = Query::select();
        owner.expr(Expr::val(1)).from(Table).and_where(of_its_owner);
        owner.cond_where(crate::rooms::sessions::under_way(desk, at));
        let sessions = Sessions::find().filter(sessions::COLUMN.expires_at.gt(at)).filter(Expr::exists(owner));
        let tickets = Tickets(desk);
        let all = domain::TicketFilter::default();
        let (files, file_bytes) = crate::Attachments(desk).total(actor, &crate::FileFilter::default()).await?;
        Ok(Overview {
            tickets: tickets.count_by_status(actor, &all).await?,
            customers: totals::count(desk, Total::Customers, customers).await?,
            live_pins: totals::exactly(&desk.db, Pins::find().filter(can_be_redeemed(at))).await?,
            sessions: totals::count(desk, Total::Sessions, sessions).await?,
            files,
            file_bytes,
            newest: tickets.list(actor, &all, Cursor::First, 8).await?.items,
        })
    }
}
