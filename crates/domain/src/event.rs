//! What happened at the desk.

use serde::{Deserialize, Serialize};

use crate::{Attachment, EventId, Timestamp, word::words};

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum EventKind {
    /// A ticket was opened.
    TicketOpened,
    /// Its title or description changed.
    TicketEdited,
    /// Its owner took it back; the ticket is gone.
    TicketWithdrawn,
    /// Its status changed, `from` one `to` another.
    StatusChanged,
    /// Its priority changed.
    PriorityChanged,
    /// Its category changed.
    CategoryChanged,
    /// Files were added; `to` says how many.
    FilesAdded,
    /// A reply was sent.
    Replied,
    /// An internal note was written.
    Noted,
    /// Its assignee changed, `from` one `to` another; none is nobody.
    AssigneeChanged,
    /// A PIN was issued.
    PinIssued,
    /// A PIN was redeemed.
    PinRedeemed,
    /// A PIN was revoked.
    PinRevoked,
    /// Staff logged in.
    StaffLoggedIn,
    /// A session was ended.
    SessionEnded,
    /// A refresh token that was rotated out came back; its session was ended.
    TokenReused,
    /// A customer or a member of staff was created.
    UserCreated,
    /// Their details changed.
    UserChanged,
    /// They may no longer log in.
    UserDeactivated,
    /// They may log in again.
    UserActivated,
}

impl EventKind {
    /// Whether only staff learn of it.
    pub const fn is_internal(self) -> bool {
        matches!(self, Self::Noted | Self::AssigneeChanged)
    }
}

words!(EventKind);

/// Something that happened, as its reader may know it: an entry of a ticket's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// What.
    pub kind: EventKind,
    /// The value before.
    pub from: Option<String>,
    /// The value after.
    pub to: Option<String>,
    /// Who did it; none for the command line and the desk itself. Customers see staff as "Support".
    pub actor_name: Option<String>,
    /// Whether staff did it.
    pub by_staff: bool,
    /// Whether the reader did it.
    pub is_own: bool,
    /// Whether who did it gave the ticket to themselves.
    pub is_taken: bool,
    /// What was written, in Markdown: of a reply or a note.
    pub body: Option<String>,
    /// The files that came with it, as far as they are still there.
    pub files: Vec<Attachment>,
    /// When.
    pub at: Timestamp,
}
