//! Attachments: list, sign, read.

use std::ops::Range;

use bytes::Bytes;
use domain::{Actor, Attachment, Cursor, DeskFile, Error, EventId, FileKind, FileRoom, Page, Result, TicketId, UserId};
use futures::{TryStreamExt, stream::BoxStream};
use object_store::{GetOptions, GetRange};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DerivePartialModel, EntityTrait as _, JoinType, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, RelationTrait as _,
};

pub(crate) use crate::store::raw::tickets::AttachmentRow;
use crate::{
    rooms::{Inner, ledger::opening::opened, pictures, totals},
    store::{
        entities::{Attachments as Table, Events, Tickets, attachments, events, tickets, users},
        fault::{OrFault, OrRefuse as _},
        page,
        reach::Reach,
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

impl AttachmentRow {
    /// Whether it came with its ticket itself, which `opening` began. One from before events were noted with files did.
    pub(crate) fn is_of_opening(&self, opening: Option<EventId>) -> bool {
        self.event_id.is_none() || self.event_id == opening
    }

    pub(crate) fn into_attachment(self) -> Attachment {
        Attachment {
            id: self.id,
            ticket_id: self.ticket_id,
            stored_name: self.stored_name,
            name: self.name,
            size: self.size.unsigned_abs(),
            kind: self.kind,
            picture: pictures::size(self.width, self.height),
            uploaded_at: self.uploaded_at,
        }
    }
}

/// A file in the list of all.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct DeskFileRow {
    #[sea_orm(nested)]
    file: AttachmentRow,
    #[sea_orm(from_expr = "tickets::Column::Title")]
    ticket_title: String,
    #[sea_orm(from_expr = "tickets::Column::RequesterId")]
    requester_id: UserId,
    #[sea_orm(from_expr = "users::Column::Name")]
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
    /// [`Error::NotFound`] for everybody else, and when there is none; [`Error::Forbidden`] for who may only drop files.
    pub async fn get(&self, actor: &Actor, ticket: TicketId, stored_name: &str) -> Result<Attachment> {
        self.find(ticket, stored_name, Reach::of(actor)?).await
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
            self.find(ticket, stored_name, Reach::All).await
        } else {
            Err(Error::forbidden("This address is wrong or has expired. Load the ticket again for a new one."))
        }
    }

    async fn find(&self, ticket: TicketId, stored_name: &str, reach: Reach) -> Result<Attachment> {
        let mut query = Table::find()
            .filter(attachments::COLUMN.ticket_id.eq(ticket))
            .filter(attachments::COLUMN.stored_name.eq(stored_name));
        if reach != Reach::All {
            query =
                query.inner_join(Tickets).filter(reach.condition()).filter(attachments::COLUMN.is_internal.eq(false));
        }
        let row: Option<AttachmentRow> = query.into_partial_model().one(&self.0.db).await.or_refuse()?;
        row.map(AttachmentRow::into_attachment).ok_or(Error::NotFound)
    }

    /// The bytes of an attachment that one of the above gave, or a range of them (end exclusive). That they are given to this
    /// reader, or to nobody who is known, goes into the ledger.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the bytes are gone, [`Error::Unavailable`] when the store does not answer.
    pub async fn read(
        &self,
        reader: Option<&Actor>,
        attachment: &Attachment,
        range: Option<Range<u64>>,
    ) -> Result<FileContent> {
        let content = self.content(attachment, range).await?;
        opened(self.0, reader, attachment).await;
        Ok(content)
    }

    async fn content(&self, attachment: &Attachment, range: Option<Range<u64>>) -> Result<FileContent> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let shelf = self.0.storage.shelf();
        let path = shelf.place(attachment.ticket_id, &attachment.stored_name);
        match shelf.store.get_opts(&path, options).await {
            Ok(found) => {
                shelf.slot().answers();
                Ok(Box::pin(found.into_stream().map_err(std::io::Error::other)))
            }
            Err(object_store::Error::NotFound { .. }) => Err(Error::NotFound),
            Err(other) => Err(other).or_fault(shelf.slot()),
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
        let with_owners =
            Table::find().inner_join(Tickets).join(JoinType::InnerJoin, tickets::Relation::Requester.def());
        let query = page::by_id(with_owners.filter(narrow(filter)), attachments::Column::Id, cursor, limit);
        let rows: Vec<DeskFileRow> = query.into_partial_model().all(&self.0.db).await.or_refuse()?;
        Ok(Page::from_rows(rows, limit, cursor, |row| row.file.id.0).map(|row| DeskFile {
            file: row.file.into_attachment(),
            ticket_title: row.ticket_title,
            requester_id: row.requester_id,
            requester_name: row.requester_name,
        }))
    }

    /// How many files the filter finds, and their bytes; of all files where they are many, as it was a moment ago.
    /// Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn total(&self, actor: &Actor, filter: &FileFilter) -> Result<(u64, u64)> {
        actor.require_staff()?;
        if filter.requester.is_none() {
            return totals::files(self.0, filter.kind).await;
        }
        let of_customer = Table::find().inner_join(Tickets).filter(narrow(filter));
        let sizes = of_customer.select_only().column(attachments::Column::Size);
        totals::sum(&self.0.db, sizes.into_query()).await
    }
}

