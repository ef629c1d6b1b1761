//! Tickets: open, read, list, change, withdraw.
use domain::{Actor, Cursor, Page, Result, StatusCount, Ticket, TicketChange, TicketFilter, TicketId, TicketRow, TicketView};
use crate::{Inner, TicketForm};

/// Use cases of tickets.
pub struct Tickets<'a>(pub(crate) &'a Inner);

impl Tickets<'_> {
    /// Opens a ticket with its files, from a form as it arrives: all or nothing. Customers.
    pub async fn open(&self, actor: &Actor, form: &mut impl TicketForm) -> Result<Ticket> { todo!() }
    /// Adds files from a form as it arrives; its text fields are ignored. The owner while it is open, or staff.
    pub async fn add_files(&self, actor: &Actor, id: TicketId, form: &mut impl TicketForm) -> Result<Ticket> { todo!() }
    /// A ticket with its files. Its owner or staff; `NotFound` for everybody else.
    pub async fn get(&self, actor: &Actor, id: TicketId) -> Result<Ticket> { todo!() }
    /// A ticket as its page shows it. Its owner or staff; `NotFound` for everybody else.
    pub async fn view(&self, actor: &Actor, id: TicketId) -> Result<TicketView> { todo!() }
    /// The caller's own tickets with their files, newest first (the REST list). Customers and staff see what they own.
    pub async fn list_own(&self, actor: &Actor, cursor: Cursor, limit: usize) -> Result<Page<Ticket>> { todo!() }
    /// Tickets for a list page: a customer's own, or all for staff.
    pub async fn list(&self, actor: &Actor, filter: &TicketFilter, cursor: Cursor, limit: usize) -> Result<Page<TicketRow>> { todo!() }
    /// How many of the tickets that [`Tickets::list`] would show have each status, without the filter's own status.
    pub async fn count_by_status(&self, actor: &Actor, filter: &TicketFilter) -> Result<Vec<StatusCount>> { todo!() }
    /// Changes a ticket. What the caller may not change is refused as a whole.
    pub async fn update(&self, actor: &Actor, id: TicketId, change: &TicketChange) -> Result<TicketView> { todo!() }
    /// Deletes a ticket with its files: its owner while nobody has worked on it, or an admin.
    pub async fn delete(&self, actor: &Actor, id: TicketId) -> Result<()> { todo!() }
}
