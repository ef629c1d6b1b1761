//! Tickets: their words, rules and views.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{
    Actor, AttachmentId, Can, CategoryId, Event, FileKind, Page, PictureSize, Role, TicketId, Timestamp, UserId,
    text::{check_line, check_text},
    word::words,
};

/// Characters of a title, after trimming.
pub const TITLE_MAX_CHARS: usize = 200;
/// Characters of a description, after trimming.
pub const DESCRIPTION_MAX_CHARS: usize = 20_000;
/// Characters of a reply or a note, after trimming.
pub const MESSAGE_MAX_CHARS: usize = 20_000;

/// How soon a ticket wants an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
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
words!(Priority);

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum Status {
    /// New, nobody is on it yet.
    #[default]
    Open,
    /// Somebody works on it.
    #[strum(serialize = "In Progress")]
    InProgress,
    /// The team needs something from the customer.
    #[strum(serialize = "Waiting on Customer")]
    WaitingOnCustomer,
    /// Answered; the customer may still object.
    Resolved,
    /// Over.
    Closed,
}
words!(Status);

impl Status {
    /// Whether the customer may still change the ticket and add files.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::InProgress | Self::WaitingOnCustomer)
    }

    /// Whether `role` may move a ticket from this status to `next`, by the one table of moves.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub fn check_move(self, next: Self, role: Role) -> Result<(), String> {
        if self == next {
            return Err(format!("The ticket is {self} already."));
        }
        let found = MOVES.iter().find(|(from, _, _)| *from == self);
        let allowed = |moves: &[Self]| moves.contains(&next);
        match found {
            Some((_, staff, _)) if role.can_work_tickets() && allowed(staff) => Ok(()),
            Some((_, _, customer)) if !role.is_staff() && allowed(customer) => Ok(()),
            _ if !role.is_staff() => Err(match (self, next) {
                (Self::Closed, _) => "This ticket is Closed. Open a new one to go on.".to_owned(),
                (_, Self::Open) => "Write a reply, and the ticket is opened again.".to_owned(),
                _ => format!("Only the support team can set a ticket to {next}."),
            }),
            _ => Err(format!("A ticket that is {self} cannot become {next}. Reopen it first: set it to Open.")),
        }
    }

    /// Where `role` may move a ticket from this status, in order.
    pub fn moves(self, role: Role) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|next| self.check_move(*next, role).is_ok()).collect()
    }

    /// Where a reply by the customer takes a ticket: what waited for them, or was thought done, is open again.
    pub const fn after_customer_reply(self) -> Self {
        match self {
            Self::WaitingOnCustomer | Self::Resolved => Self::Open,
            other => other,
        }
    }
}

/// The workflow: from a status, where staff may move a ticket, and where its customer may. A customer's reply moves it
/// as well ([`Status::after_customer_reply`]).
const MOVES: &[(Status, &[Status], &[Status])] = &[
    (
        Status::Open,
        &[Status::InProgress, Status::WaitingOnCustomer, Status::Resolved, Status::Closed],
        &[Status::Closed],
    ),
    (
        Status::InProgress,
        &[Status::Open, Status::WaitingOnCustomer, Status::Resolved, Status::Closed],
        &[Status::Closed],
    ),
    (
        Status::WaitingOnCustomer,
        &[Status::Open, Status::InProgress, Status::Resolved, Status::Closed],
        &[Status::Closed],
    ),
    (
        Status::Resolved,
        &[Status::Open, Status::InProgress, Status::WaitingOnCustomer, Status::Closed],
        &[Status::Closed],
    ),
    // Over is over: first it is opened again, then it goes on.
    (Status::Closed, &[Status::Open, Status::InProgress], &[]),
];

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

/// Checks a title: one line of 1 to [`TITLE_MAX_CHARS`] characters after trimming.
///
/// # Errors
/// The sentence for the field.
pub fn check_title(title: &str) -> Result<String, String> {
    check_line(title, TITLE_MAX_CHARS)
}

/// Checks a description: 1 to [`DESCRIPTION_MAX_CHARS`] characters after trimming.
///
/// # Errors
/// The sentence for the field.
pub fn check_description(description: &str) -> Result<String, String> {
    check_text(description, DESCRIPTION_MAX_CHARS)
}

/// Checks a reply or a note: 1 to [`MESSAGE_MAX_CHARS`] characters after trimming.
///
/// # Errors
/// The sentence for the field.
pub fn check_message(body: &str) -> Result<String, String> {
    check_text(body, MESSAGE_MAX_CHARS)
}

/// Whether a message is for everybody on the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum MessageKind {
    /// For the customer and the team.
    Reply,
    /// For the team alone.
    Note,
}

words!(MessageKind);

/// What becomes of a ticket with a reply by staff.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum ReplyThen {
    /// It stays as it is.
    #[default]
    Stay,
    /// It waits for the customer.
    Wait,
    /// It is thought done.
    Resolve,
}
words!(ReplyThen);

impl ReplyThen {
    /// The status that it asks for.
    pub const fn status(self) -> Option<Status> {
        match self {
            Self::Stay => None,
            Self::Wait => Some(Status::WaitingOnCustomer),
            Self::Resolve => Some(Status::Resolved),
        }
    }
}

/// A member of staff, to assign tickets to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignee {
    /// Who.
    pub id: UserId,
    /// The name to log in with.
    pub username: String,
    /// The name to show.
    pub name: String,
}

/// Whose tickets a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AssigneeFilter {
    /// Nobody has them.
    Unassigned,
    /// The reader has them.
    Mine,
    /// This member of staff has them.
    Of(UserId),
}