/// The filter's conditions on `attachments`, and on `tickets` where it names a customer.
fn narrow(filter: &FileFilter) -> Condition {
    Condition::all()
        .add_option(filter.requester.map(|id| tickets::COLUMN.requester_id.eq(id)))
        .add_option(filter.kind.map(|kind| attachments::COLUMN.kind.eq(kind)))
}

/// The event that a ticket's own files came with: its first.
pub(crate) async fn opening(db: &impl ConnectionTrait, ticket: TicketId) -> Result<Option<EventId>> {
    let of_ticket = Events::find().select_only().column(events::Column::Id).filter(events::COLUMN.ticket_id.eq(ticket));
    of_ticket.order_by_asc(events::COLUMN.id).into_tuple().one(db).await.or_refuse()
}

/// The names under which a ticket's files are stored.
pub(crate) async fn names_of(db: &impl ConnectionTrait, ticket: TicketId) -> Result<Vec<String>> {
    let its = Table::find().select_only().column(attachments::Column::StoredName);
    its.filter(attachments::COLUMN.ticket_id.eq(ticket)).into_tuple().all(db).await.or_refuse()
}

/// The files that came with a ticket's events between two, as far as the reader may know of them, oldest first.
pub(crate) async fn of_events(
    db: &impl ConnectionTrait,
    reader: &Actor,
    ticket: TicketId,
    first: EventId,
    last: EventId,
) -> Result<Vec<AttachmentRow>> {
    let mut query = Table::find()
        .filter(attachments::COLUMN.ticket_id.eq(ticket))
        .filter(attachments::COLUMN.event_id.between(first, last));
    if !reader.role.is_staff() {
        query = query.filter(attachments::COLUMN.is_internal.eq(false));
    }
    query.order_by_asc(attachments::COLUMN.id).into_partial_model().all(db).await.or_refuse()
}

/// The files of a ticket that a reader may know of, oldest first.
pub(crate) async fn of_reader(
    db: &impl ConnectionTrait,
    reader: &Actor,
    ticket: TicketId,
) -> Result<Vec<AttachmentRow>> {
    let mut query = Table::find().filter(attachments::COLUMN.ticket_id.eq(ticket));
    if !reader.role.is_staff() {
        query = query.filter(attachments::COLUMN.is_internal.eq(false));
    }
    query.order_by_asc(attachments::COLUMN.id).into_partial_model().all(db).await.or_refuse()
}

/// How many more files a ticket takes. Internal ones are counted apart: who sees the one count must not learn the
/// other. Those from outside have a limit of their own.
pub(crate) async fn room(db: &impl ConnectionTrait, ticket: TicketId, max_files: u32) -> Result<FileRoom> {
    let rows: Vec<(bool, i64)> = Table::find()
        .select_only()
        .column(attachments::Column::IsInternal)
        .column_as(attachments::COLUMN.id.count(), "files")
        .filter(attachments::COLUMN.ticket_id.eq(ticket))
        .filter(attachments::COLUMN.dropped_by.is_null())
        .group_by(attachments::COLUMN.is_internal)
        .into_tuple()
        .all(db)
        .await
        .or_refuse()?;
    let taken = |is_internal| rows.iter().find(|(internal, _)| *internal == is_internal).map_or(0, |(_, files)| *files);
    let left = |taken| max_files.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX));
    Ok(FileRoom { public: left(taken(false)), internal: left(taken(true)) })
}
