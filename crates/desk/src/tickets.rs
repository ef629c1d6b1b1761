//! Tickets: open, read, list, change, withdraw.

use domain::{
    Actor, Attachment, AttachmentId, Cursor, Error, EventKind, FieldErrors, Page, Result, Status, StatusCount, Ticket,
    TicketAbilities, TicketChange, TicketFilter, TicketId, TicketRow, TicketView, Timestamp, UserId, check_description,
    check_title,
};
use sea_orm::FromQueryResult;
use serde::Deserialize;

use crate::{
    Inner, TicketForm,
    attachments::{self, AttachmentRow},
    categories,
    db::{Scalar, Tx},
    events::{self, NewEvent, now},
    intake::{self, ReceivedFile},
    query::{Query, contains},
    storage::place,
};

/// Use cases of tickets.
pub struct Tickets<'a>(pub(crate) &'a Inner);

/// A ticket with its owner. Its fields are in the order of [`COLUMNS`].
#[derive(FromQueryResult, Deserialize)]
struct Row {
    id: i64,
    title: String,
    description: String,
    priority: String,
    category: String,
    status: String,
    created_at: i64,
    updated_at: i64,
    worked_on_at: Option<i64>,
    requester_id: i64,
    requester_username: String,
    requester_name: String,
}

const TICKET: &str = "SELECT t.id, t.title, t.description, t.priority, c.name AS category, t.status, t.created_at,
        t.updated_at, t.worked_on_at, t.requester_id, u.username AS requester_username, u.name AS requester_name
    FROM tickets t JOIN categories c ON c.id = t.category_id JOIN users u ON u.id = t.requester_id";

const COLUMNS: &str = "id, title, description, priority, category, status, created_at, updated_at, worked_on_at,
    requester_id, requester_username, requester_name";

const ATTACHMENT: &str = "SELECT a.id, a.ticket_id, a.stored_name, a.name, a.size, a.kind, a.uploaded_at
    FROM attachments a";

impl Row {
    fn status(&self) -> Status {
        self.status.parse().unwrap_or_default()
    }

    fn abilities(&self, actor: &Actor) -> TicketAbilities {
        TicketAbilities::of(actor, UserId(self.requester_id), self.status(), self.worked_on_at.is_some())
    }

    fn into_ticket(self, attachments: Vec<Attachment>) -> Ticket {
        Ticket {
            id: TicketId(self.id),
            status: self.status(),
            title: self.title,
            description: self.description,
            priority: self.priority.parse().unwrap_or_default(),
            category: self.category,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
            attachments,
        }
    }
}

#[derive(FromQueryResult)]
struct ListRow {
    id: i64,
    title: String,
    priority: String,
    category: String,
    status: String,
    attachments: i64,
    created_at: i64,
    updated_at: i64,
    requester_id: i64,
    requester_name: String,
}

#[derive(FromQueryResult)]
struct CountRow {
    status: String,
    tickets: i64,
}

