//! Where the bytes of attachments are: an object store, by default in the data folder.
//!
//! ```text
//! incoming/<process>/<file>           being received; the process holds a lock on incoming/<process>.lock
//! media/tickets/<ticket_id>/<file>    attached
//! trash/tickets/<ticket_id>/<file>    withdrawn or without a row; for a day
//! ```
//! A file is received whole before its row is written, and moved before the row is committed: a crash leaves at most
//! files without a row, which the next start and an hourly task sweep away, never a row without its file.

pub(crate) mod trash;

use std::{
    fs::{self, File},
    path::PathBuf,
    sync::Arc,
};

use domain::{Error, Result, TicketId, Timestamp};
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path};

use crate::{
    DeskConfig, OpenError,
    config::Clock,
    store::{
        fault::{self, OrFault, internal},
        health::Health,
        random::random_hex,
    },
};

/// The folder of all tickets.
const TICKETS: &str = "media/tickets";
/// Seconds after which a file without a row cannot belong to a request under way any more.
const ABANDONED_AFTER: i64 = 3600;
/// Enough that a disk without room for a small upload is noticed.
const LOOK_BYTES: usize = 64 * 1024;

pub(crate) struct Storage {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) health: Arc<Health>,
    root: PathBuf,
    incoming: Path,
    lock_path: PathBuf,
    /// Held while the process lives; tells others that its incoming files are not abandoned.
    _lock: File,
    /// Files from before this moment belong to nobody, when no other process shares the folder.
    alone_since: Option<Timestamp>,
}

/// Where files are.
pub(crate) fn store(config: &DeskConfig) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let root = &config.data_dir;
    let store = LocalFileSystem::new_with_prefix(root)
        .map_err(|cause| fault::cannot("use the folder", root, &std::io::Error::other(cause)))?
        .with_automatic_cleanup(true)
        // What was answered is on the disk.
        .with_fsync(true);
    Ok(Arc::new(store))
}

impl Storage {
    pub(crate) fn open(config: &DeskConfig, health: &Arc<Health>) -> Result<Self, OpenError> {
        let root = &config.data_dir;
        let incoming = root.join("incoming");
        let failed = |cause: std::io::Error| fault::cannot("use the folder", root, &cause);
        fs::create_dir_all(&incoming).map_err(failed)?;
        fs::create_dir_all(root.join("media/tickets")).map_err(failed)?;
        let is_alone = sweep_incoming(&incoming).map_err(failed)?;
        let process = random_hex::<8>().map_err(|cause| failed(std::io::Error::other(cause)))?;
        let lock_path = incoming.join(format!("{process}.lock"));
        let lock = File::create(&lock_path).and_then(|file| file.lock().map(|()| file)).map_err(failed)?;
        Ok(Self {
            store: store(config)?,
            health: Arc::clone(health),
            root: root.clone(),
            incoming: Path::from("incoming").join(process),
            lock_path,
            _lock: lock,
            // By the machine's clock, as the times of files are.
            alone_since: is_alone.then(|| Clock::System.now()),
        })
    }

    /// A place for a file that is being received; what is there is deleted unless the guard is released.
    pub(crate) fn incoming(&self, stored_name: &str) -> Guard {
        Guard {
            store: Arc::clone(&self.store),
            health: Arc::clone(&self.health),
            root: self.root.clone(),
            path: Some(self.incoming.clone().join(stored_name)),
        }
    }

    /// Whether files can be written: writes one, and deletes it.
    pub(crate) async fn look(&self) -> Result<()> {
        let slot = &self.health.files;
        let guard = self.incoming(&format!("look-{}", random_hex::<8>()?));
        let place = guard.path()?.clone();
        self.store.put(&place, vec![b'.'; LOOK_BYTES].into()).await.or_fault(slot)?;
        guard.discard().await;
        slot.works();
        Ok(())
    }

    /// The tickets that have files, whether they still exist or not.
    pub(crate) async fn tickets(&self) -> Result<Vec<TicketId>> {
        let listed = self.store.list_with_delimiter(Some(&Path::from(TICKETS))).await.or_fault(&self.health.files)?;
        let mut tickets: Vec<TicketId> = listed
            .common_prefixes
            .iter()
            .filter_map(|folder| folder.parts().next_back()?.as_ref().parse().ok())
            .collect();
        tickets.sort_unstable();
        Ok(tickets)
    }

    /// The files of a ticket that no request under way can be about to attach.
    pub(crate) async fn settled_files(&self, ticket: TicketId) -> Result<Vec<Path>> {
        let before = settled_before(self.alone_since, Clock::System.now());
        let listed: Result<Vec<_>, _> = self.store.list(Some(&folder(ticket))).try_collect().await;
        let listed = listed.or_fault(&self.health.files)?;
        Ok(listed
            .into_iter()
            .filter(|file| file.last_modified.timestamp_micros() < before.as_micros())
            .map(|file| file.location)
            .collect())
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        // Only tidiness: an unlocked lock file is swept by the next start as well.
        let _ = fs::remove_file(&self.lock_path);
    }
}

