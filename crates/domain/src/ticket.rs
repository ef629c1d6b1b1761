//! Tickets: their words, rules and views.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Actor, AttachmentId, CategoryId, Event, FileKind, Role, TicketId, Timestamp, UserId};

/// Characters of a title, after trimming.
pub const TITLE_MAX_CHARS: usize = 200;
/// Characters of a description, after trimming.
pub const DESCRIPTION_MAX_CHARS: usize = 20_000;

macro_rules! wire_words {
    ($name:ident, $what:literal, $($variant:ident = $word:literal),+) => {
        impl $name {
            /// Every value, in the order people expect.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire, in the database and on the page.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;
            /// Reads the word whatever its case.
            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| known.as_str().eq_ignore_ascii_case(text.trim()))
                    .ok_or_else(|| not_a_choice(text, [$($word),+]))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// The sentence about a value outside a list.
pub fn not_a_choice<'a>(text: &str, choices: impl IntoIterator<Item = &'a str>) -> String {
    let shown: String = text.chars().take(50).collect();
    let choices: Vec<&str> = choices.into_iter().collect();
    format!("\"{shown}\" is not a valid choice. Choose one of: {}.", choices.join(", "))
}

/// How soon a ticket wants an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Can wait.
    Low,
    /// The usual.
    #[default]
    Medium,
    /// Soon.
    High,
    /// Now.
    Urgent,
}
wire_words!(Priority, "priority", Low = "Low", Medium = "Medium", High = "High", Urgent = "Urgent");

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// New, nobody is on it yet.
    #[default]
    Open,
    /// Somebody works on it.
    InProgress,
    /// The team needs something from the customer.
    WaitingOnCustomer,
    /// Answered; the customer may still object.
    Resolved,
    /// Over.
    Closed,
}
wire_words!(
    Status,
    "status",
    Open = "Open",
    InProgress = "In Progress",
    WaitingOnCustomer = "Waiting on Customer",
    Resolved = "Resolved",
    Closed = "Closed"
);

impl Status {
    /// Whether the customer may still change the ticket and add files.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::InProgress | Self::WaitingOnCustomer)
    }

    /// Whether `role` may move a ticket from this status to `next`. Staff move it anywhere; a customer closes it.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub fn check_move(self, next: Self, role: Role) -> Result<(), String> {
        if self == next {
            return Err(format!("The ticket is {self} already."));
        }
        if role.can_work_tickets() || next == Self::Closed {
            return Ok(());
        }
        Err(format!("Only the support team can set a ticket to {next}."))
    }
}

/// An entry in the list of categories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// The word on the wire and on the page.
    pub name: String,
    /// Offered for new tickets; a retired one stays on the tickets that have it.
    pub is_active: bool,
    /// Taken when a new ticket names none. Exactly one is.
    pub is_default: bool,
    /// How many tickets have it.
    pub tickets: u64,
}

/// Checks a title: 1 to [`TITLE_MAX_CHARS`] characters after trimming.
///
/// # Errors
/// The sentence for the field.
pub fn check_title(title: &str) -> Result<String, String> {
    check_text(title, TITLE_MAX_CHARS)
}

/// Checks a description: 1 to [`DESCRIPTION_MAX_CHARS`] characters after trimming.
///
/// # Errors
/// The sentence for the field.
pub fn check_description(description: &str) -> Result<String, String> {
    check_text(description, DESCRIPTION_MAX_CHARS)
}

/// Checks a text: 1 to `max_chars` characters after trimming, no null; the rules of Django REST framework's `CharField`, in its words.
pub fn check_text(text: &str, max_chars: usize) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("This field may not be blank.".into());
    }
    if text.contains('\0') {
        return Err("Null characters are not allowed.".into());
    }
    if text.chars().count() > max_chars {
        return Err(format!("Ensure this field has no more than {max_chars} characters."));
    }
    Ok(text.to_owned())
}

/// What a customer sends for a new ticket, as it came: absent, or text to check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketDraft {
    /// Required.
    pub title: Option<String>,
    /// Required.
    pub description: Option<String>,
    /// [`Priority::Medium`] when left out or empty.
    pub priority: Option<String>,
    /// The default category when left out or empty.
    pub category: Option<String>,
}

impl TicketDraft {
    /// Sets a field by its name on the wire; other names are ignored, as `status` in a customer's request is.
    pub fn set(&mut self, field: &str, value: String) {
        match field {
            "title" => self.title = Some(value),
            "description" => self.description = Some(value),
            "priority" => self.priority = Some(value),
            "category" => self.category = Some(value),
            _ => {}
        }
    }
}

/// What is to change in a ticket; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketChange {
    /// By its owner while it is open, or by staff.
    pub title: Option<String>,
    /// By its owner while it is open, or by staff.
    pub description: Option<String>,
    /// Moves that [`Status::check_move`] allows.
    pub status: Option<Status>,
    /// By staff.
    pub priority: Option<Priority>,
    /// By staff; the name of an active category.
    pub category: Option<String>,
}

