//! What somebody has seen of tickets.

use domain::{Actor, Result, TicketId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryTrait as _};

use super::Tickets;
use crate::{
    store::{
        entities::{Unread, unread as marks},
        page,
    },
    trail::unread,
};

/// Unread tickets are counted up to here.
const COUNTED: u64 = 100;

impl Tickets<'_> {
    /// The caller has seen a ticket. Fine for one that they may not see, as they have no mark there.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]
    pub async fn seen(&self, actor: &Actor, ticket: TicketId) -> Result<()> {
        match actor.id {
            Some(user) => unread::seen(&self.0.db, user, ticket).await,
            None => Ok(()),
        }
    }

    /// Whether something happened to a ticket that the caller has not seen.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]
    pub async fn is_unread(&self, actor: &Actor, ticket: TicketId) -> Result<bool> {
        match actor.id {
            Some(user) => unread::has_mark(&self.0.db, user, ticket).await,
            None => Ok(false),
        }
    }

    /// On how many tickets something happened that the caller has not seen; counted up to 100.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]
    pub async fn unread_count(&self, actor: &Actor) -> Result<u64> {
        let Some(user) = actor.id else { return Ok(0) };
        let own = Unread::find().filter(marks::COLUMN.user_id.eq(user));
        let counts = page::counts(&self.0.db, [own.into_query()], COUNTED).await?;
        Ok(counts.into_iter().sum())
    }
}
