//! A ticket is kept, whatever rules say, until an admin lets it go.

use domain::{Actor, Error, LedgerData, Result, TicketHold, TicketId, check_keep_why};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{Tickets, first_worked_on, lock};
use crate::{
    rooms::holds,
    store::{
        entities::{TicketHolds, Tickets as Table, ticket_holds, tickets},
        fault::OrRefuse as _,
    },
    trail::ledger::NewEntry,
};

impl Tickets<'_> {
    /// Why a ticket is kept, if it is. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] when there is no such ticket.
    pub async fn hold(&self, actor: &Actor, id: TicketId) -> Result<Option<TicketHold>> {
        actor.require_staff()?;
        self.find(actor, id).await?;
        holds::of(&self.0.db, id).await
    }

    /// Keeps a ticket: no rule deletes it, nor does anybody else, until an admin lets it go. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] for `why`; [`Error::Conflict`] when it is kept already.
    pub async fn keep(&self, actor: &Actor, id: TicketId, why: &str) -> Result<()> {
        actor.require_staff()?;
        let (desk, at) = (self.0, self.0.now());
        let tx = desk.db.begin().await?;
        let row = lock(&tx, actor, id).await?;
        let why = check_keep_why(why).map_err(|sentence| Error::field("why", sentence))?;
        if holds::of(&tx, id).await?.is_some() {
            return Err(Error::conflict("This ticket is kept already. Reload the page to see why."));
        }
        let hold = ticket_holds::ActiveModel {
            ticket_id: Set(id),
            why: Set(why.clone()),
            kept_by: Set(actor.id),
            kept_at: Set(at),
        };
        TicketHolds::insert(hold).exec_without_returning(&tx).await.or_refuse()?;
        // As all that staff do: from then on its customer cannot withdraw it, and learns nothing of why.
        let worked_on = Table::update_many().col_expr(tickets::Column::WorkedOnAt, first_worked_on(at));
        worked_on.filter(tickets::COLUMN.id.eq(id)).exec(&tx).await.or_refuse()?;
        NewEntry::of_customer(LedgerData::TicketKept { why }, row.requester_id, Some(id)).note(&tx, actor, at);
        tx.commit().await
    }

    /// Lets a ticket go that was kept: rules count again. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn let_go(&self, actor: &Actor, id: TicketId) -> Result<()> {
        actor.require_admin()?;
        let tx = self.0.db.begin().await?;
        let row = lock(&tx, actor, id).await?;
        if TicketHolds::delete_by_id(id).exec(&tx).await.or_refuse()?.rows_affected > 0 {
            let entry = NewEntry::of_customer(LedgerData::TicketLetGo, row.requester_id, Some(id));
            entry.note(&tx, actor, self.0.now());
        }
        tx.commit().await
    }
}
