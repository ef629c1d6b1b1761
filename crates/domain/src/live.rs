//! What open pages learn of while they are open, and who looks at a ticket.

use strum::{IntoStaticStr, VariantArray};

use crate::{EventId, TicketId, word::words};

/// What a message to an open page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum LiveKind {
    /// Something happened to a ticket.
    Ticket,
    /// Somebody came to a ticket, left it, began or stopped to write.
    Presence,
    /// More happened than is told one by one.
    Reload,
    /// The session is over; nothing follows.
    Over,
}

words!(LiveKind);

/// A message to an open page: ids only. What changed, the page asks for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LiveMessage {
    /// The newest event it tells of; a reader that comes back names the last one it saw.
    pub id: Option<EventId>,
    /// What it is about.
    pub kind: LiveKind,
    /// The ticket it is about.
    pub ticket: Option<TicketId>,
}

/// What somebody does on a ticket's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum PresenceState {
    /// Looks at it.
    Viewing,
    /// Writes a reply.
    Replying,
    /// Writes an internal note.
    Noting,
    /// Has left it.
    Gone,
}

words!(PresenceState);

/// Somebody on a ticket's page, as the reader may know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Their name; customers see staff as "Support".
    pub name: String,
    /// What they do.
    pub state: PresenceState,
    /// Whether they are staff.
    pub is_staff: bool,
}
