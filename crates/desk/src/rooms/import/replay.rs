//! What a ticket has become by all that happened to it.

use std::collections::HashMap;

use domain::{
    CategoryId, Error, EventKind, MessageKind, Priority, Result, Role, Status, Timestamp, UserId, check_description,
    check_message, check_title,
};
use sea_orm::{ColumnTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _};

use super::{Deed, PastDeed, PastFile, PastTicket};
use crate::store::{
    db::Db,
    entities::{Users, users},
    fault::OrRefuse as _,
};

/// The staff, whether they are active or not.
pub(super) struct Team(HashMap<UserId, Member>);

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
struct Member {
    id: UserId,
    name: String,
    role: Role,
    is_active: bool,
}

impl Team {
    pub(super) async fn read(db: &Db) -> Result<Self> {
        let staff = Users::find().filter(users::COLUMN.role.is_in([Role::Agent, Role::Admin]));
        let members: Vec<Member> = staff.into_partial_model().all(db).await.or_refuse()?;
        Ok(Self(members.into_iter().map(|member| (member.id, member)).collect()))
    }
}

/// A ticket at the end of its story.
pub(super) struct Replayed {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) priority: Priority,
    pub(super) category: CategoryId,
    pub(super) status: Status,
    pub(super) assignee: Option<UserId>,
    pub(super) worked_on_at: Option<Timestamp>,
    pub(super) updated_at: Timestamp,
    /// Oldest first; the first is its opening.
    pub(super) events: Vec<Happened>,
    /// Who has not seen something, and the place of the first such event. None of a ticket that is over.
    pub(super) unread: Vec<(UserId, usize)>,
}

/// An event of it.
pub(super) struct Happened {
    pub(super) kind: EventKind,
    pub(super) by: UserId,
    pub(super) at: Timestamp,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    /// Of a change of assignee, who had the ticket and who got it.
    pub(super) from_user: Option<UserId>,
    pub(super) to_user: Option<UserId>,
    pub(super) message: Option<Words>,
    /// The deed it comes from, for its files; none for the opening.
    deed: Option<usize>,
}

/// What was written.
pub(super) struct Words {
    pub(super) kind: MessageKind,
    pub(super) body: String,
}

/// A file, and the place of the event it came with.
pub(super) struct FileOf<'a> {
    pub(super) file: &'a PastFile,
    pub(super) event: usize,
    pub(super) is_internal: bool,
    pub(super) at: Timestamp,
}

/// The files of a ticket, in the order they came.
pub(super) fn files<'a>(ticket: &'a PastTicket, replayed: &'a Replayed) -> impl Iterator<Item = FileOf<'a>> {
    replayed.events.iter().enumerate().flat_map(|(event, happened)| {
        let is_internal = happened.kind.is_internal();
        let files = files_of(ticket, happened).iter();
        files.map(move |file| FileOf { file, event, is_internal, at: happened.at })
    })
}

/// The files that came with an event.
pub(super) fn files_of<'a>(ticket: &'a PastTicket, happened: &Happened) -> &'a [PastFile] {
    match happened.deed.map(|deed| &ticket.deeds[deed].deed) {
        None if happened.kind == EventKind::TicketOpened => &ticket.files,
        Some(Deed::Wrote { files, .. }) if happened.message.is_some() => files,
        _ => &[],
    }
}

/// Lets everything happen once more, by the rules of the live use cases.
pub(super) fn replay(ticket: &PastTicket, team: &Team, categories: &HashMap<String, CategoryId>) -> Result<Replayed> {
    let field = |name| move |sentence| Error::field(name, sentence);
    let mut state = State {
        ticket,
        team,
        categories,
        category_name: ticket.category.clone(),
        done: Replayed {
            title: check_title(&ticket.title).map_err(field("title"))?,
            description: check_description(&ticket.description).map_err(field("description"))?,
            priority: ticket.priority,
            category: category(categories, &ticket.category)?,
            status: Status::Open,
            assignee: None,
            worked_on_at: None,
            updated_at: ticket.at,
            events: Vec::new(),
            unread: Vec::new(),
        },
    };
    state.happen(EventKind::TicketOpened, ticket.requester, ticket.at, None, (None, None));
    for (number, deed) in ticket.deeds.iter().enumerate() {
        state.deed(number, deed)?;
    }
    if !state.done.status.is_open() {
        state.done.unread.clear();
    }
    Ok(state.done)
}

struct State<'a> {
    ticket: &'a PastTicket,
    team: &'a Team,
    categories: &'a HashMap<String, CategoryId>,
    category_name: String,
    done: Replayed,
}

