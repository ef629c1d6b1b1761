//! What a ticket has become by all that happened to it.

use std::collections::HashMap;

use domain::{
    CategoryId, Error, EventData, Holder, MessageKind, Priority, Result, Role, Status, Timestamp, UserId,
    check_description, check_message, check_title,
};
use sea_orm::{ColumnTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _};

use super::{Deed, PastDeed, PastFile, PastTicket};
use crate::{
    store::{
        db::Db,
        entities::{Users, users},
        fault::OrRefuse as _,
    },
    trail::unread::{self, Concerned, Step},
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

    /// Whose concern a ticket is: of who has it, and of everybody who is there when nobody has it, or they are gone.
    fn of(&self, assignee: Option<UserId>) -> Vec<UserId> {
        let active = self.0.values().filter(|member| member.is_active).map(|member| member.id);
        let mut active: Vec<UserId> = active.collect();
        active.sort_unstable();
        match assignee.filter(|id| active.contains(id)) {
            Some(assignee) => vec![assignee],
            None => active,
        }
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
    pub(super) data: EventData,
    pub(super) by: UserId,
    pub(super) at: Timestamp,
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
        let is_internal = happened.data.kind().is_internal();
        let files = files_of(ticket, happened).iter();
        files.map(move |file| FileOf { file, event, is_internal, at: happened.at })
    })
}

/// The files that came with an event.
pub(super) fn files_of<'a>(ticket: &'a PastTicket, happened: &Happened) -> &'a [PastFile] {
    match happened.deed.map(|deed| &ticket.deeds[deed].deed) {
        None if happened.data == EventData::TicketOpened => &ticket.files,
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
    state.happen(EventData::TicketOpened, ticket.requester, ticket.at, None);
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
                let event = if *kind == MessageKind::Note { EventData::Noted } else { EventData::Replied };
                self.happen(event, by, at, because);
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
                let from = std::mem::replace(&mut self.done.priority, *next);
                self.happen(EventData::PriorityChanged { from, to: *next }, by, at, because);
            }
            Deed::Categorised(next) => {
                self.done.category = category(self.categories, next)?;
                let from = std::mem::replace(&mut self.category_name, next.clone());
                self.happen(EventData::CategoryChanged { from, to: next.clone() }, by, at, because);
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
        let from = std::mem::replace(&mut self.done.status, next);
        self.happen(EventData::StatusChanged { from, to: next }, by, at, deed);
    }

    fn assign(&mut self, by: UserId, at: Timestamp, deed: Option<usize>, next: Option<UserId>) -> Result<()> {
        let holder = |id: UserId| {
            let member = self.team.0.get(&id).ok_or_else(|| Error::field("assignee", "Choose a member of the team."));
            member.map(|member| Holder { id: Some(id), name: member.name.clone() })
        };
        let (from, to) = (self.done.assignee.map(holder).transpose()?, next.map(holder).transpose()?);
        self.done.assignee = next;
        self.happen(EventData::AssigneeChanged { from, to }, by, at, deed);
        Ok(())
    }

    /// Notes an event, and who has not seen it.
    fn happen(&mut self, data: EventData, by: UserId, at: Timestamp, deed: Option<usize>) {
        let event = self.done.events.len();
        let requester = self.ticket.requester;
        let whom = Concerned { requester_id: requester, assignee_id: self.done.assignee };
        // Who does something has seen what came before.
        self.done.unread.retain(|(user, _)| *user != by);
        for step in unread::after(&data, Some(by), &whom) {
            match step {
                Step::Mark(user) => self.mark(user, event),
                Step::MarkTeam => {
                    for user in self.team.of(self.done.assignee) {
                        self.mark(user, event);
                    }
                }
                Step::ForgetTeam { but } => {
                    self.done.unread.retain(|(user, _)| *user == requester || Some(*user) == but);
                }
            }
        }
        self.done.events.push(Happened { data, by, at, message: None, deed });
    }

    /// A mark says what was not seen first, so one that is there stays.
    fn mark(&mut self, user: UserId, event: usize) {
        if !self.done.unread.iter().any(|(marked, _)| *marked == user) {
            self.done.unread.push((user, event));
        }
    }
}

fn category(categories: &HashMap<String, CategoryId>, name: &str) -> Result<CategoryId> {
    let found = categories.get(&name.trim().to_lowercase()).copied();
    found.ok_or_else(|| Error::field("category", format!("There is no category \"{name}\".")))
}
