//! Who asks, and what a role may do.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{ByToken, Can, Error, Purpose, Result, Scope, SessionId, TicketId, UserId, word::words};

/// What a person is to the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
#[cfg_attr(
    feature = "db",
    derive(sea_orm::DeriveValueType),
    sea_orm(value_type = "String", from_str = "crate::word::stored")
)]
pub enum Role {
    /// Logs in with a Support PIN, has tickets of their own.
    Customer,
    /// Works on tickets.
    Agent,
    /// An agent who also looks after staff and settings.
    Admin,
}

/// The sentence about a role that is not staff's.
const NOT_OF_STAFF: &str = "Choose agent or admin.";

impl Role {
    /// Whether the admin area is open to this role.
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Agent | Self::Admin)
    }

    /// The role, if it is one of staff's.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn of_staff(self) -> Result<Self, String> {
        if self.is_staff() { Ok(self) } else { Err(NOT_OF_STAFF.to_owned()) }
    }

    /// Reads a role of staff's.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn parse_of_staff(word: &str) -> Result<Self, String> {
        word.parse::<Self>().map_err(|_| NOT_OF_STAFF.to_owned())?.of_staff()
    }

    /// Sees every ticket and file, and changes status, priority and category.
    pub const fn can_work_tickets(self) -> bool {
        self.is_staff()
    }

    /// Creates, edits and deactivates customers, issues and revokes their PINs, ends their sessions.
    pub const fn can_manage_customers(self) -> bool {
        self.is_staff()
    }

    /// Issues more PINs at once than [`crate::PinCount::FEW`].
    pub const fn can_issue_many_pins(self) -> bool {
        matches!(self, Self::Admin)
    }

    /// Creates, edits and deactivates agents and admins.
    pub const fn can_manage_staff(self) -> bool {
        matches!(self, Self::Admin)
    }

    /// Edits the list of categories.
    pub const fn can_edit_settings(self) -> bool {
        matches!(self, Self::Admin)
    }
}

words!(Role);

/// Who asks for a use case. Comes out of the desk's own look at a session, never from a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The person; none for the command line.
    pub id: Option<UserId>,
    /// What they may do.
    pub role: Role,
    /// The name they log in with.
    pub username: String,
    /// The name to show.
    pub name: String,
    /// The session they ask from; none for the command line, and for a program with an API token.
    pub session: Option<SessionId>,
    /// The API token they ask by.
    pub token: Option<ByToken>,
    /// What that session is for.
    pub scope: Scope,
    /// Whether they must set up a second factor before anything else.
    pub needs_factor: bool,
    /// Whether their browser was not told yet whose access it has.
    pub needs_welcome: bool,
    /// Whether nobody knows who they are, see [`crate::Alias`].
    pub is_unnamed: bool,
    /// The address that they ask from, as failures are counted by it; none for the command line.
    pub client: Option<String>,
}

impl Actor {
    /// Whoever may run the program on the server may do what an admin may.
    pub fn command_line() -> Self {
        Self {
            id: None,
            role: Role::Admin,
            username: "command line".into(),
            name: "Command line".into(),
            session: None,
            token: None,
            scope: Scope::default(),
            needs_factor: false,
            needs_welcome: false,
            is_unnamed: false,
            client: None,
        }
    }

    /// The same who asks from an address, which is noted with what they do; of people without an identity none is.
    #[must_use]
    pub fn asking_from(self, address: &str) -> Self {
        let client = (!self.is_unnamed).then(|| address.to_owned());
        Self { client, ..self }
    }

    /// Who it is for the log, which has the address on its lines: the id and the username; of people without an identity neither.
    pub fn in_log(&self) -> (Option<i64>, &str) {
        if self.is_unnamed { (None, "") } else { (self.id.map(|id| id.0), &self.username) }
    }