impl Tickets<'_> {
    /// Opens a ticket with its files, from a form as it arrives: all or nothing. Customers.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for staff; [`Error::Invalid`] and [`Error::TooLarge`] for what is in the form.
    pub async fn open(&self, actor: &Actor, form: &mut impl TicketForm) -> Result<Ticket> {
        let requester = actor.require_customer()?;
        let desk = self.0;
        let received = intake::receive(desk, form, desk.config.upload.max_files).await?;
        let draft = &received.draft;
        let mut errors = FieldErrors::default();
        let required = |text: &Option<String>, check: fn(&str) -> Result<String, String>| match text {
            Some(text) => check(text),
            None => Err("This field is required.".to_owned()),
        };
        let title = errors.take("title", required(&draft.title, check_title));
        let description = errors.take("description", required(&draft.description, check_description));
        let priority = match draft.priority.as_deref().map(str::trim).filter(|word| !word.is_empty()) {
            Some(word) => errors.take("priority", word.parse()),
            None => Some(domain::Priority::default()),
        };
        let category = errors.take("category", categories::resolve(&desk.db, draft.category.as_deref()).await?);
        let (Some(title), Some(description), Some(priority), Some((category_id, category))) =
            (title, description, priority, category)
        else {
            received.discard().await;
            return Err(errors.into());
        };
        let at = now(desk);
        let tx = desk.db.begin().await?;
        let id: Scalar = tx
            .one(
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
        NewEvent::of_ticket(EventKind::TicketOpened, id).record(&tx, Some(requester), at).await?;
        let attachments = attach(tx, id, received.files, at).await?;
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

    /// Adds files from a form as it arrives; its text fields are ignored. The owner while it is open, or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see it; [`Error::Conflict`] when it is not open any more;
    /// [`Error::Invalid`] and [`Error::TooLarge`] for the files.
    pub async fn add_files(&self, actor: &Actor, id: TicketId, form: &mut impl TicketForm) -> Result<Ticket> {
        let desk = self.0;
        require_editable(&self.find(actor, id).await?, actor)?;
        let received = intake::receive(desk, form, desk.config.upload.max_files).await?;
        if received.files.is_empty() {
            return Err(Error::field("attachments", "Choose at least one file."));
        }
        let at = now(desk);
        let tx = desk.db.begin().await?;
        tx.serialise(&format!("ticket {id}")).await?;
        // Looked at again: it may have changed while the files arrived.
        let row: Option<Row> = tx.one(&format!("{TICKET} WHERE t.id = $1"), [id.0.into()]).await?;
        let refusal = match row {
            None => Some(Error::NotFound),
            Some(row) => require_editable(&row, actor).err(),
        };
        let room = desk.config.upload.max_files.saturating_sub(attachments::count(&tx, id).await?) as usize;
        let refusal = refusal.or_else(|| {
            let over = received.files.get(room)?;
            Some(Error::field("attachments", desk.config.upload.refusal(&over.name, domain::FileRefusal::TooMany)))
        });
        if let Some(refusal) = refusal {
            received.discard().await;
            return Err(refusal);
        }
        let count = received.files.len().to_string();
        let event = NewEvent { to: Some(&count), ..NewEvent::of_ticket(EventKind::FilesAdded, id) };
        event.record(&tx, actor.id, at).await?;
        touch(&tx, actor, id, at).await?;
        attach(tx, id, received.files, at).await?;
        self.get(actor, id).await
    }

    /// A ticket with its files. Its owner or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else, and when there is none.
    pub async fn get(&self, actor: &Actor, id: TicketId) -> Result<Ticket> {
        let row = self.find(actor, id).await?;
        Ok(row.into_ticket(self.files(id).await?))
    }

    /// A ticket as its page shows it. Its owner or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else, and when there is none.
    pub async fn view(&self, actor: &Actor, id: TicketId) -> Result<TicketView> {
        let row = self.find(actor, id).await?;
        Ok(TicketView {
            abilities: row.abilities(actor),
            requester_id: UserId(row.requester_id),
            requester_username: row.requester_username.clone(),
            requester_name: row.requester_name.clone(),
            history: events::of_ticket(&self.0.db, actor, id).await?,
            ticket: row.into_ticket(self.files(id).await?),
        })
    }

    async fn find(&self, actor: &Actor, id: TicketId) -> Result<Row> {
        let row: Option<Row> = self.0.db.one(&format!("{TICKET} WHERE t.id = $1"), [id.0.into()]).await?;
        row.filter(|row| may_see(row, actor)).ok_or(Error::NotFound)
    }

    async fn files(&self, id: TicketId) -> Result<Vec<Attachment>> {
        let rows: Vec<AttachmentRow> =
            self.0.db.all(&format!("{ATTACHMENT} WHERE a.ticket_id = $1 ORDER BY a.id"), [id.0.into()]).await?;
        Ok(rows.into_iter().map(AttachmentRow::into_attachment).collect())
    }

    /// The caller's own tickets with their files, newest first, in two queries however many they are.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for the command line.
    pub async fn list_own(&self, actor: &Actor, cursor: Cursor, limit: usize) -> Result<Page<Ticket>> {
        let requester = actor.id.ok_or(Error::Unauthenticated)?;
        let mut query = Query::new(TICKET);
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
                    "{ATTACHMENT} JOIN tickets t ON t.id = a.ticket_id
                     WHERE t.requester_id = $1 AND t.id BETWEEN $2 AND $3 ORDER BY t.id DESC, a.id"
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

    /// Tickets for a list page: a customer's own, or all for staff. Newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is neither.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: &TicketFilter,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<TicketRow>> {
        let query = filtered(
            "SELECT t.id, t.title, t.priority, c.name AS category, t.status, t.created_at, t.updated_at,
                t.requester_id, u.name AS requester_name,
                (SELECT COUNT(*) FROM attachments a WHERE a.ticket_id = t.id) AS attachments
             FROM tickets t JOIN categories c ON c.id = t.category_id JOIN users u ON u.id = t.requester_id",
            actor,
            filter,
        )?;
        let rows: Vec<ListRow> = query.page(&self.0.db, "t.id", cursor, limit).await?;
        Ok(Page::from_rows(rows, limit, cursor, |row| row.id).map(|row| TicketRow {
            id: TicketId(row.id),
            title: row.title,
            priority: row.priority.parse().unwrap_or_default(),
            category: row.category,
            status: row.status.parse().unwrap_or_default(),
            attachments: row.attachments.unsigned_abs(),
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            requester_id: UserId(row.requester_id),
            requester_name: row.requester_name,
        }))
    }

    /// How many of the tickets that [`Tickets::list`] would show have each status, leaving the filter's own status
    /// out. Every status once, in order.
    ///
    /// # Errors
    /// As [`Tickets::list`].
    pub async fn count_by_status(&self, actor: &Actor, filter: &TicketFilter) -> Result<Vec<StatusCount>> {
        let query = filtered(
            "SELECT t.status, COUNT(*) AS tickets FROM tickets t JOIN categories c ON c.id = t.category_id",
            actor,
            &TicketFilter { status: None, ..filter.clone() },
        )?;
        let rows: Vec<CountRow> = query.all(&self.0.db, "GROUP BY t.status").await?;
        Ok(Status::ALL
            .iter()
            .map(|status| StatusCount {
                status: *status,
                tickets: rows
                    .iter()
                    .find(|row| row.status == status.as_str())
                    .map_or(0, |row| row.tickets.unsigned_abs()),
            })
            .collect())
    }

    /// Changes a ticket. If the caller may not change one of the things named, nothing changes.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see it; [`Error::Forbidden`], [`Error::Conflict`], [`Error::Invalid`].
    pub async fn update(&self, actor: &Actor, id: TicketId, change: &TicketChange) -> Result<TicketView> {
        let desk = self.0;
        let mut errors = FieldErrors::default();
        let title = change.title.as_deref().and_then(|title| errors.take("title", check_title(title)));
        let description =
            change.description.as_deref().and_then(|text| errors.take("description", check_description(text)));
        let at = now(desk);
        let tx = desk.db.begin().await?;
        tx.serialise(&format!("ticket {id}")).await?;
        let row: Option<Row> = tx.one(&format!("{TICKET} WHERE t.id = $1"), [id.0.into()]).await?;
        let row = row.filter(|row| may_see(row, actor)).ok_or(Error::NotFound)?;
        let category = match &change.category {
            Some(name) if name.trim().to_lowercase() != row.category.to_lowercase() => {
                errors.take("category", categories::resolve(&desk.db, Some(name)).await?)
            }
            _ => None,
        };
        if !errors.is_empty() {
            return Err(errors.into());
        }
        let title = title.filter(|title| *title != row.title);
        let description = description.filter(|text| *text != row.description);
        let status = change.status.filter(|status| *status != row.status());
        let priority = change.priority.filter(|priority| priority.as_str() != row.priority);
        if title.is_some() || description.is_some() {
            require_editable(&row, actor)?;
        }
        if (change.priority.is_some() || change.category.is_some()) && !row.abilities(actor).can_work {
            return Err(Error::forbidden("Only the support team can change priority and category."));
        }
        if let Some(status) = status {
            row.status().check_move(status, actor.role).map_err(Error::forbidden)?;
        }
        let mut kinds: Vec<NewEvent<'_>> = Vec::new();
        if title.is_some() || description.is_some() {
            kinds.push(NewEvent::of_ticket(EventKind::TicketEdited, id));
        }
        if let Some(status) = status {
            kinds.push(NewEvent::of_ticket(EventKind::StatusChanged, id).changing(&row.status, status.as_str()));
        }
        if let Some(priority) = priority {
            kinds.push(NewEvent::of_ticket(EventKind::PriorityChanged, id).changing(&row.priority, priority.as_str()));
        }
        if let Some((_, name)) = &category {
            kinds.push(NewEvent::of_ticket(EventKind::CategoryChanged, id).changing(&row.category, name));
        }
        if kinds.is_empty() {
            drop(tx);
            return self.view(actor, id).await;
        }
        for event in kinds {
            event.record(&tx, actor.id, at).await?;
        }
        tx.execute(
            "UPDATE tickets SET title = COALESCE($1, title), description = COALESCE($2, description),
                status = COALESCE($3, status), priority = COALESCE($4, priority),
                category_id = COALESCE($5, category_id) WHERE id = $6",
            [
                title.into(),
                description.into(),
                status.map(Status::as_str).into(),
                priority.map(domain::Priority::as_str).into(),
                category.map(|(id, _)| id.0).into(),
                id.0.into(),
            ],
        )
        .await?;
        touch(&tx, actor, id, at).await?;
        tx.commit().await?;
        self.view(actor, id).await
    }

    /// Deletes a ticket with its files: its owner while nobody has worked on it, or an admin.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not see it; [`Error::Conflict`] when somebody has worked on it;
    /// [`Error::Forbidden`] for agents.
    pub async fn delete(&self, actor: &Actor, id: TicketId) -> Result<()> {
        let desk = self.0;
        let tx = desk.db.begin().await?;
        tx.serialise(&format!("ticket {id}")).await?;
        let row: Option<Row> = tx.one(&format!("{TICKET} WHERE t.id = $1"), [id.0.into()]).await?;
        let row = row.filter(|row| may_see(row, actor)).ok_or(Error::NotFound)?;
        if actor.role.is_staff() {
            actor.require_admin()?;
        } else if !row.abilities(actor).can_withdraw {
            return Err(Error::conflict("Support has begun to work on this ticket. You can close it instead."));
        }
        tx.execute("DELETE FROM tickets WHERE id = $1", [id.0.into()]).await?;
        let event = NewEvent { from: Some(&row.title), ..NewEvent::of_ticket(EventKind::TicketWithdrawn, id) };
        event.record(&tx, actor.id, now(desk)).await?;
        tx.commit().await?;
        desk.storage.delete_ticket(id).await;
        Ok(())
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
    Err(Error::conflict(format!("This ticket is {}. Open a new one to go on.", row.status)))
}

/// Notes that a ticket changed, and that staff have worked on it.
async fn touch(tx: &Tx, actor: &Actor, id: TicketId, at: Timestamp) -> Result<()> {
    let sql = if actor.role.is_staff() {
        "UPDATE tickets SET updated_at = $1, worked_on_at = COALESCE(worked_on_at, $1) WHERE id = $2"
    } else {
        "UPDATE tickets SET updated_at = $1 WHERE id = $2"
    };
    tx.execute(sql, [at.as_micros().into(), id.0.into()]).await?;
    Ok(())
}

/// Writes the rows of received files, moves the files to their ticket, commits. On any failure everything is undone.
async fn attach(tx: Tx, ticket: TicketId, files: Vec<ReceivedFile>, at: Timestamp) -> Result<Vec<Attachment>> {
    let mut attachments = Vec::with_capacity(files.len());
    let mut guards = Vec::with_capacity(files.len());
    for file in files {
        let mut guard = file.guard;
        let id: Scalar = tx
            .one(
                "INSERT INTO attachments (ticket_id, stored_name, name, size, kind, uploaded_at)
                 VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                [
                    ticket.0.into(),
                    file.stored_name.as_str().into(),
                    file.name.as_str().into(),
                    i64::try_from(file.size).unwrap_or(i64::MAX).into(),
                    file.kind.word().into(),
                    at.as_micros().into(),
                ],
            )
            .await?
            .ok_or(Error::Internal)?;
        guard.move_to(place(ticket, &file.stored_name)).await?;
        guards.push(guard);
        attachments.push(Attachment {
            id: AttachmentId(id.0),
            ticket_id: ticket,
            stored_name: file.stored_name,
            name: file.name,
            size: file.size,
            kind: file.kind,
            uploaded_at: at,
        });
    }
    tx.commit().await?;
    for guard in guards {
        guard.release();
    }
    Ok(attachments)
}

/// A list's query with its filters: staff see all tickets, everybody else their own.
fn filtered(select: &str, actor: &Actor, filter: &TicketFilter) -> Result<Query> {
    let mut query = Query::new(select);
    if actor.role.can_work_tickets() {
        if let Some(requester) = filter.requester {
            query.filter("t.requester_id = ?", requester.0);
        }
    } else {
        query.filter("t.requester_id = ?", actor.require_customer()?.0);
    }
    if let Some(status) = filter.status {
        query.filter("t.status = ?", status.as_str());
    }
    if let Some(priority) = filter.priority {
        query.filter("t.priority = ?", priority.as_str());
    }
    if let Some(category) = &filter.category {
        query.filter("c.name_key = ?", category.trim().to_lowercase());
    }
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        match text.strip_prefix('#').unwrap_or(text).parse::<i64>() {
            Ok(number) => query.filter("t.id = ?", number),
            Err(_) => query.filter(
                r"(LOWER(t.title) LIKE ? ESCAPE '\' OR LOWER(t.description) LIKE ? ESCAPE '\')",
                contains(text),
            ),
        }
    }
    Ok(query)
}
