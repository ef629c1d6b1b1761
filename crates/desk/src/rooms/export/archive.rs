//! An archive that is written front to back, as it is taken: what it takes of memory does not grow with what is in it. Each entry is
//! deflated, as an entry whose size comes after it can be read by every program only then.

use std::{
    io::{self, Write},
    sync::Arc,
};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use object_store::ObjectStoreExt as _;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use super::ExportFile;
use crate::{
    rooms::attachments::FileContent,
    store::{fault::internal, files::shelf::Shelf},
};

/// Pieces that wait for who takes the archive.
const AHEAD: usize = 4;
/// Bytes of an archive that are given out together.
const PIECE: usize = 64 * 1024;

/// Where pieces go.
pub(super) type To = mpsc::Sender<io::Result<Bytes>>;

/// What `write` gives out, as it is taken. It breaks off where that fails.
pub(super) fn given_out<F>(write: impl FnOnce(To) -> F) -> FileContent
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let (to, from) = mpsc::channel(AHEAD);
    let written = write(to.clone());
    tokio::spawn(async move {
        if let Err(error) = written.await {
            // Nobody is there any more, or whoever is learns that it broke off.
            let _ = to.send(Err(error)).await;
        }
    });
    stream::unfold(from, async |mut from| from.recv().await.map(|piece| (piece, from))).boxed()
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
pub(super) struct Archive {
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
    /// The next entry.
    pub(super) fn begin(&mut self, path: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            // What is taken out is mostly pictures, which no effort makes smaller.
            .compression_level(Some(1))
            .large_file(true);
        self.zip.start_file(path, options).map_err(io::Error::other)
    }

    /// Bytes of it.
    pub(super) async fn add(&mut self, bytes: &[u8], to: &To) -> io::Result<()> {
        for piece in bytes.chunks(PIECE) {
            self.zip.write_all(piece)?;
            self.give_out(PIECE, to).await?;
        }
        Ok(())
    }

    /// An entry whose text comes in pieces.
    pub(super) async fn text(
        &mut self,
        path: &str,
        mut text: impl Stream<Item = domain::Result<String>> + Unpin + Send,
        to: &To,
    ) -> io::Result<()> {
        self.begin(path)?;
        while let Some(piece) = text.next().await {
            self.add(piece.map_err(io::Error::other)?.as_bytes(), to).await?;
        }
        Ok(())
    }

    /// Files, below a folder; in the place of one that is not there any more, a text says so.
    pub(super) async fn files(&mut self, below: &str, files: &[ExportFile], shelf: &Shelf, to: &To) -> io::Result<()> {
        for ExportFile { file, path } in files {
            match shelf.store.get(&shelf.place(file.ticket_id, &file.stored_name)).await {
                Ok(found) => {
                    self.begin(&format!("{below}{path}"))?;
                    let mut bytes = found.into_stream();
                    while let Some(piece) = bytes.next().await {
                        self.add(&piece.map_err(io::Error::other)?, to).await?;
                    }
                }
                Err(object_store::Error::NotFound { .. }) => {
                    self.begin(&format!("{below}{path}.missing.txt"))?;
                    self.add(b"This file is not there any more. Ask Support.\n", to).await?;
                }
                Err(other) => return Err(io::Error::other(other)),
            }
        }
        Ok(())
    }

    /// After the last one.
    pub(super) async fn end(self, to: &To) -> io::Result<()> {
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