impl State<'_> {
    fn deed(&mut self, number: usize, PastDeed { at, by, deed }: &PastDeed) -> Result<()> {
        let (at, by) = (*at, *by);
        let role = match self.team.0.get(&by) {
            Some(member) => member.role,
            None if by == self.ticket.requester => Role::Customer,
            None => return Err(Error::field("by", "Only its customer and staff do things to a ticket.")),
        };
        if self.done.events.last().is_some_and(|before| at < before.at) {
            return Err(Error::field("at", "What happened must be in its order."));
        }
        let is_public = match deed {
            Deed::Wrote { kind, .. } => *kind == MessageKind::Reply,
            Deed::Assigned(_) => false,
            _ => true,
        };
        let may = role.is_staff()
            || match deed {
                Deed::Wrote { kind, .. } => *kind == MessageKind::Reply && self.done.status != Status::Closed,
                Deed::Moved(_) => true,
                _ => false,
            };
        if !may {
            return Err(Error::field("by", "Only staff could do that."));
        }
        let because = Some(number);
        match deed {
            Deed::Wrote { kind, body, files } => {
                // A file may speak for itself.
                let body = match body.trim() {
                    "" if !files.is_empty() => String::new(),
                    _ => check_message(body).map_err(|sentence| Error::field("body", sentence))?,
                };
                let event = if *kind == MessageKind::Note { EventKind::Noted } else { EventKind::Replied };
                self.happen(event, by, at, because, (None, None));
                if let Some(event) = self.done.events.last_mut() {
                    event.message = Some(Words { kind: *kind, body });
                }
                let next = self.done.status.after_customer_reply();
                if !role.is_staff() && next != self.done.status {
                    self.set_status(by, at, because, next);
                }
            }
            Deed::Moved(next) => {
                self.done.status.check_move(*next, role).map_err(|sentence| Error::field("status", sentence))?;
                self.set_status(by, at, because, *next);
            }
            Deed::Prioritised(next) => {
                let before = std::mem::replace(&mut self.done.priority, *next);
                let change = (Some(before.to_string()), Some(next.to_string()));
                self.happen(EventKind::PriorityChanged, by, at, because, change);
            }
            Deed::Categorised(next) => {
                self.done.category = category(self.categories, next)?;
                let before = std::mem::replace(&mut self.category_name, next.clone());
                self.happen(EventKind::CategoryChanged, by, at, because, (Some(before), Some(next.clone())));
            }
            Deed::Assigned(next) => self.assign(by, at, because, *next)?,
        }
        if is_public {
            self.done.updated_at = at;
        }
        if role.is_staff() {
            self.done.worked_on_at.get_or_insert(at);
        }
        Ok(())
    }

    fn set_status(&mut self, by: UserId, at: Timestamp, deed: Option<usize>, next: Status) {
        let before = std::mem::replace(&mut self.done.status, next);
        let change = (Some(before.to_string()), Some(next.to_string()));
        self.happen(EventKind::StatusChanged, by, at, deed, change);
        if !next.is_open() {
            let requester = self.ticket.requester;
            self.done.unread.retain(|(user, _)| *user == requester);
        }
    }

    fn assign(&mut self, by: UserId, at: Timestamp, deed: Option<usize>, next: Option<UserId>) -> Result<()> {
        let name = |id: UserId| {
            let member = self.team.0.get(&id).ok_or_else(|| Error::field("assignee", "Choose a member of the team."));
            member.map(|member| member.name.clone())
        };
        let change = (self.done.assignee.map(name).transpose()?, next.map(name).transpose()?);
        let before = std::mem::replace(&mut self.done.assignee, next);
        let team = self.team;
        self.done.unread.retain(|(user, _)| next == Some(*user) || !team.0.contains_key(user));
        self.happen(EventKind::AssigneeChanged, by, at, deed, change);
        if let Some(event) = self.done.events.last_mut() {
            (event.from_user, event.to_user) = (before, next);
        }
        Ok(())
    }

    /// Notes an event, and who has not seen it.
    fn happen(
        &mut self,
        kind: EventKind,
        by: UserId,
        at: Timestamp,
        deed: Option<usize>,
        (from, to): (Option<String>, Option<String>),
    ) {
        let event = self.done.events.len();
        self.done.events.push(Happened { kind, by, at, from, to, from_user: None, to_user: None, message: None, deed });
        let by_staff = self.team.0.contains_key(&by);
        // Who does something has seen what came before.
        self.done.unread.retain(|(user, _)| *user != by);
        // Whoever is not there any more reads nothing: then it is everybody's.
        let is_there = |id: &UserId| self.team.0.get(id).is_some_and(|member| member.is_active);
        let mut readers: Vec<UserId> = match self.done.assignee.filter(is_there) {
            Some(assignee) => vec![assignee],
            None if by_staff => Vec::new(),
            None => {
                let mut active: Vec<UserId> =
                    self.team.0.iter().filter(|(_, member)| member.is_active).map(|(id, _)| *id).collect();
                active.sort_unstable();
                active
            }
        };
        if by_staff && matches!(kind, EventKind::Replied | EventKind::StatusChanged) {
            readers.push(self.ticket.requester);
        }
        for reader in readers {
            if reader != by && !self.done.unread.iter().any(|(user, _)| *user == reader) {
                self.done.unread.push((reader, event));
            }
        }
    }
}

fn category(categories: &HashMap<String, CategoryId>, name: &str) -> Result<CategoryId> {
    let found = categories.get(&name.trim().to_lowercase()).copied();
    found.ok_or_else(|| Error::field("category", format!("There is no category \"{name}\".")))
}
