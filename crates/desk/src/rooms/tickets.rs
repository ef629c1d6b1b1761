//! Tickets: open, read, list, change, withdraw.

use domain::{
    Actor, Assignee, Attachment, AttachmentId, Cursor, DraftPlace, Error, Event, EventId, EventKind, FieldErrors, Page,
    Priority, Result, Status, Ticket, TicketAbilities, TicketId, TicketView, Timestamp, UserId, check_description,
    check_title,
};
use sea_orm::FromQueryResult;
use serde::Deserialize;

use crate::{
    rooms::{
        Inner,
        attachments::{self, AttachmentRow},
        categories,
        intake::{self, ReceivedFile, TicketForm},
        pictures,
        search::{self, Document},
        sent::{self, Already, Sending},
        tickets::timeline::Subject,
    },
    store::{
        db::{Scalar, Sql as _, Tx},
        files::place,
        listed::Word,
        names::staff_name,
        query::Query,
    },
    trail::events::NewEvent,
};

mod change;
mod conversation;
mod list;
pub(crate) mod timeline;

pub(crate) use list::narrow;

/// Entries of a timeline on a ticket's page.
const TIMELINE: usize = 50;

/// Use cases of tickets.
pub struct Tickets<'a>(pub(crate) &'a Inner);

/// A ticket with its owner. Its fields are in the order of [`COLUMNS`].
#[derive(FromQueryResult, Deserialize)]
struct Row {
    id: i64,
    title: String,
    description: String,
    priority: Word<Priority>,
    category: String,
    status: Word<Status>,
    created_at: i64,
    updated_at: i64,
    worked_on_at: Option<i64>,
    requester_id: i64,
    requester_username: String,
    requester_name: String,
    assignee_id: Option<i64>,
    assignee_username: Option<String>,
    assignee_name: Option<String>,
}

/// Selects [`Row`]s.
fn ticket_sql(rest: &str) -> String {
    format!(
        "SELECT t.id, t.title, t.description, t.priority, c.name AS category, t.status, t.created_at,
        t.updated_at, t.worked_on_at, t.requester_id, u.username AS requester_username, u.name AS requester_name,
        t.assignee_id, s.username AS assignee_username, {} AS assignee_name
    FROM tickets t JOIN categories c ON c.id = t.category_id JOIN users u ON u.id = t.requester_id
    LEFT JOIN users s ON s.id = t.assignee_id {rest}",
        staff_name("s")
    )
}

const COLUMNS: &str = "id, title, description, priority, category, status, created_at, updated_at, worked_on_at,
    requester_id, requester_username, requester_name, assignee_id, assignee_username, assignee_name";

impl Row {
    fn status(&self) -> Status {
        self.status.0
    }

    fn abilities(&self, actor: &Actor) -> TicketAbilities {
        TicketAbilities::of(actor, UserId(self.requester_id), self.status(), self.worked_on_at.is_some())
    }

    fn subject(&self) -> Subject {
        let is_over = self.status() == Status::Closed;
        Subject {
            ticket: TicketId(self.id),
            requester: UserId(self.requester_id),
            opened: Timestamp::from_micros(self.created_at),
            until: is_over.then(|| Timestamp::from_micros(self.updated_at)),
        }
    }

    fn assignee(&self) -> Option<Assignee> {
        Some(Assignee {
            id: UserId(self.assignee_id?),
            username: self.assignee_username.clone()?,
            name: self.assignee_name.clone()?,
        })
    }

    fn into_ticket(self, attachments: Vec<Attachment>) -> Ticket {
        Ticket {
            id: TicketId(self.id),
            status: self.status(),
            title: self.title,
            description: self.description,
            priority: self.priority.0,
            category: self.category,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
            attachments,
        }
    }
}