    /// What is counted as one asker: the session, or the token; none for the command line.
    pub fn credential(&self) -> Option<Cow<'_, SessionId>> {
        let session = self.session.as_ref().map(Cow::Borrowed);
        // No session is called so.
        session.or_else(|| self.token.map(|token| Cow::Owned(SessionId(format!("token {}", token.id)))))
    }

    /// Refuses a token that changes nothing, and a browser that was not told yet whose access it has: what somebody writes who was
    /// handed a stranger's own PIN would be the stranger's. Asked of whatever is no safe method.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Conflict`] before the welcome page was seen.
    pub fn require_writing(&self) -> Result<()> {
        if self.needs_welcome {
            return Err(Error::conflict(match self.scope.purpose {
                Purpose::Drop => {
                    "Nothing was sent yet. See at /welcome what you were let in for, then send it again.".to_owned()
                }
                _ => format!(
                    "Nothing was sent yet. This browser logged in as {}: see at /welcome whether that is you, then send it again.",
                    self.name
                ),
            }));
        }
        let is_read_only = self.token.is_some_and(|token| token.is_read_only);
        self.require(!is_read_only, "This API token only reads. Make one that may also change things.")
    }

    /// Refuses who does not ask in person: API tokens are made and looked after by people, and by the command line.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_in_person(&self) -> Result<()> {
        self.require(self.token.is_none(), "An API token cannot do this. Log in, and do it on your page.")
    }

    /// Refuses who was let in for something else than to be a customer or staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who may only drop files, and for who must set up a second factor first.
    pub fn require_login(&self) -> Result<()> {
        self.require(
            !self.needs_factor,
            "This desk asks for a second factor. Set yours up first, at /admin/second-factor.",
        )?;
        let sentence = "This access is for adding files, and for nothing else. Ask Support for a PIN to log in with.";
        self.require(self.scope.purpose == Purpose::Login, sentence)
    }

    /// Refuses whose session may not do this.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_can(&self, can: Can) -> Result<()> {
        self.require_login()?;
        let sentence = match can {
            Can::Read => "This access is not for reading. Ask Support for another PIN.",
            Can::Reply if self.scope.may(Can::Upload) => {
                "This access takes files and no words. Leave the words out, or ask Support for a PIN with which you can write."
            }
            Can::Reply => "This access is for reading only. Ask Support for a PIN with which you can write.",
            Can::Upload => {
                "This access takes no files. Leave them out, or ask Support for a PIN with which you can add some."
            }
            Can::Delegate => "This access cannot let others in. Ask Support for a PIN for them.",
        };
        self.require(self.scope.may(can), sentence)
    }

    /// Refuses who may bring no files, to a ticket that they see or to one that they only drop files on.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_files(&self) -> Result<()> {
        if self.scope.purpose == Purpose::Drop { Ok(()) } else { self.require_can(Can::Upload) }
    }

    /// The ticket on which files are dropped, and the session by which.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody who was let in for something else.
    pub fn require_drop(&self) -> Result<(TicketId, &SessionId)> {
        match (self.scope.purpose, self.scope.ticket, &self.session) {
            (Purpose::Drop, Some(ticket), Some(session)) => Ok((ticket, session)),
            _ => Err(Error::forbidden("This is for who was let in to add files alone. Add yours to a ticket.")),
        }
    }

    /// Refuses whose session may neither write nor add files.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_adding(&self) -> Result<()> {
        if self.scope.may(Can::Upload) { Ok(()) } else { self.require_can(Can::Reply) }
    }

    /// By whom something is done in their place, if it is: the name that their customer gave them.
    pub fn via(&self) -> Option<&str> {
        self.scope.is_delegated.then_some(self.scope.label.as_str())
    }

    /// Refuses whom a customer let in, for what is the customer's own.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_own(&self) -> Result<()> {
        self.require(!self.scope.is_delegated, "This is for the customer who let you in. Ask them.")
    }

    /// Refuses who sees one ticket alone, for what is about all of a customer's.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; `deed` is the end of a sentence.
    pub fn require_all_tickets(&self, deed: &str) -> Result<()> {
        match self.scope.ticket {
            None => Ok(()),
            Some(ticket) => Err(Error::forbidden(format!(
                "This access is for ticket #{ticket} alone and cannot {deed}. Ask Support for a PIN for all your tickets."
            ))),
        }
    }

    /// Refuses whose session may not open tickets.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_opening(&self) -> Result<()> {
        self.require_all_tickets("open another one")?;
        self.require_can(Can::Reply)
    }

    /// Refuses whose session is for less than they may do themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_unscoped(&self) -> Result<()> {
        self.require_login()?;
        let sentence =
            "This access can log itself out, and look after no other. Ask Support for a PIN for all your tickets.";
        self.require(!self.scope.is_narrow(), sentence)
    }

    /// Refuses who is not staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_staff(&self) -> Result<()> {
        self.require_team()?;
        self.require_login()
    }

    /// Refuses who is not staff, whatever they have to set up first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_team(&self) -> Result<()> {
        self.require(self.role.is_staff(), "This is for the support team.")
    }

    /// Refuses who is not an admin.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn require_admin(&self) -> Result<()> {
        self.require(matches!(self.role, Role::Admin), "Only an admin may do this.")?;
        self.require_login()
    }

    /// The customer who asks.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for staff: tickets belong to customers; and for who may only drop files.
    pub fn require_customer(&self) -> Result<UserId> {
        self.require_login()?;
        match (self.id, self.role) {
            (Some(id), Role::Customer) => Ok(id),
            _ => Err(Error::forbidden("This is for customers. Log in with a Support PIN.")),
        }
    }

    fn require(&self, holds: bool, message: &str) -> Result<()> {
        if holds { Ok(()) } else { Err(Error::forbidden(message)) }
    }
}
