//! What open pages learn of at once: that something happened to a ticket, and who looks at it.
//!
//! A transaction collects its signals and they go out with its commit: on SQLite inside this process, on PostgreSQL as
//! notifications that every process hears, this one too. A signal tells that there is something to ask for; who may be
//! told is decided here, for each reader.

mod stream;

use std::sync::Arc;

use domain::{Actor, Can, Error, EventId, LiveMessage, PresenceState, Present, Result, TicketId, UserId};
use futures::Stream;
use sea_orm::{EntityTrait as _, QuerySelect as _};

use crate::{
    rooms::Inner,
    store::{
        entities::{Tickets, tickets},
        fault::OrRefuse as _,
        names::shown_name,
        reach::Reach,
        signal::{Beat, Signal},
    },
    trail::unread,
};

/// Use cases of open pages.
pub struct Live<'a>(pub(crate) &'a Arc<Inner>);

impl Live<'_> {
    /// The newest event that the caller may know of, or one shortly before it. A page that asks before it reads what it
    /// shows has seen everything up to there. Zero when there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Forbidden`] for who may only drop files.
    pub async fn newest(&self, actor: &Actor) -> Result<EventId> {
        stream::newest(&self.0.db, actor).await
    }

    /// What the caller may learn of: first what was missed since `last_event`, a ticket once; then what comes. Staff
    /// hear of every ticket; customers of what they may see of their own, and of staff who write them a reply.
    ///
    /// Some messages may come twice. The stream ends when the caller's session does, with [`domain::LiveKind::Over`],
    /// and when the database does not answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Forbidden`] for who may only drop files.
    pub async fn subscribe(
        &self,
        actor: &Actor,
        last_event: Option<EventId>,
    ) -> Result<impl Stream<Item = LiveMessage> + Send + use<>> {
        stream::open(Arc::clone(self.0), actor, last_event).await
    }

    /// The caller is on the page of a ticket; to be said again every 15 seconds, as it is forgotten after 40. Whoever
    /// is there has seen what happened. Others hear of changes alone, and of many in a row of some. Its owner or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see the ticket; [`Error::Forbidden`] for a customer who writes a note, and from a
    /// session that may not write what it says it writes.
    pub async fn beat(&self, actor: &Actor, ticket: TicketId, state: PresenceState) -> Result<()> {
        let desk = self.0;
        let requester = self.requester(actor, ticket).await?;
        let Some(user) = actor.id else { return Ok(()) };
        let is_staff = actor.role.is_staff();
        if state == PresenceState::Noting && !is_staff {
            return Err(Error::forbidden("Only the support team writes notes."));
        }
        if state == PresenceState::Replying {
            actor.require_can(Can::Reply)?;
        }
        if state != PresenceState::Gone && actor.require_own().is_ok() {
            unread::seen(&desk.db, user, ticket).await?;
        }
        // Heard by every process already.
        if desk.hub.has_heard(ticket, user, state) {
            return Ok(());
        }
        let name = shown_name(&desk.db, actor).await?;
        desk.db.signal(Signal::Beat(Beat { ticket, requester, user, name, is_staff, state })).await
    }

    /// Who else is on the page of a ticket. Staff see everybody; a customer only whether somebody writes them a reply.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see the ticket.
    pub async fn present(&self, actor: &Actor, ticket: TicketId) -> Result<Vec<Present>> {
        self.requester(actor, ticket).await?;
        let others = self.0.hub.on_ticket(ticket).into_iter().filter(|beat| Some(beat.user) != actor.id);
        if actor.role.can_work_tickets() {
            return Ok(others
                .map(|beat| Present { name: beat.name, state: beat.state, is_staff: beat.is_staff })
                .collect());
        }
        let is_answered = |beat: &Beat| beat.is_staff && beat.state == PresenceState::Replying;
        let somebody = others.into_iter().find(is_answered);
        Ok(somebody
            .map(|beat| Present { name: "Support".to_owned(), state: beat.state, is_staff: true })
            .into_iter()
            .collect())
    }

    /// The owner of a ticket that the caller may see.
    async fn requester(&self, actor: &Actor, ticket: TicketId) -> Result<UserId> {
        let reach = Reach::of(actor)?;
        let owner = Tickets::find_by_id(ticket).select_only().column(tickets::Column::RequesterId);
        let owner: Option<UserId> = owner.into_tuple().one(&self.0.db).await.or_refuse()?;
        owner.filter(|requester| reach.has(ticket, *requester)).ok_or(Error::NotFound)
    }
}
