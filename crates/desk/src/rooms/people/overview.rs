//! The staff's first page.

use domain::{Actor, Cursor, Overview, Result, Role};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::Users;
use crate::{
    rooms::{
        figures, sessions,
        tickets::Tickets,
        totals::{self, Total},
    },
    store::entities::{Users as Table, users},
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
        let tickets = Tickets(desk);
        let all = domain::TicketFilter::default();
        let (files, file_bytes) = crate::Attachments(desk).total(actor, &crate::FileFilter::default()).await?;
        Ok(Overview {
            tickets: tickets.count_by_status(actor, &all).await?,
            customers: totals::count(desk, Total::Customers, customers).await?,
            live_pins: figures::live_pins(desk).await?,
            sessions: sessions::number(desk).await?,
            files,
            file_bytes,
            newest: tickets.list(actor, &all, Cursor::First, 8).await?.items,
        })
    }
}
