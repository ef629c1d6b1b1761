//! A ticket's form as it arrives: text fields, and files that are judged, counted and stored on the way.

mod docx;
#[cfg(feature = "multipart")]
mod multipart;

use bytes::{Bytes, BytesMut};
use domain::{
    Actor, Can, Error, FieldErrors, FileKind, FileRefusal, Found, LockSearch, PictureSize, Result, clean_file_name,
};
use futures::{StreamExt, stream::BoxStream};
use object_store::buffered::BufWriter;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use unicode_normalization::UnicodeNormalization;

use crate::{
    rooms::{Inner, pictures},
    store::{fault::OrFault, files::guard::Guard, random::random_hex},
};

#[cfg(feature = "multipart")]
pub use multipart::MultipartForm;

/// Bytes that wait before they are written; while so many are written, so many more may come.
const WRITE_BYTES: usize = 128 * 1024;

/// A part of a form.
pub enum FormPart<'a> {
    /// A text field.
    Text {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A file, under the field `attachments`.
    File {
        /// The name its sender gave it.
        file_name: String,
        /// Its bytes as they arrive. An error ends the whole form.
        chunks: BoxStream<'a, Result<Bytes>>,
    },
}

/// A form that is read part by part, so that memory does not grow with its files.
pub trait TicketForm: Send {
    /// The next part; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<FormPart<'_>>>> + Send;
}

/// A form without files, as JSON and url-encoded bodies are.
pub struct NoFiles(std::vec::IntoIter<(String, String)>);

impl NoFiles {
    /// From names and values.
    pub fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields.into_iter())
    }
}

impl TicketForm for NoFiles {
    async fn next(&mut self) -> Result<Option<FormPart<'_>>> {
        Ok(self.0.next().map(|(name, value)| FormPart::Text { name, value }))
    }
}

/// A file that was received whole and waits for its ticket.
pub(crate) struct ReceivedFile {
    pub(crate) name: String,
    pub(crate) stored_name: String,
    pub(crate) kind: FileKind,
    pub(crate) size: u64,
    /// SHA-256 of its bytes.
    pub(crate) hash: [u8; 32],
    pub(crate) picture: Option<PictureSize>,
    pub(crate) guard: Guard,
}

impl ReceivedFile {
    /// Sends it to where files are kept, if that is elsewhere.
    pub(crate) async fn sent(self) -> Result<Self> {
        let guard = self.guard.sent(&self.stored_name, self.size, self.hash).await?;
        Ok(Self { guard, ..self })
    }
}

/// A form that was received whole.
#[derive(Default)]
pub(crate) struct Received {
    texts: Vec<(String, String)>,
    pub(crate) files: Vec<ReceivedFile>,
}

impl Received {
    /// The last text field of a name, as it came.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        debug_assert!(domain::FORM_TEXTS.contains(&name), "{name} would never be kept");
        self.texts.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sends the files to where they are kept, if that is elsewhere: before the transaction that names them begins.
    pub(crate) async fn sent(mut self) -> Result<Self> {
        let mut sent = Vec::with_capacity(self.files.len());
        let mut files = std::mem::take(&mut self.files).into_iter();
        while let Some(file) = files.next() {
            match file.sent().await {
                Ok(file) => sent.push(file),
                Err(fault) => {
                    self.files = sent;
                    self.files.extend(files);
                    self.discard().await;
                    return Err(fault);
                }
            }
        }
        self.files = sent;
        Ok(self)
    }

    /// Deletes the files before the refusal is answered, so that who sees it finds nothing left.
    pub(crate) async fn discard(self) {
        for file in self.files {
            file.guard.discard().await;
        }
    }
}

/// Reads a form of the caller's to its end, or to the first part that is refused.
pub(crate) async fn receive(desk: &Inner, actor: &Actor, form: &mut impl TicketForm) -> Result<Received> {
    let mut received = Received::default();
    match receive_parts(desk, actor, form, &mut received).await {
        Ok(()) => Ok(received),
        Err(refusal) => {
            received.discard().await;
            Err(refusal)
        }
    }
}

async fn receive_parts(desk: &Inner, actor: &Actor, form: &mut impl TicketForm, received: &mut Received) -> Result<()> {
    while let Some(part) = form.next().await? {
        match part {
            FormPart::Text { name, value } => {
                // Who may add files and not write is told before files are read that come after the words.
                if name == "body" && !value.trim().is_empty() {
                    actor.require_can(Can::Reply)?;
                }
                received.texts.push((name, value));
            }
            FormPart::File { file_name, chunks } => {
                actor.require_files()?;
                let name = shown_name(&file_name);
                if received.files.len() >= desk.config.upload.max_files as usize {
                    return Err(refuse(desk, &name, FileRefusal::TooMany));
                }
                received.files.push(receive_file(desk, name, chunks).await?);
            }
        }
    }
    Ok(())
}