fn folder(ticket: TicketId) -> Path {
    Path::from(TICKETS).join(ticket.to_string())
}

/// What is older than this no request under way can be about to attach: an hour, or the start of a process that was alone
/// then. One that started by a clock that was ahead has not started yet by this one, and knows nothing.
fn settled_before(alone_since: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let hour_ago = now.plus_seconds(-ABANDONED_AFTER);
    alone_since.filter(|since| *since <= now).map_or(hour_ago, |since| since.max(hour_ago))
}

/// A file's age counts from now on.
#[expect(clippy::disallowed_methods, reason = "the disk has a clock of its own, by which the sweep goes")]
fn touch(file: &std::path::Path) -> std::io::Result<()> {
    File::options().append(true).open(file)?.set_modified(std::time::SystemTime::now())
}

/// Where an attachment is.
pub(crate) fn place(ticket: TicketId, stored_name: &str) -> Path {
    folder(ticket).join(stored_name)
}

/// Clears away the incoming files of processes that are gone. Says whether no other process is there.
fn sweep_incoming(incoming: &std::path::Path) -> std::io::Result<bool> {
    let mut is_alone = true;
    for entry in fs::read_dir(incoming)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "lock") {
            match File::open(&path).map(|file| file.try_lock().is_ok()) {
                Ok(false) => is_alone = false,
                // Released, or removed just now.
                _ => {
                    let _ = fs::remove_dir_all(path.with_extension(""));
                    let _ = fs::remove_file(&path);
                }
            }
        } else if !path.with_extension("lock").exists() {
            let _ = fs::remove_dir_all(&path);
        }
    }
    Ok(is_alone)
}

/// A file that is deleted when the guard is dropped, unless it was released: so that a refused, failed or broken-off
/// request leaves nothing behind.
pub(crate) struct Guard {
    store: Arc<dyn ObjectStore>,
    health: Arc<Health>,
    root: PathBuf,
    path: Option<Path>,
}

impl Guard {
    /// Where the file is.
    pub(crate) fn path(&self) -> Result<&Path> {
        self.path.as_ref().ok_or(Error::Internal)
    }

    /// Moves the file to its ticket; it is still guarded. Its age counts from now on: it may have waited long for the
    /// rest of its form, and what is old and has no row is swept away. A task of its own does it: who goes away meanwhile
    /// must not leave a file that is moved and guarded where it was.
    pub(crate) async fn moved_to(mut self, place: Path) -> Result<Self> {
        let moving = tokio::spawn(async move {
            let file = self.root.join(self.path()?.to_string());
            let touched = tokio::task::spawn_blocking(move || touch(&file));
            let slot = &self.health.files;
            touched.await.map_err(|_| internal("a file could not be moved"))?.or_fault(slot)?;
            self.store.rename(self.path()?, &place).await.or_fault(slot)?;
            self.path = Some(place);
            Ok(self)
        });
        moving.await.map_err(|_| internal("a file could not be moved"))?
    }

    /// The file stays, whatever happens to this process.
    pub(crate) fn release(mut self) -> Option<Released> {
        self.path.take().map(|path| Released { store: Arc::clone(&self.store), path })
    }

    /// Deletes the file now.
    pub(crate) async fn discard(mut self) {
        if let Some(path) = self.path.take() {
            delete(&self.store, &path).await;
        }
    }
}

/// A file that nobody guards any more.
pub(crate) struct Released {
    store: Arc<dyn ObjectStore>,
    path: Path,
}

impl Released {
    /// Deletes it after all.
    pub(crate) async fn delete(self) {
        delete(&self.store, &self.path).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let (Some(path), Ok(runtime)) = (self.path.take(), tokio::runtime::Handle::try_current()) {
            let store = Arc::clone(&self.store);
            runtime.spawn(async move { delete(&store, &path).await });
        }
    }
}

async fn delete(store: &Arc<dyn ObjectStore>, path: &Path) {
    match store.delete(path).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
        Err(cause) => tracing::warn!(%cause, "an incoming file could not be deleted; it is swept away later"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_settled_is_older_than_an_hour_or_than_a_lonely_start() {
        let now = Timestamp::from_micros(1_000_000_000_000);
        let before = |alone_since: Option<i64>| {
            settled_before(alone_since.map(|seconds| now.plus_seconds(seconds)), now).seconds_since(now)
        };
        assert_eq!(before(None), -3600);
        assert_eq!(before(Some(-60)), -60);
        assert_eq!(before(Some(-86_400)), -3600);
        // The clock was set back since: a file that arrives now is not from before the start.
        assert_eq!(before(Some(86_400)), -3600);
    }
}
