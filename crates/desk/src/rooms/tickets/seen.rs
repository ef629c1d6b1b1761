//! What somebody has seen of tickets.

use domain::{Actor, Result, TicketId, UserId};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryTrait as _};

use super::Tickets;
use crate::{
    store::{
        entities::{Unread, unread as marks},
        page,
        reach::Reach,
    },
    trail::unread,
};

/// Unread tickets are counted up to here.
const COUNTED: u64 = 100;

/// Whose mark on a ticket it is that somebody may know of.
fn marked(actor: &Actor, ticket: TicketId) -> Option<UserId> {
    let reach = Reach::of(actor).ok()?;
    // Whom a customer let in has none: what they saw, the customer did not.
    actor.require_own().ok()?;
    actor.id.filter(|_| reach.ticket().is_none_or(|only| only == ticket))
}

impl Tickets<'_> {
    /// The caller has seen a ticket. Fine for one that they may not see, as they have no mark there.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]
    pub async fn seen(&self, actor: &Actor, ticket: TicketId) -> Result<()> {
        match marked(actor, ticket) {
            Some(user) => unread::seen(&self.0.db, user, ticket).await,
            None => Ok(()),
        }
    }

    /// Whether something happened to a ticket that the caller has not seen.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]
    pub async fn is_unread(&self, actor: &Actor, ticket: TicketId) -> Result<bool> {
        match marked(actor, ticket) {
            Some(user) => unread::has_mark(&self.0.db, user, ticket).await,
            None => Ok(false),
        }
    }

    /// On how many tickets something happened that the caller has not seen; counted up to 100.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]; [`domain::Error::Forbidden`] for who may only drop files.
    pub async fn unread_count(&self, actor: &Actor) -> Result<u64> {
        let reach = Reach::of(actor)?;
        let Some(user) = actor.id.filter(|_| actor.require_own().is_ok()) else { return Ok(0) };
        let own = Condition::all()
            .add(marks::COLUMN.user_id.eq(user))
            .add_option(reach.ticket().map(|ticket| marks::COLUMN.ticket_id.eq(ticket)));
        let own = Unread::find().filter(own);
        let counts = page::counts(&self.0.db, [own.into_query()], COUNTED).await?;
        Ok(counts.into_iter().sum())
    }
}