/// The name to show for a file that its sender called so. Some systems take letters and their accents apart in names;
/// here they are one, as in every text that people type.
pub(crate) fn shown_name(sent: &str) -> String {
    clean_file_name(&clean_file_name(sent).nfc().collect::<String>())
}

/// Judges, counts and stores one file under its cleaned name.
pub(crate) async fn receive_file(
    desk: &Inner,
    name: String,
    chunks: BoxStream<'_, Result<Bytes>>,
) -> Result<ReceivedFile> {
    // A small file ends while its head is read, and its end is asked for again.
    let mut chunks = chunks.fuse();
    let mut head = BytesMut::new();
    while head.len() < FileKind::SNIFF_BYTES {
        match chunks.next().await.transpose()? {
            Some(chunk) => head.extend_from_slice(&chunk),
            None => break,
        }
    }
    let mut size = head.len() as u64;
    let kind = match desk.config.upload.first_look(&name, &head, size) {
        Ok(kind) => kind,
        Err(FileRefusal::WrongKind(Found::OldOffice)) => {
            let why = look_for_lock(desk, &head, chunks.boxed()).await;
            return Err(refuse(desk, &name, why));
        }
        Err(why) => return Err(refuse(desk, &name, why)),
    };
    let stored_name = format!("{}.{}", random_hex::<16>()?, kind.extensions()[0]);
    let guard = desk.storage.incoming(&stored_name);
    // One write at a time: more would only wait for each other at the file, each with a thread and bytes of its own.
    let mut writer = BufWriter::with_capacity(desk.storage.arriving().clone(), guard.path()?.clone(), WRITE_BYTES)
        .with_max_concurrency(1);
    let mut chunk = head.freeze();
    let start = Bytes::copy_from_slice(&chunk[..chunk.len().min(FileKind::SNIFF_BYTES)]);
    let mut hash = Sha256::new();
    let outcome = loop {
        hash.update(&chunk);
        if let Err(fault) = writer.write_all(&chunk).await.or_fault(&desk.storage.health.files) {
            break Err(fault);
        }
        chunk = match chunks.next().await {
            Some(Ok(chunk)) => chunk,
            Some(Err(refusal)) => break Err(refusal),
            None => break Ok(()),
        };
        size += chunk.len() as u64;
        if size > desk.config.upload.max_file_bytes {
            break Err(refuse(desk, &name, FileRefusal::TooLarge));
        }
    };
    if let Err(refusal) = outcome {
        // What was written under another name until now goes with it.
        if let Err(cause) = writer.abort().await {
            tracing::debug!(%cause, "nothing to abort");
        }
        guard.discard().await;
        return Err(refusal);
    }
    if let Err(fault) = writer.shutdown().await.or_fault(&desk.storage.health.files) {
        guard.discard().await;
        return Err(fault);
    }
    if kind == FileKind::Docx
        && let Err(why) = docx::check(&desk.storage, guard.path()?.clone(), size).await?
    {
        guard.discard().await;
        return Err(refuse(desk, &name, why));
    }
    desk.storage.health.files.works();
    let picture =
        pictures::measure(desk.storage.arriving(), &desk.storage.health.files, guard.path()?, kind, size, start)
            .await?;
    Ok(ReceivedFile { name, stored_name, kind, size, hash: hash.finalize().into(), picture, guard })
}

/// Old documents and those that are locked with a password begin alike: reads on, and keeps nothing, to say which it
/// is.
async fn look_for_lock(desk: &Inner, head: &[u8], mut chunks: BoxStream<'_, Result<Bytes>>) -> FileRefusal {
    let mut search = LockSearch::default();
    search.feed(head);
    let mut size = head.len() as u64;
    while let Some(Ok(chunk)) = chunks.next().await {
        size += chunk.len() as u64;
        if search.is_locked() || size > desk.config.upload.max_file_bytes {
            break;
        }
        search.feed(&chunk);
    }
    if search.is_locked() { FileRefusal::Locked } else { FileRefusal::WrongKind(Found::OldOffice) }
}

fn refuse(desk: &Inner, name: &str, why: FileRefusal) -> Error {
    let fields = FieldErrors::one("attachments", desk.config.upload.refusal(name, why));
    if why == FileRefusal::TooLarge { Error::TooLarge { fields } } else { Error::Invalid { fields } }
}