impl Tickets<'_> {
    /// Opens a ticket with its files, from a form as it arrives: all or nothing. Customers. A form with the
    /// `idempotency_key` of one that was accepted opens nothing and gets the ticket of that one.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for staff; [`Error::Conflict`] for a key under which something else was sent;
    /// [`Error::Invalid`] and [`Error::TooLarge`] for what is in the form.
    pub async fn open(&self, actor: &Actor, form: &mut impl TicketForm) -> Result<Ticket> {
        let requester = actor.require_customer()?;
        let desk = self.0;
        let received = intake::receive(desk, form, desk.config.upload.max_files).await?;
        let mut errors = FieldErrors::default();
        let required = |name, check: fn(&str) -> Result<String, String>| match received.text(name) {
            Some(text) => check(text),
            None => Err("This field is required.".to_owned()),
        };
        let title = errors.take("title", required("title", check_title));
        let description = errors.take("description", required("description", check_description));
        let priority = match received.text("priority").map(str::trim).filter(|word| !word.is_empty()) {
            Some(word) => errors.take("priority", word.parse()),
            None => Some(domain::Priority::default()),
        };
        let category = errors.take("category", categories::resolve(&desk.db, received.text("category")).await?);
        let sending = Sending::read(Some(requester), DraftPlace::Ticket, &received);
        let sending = errors.take("idempotency_key", sending);
        let (Some(title), Some(description), Some(priority), Some((category_id, category)), Some(sending)) =
            (title, description, priority, category, &sending)
        else {
            received.discard().await;
            return match sent::earlier(desk, sending.as_ref()).await? {
                Some(earlier) => self.get(actor, earlier.ticket).await,
                None => Err(errors.into()),
            };
        };
        let at = desk.now();
        let tx = desk.db.begin().await?;
        if let Some(earlier) = sending.earlier(&tx).await.transpose() {
            drop(tx);
            received.discard().await;
            return self.get(actor, earlier?.ticket).await;
        }
        let id: Scalar = tx
            .sql_one(
                "INSERT INTO tickets (requester_id, title, description, priority, category_id, status, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id",
                [
                    requester.0.into(),
                    title.as_str().into(),
                    description.as_str().into(),
                    priority.as_str().into(),
                    category_id.0.into(),
                    Status::Open.as_str().into(),
                    at.as_micros().into(),
                ],
            )
            .await?
            .ok_or(Error::Internal)?;
        let id = TicketId(id.0);
        let event = NewEvent::of_ticket(EventKind::TicketOpened, id).record(&tx, Some(requester), at).await?;
        let document = Document {
            event,
            ticket: id,
            requester,
            is_internal: false,
            title: &title,
            body: &description,
            files: received.files.iter().map(|file| file.name.as_str()).collect(),
        };
        search::index(&tx, &[document]).await?;
        sending.done(&tx, Already { ticket: id, message: None }, at).await?;
        let attachments = attach(tx, Place { ticket: id, event, is_internal: false }, received.files, at).await?;
        Ok(Ticket {
            id,
            title,
            description,
            priority,
            category,
            status: Status::Open,
            created_at: at,
            updated_at: at,
            attachments,
        })
    }

    /// A ticket with its files. Its owner or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else, and when there is none.
    pub async fn get(&self, actor: &Actor, id: TicketId) -> Result<Ticket> {
        let row = self.find(actor, id).await?;
        let files = attachments::public(&self.0.db, id).await?;
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
        if !abilities.can_work {
            room.internal = 0;
        }
        let files = attachments::public(&desk.db, id).await?;
        let opening = if files.is_empty() { None } else { attachments::opening(&desk.db, id).await? };
        let opening_files = files.iter().filter(|file| file.is_of_opening(opening)).cloned();
        Ok(TicketView {
            abilities,
            requester_id: UserId(row.requester_id),
            requester_username: row.requester_username.clone(),
            requester_name: row.requester_name.clone(),
            assignee: row.assignee().filter(|_| abilities.can_work),
            opening_files: opening_files.map(AttachmentRow::into_attachment).collect(),
            moves: row.status().moves(actor.role),
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

    async fn find(&self, actor: &Actor, id: TicketId) -> Result<Row> {
        let row: Option<Row> = self.0.db.sql_one(&ticket_sql("WHERE t.id = $1"), [id.0.into()]).await?;
        row.filter(|row| may_see(row, actor)).ok_or(Error::NotFound)
    }

    /// The caller's own tickets with their files, newest first, in two queries however many they are.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for the command line.
    pub async fn list_own(&self, actor: &Actor, cursor: Cursor, limit: usize) -> Result<Page<Ticket>> {
        let requester = actor.id.ok_or(Error::Unauthenticated)?;
        let mut query = Query::new(&ticket_sql(""));
        query.filter("t.requester_id = ?", requester.0);
        let rows: Vec<Row> = query.json_page(&self.0.db, COLUMNS, "t.id", cursor, limit).await?;
        let page = Page::from_rows(rows, limit, cursor, |row| row.id);
        let (Some(newest), Some(oldest)) = (page.items.first(), page.items.last()) else {
            return Ok(page.map(|row| row.into_ticket(Vec::new())));
        };
        let files: Vec<AttachmentRow> = self
            .0
            .db
            .json_rows(
                attachments::COLUMNS,
                &format!(
                    "{} JOIN tickets t ON t.id = a.ticket_id
                     WHERE t.requester_id = $1 AND t.id BETWEEN $2 AND $3 AND NOT a.is_internal ORDER BY t.id DESC, a.id",
                    attachments::SELECT
                ),
                [requester.0.into(), oldest.id.into(), newest.id.into()],
            )
            .await?;
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

fn may_see(row: &Row, actor: &Actor) -> bool {
    actor.role.can_work_tickets() || actor.id == Some(UserId(row.requester_id))
}

fn require_editable(row: &Row, actor: &Actor) -> Result<()> {
    if !may_see(row, actor) {
        return Err(Error::NotFound);
    }
    if row.abilities(actor).can_edit {
        return Ok(());
    }
    Err(Error::conflict(format!("This ticket is {}. Open a new one to go on.", row.status())))
}

/// Notes that a ticket changed, and that staff have worked on it.
async fn touch(tx: &Tx, actor: &Actor, id: TicketId, at: Timestamp) -> Result<()> {
    let sql = if actor.role.is_staff() {
        "UPDATE tickets SET updated_at = $1, worked_on_at = COALESCE(worked_on_at, $1) WHERE id = $2"
    } else {
        "UPDATE tickets SET updated_at = $1 WHERE id = $2"
    };
    tx.sql_run(sql, [at.as_micros().into(), id.0.into()]).await?;
    Ok(())
}

/// Reads a ticket for a change, in its transaction; changes of one ticket wait for each other.
async fn lock(tx: &Tx, actor: &Actor, id: TicketId) -> Result<Row> {
    tx.serialise(&format!("ticket {id}")).await?;
    let row: Option<Row> = tx.sql_one(&ticket_sql("WHERE t.id = $1"), [id.0.into()]).await?;
    row.filter(|row| may_see(row, actor)).ok_or(Error::NotFound)
}

/// Where received files belong.
struct Place {
    ticket: TicketId,
    /// What they came with.
    event: EventId,
    is_internal: bool,
}

/// Writes the rows of received files, moves the files to their ticket, commits. On any failure everything is undone.
async fn attach(tx: Tx, to: Place, files: Vec<ReceivedFile>, at: Timestamp) -> Result<Vec<Attachment>> {
    let ticket = to.ticket;
    let mut attachments = Vec::with_capacity(files.len());
    for file in files {
        let guard = file.guard;
        let (width, height) = pictures::columns(file.picture);
        let id: Scalar = tx
            .sql_one(
                "INSERT INTO attachments
                    (ticket_id, stored_name, name, size, kind, uploaded_at, event_id, is_internal, width, height)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
                [
                    ticket.0.into(),
                    file.stored_name.as_str().into(),
                    file.name.as_str().into(),
                    i64::try_from(file.size).unwrap_or(i64::MAX).into(),
                    file.kind.as_str().into(),
                    at.as_micros().into(),
                    to.event.0.into(),
                    to.is_internal.into(),
                    width.into(),
                    height.into(),
                ],
            )
            .await?
            .ok_or(Error::Internal)?;
        let guard = guard.moved_to(place(ticket, &file.stored_name)).await?;
        tx.keep_file(guard);
        attachments.push(Attachment {
            id: AttachmentId(id.0),
            ticket_id: ticket,
            stored_name: file.stored_name,
            name: file.name,
            size: file.size,
            kind: file.kind,
            picture: file.picture,
            uploaded_at: at,
        });
    }
    tx.commit().await?;
    Ok(attachments)
}
