//! Everything of a ticket that its reader may see, to be taken out as one archive: a page that whoever asks writes, and the files.

mod archive;
mod person;
mod rows;

use domain::{
    Actor, Approval, Attachment, Cursor, ExportFormat, LedgerData, Result, TicketId, TicketView, UserId,
    clean_file_name,
};
use futures::Stream;

use self::archive::{Archive, given_out};
pub use self::{
    person::PersonExport,
    rows::{PersonCall, PersonDraftKept, PersonRecovery, PersonSession},
};
use crate::{
    rooms::{
        Inner,
        approvals::Approvals,
        attachments::{self, AttachmentRow, FileContent},
        tickets::Tickets,
    },
    store::files::shelf::Shelf,
    trail::ledger::NewEntry,
};

/// The page in the archive.
const PAGE: &str = "index.html";

/// A file in an archive.
#[derive(Debug, Clone)]
pub struct ExportFile {
    /// The file.
    pub file: Attachment,
    /// Where in the archive: `files/001-quote.pdf`, unlike any other whatever its case.
    pub path: String,
}

/// Everything of a ticket that its reader may see.
pub struct Export {
    /// The ticket with the newest part of its timeline.
    pub view: TicketView,
    /// What was asked to be confirmed on it.
    pub approvals: Vec<Approval>,
    /// The files, oldest first.
    pub files: Vec<ExportFile>,
    shelf: Shelf,
}

impl Tickets<'_> {
    /// Takes a ticket out with all that the caller may see of it, which is noted in the access ledger. Its owner, or staff, who get
    /// notes and internal files, too.
    ///
    /// # Errors
    /// [`domain::Error::NotFound`] for everybody else, and when there is none; [`domain::Error::Forbidden`] for who may only drop files.
    pub async fn take_out(&self, actor: &Actor, id: TicketId) -> Result<Export> {
        let desk = self.0;
        let export = read(desk, actor, id).await?;
        let (owner, count) = (export.view.requester_id, export.files.len() as u64);
        // As a file is given out while nothing can be written, so is this.
        if let Err(cause) = note(desk, actor, id, owner, count).await {
            let user = actor.id.map(|user| user.0);
            tracing::warn!(
                target: crate::rooms::SECURITY,
                event = "unnoted",
                ticket = id.0,
                user,
                %cause,
                "a ticket was taken out, and that could not be written into the ledger"
            );
        }
        Ok(export)
    }
}

/// All of a ticket that a reader may see.
async fn read(desk: &Inner, reader: &Actor, id: TicketId) -> Result<Export> {
    let view = Tickets(desk).view(reader, id, Cursor::First).await?;
    let files = attachments::of_reader(&desk.db, reader, id).await?;
    let files = files.into_iter().map(AttachmentRow::into_attachment).enumerate().map(named).collect();
    let approvals = Approvals(desk).list(reader, id).await?;
    Ok(Export { view, approvals, files, shelf: desk.storage.shelf().clone() })
}

async fn note(desk: &Inner, actor: &Actor, id: TicketId, owner: UserId, count: u64) -> Result<()> {
    let tx = desk.db.begin_soon().await?;
    let data = LedgerData::Exported { format: ExportFormat::Zip, count };
    let entry = NewEntry::of_customer(data, owner, Some(id)).session(actor.session.as_ref());
    entry.note(&tx, actor, desk.now());
    tx.commit().await
}

/// A name that is safe everywhere, and by its number unlike any other.
fn named((at, file): (usize, Attachment)) -> ExportFile {
    let is_safe = |c: char| !c.is_control() && !matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*');
    let name: String = clean_file_name(&file.name).chars().map(|c| if is_safe(c) { c } else { '_' }).collect();
    ExportFile { path: format!("files/{:03}-{name}", at + 1), file }
}

impl Export {
    /// The archive: a page whose pieces come as they are asked for, and the files. It breaks off when one of the pieces fails, or
    /// the bytes of a file do; in the place of a file that is not there any more, a text says so.
    pub fn into_zip(self, page: impl Stream<Item = Result<String>> + Send + 'static) -> FileContent {
        given_out(|to| async move {
            let mut archive = Archive::default();
            archive.text(PAGE, Box::pin(page), &to).await?;
            archive.files("", &self.files, &self.shelf, &to).await?;
            archive.end(&to).await
        })
    }
}
