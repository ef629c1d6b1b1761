//! A file that is deleted unless something comes of it, on its way from where it arrived to where it is kept.

use std::{io, sync::Arc, time::Duration};

use domain::{Error, Result, TicketId};
use object_store::{ObjectStore, ObjectStoreExt as _, path::Path};
use tokio::{sync::Semaphore, time::timeout};
use tracing::Instrument as _;

use super::{
    carry::carry,
    shelf::{Shelf, touch},
};
use crate::store::{
    bucket::SLOWEST,
    fault::{OrFault as _, internal},
    health::Health,
};

/// Files that are sent at once; each holds a part in memory.
const SENDING: usize = 4;
/// Besides, so long at most: two requests, each tried again.
const SEND_TIME: Duration = Duration::from_secs(60);
/// Seconds after which it is tried again to delete what is in a bucket and was not meant to stay.
const AGAIN: [u64; 6] = [0, 1, 4, 15, 60, 240];

/// The two ends of the way.
pub(crate) struct Way {
    /// Where files arrive: the data folder.
    pub(crate) arriving: Arc<dyn ObjectStore>,
    pub(crate) root: std::path::PathBuf,
    pub(crate) shelf: Shelf,
    pub(crate) health: Arc<Health>,
    sending: Semaphore,
}

impl Way {
    pub(super) fn new(arriving: Arc<dyn ObjectStore>, root: std::path::PathBuf, shelf: Shelf) -> Self {
        let health = Arc::clone(&shelf.health);
        Self { arriving, root, shelf, health, sending: Semaphore::new(SENDING) }
    }
}

/// A file that is deleted when the guard is dropped, unless it was released: so that a refused, failed or broken-off
/// request leaves nothing behind.
pub(crate) struct Guard {
    way: Arc<Way>,
    arrived: Option<Path>,
    kept: Option<Path>,
}

impl Guard {
    pub(super) fn new(way: &Arc<Way>, arrived: Path) -> Self {
        Self { way: Arc::clone(way), arrived: Some(arrived), kept: None }
    }

    /// Where the file arrived.
    pub(crate) fn path(&self) -> Result<&Path> {
        self.arrived.as_ref().ok_or(Error::Internal)
    }

    /// Sends the file to the bucket, if there is one: before the transaction that names it begins, because nobody may wait for
    /// a bucket while others wait for the database. `hash` is the SHA-256 of what arrived. A task of its own does it: who goes away
    /// meanwhile must not leave a file that nobody guards.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; nothing is left of the file then, as soon as the bucket can be asked.
    pub(crate) async fn sent(mut self, stored_name: &str, size: u64, hash: [u8; 32]) -> Result<Self> {
        if !self.way.shelf.is_bucket() {
            return Ok(self);
        }
        // No ticket is named in a bucket's places.
        let to = self.way.shelf.place(TicketId(0), stored_name);
        let sending = async move {
            let way = Arc::clone(&self.way);
            let from = self.path()?.clone();
            let carry = async {
                let _turn = way.sending.acquire().await.map_err(|_| internal("files are not sent any more"))?;
                self.kept = Some(to.clone());
                let carried = carry(&*way.arriving, &from, &way.shelf.store, &to).await;
                let found = carried.or_fault(way.shelf.slot())?;
                if found == (size, hash) { Ok(()) } else { Err(internal("a file is not what was received")) }
            };
            let limit = SEND_TIME + Duration::from_secs(size / SLOWEST);
            let late = || Err(io::Error::new(io::ErrorKind::TimedOut, "a file was not sent in time"));
            match timeout(limit, carry).await {
                Ok(carried) => carried?,
                Err(_) => late().or_fault(way.shelf.slot())?,
            }
            way.shelf.slot().works();
            if let Some(arrived) = self.arrived.take() {
                delete(&way.arriving, &arrived).await;
            }
            Ok(self)
        };
        tokio::spawn(sending.in_current_span()).await.map_err(|_| internal("a file could not be sent"))?
    }

    /// Gives the file to its ticket; it is still guarded. In a bucket it is there already. In the folder its age counts from now
    /// on: it may have waited long for the rest of its form, and what is old and has no row is swept away. A task of its own does
    /// it: who goes away meanwhile must not leave a file that is moved and guarded where it was.
    pub(crate) async fn given_to(mut self, ticket: TicketId, stored_name: &str) -> Result<Self> {
        if self.way.shelf.is_bucket() {
            return if self.kept.is_some() { Ok(self) } else { Err(internal("a file was not sent")) };
        }
        let place = self.way.shelf.place(ticket, stored_name);
        let moving = tokio::spawn(async move {
            let file = self.way.root.join(self.path()?.to_string());
            let touched = tokio::task::spawn_blocking(move || touch(&file));
            let slot = &self.way.health.files;
            touched.await.map_err(|_| internal("a file could not be moved"))?.or_fault(slot)?;
            self.way.shelf.store.rename(self.path()?, &place).await.or_fault(slot)?;
            self.arrived = None;
            self.kept = Some(place);
            Ok(self)
        });
        moving.await.map_err(|_| internal("a file could not be moved"))?
    }

    /// The file stays, whatever happens to this process.
    pub(crate) fn release(mut self) -> Option<Released> {
        self.kept.take().map(|path| Released { shelf: self.way.shelf.clone(), path })
    }

    /// Deletes the file now.
    pub(crate) async fn discard(mut self) {
        forget(&self.way, self.arrived.take(), self.kept.take()).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (arrived, kept) = (self.arrived.take(), self.kept.take());
        if let (true, Ok(runtime)) = (arrived.is_some() || kept.is_some(), tokio::runtime::Handle::try_current()) {
            let way = Arc::clone(&self.way);
            runtime.spawn(async move { forget(&way, arrived, kept).await });
        }
    }
}

/// A file that nobody guards any more.
pub(crate) struct Released {
    shelf: Shelf,
    path: Path,
}

impl Released {
    /// Deletes it after all.
    pub(crate) async fn delete(self) {
        forget_kept(self.shelf, self.path).await;
    }
}

async fn forget(way: &Way, arrived: Option<Path>, kept: Option<Path>) {
    if let Some(path) = arrived {
        delete(&way.arriving, &path).await;
    }
    if let Some(path) = kept {
        forget_kept(way.shelf.clone(), path).await;
    }
}

/// Nobody waits for a bucket, which may be asked while others wait for the database; one that does not answer is asked again for
/// some minutes.
async fn forget_kept(shelf: Shelf, path: Path) {
    if !shelf.is_bucket() {
        delete(&shelf.store, &path).await;
        return;
    }
    tokio::spawn(async move {
        for seconds in AGAIN {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            if delete(&shelf.store, &path).await {
                return;
            }
        }
    });
}

/// Whether it is gone.
async fn delete(store: &Arc<dyn ObjectStore>, path: &Path) -> bool {
    match store.delete(path).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => true,
        Err(cause) => {
            tracing::warn!(%cause, "an incoming file could not be deleted; it is swept away later");
            false
        }
    }
}
