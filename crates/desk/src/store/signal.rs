//! What processes tell each other.

use domain::{EventId, PresenceState, TicketId, UserId};
use serde::{Deserialize, Serialize};

/// Where PostgreSQL passes them on.
pub(crate) const CHANNEL: &str = "pindesk";

/// Small and without texts: who hears it looks into the database, where it is decided who may see what.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signal {
    /// Something happened to a ticket.
    Ticket(TicketSignal),
    /// Somebody is on a ticket's page.
    Beat(Beat),
    /// Sessions of this person ended: their streams look again whether they may go on.
    Sessions { user: UserId },
    /// Something that their pages show happened to this person, and to no ticket.
    Person { user: UserId },
}

/// Something happened to a ticket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TicketSignal {
    pub(crate) event: EventId,
    pub(crate) ticket: TicketId,
    /// None when the ticket was gone before.
    pub(crate) requester: Option<UserId>,
    /// Never told to customers.
    pub(crate) is_internal: bool,
}

/// Somebody is on a ticket's page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Beat {
    pub(crate) ticket: TicketId,
    pub(crate) requester: UserId,
    pub(crate) user: UserId,
    pub(crate) name: String,
    pub(crate) is_staff: bool,
    pub(crate) state: PresenceState,
}