/// How a list of tickets is ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TicketOrder {
    /// The newest ticket first.
    #[default]
    Newest,
    /// The one that changed last first.
    Changed,
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
    /// By staff: an active member of staff, or nobody.
    pub assignee: Option<Option<UserId>>,
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
    /// How large a picture it is, if it is one that says so.
    pub picture: Option<PictureSize>,
    /// When it was stored.
    pub uploaded_at: Timestamp,
}

impl Attachment {
    /// The path it is served at.
    pub fn path(&self) -> String {
        format!("/media/tickets/{}/{}", self.ticket_id, self.stored_name)
    }

    /// The size at which a page may show it as a picture without being asked. None for what is no picture, does not say
    /// how large it is, or would cost its reader gigabytes.
    pub fn shown_picture(&self) -> Option<PictureSize> {
        self.picture.filter(|size| self.kind.is_image() && size.is_shown())
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
    #[serde(with = "crate::timestamp::micros")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(with = "crate::timestamp::micros")]
    pub updated_at: Timestamp,
    /// Its owner.
    pub requester_id: UserId,
    /// The owner's name to show.
    pub requester_name: String,
    /// Who has it; only staff learn it.
    pub assignee_name: Option<String>,
    /// Something happened that the reader has not seen.
    pub is_unread: bool,
}

/// What the person who looks at a ticket may do with it now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketAbilities {
    /// Change title and description, add files.
    pub can_edit: bool,
    /// Close it.
    pub can_close: bool,
    /// Delete it, because nobody has worked on it. Not for who sees this ticket alone.
    pub can_withdraw: bool,
    /// Set status, priority, category and assignee, write notes.
    pub can_work: bool,
    /// Write a reply.
    pub can_reply: bool,
    /// Add files, with what they write or alone.
    pub can_upload: bool,
}

impl TicketAbilities {
    /// The rules. `is_touched`: staff have worked on the ticket.
    pub fn of(actor: &Actor, requester: UserId, status: Status, is_touched: bool) -> Self {
        let can_work = actor.role.can_work_tickets();
        let is_own = actor.id == Some(requester);
        let writes = is_own && actor.scope.may(Can::Reply);
        let uploads = is_own && actor.scope.may(Can::Upload);
        Self {
            can_edit: can_work || (writes && status.is_open()),
            can_close: (can_work || writes) && status != Status::Closed,
            can_withdraw: writes && actor.scope.ticket.is_none() && status == Status::Open && !is_touched,
            can_work,
            can_reply: can_work || (writes && status != Status::Closed),
            can_upload: can_work || (uploads && status != Status::Closed),
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
    /// Who has it; only staff learn it.
    pub assignee: Option<Assignee>,
    /// The files that came with the ticket itself; those of replies are with the replies.
    pub opening_files: Vec<Attachment>,
    /// Where the reader may move it.
    pub moves: Vec<Status>,
    /// What happened to it as far as the reader may know: the newest page, newest first.
    pub timeline: Page<Event>,
    /// What the reader may do.
    pub abilities: TicketAbilities,
    /// How many more files the reader may add for everybody to see, and to a note.
    pub room: FileRoom,
}

/// How many more files a ticket takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRoom {
    /// For the customer and the team: the ticket's own and those of replies together.
    pub public: u32,
    /// With notes; counted apart, so that customers do not learn of them.
    pub internal: u32,
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
    /// By who has them; staff only.
    pub assignee: Option<AssigneeFilter>,
    /// In this order.
    pub order: TicketOrder,
}

/// Tickets are counted up to here; one more means "more than this". Counting on would read the whole table.
pub const COUNTED_TICKETS: u64 = 1000;

/// A count as it is shown: `1000+` from one more than [`COUNTED_TICKETS`] on.
pub fn count_words(tickets: u64) -> String {
    if tickets > COUNTED_TICKETS { format!("{COUNTED_TICKETS}+") } else { tickets.to_string() }
}

/// How many tickets have a status, up to one more than [`COUNTED_TICKETS`].
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
    fn every_status_has_its_moves() {
        for (from, staff, customer) in MOVES {
            assert!(!staff.contains(from) && !customer.contains(from), "{from} moves to itself");
            for next in Status::ALL {
                assert_eq!(from.check_move(*next, Role::Agent).is_ok(), staff.contains(next), "{from} to {next}");
                assert_eq!(from.check_move(*next, Role::Admin).is_ok(), staff.contains(next), "{from} to {next}");
                assert_eq!(from.check_move(*next, Role::Customer).is_ok(), customer.contains(next), "{from} to {next}");
            }
        }
        assert!(Status::ALL.iter().all(|status| MOVES.iter().filter(|(from, ..)| from == status).count() == 1));
    }

    #[test]
    fn a_refused_move_says_why() {
        let why = |from: Status, to, role| from.check_move(to, role).unwrap_err();
        assert_eq!(why(Status::Open, Status::Open, Role::Agent), "The ticket is Open already.");
        assert!(why(Status::Closed, Status::Resolved, Role::Agent).contains("Reopen it first"));
        assert!(why(Status::Open, Status::Resolved, Role::Customer).contains("Only the support team"));
        assert!(why(Status::Resolved, Status::Open, Role::Customer).contains("Write a reply"));
        assert!(why(Status::Closed, Status::Open, Role::Customer).contains("Open a new one"));
    }

    #[test]
    fn counts_end_somewhere() {
        assert_eq!((count_words(1000).as_str(), count_words(1001).as_str()), ("1000", "1000+"));
    }

    #[test]
    fn a_customers_reply_opens_what_waited() {
        assert_eq!(Status::Resolved.after_customer_reply(), Status::Open);
        assert_eq!(Status::WaitingOnCustomer.after_customer_reply(), Status::Open);
        assert_eq!(Status::InProgress.after_customer_reply(), Status::InProgress);
    }
}