/// A file attached to a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The ticket it belongs to.
    pub ticket_id: TicketId,
    /// The name it is stored under; made by the desk.
    pub stored_name: String,
    /// The name its sender gave it, cleaned.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Judged by its bytes.
    pub kind: FileKind,
    /// When it was stored.
    pub uploaded_at: Timestamp,
}

impl Attachment {
    /// The path it is served at.
    pub fn path(&self) -> String {
        format!("/media/tickets/{}/{}", self.ticket_id, self.stored_name)
    }
}

/// A file in the staff's list of all files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskFile {
    /// The file.
    pub file: Attachment,
    /// The title of its ticket.
    pub ticket_title: String,
    /// The ticket's owner.
    pub requester_id: UserId,
    /// The ticket owner's name.
    pub requester_name: String,
}

/// A ticket with all its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// One line.
    pub title: String,
    /// As the customer wrote it.
    pub description: String,
    /// How soon.
    pub priority: Priority,
    /// A category's name.
    pub category: String,
    /// Where it stands.
    pub status: Status,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its files, oldest first.
    pub attachments: Vec<Attachment>,
}

/// A ticket in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRow {
    /// Its id.
    pub id: TicketId,
    /// One line.
    pub title: String,
    /// How soon.
    pub priority: Priority,
    /// A category's name.
    pub category: String,
    /// Where it stands.
    pub status: Status,
    /// How many files it has.
    pub attachments: u64,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its owner.
    pub requester_id: UserId,
    /// The owner's name to show.
    pub requester_name: String,
}

/// What the person who looks at a ticket may do with it now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketAbilities {
    /// Change title and description, add files.
    pub can_edit: bool,
    /// Close it.
    pub can_close: bool,
    /// Delete it, because nobody has worked on it.
    pub can_withdraw: bool,
    /// Set status, priority and category.
    pub can_work: bool,
}

impl TicketAbilities {
    /// The rules. `is_touched`: staff have worked on the ticket.
    pub fn of(actor: &Actor, requester: UserId, status: Status, is_touched: bool) -> Self {
        let is_owner = actor.id == Some(requester);
        let can_work = actor.role.can_work_tickets();
        Self {
            can_edit: can_work || (is_owner && status.is_open()),
            can_close: (can_work || is_owner) && status != Status::Closed,
            can_withdraw: is_owner && status == Status::Open && !is_touched,
            can_work,
        }
    }
}

/// A ticket as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketView {
    /// The ticket.
    pub ticket: Ticket,
    /// Its owner.
    pub requester_id: UserId,
    /// The owner's name to log in with.
    pub requester_username: String,
    /// The owner's name to show.
    pub requester_name: String,
    /// What happened to it, oldest first.
    pub history: Vec<Event>,
    /// What the reader may do.
    pub abilities: TicketAbilities,
}

/// Which tickets a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketFilter {
    /// Of this status.
    pub status: Option<Status>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Of the category with this name.
    pub category: Option<String>,
    /// Of this customer; staff only, a customer's own list is theirs anyway.
    pub requester: Option<UserId>,
    /// With this text in title or description, whatever the case, or with this number.
    pub text: Option<String>,
}

/// How many tickets have a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCount {
    /// The status.
    pub status: Status,
    /// How many.
    pub tickets: u64,
}

/// The staff's first page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// Tickets by status, every status once.
    pub tickets: Vec<StatusCount>,
    /// Active customers.
    pub customers: u64,
    /// PINs that can still be redeemed.
    pub live_pins: u64,
    /// Sessions under way.
    pub sessions: u64,
    /// Files.
    pub files: u64,
    /// Bytes of all files.
    pub file_bytes: u64,
    /// The newest tickets.
    pub newest: Vec<TicketRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_whatever_their_case() {
        assert_eq!("waiting ON customer".parse(), Ok(Status::WaitingOnCustomer));
        assert_eq!("urgent".parse(), Ok(Priority::Urgent));
        assert!("soon".parse::<Priority>().unwrap_err().contains("Low, Medium, High, Urgent"));
        assert_eq!(serde_json::to_string(&Status::InProgress).unwrap(), "\"In Progress\"");
    }

    #[test]
    fn texts_are_counted_in_characters_after_trimming() {
        assert_eq!(check_title(&format!("  {} ", "ü".repeat(200))), Ok("ü".repeat(200)));
        assert!(check_title(&"ü".repeat(201)).is_err());
        assert!(check_title(" \n").is_err());
        assert!(check_description("a\0b").is_err());
    }

    #[test]
    fn customers_only_close() {
        assert!(Status::Open.check_move(Status::Closed, Role::Customer).is_ok());
        assert!(Status::Open.check_move(Status::Resolved, Role::Customer).is_err());
        assert!(Status::Closed.check_move(Status::Open, Role::Agent).is_ok());
        assert!(Status::Closed.check_move(Status::Closed, Role::Agent).is_err());
    }
}
