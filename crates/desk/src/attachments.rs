//! Attachments: list, sign, read.
use std::ops::Range;
use bytes::Bytes;
use domain::{Actor, Attachment, Cursor, DeskFile, FileKind, Page, Result, TicketId, UserId};
use futures::stream::BoxStream;
use crate::Inner;

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

impl Attachments<'_> {
    /// The path and query at which `attachment` can be read by whoever has it, for the desk's `media_ttl`:
    /// `/media/tickets/{ticket}/{name}?expires=…&signature=…`.
    pub fn signed_path(&self, attachment: &Attachment) -> String { todo!() }
    /// An attachment for its ticket's owner or staff; `NotFound` for everybody else.
    pub async fn get(&self, actor: &Actor, ticket: TicketId, stored_name: &str) -> Result<Attachment> { todo!() }
    /// An attachment by a signed address. `Forbidden` when the signature is wrong or over, `NotFound` when the file is gone.
    pub async fn get_signed(&self, ticket: TicketId, stored_name: &str, expires: &str, signature: &str) -> Result<Attachment> { todo!() }
    /// The bytes of an attachment that one of the above gave, or a range of them (end exclusive).
    pub async fn read(&self, attachment: &Attachment, range: Option<Range<u64>>) -> Result<FileContent> { todo!() }
    /// All files, newest first. Staff.
    pub async fn list(&self, actor: &Actor, filter: &FileFilter, cursor: Cursor, limit: usize) -> Result<Page<DeskFile>> { todo!() }
    /// How many files the filter finds, and their bytes. Staff.
    pub async fn total(&self, actor: &Actor, filter: &FileFilter) -> Result<(u64, u64)> { todo!() }
}
