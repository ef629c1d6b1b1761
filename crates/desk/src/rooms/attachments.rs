//! Attachments: list, sign, read.

use std::ops::Range;

use bytes::Bytes;
use domain::{
    Actor, Attachment, AttachmentId, Cursor, DeskFile, Error, EventId, FileKind, FileRoom, Page, Result, TicketId,
    Timestamp, UserId,
};
use futures::{TryStreamExt, stream::BoxStream};
use object_store::{GetOptions, GetRange};
use sea_orm::FromQueryResult;
use serde::Deserialize;

use crate::{
    rooms::{Inner, pictures},
    store::{
        db::{Db, Scalar, Sql as _, Tx},
        fault::OrFault,
        files::place,
        listed::Word,
        query::Query,
    },
};

/// Use cases of attachments.
pub struct Attachments<'a>(pub(crate) &'a Inner);

/// Which files a list shows.
#[derive(Debug, Clone, Default)]
pub struct FileFilter {
    /// Of this customer.
    pub requester: Option<UserId>,
    /// Of this kind.
    pub kind: Option<FileKind>,
}

/// The bytes of an attachment, as they come from the store.
pub type FileContent = BoxStream<'static, std::io::Result<Bytes>>;

/// The columns of an [`AttachmentRow`], in the order of its fields.
pub(crate) const COLUMNS: &str = "id, ticket_id, event_id, stored_name, name, size, kind, width, height, uploaded_at";

/// Selects [`AttachmentRow`]s.
pub(crate) const SELECT: &str =
    "SELECT a.id, a.ticket_id, a.event_id, a.stored_name, a.name, a.size, a.kind, a.width, a.height, a.uploaded_at
    FROM attachments a";

#[derive(Clone, FromQueryResult, Deserialize)]
pub(crate) struct AttachmentRow {
    pub(crate) id: i64,
    pub(crate) ticket_id: i64,
    pub(crate) event_id: Option<i64>,
    stored_name: String,
    name: String,
    size: i64,
    kind: Word<FileKind>,
    width: Option<i64>,
    height: Option<i64>,
    uploaded_at: i64,
}

impl AttachmentRow {
    /// Whether it came with its ticket itself, which `opening` began. One from before events were noted with files did.
    pub(crate) fn is_of_opening(&self, opening: Option<i64>) -> bool {
        self.event_id.is_none() || self.event_id == opening
    }

    pub(crate) fn into_attachment(self) -> Attachment {
        Attachment {
            id: AttachmentId(self.id),
            ticket_id: TicketId(self.ticket_id),
            stored_name: self.stored_name,
            name: self.name,
            size: self.size.unsigned_abs(),
            kind: self.kind.0,
            picture: pictures::size(self.width, self.height),
            uploaded_at: Timestamp::from_micros(self.uploaded_at),
        }
    }
}

#[derive(FromQueryResult)]
struct DeskFileRow {
    id: i64,
    ticket_id: i64,
    event_id: Option<i64>,
    stored_name: String,
    name: String,
    size: i64,
    kind: Word<FileKind>,
    width: Option<i64>,
    height: Option<i64>,
    uploaded_at: i64,
    title: String,
    requester_id: i64,
    requester_name: String,
}

