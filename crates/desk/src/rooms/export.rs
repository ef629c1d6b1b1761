//! Everything of a ticket that its reader may see, to be taken out as one archive: a page that whoever asks writes, and the files.
//!
//! It is written as it is read, piece by piece: what it takes of memory does not grow with the files. Each entry is deflated, as
//! an entry whose size comes after it can be read by every program only then.

use std::{
    io::{self, Write},
    sync::Arc,
};

use bytes::Bytes;
use domain::{
    Actor, Approval, Attachment, Cursor, ExportFormat, LedgerData, Result, TicketId, TicketView, UserId,
    clean_file_name,
};
use futures::{Stream, StreamExt as _, stream};
use object_store::ObjectStoreExt as _;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use crate::{
    rooms::{
        Inner,
        approvals::Approvals,
        attachments::{self, AttachmentRow, FileContent},
        tickets::Tickets,
    },
    store::{fault::internal, files::shelf::Shelf},
    trail::ledger::NewEntry,
};

/// The page in the archive.
const PAGE: &str = "index.html";
/// Pieces that wait for who takes the archive.
const AHEAD: usize = 4;
/// Bytes of an archive that are given out together.
const PIECE: usize = 64 * 1024;

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
        let view = self.view(actor, id, Cursor::First).await?;
        let files = attachments::of_reader(&desk.db, actor, id).await?;
        let files: Vec<_> = files.into_iter().map(AttachmentRow::into_attachment).enumerate().map(named).collect();
        let approvals = Approvals(desk).list(actor, id).await?;
        // As a file is given out while nothing can be written, so is this.
        if let Err(cause) = note(desk, actor, id, view.requester_id, files.len() as u64).await {
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
        Ok(Export { view, approvals, files, shelf: desk.storage.shelf().clone() })
    }
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
        let (to, from) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            if let Err(error) = write(&self, Box::pin(page), &to).await {
                // Nobody is there any more, or whoever is learns that it broke off.
                let _ = to.send(Err(error)).await;
            }
        });
        stream::unfold(from, async |mut from| from.recv().await.map(|piece| (piece, from))).boxed()
    }
}

type To = mpsc::Sender<io::Result<Bytes>>;

async fn write(
    export: &Export,
    mut page: impl Stream<Item = Result<String>> + Unpin + Send,
    to: &To,
) -> io::Result<()> {
    let mut archive = Archive::default();
    archive.begin(PAGE)?;
    while let Some(piece) = page.next().await {
        archive.add(piece.map_err(io::Error::other)?.as_bytes(), to).await?;
    }
    for ExportFile { file, path } in &export.files {
        match export.shelf.store.get(&export.shelf.place(file.ticket_id, &file.stored_name)).await {
            Ok(found) => {
                archive.begin(path)?;
                let mut bytes = found.into_stream();
                while let Some(piece) = bytes.next().await {
                    archive.add(&piece.map_err(io::Error::other)?, to).await?;
                }
            }
            Err(object_store::Error::NotFound { .. }) => {
                archive.begin(&format!("{path}.missing.txt"))?;
                archive.add(b"This file is not there any more. Ask Support.\n", to).await?;
            }
            Err(other) => return Err(io::Error::other(other)),
        }
    }
    archive.end(to).await
}

/// What was written and not given out yet.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An archive that is written front to back.
struct Archive {
    zip: ZipWriter<StreamWriter<Written>>,
    written: Written,
}

impl Default for Archive {
    fn default() -> Self {
        let written = Written::default();
        Self { zip: ZipWriter::new_stream(written.clone()), written }
    }
}

impl Archive {
    fn begin(&mut self, path: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            // What is taken out is mostly pictures, which no effort makes smaller.
            .compression_level(Some(1))
            .large_file(true);
        self.zip.start_file(path, options).map_err(io::Error::other)
    }

    async fn add(&mut self, bytes: &[u8], to: &To) -> io::Result<()> {
        for piece in bytes.chunks(PIECE) {
            self.zip.write_all(piece)?;
            self.give_out(PIECE, to).await?;
        }
        Ok(())
    }

    async fn end(self, to: &To) -> io::Result<()> {
        let Self { zip, written } = self;
        zip.finish().map_err(io::Error::other)?;
        give_out(&written, 1, to).await
    }

    async fn give_out(&self, least: usize, to: &To) -> io::Result<()> {
        give_out(&self.written, least, to).await
    }
}

/// Gives out what was written, if it is so much.
async fn give_out(written: &Written, least: usize, to: &To) -> io::Result<()> {
    let bytes = {
        let mut written = written.0.lock();
        if written.len() < least {
            return Ok(());
        }
        std::mem::take(&mut *written)
    };
    to.send(Ok(bytes.into())).await.map_err(|_| internal("nobody takes the archive any more")).map_err(io::Error::other)
}
