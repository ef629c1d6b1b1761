//! Writes a file into a store whole or not at all, in parts where it is large.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures::TryStreamExt as _;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload, path::Path};
use sha2::{Digest as _, Sha256};

/// Bytes of a part. Some servers want all of one file to be of one size, and 5 MB is the least.
const PART: usize = 8 << 20;

/// A file that is being written; nobody reads it before it is finished.
pub(crate) struct Upload {
    store: Arc<dyn ObjectStore>,
    place: Path,
    waiting: Vec<Bytes>,
    size: usize,
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    pub(crate) fn new(store: &Arc<dyn ObjectStore>, place: Path) -> Self {
        Self { store: Arc::clone(store), place, waiting: Vec::new(), size: 0, parts: None }
    }

    /// Adds bytes.
    pub(crate) async fn put(&mut self, mut bytes: Bytes) -> object_store::Result<()> {
        while self.size + bytes.len() > PART {
            let rest = bytes.split_off(PART - self.size);
            self.add(std::mem::replace(&mut bytes, rest));
            let part = self.take();
            let parts = match &mut self.parts {
                Some(parts) => parts,
                none => none.insert(self.store.put_multipart(&self.place).await?),
            };
            parts.put_part(part).await?;
        }
        self.add(bytes);
        Ok(())
    }

    fn add(&mut self, bytes: Bytes) {
        self.size += bytes.len();
        self.waiting.push(bytes);
    }

    fn take(&mut self) -> PutPayload {
        self.size = 0;
        std::mem::take(&mut self.waiting).into_iter().collect()
    }

    async fn finish(&mut self) -> object_store::Result<()> {
        let rest = self.take();
        match &mut self.parts {
            Some(parts) => {
                parts.put_part(rest).await?;
                parts.complete().await.map(drop)
            }
            None => self.store.put(&self.place, rest).await.map(drop),
        }
    }

    /// Ends it with what came of the bytes: where that failed nothing is written.
    pub(crate) async fn end(mut self, outcome: io::Result<()>) -> io::Result<()> {
        let ended = match outcome {
            Ok(()) => self.finish().await.map_err(io::Error::from),
            Err(cause) => Err(cause),
        };
        let parts = self.parts.take();
        if let (Err(_), Some(parts)) = (&ended, parts) {
            take_back(parts).await;
        }
        ended
    }
}

impl Drop for Upload {
    /// One that nobody ended, as it took too long: a bucket keeps its parts, and they cost, until they are taken back.
    fn drop(&mut self) {
        if let (Some(parts), Ok(runtime)) = (self.parts.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(take_back(parts));
        }
    }
}

async fn take_back(mut parts: Box<dyn MultipartUpload>) {
    if let Err(cause) = parts.abort().await {
        tracing::debug!(%cause, "parts of a file could not be taken back");
    }
}

/// Copies a file from one store to another: its size and its SHA-256, as it was read.
pub(crate) async fn carry(
    from: &dyn ObjectStore,
    path: &Path,
    to: &Arc<dyn ObjectStore>,
    place: &Path,
) -> io::Result<(u64, [u8; 32])> {
    let mut bytes = from.get(path).await?.into_stream();
    let mut upload = Upload::new(to, place.clone());
    let (mut size, mut hash) = (0, Sha256::new());
    let brought = async {
        while let Some(piece) = bytes.try_next().await? {
            hash.update(&piece);
            size += piece.len() as u64;
            upload.put(piece).await?;
        }
        Ok(())
    };
    let brought = brought.await;
    upload.end(brought).await?;
    Ok((size, hash.finalize().into()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use object_store::{PutResult, UploadPart, memory::InMemory};

    use super::*;

    #[derive(Debug)]
    struct Parts(Arc<AtomicUsize>);

    #[async_trait::async_trait]
    impl MultipartUpload for Parts {
        fn put_part(&mut self, _: PutPayload) -> UploadPart {
            Box::pin(std::future::pending())
        }

        async fn complete(&mut self) -> object_store::Result<PutResult> {
            Err(object_store::Error::NotImplemented { operation: "complete".into(), implementer: "a test".into() })
        }

        async fn abort(&mut self) -> object_store::Result<()> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_is_not_ended_in_time_is_taken_back_once() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        for is_ended in [false, true] {
            let aborted = Arc::new(AtomicUsize::new(0));
            let mut upload = Upload::new(&store, Path::from("a"));
            upload.parts = Some(Box::new(Parts(Arc::clone(&aborted))));
            if is_ended {
                upload.end(Err(io::Error::other("broken off"))).await.unwrap_err();
            } else {
                // As a time-out drops it, in the middle of a part.
                let sending = async { upload.put(vec![0; PART + 1].into()).await.map(|()| drop(upload)) };
                tokio::time::timeout(std::time::Duration::from_millis(1), sending).await.unwrap_err();
            }
            tokio::task::yield_now().await;
            assert_eq!(aborted.load(Ordering::SeqCst), 1);
        }
    }
}
