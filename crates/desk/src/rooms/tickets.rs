//! Tickets: open, read, list, change, withdraw.

use domain::{
    Actor, Assignee, Attachment, Cursor, Error, Event, EventId, Page, Result, SessionId, Status, Ticket,
    TicketAbilities, TicketId, TicketView, Timestamp,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, Func, SimpleExpr},
};

use crate::{
    rooms::{Inner, attachments, hashes, intake::ReceivedFile, pictures, tickets::timeline::Subject},
    store::{
        db::{Hot, Tx},
        entities::{self, Attachments as Files, Tickets as Table, tickets},
        fault::OrRefuse as _,
        raw::tickets::{self as raw, AttachmentRow, OwnTicket, TicketRow},
        reach::{Own, Reach},
    },
};

mod bulk;
mod change;
mod conversation;
mod kept;
mod list;
mod opening;
mod planned;
mod report;
mod seen;
pub(crate) mod timeline;
mod undo;

pub(crate) use change::delete_in;
pub(crate) use list::narrow;

/// Entries of a timeline on a ticket's page.
const TIMELINE: usize = 50;

/// Use cases of tickets.
pub struct Tickets<'a>(pub(crate) &'a Inner);

impl TicketRow {
    fn abilities(&self, actor: &Actor) -> TicketAbilities {
        TicketAbilities::of(actor, self.requester_id, self.status, self.worked_on_at.is_some())
    }

    fn subject(&self) -> Subject {
        let is_over = self.status == Status::Closed;
        Subject {
            ticket: self.id,
            requester: self.requester_id,
            opened: self.created_at,
            until: is_over.then_some(self.updated_at),
        }
    }

    fn assignee(&self) -> Option<Assignee> {
        Some(Assignee {
            id: self.assignee_id?,
            username: self.assignee_username.clone()?,
            name: self.assignee_name.clone()?,
        })
    }

    fn into_ticket(self, attachments: Vec<Attachment>) -> Ticket {
        Ticket {
            id: self.id,
            status: self.status,
            title: self.title,
            description: self.description,
            priority: self.priority,
            category: self.category,
            created_at: self.created_at,
            updated_at: self.updated_at,
            attachments,
        }
    }
}

impl OwnTicket {
    fn into_ticket(self, attachments: Vec<Attachment>) -> Ticket {
        Ticket {
            id: self.id,
            status: self.status,
            title: self.title,
            description: self.description,
            priority: self.priority,
            category: self.category,
            created_at: self.created_at,
            updated_at: self.updated_at,
            attachments,
        }
    }
}

impl Tickets<'_> {
    /// A ticket with its files. Its owner or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else, and when there is none.
    pub async fn get(&self, actor: &Actor, id: TicketId) -> Result<Ticket> {
        let row = self.find(actor, id).await?;
        let files = raw::public_files(&self.0.db, id).await?;
        Ok(row.into_ticket(files.into_iter().map(AttachmentRow::into_attachment).collect()))
    }

    /// A ticket as its page shows it, with the page of its timeline that begins at `cursor`. Its owner or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else, and when there is none.
    pub async fn view(&self, actor: &Actor, id: TicketId, cursor: Cursor) -> Result<TicketView> {
        let desk = self.0;
        let row = self.find(actor, id).await?;
        let abilities = row.abilities(actor);
        let mut room = attachments::room(&desk.db, id, desk.config.upload.max_files).await?;
        if !abilities.can_upload {
            room.public = 0;
        }
        if !abilities.can_work {
            room.internal = 0;
        }
        let files = raw::public_files(&desk.db, id).await?;
        let opening = if files.is_empty() { None } else { attachments::opening(&desk.db, id).await? };
        let opening_files = files.iter().filter(|file| file.is_of_opening(opening)).cloned();
        Ok(TicketView {
            abilities,
            requester_id: row.requester_id,
            requester_username: row.requester_username.clone(),
            requester_name: row.requester_name.clone(),
            assignee: row.assignee().filter(|_| abilities.can_work),
            opening_files: opening_files.map(AttachmentRow::into_attachment).collect(),
            moves: row.status.moves(actor.role),
            timeline: timeline::read(&desk.db, actor, &row.subject(), cursor, TIMELINE).await?,
            ticket: row.into_ticket(files.into_iter().map(AttachmentRow::into_attachment).collect()),
            room,
        })
    }

    /// A page of a ticket's timeline, newest first. Its owner, as far as it is for them, or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else, and when there is none.
    pub async fn timeline(&self, actor: &Actor, id: TicketId, cursor: Cursor, limit: usize) -> Result<Page<Event>> {
        let row = self.find(actor, id).await?;
        timeline::read(&self.0.db, actor, &row.subject(), cursor, limit).await
    }

    async fn find(&self, actor: &Actor, id: TicketId) -> Result<TicketRow> {
        find(&self.0.db, actor, id).await
    }

    /// The caller's own tickets with their files, newest first, in two queries however many they are.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for the command line; [`Error::Forbidden`] for who may only drop files.
    pub async fn list_own(&self, actor: &Actor, cursor: Cursor, limit: usize) -> Result<Page<Ticket>> {
        let own = Own::of(actor)?;
        let db = &self.0.db;
        let rows = raw::own_tickets(db, own, cursor, limit).await?;
        let page = Page::from_rows(rows, limit, cursor, |row| row.id.0);
        let (Some(newest), Some(oldest)) = (page.items.first(), page.items.last()) else {
            return Ok(page.map(|row| row.into_ticket(Vec::new())));
        };
        let files = raw::own_files(db, own, oldest.id, newest.id).await?;
        // Both lists are by ticket, newest first.
        let mut files = files.into_iter().peekable();
        Ok(page.map(|row| {
            let mut own = Vec::new();
            while let Some(file) = files.next_if(|file| file.ticket_id >= row.id) {
                if file.ticket_id == row.id {
                    own.push(file.into_attachment());
                }
            }
            row.into_ticket(own)
        }))
    }
}

