//! What happened at the desk.

use serde::{Deserialize, Serialize};

use crate::{Attachment, EventId, Timestamp};

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Every kind, with its word in the database.
    pub const ALL: &[(Self, &str)] = &[
        (Self::TicketOpened, "ticket_opened"),
        (Self::TicketEdited, "ticket_edited"),
        (Self::TicketWithdrawn, "ticket_withdrawn"),
        (Self::StatusChanged, "status_changed"),
        (Self::PriorityChanged, "priority_changed"),
        (Self::CategoryChanged, "category_changed"),
        (Self::FilesAdded, "files_added"),
        (Self::Replied, "replied"),
        (Self::Noted, "noted"),
        (Self::AssigneeChanged, "assignee_changed"),
        (Self::PinIssued, "pin_issued"),
        (Self::PinRedeemed, "pin_redeemed"),
        (Self::PinRevoked, "pin_revoked"),
        (Self::StaffLoggedIn, "staff_logged_in"),
        (Self::SessionEnded, "session_ended"),
        (Self::TokenReused, "token_reused"),
        (Self::UserCreated, "user_created"),
        (Self::UserChanged, "user_changed"),
        (Self::UserDeactivated, "user_deactivated"),
        (Self::UserActivated, "user_activated"),
    ];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }

    /// Whether only staff learn of it.
    pub const fn is_internal(self) -> bool {
        matches!(self, Self::Noted | Self::AssigneeChanged)
    }

    /// The kind of a word in the database.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_its_word() {
        for (kind, word) in EventKind::ALL {
            assert_eq!(EventKind::by_word(word), Some(*kind));
            assert_eq!(kind.as_str(), *word);
        }
    }
}