impl Attachments<'_> {
    /// The path and query at which whoever has it can read `attachment` for the desk's `media_ttl`:
    /// `/media/tickets/{ticket}/{name}?expires=…&signature=…`.
    pub fn signed_path(&self, attachment: &Attachment) -> String {
        let path = attachment.path();
        let expires = self.0.now().plus_seconds(self.0.config.media_ttl).as_seconds();
        let signature = self.0.keys.keyed_hash("media", &format!("{path} {expires}"));
        format!("{path}?expires={expires}&signature={signature}")
    }

    /// An attachment for its ticket's owner or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else, and when there is none.
    pub async fn get(&self, actor: &Actor, ticket: TicketId, stored_name: &str) -> Result<Attachment> {
        let requester = if actor.role.is_staff() { None } else { Some(actor.id.ok_or(Error::NotFound)?) };
        self.find(ticket, stored_name, requester).await
    }

    /// An attachment by a signed address.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the signature is wrong or over, [`Error::NotFound`] when the file is gone.
    pub async fn get_signed(
        &self,
        ticket: TicketId,
        stored_name: &str,
        expires: &str,
        signature: &str,
    ) -> Result<Attachment> {
        let signed = format!("/media/tickets/{ticket}/{stored_name} {expires}");
        let is_signed = self.0.keys.is_keyed_hash("media", &signed, signature);
        let is_live = expires.parse().is_ok_and(|expires: i64| self.0.now().as_seconds() < expires);
        if is_signed && is_live {
            self.find(ticket, stored_name, None).await
        } else {
            Err(Error::forbidden("This address is wrong or has expired. Load the ticket again for a new one."))
        }
    }

    async fn find(&self, ticket: TicketId, stored_name: &str, requester: Option<UserId>) -> Result<Attachment> {
        let mut query = Query::new(&format!("{SELECT} JOIN tickets t ON t.id = a.ticket_id"));
        query.filter("a.ticket_id = ?", ticket.0);
        query.filter("a.stored_name = ?", stored_name);
        if let Some(requester) = requester {
            query.filter("t.requester_id = ? AND NOT a.is_internal", requester.0);
        }
        let row: Option<AttachmentRow> = query.one(&self.0.db, "").await?;
        row.map(AttachmentRow::into_attachment).ok_or(Error::NotFound)
    }

    /// The bytes of an attachment that one of the above gave, or a range of them (end exclusive).
    ///
    /// # Errors
    /// [`Error::NotFound`] when the bytes are gone, [`Error::Unavailable`] when the store does not answer.
    pub async fn read(&self, attachment: &Attachment, range: Option<Range<u64>>) -> Result<FileContent> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let path = place(attachment.ticket_id, &attachment.stored_name);
        match self.0.storage.store.get_opts(&path, options).await {
            Ok(found) => Ok(Box::pin(found.into_stream().map_err(std::io::Error::other))),
            Err(object_store::Error::NotFound { .. }) => Err(Error::NotFound),
            Err(other) => Err(other).or_fault(&self.0.storage.health.files),
        }
    }

    /// All files, newest first. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(
        &self,
        actor: &Actor,
        filter: &FileFilter,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<DeskFile>> {
        actor.require_staff()?;
        let query = filtered(
            "SELECT a.id, a.ticket_id, a.event_id, a.stored_name, a.name, a.size, a.kind, a.width, a.height, a.uploaded_at, t.title, t.requester_id,
                u.name AS requester_name
             FROM attachments a JOIN tickets t ON t.id = a.ticket_id JOIN users u ON u.id = t.requester_id",
            filter,
        );
        let rows: Vec<DeskFileRow> = query.page(&self.0.db, "a.id", cursor, limit).await?;
        Ok(Page::from_rows(rows, limit, cursor, |row| row.id).map(|row| DeskFile {
            file: AttachmentRow {
                id: row.id,
                ticket_id: row.ticket_id,
                event_id: row.event_id,
                stored_name: row.stored_name,
                name: row.name,
                size: row.size,
                kind: row.kind,
                width: row.width,
                height: row.height,
                uploaded_at: row.uploaded_at,
            }
            .into_attachment(),
            ticket_title: row.title,
            requester_id: UserId(row.requester_id),
            requester_name: row.requester_name,
        }))
    }

    /// How many files the filter finds, and their bytes. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn total(&self, actor: &Actor, filter: &FileFilter) -> Result<(u64, u64)> {
        actor.require_staff()?;
        // A file's ticket is looked at only where it matters: this reads every file's row.
        let owner = if filter.requester.is_some() { "JOIN tickets t ON t.id = a.ticket_id" } else { "" };
        let select = format!(
            "SELECT COUNT(*) AS files, CAST(COALESCE(SUM(a.size), 0) AS BIGINT) AS bytes FROM attachments a {owner}"
        );
        let total: Option<Total> = filtered(&select, filter).one(&self.0.db, "").await?;
        Ok(total.map_or((0, 0), |total| (total.files.unsigned_abs(), total.bytes.unsigned_abs())))
    }
}

#[derive(FromQueryResult)]
struct Total {
    files: i64,
    bytes: i64,
}

fn filtered(select: &str, filter: &FileFilter) -> Query {
    let mut query = Query::new(select);
    if let Some(requester) = filter.requester {
        query.filter("t.requester_id = ?", requester.0);
    }
    if let Some(kind) = filter.kind {
        query.filter("a.kind = ?", kind.as_str());
    }
    query
}

/// A ticket's files for everybody, oldest first.
pub(crate) async fn public(db: &Db, ticket: TicketId) -> Result<Vec<AttachmentRow>> {
    let sql = format!("{SELECT} WHERE a.ticket_id = $1 AND NOT a.is_internal ORDER BY a.id");
    db.sql_all(&sql, [ticket.0.into()]).await
}

/// The event that a ticket's own files came with: its first.
pub(crate) async fn opening(db: &Db, ticket: TicketId) -> Result<Option<i64>> {
    let sql = "SELECT id FROM events WHERE ticket_id = $1 ORDER BY id LIMIT 1";
    let first: Option<Scalar> = db.sql_one(sql, [ticket.0.into()]).await?;
    Ok(first.map(|id| id.0))
}

/// The files that came with a ticket's events between two, as far as the reader may know of them, oldest first.
pub(crate) async fn of_events(
    db: &Db,
    reader: &Actor,
    ticket: TicketId,
    first: EventId,
    last: EventId,
) -> Result<Vec<AttachmentRow>> {
    let internal = if reader.role.is_staff() { "" } else { "AND NOT a.is_internal" };
    let sql = format!("{SELECT} WHERE a.ticket_id = $1 AND a.event_id BETWEEN $2 AND $3 {internal} ORDER BY a.id");
    db.sql_all(&sql, [ticket.0.into(), first.0.into(), last.0.into()]).await
}

#[derive(FromQueryResult)]
struct FileCount {
    is_internal: bool,
    files: i64,
}

/// How many more files a ticket takes. Internal ones are counted apart: who sees the one count must not learn the other.
pub(crate) async fn room(db: &Db, ticket: TicketId, max_files: u32) -> Result<FileRoom> {
    let rows: Vec<FileCount> = db.sql_all(COUNT, [ticket.0.into()]).await?;
    Ok(room_of(&rows, max_files))
}

/// As [`room`], in a transaction.
pub(crate) async fn room_in(tx: &Tx, ticket: TicketId, max_files: u32) -> Result<FileRoom> {
    let rows: Vec<FileCount> = tx.sql_all(COUNT, [ticket.0.into()]).await?;
    Ok(room_of(&rows, max_files))
}

const COUNT: &str = "SELECT is_internal, COUNT(*) AS files FROM attachments WHERE ticket_id = $1 GROUP BY is_internal";

fn room_of(rows: &[FileCount], max_files: u32) -> FileRoom {
    let taken = |is_internal| rows.iter().find(|row| row.is_internal == is_internal).map_or(0, |row| row.files);
    let left = |taken| max_files.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX));
    FileRoom { public: left(taken(false)), internal: left(taken(true)) }
}