/// A ticket that the caller may see.
pub(crate) async fn find(db: &impl Hot, actor: &Actor, id: TicketId) -> Result<TicketRow> {
    let reach = Reach::of(actor)?;
    let row = raw::ticket(db, id).await?;
    row.filter(|row| reach.has(row.id, row.requester_id)).ok_or(Error::NotFound)
}

/// Refuses who may not see a ticket, as one that is not there.
pub(crate) async fn require_seen(db: &impl ConnectionTrait, actor: &Actor, id: TicketId) -> Result<()> {
    let seen = Table::find_by_id(id).filter(Reach::of(actor)?.condition());
    let seen: Option<TicketId> =
        seen.select_only().column(tickets::Column::Id).into_tuple().one(db).await.or_refuse()?;
    seen.map(|_| ()).ok_or(Error::NotFound)
}

fn require_editable(row: &TicketRow, actor: &Actor) -> Result<()> {
    if row.abilities(actor).can_edit {
        return Ok(());
    }
    Err(Error::conflict(format!("This ticket is {}. Open a new one to go on.", row.status)))
}

/// Notes that a ticket changed, and that staff have worked on it.
async fn touch(tx: &Tx, actor: &Actor, id: TicketId, at: Timestamp) -> Result<()> {
    let changed = tickets::ActiveModel { updated_at: Set(at), ..Default::default() };
    let mut change = Table::update_many().set(changed).filter(tickets::COLUMN.id.eq(id));
    if actor.role.is_staff() {
        change = change.col_expr(tickets::Column::WorkedOnAt, first_worked_on(at));
    }
    change.exec(tx).await.or_refuse()?;
    Ok(())
}

/// When staff first worked on a ticket, if they do so now.
fn first_worked_on(at: Timestamp) -> SimpleExpr {
    Func::coalesce([Expr::col(tickets::Column::WorkedOnAt), Expr::val(at)]).into()
}

/// Reads a ticket for a change, in its transaction; changes of one ticket wait for each other.
pub(crate) async fn lock(tx: &Tx, actor: &Actor, id: TicketId) -> Result<TicketRow> {
    tx.serialise(&lock_name(id)).await?;
    find(tx, actor, id).await
}

/// Reads those of some tickets that the caller sees, for a change by staff. `ids` are in order: so do all lock who lock
/// several.
async fn lock_each(tx: &Tx, actor: &Actor, ids: &[TicketId]) -> Result<Vec<TicketRow>> {
    let reach = Reach::of(actor)?;
    let names: Vec<String> = ids.iter().copied().map(lock_name).collect();
    tx.serialise_each(&names).await?;
    let mut rows = raw::tickets(tx, &tx.rows_of(ids.iter().map(|id| id.0))).await?;
    rows.retain(|row| reach.has(row.id, row.requester_id));
    Ok(rows)
}

/// What whoever changes a ticket, or counts on what it is, holds.
pub(crate) fn lock_name(id: TicketId) -> String {
    format!("ticket {id}")
}

/// Where received files belong.
pub(crate) struct Place {
    pub(crate) ticket: TicketId,
    /// What they came with.
    pub(crate) event: EventId,
    pub(crate) is_internal: bool,
    /// By which session, if they came from outside.
    pub(crate) dropped_by: Option<SessionId>,
}

/// Writes the rows of received files, moves the files to their ticket, commits. On any failure everything is undone.
pub(crate) async fn attach(tx: Tx, to: Place, files: Vec<ReceivedFile>, at: Timestamp) -> Result<Vec<Attachment>> {
    let ticket = to.ticket;
    let mut attachments = Vec::with_capacity(files.len());
    for file in files {
        let guard = file.guard;
        let (width, height) = pictures::columns(file.picture);
        let new = entities::attachments::ActiveModel {
            ticket_id: Set(ticket),
            stored_name: Set(file.stored_name.clone()),
            name: Set(file.name.clone()),
            size: Set(i64::try_from(file.size).unwrap_or(i64::MAX)),
            kind: Set(file.kind),
            uploaded_at: Set(at),
            event_id: Set(Some(to.event)),
            is_internal: Set(to.is_internal),
            dropped_by: Set(to.dropped_by.clone()),
            width: Set(Some(width)),
            height: Set(Some(height)),
            sha256: Set(hashes::column(file.hash)),
            ..Default::default()
        };
        let id = Files::insert(new).exec(&tx).await.or_refuse()?.last_insert_id;
        let guard = guard.given_to(ticket, &file.stored_name).await?;
        tx.keep_file(guard);
        attachments.push(Attachment {
            id,
            ticket_id: ticket,
            stored_name: file.stored_name,
            name: file.name,
            size: file.size,
            kind: file.kind,
            picture: file.picture,
            uploaded_at: at,
        });
    }
    let tally = tx.tally();
    tx.commit().await?;
    tally.files.add(attachments.len() as u64);
    tally.file_bytes.add(attachments.iter().map(|file| file.size).sum());
    Ok(attachments)
}
