//! Where the bytes of attachments are: an object store, in the data folder or in a bucket.
//!
//! ```text
//! incoming/<process>/<file>           being received, always in the folder; the process holds a lock on incoming/<process>.lock
//! media/tickets/<ticket_id>/<file>    attached; in a bucket media/<file>
//! trash/tickets/<ticket_id>/<file>    withdrawn or without a row, for a day; in a bucket trash/<file>
//! ```
//! A file is received whole before its row is written, and is where it is kept before the row is committed: a crash leaves at
//! most files without a row, which the next start and an hourly task sweep away, never a row without its file.

pub(crate) mod carry;
pub(crate) mod guard;
pub(crate) mod mark;
pub(crate) mod shelf;
pub(crate) mod trash;

use std::{
    fs::{self, File},
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{Result, TicketId, Timestamp};
use futures::TryStreamExt;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, path::Path};
use tokio::sync::Mutex;

use self::{
    guard::{Guard, Way},
    shelf::{Shelf, TICKETS, folder},
};

use crate::{
    DeskConfig, OpenError,
    config::Clock,
    store::{
        fault::{self, OrFault},
        health::Health,
        random::random_hex,
    },
};

/// Seconds after which a file without a row cannot belong to a request under way any more.
pub(crate) const ABANDONED_AFTER: i64 = 3600;
/// The same in a bucket, whose clock is another one and which other processes use.
pub(crate) const ABANDONED_IN_BUCKET: i64 = 24 * 3600;
/// Enough that a disk without room for a small upload is noticed.
const LOOK_BYTES: usize = 64 * 1024;
/// A look at a bucket costs money, so it stands for so long while nothing fails.
const BUCKET_STANDS_FOR: Duration = Duration::from_secs(5);

pub(crate) struct Storage {
    way: Arc<Way>,
    pub(crate) health: Arc<Health>,
    /// By which what is thrown away is dated.
    clock: Clock,
    incoming: Path,
    /// This process's, in the names of what it writes.
    process: String,
    lock_path: std::path::PathBuf,
    looked_at: Mutex<Option<Instant>>,
    /// Held while the process lives; tells others that its incoming files are not abandoned.
    _lock: File,
    /// Files from before this moment belong to nobody, when no other process shares the folder.
    alone_since: Option<Timestamp>,
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
        let shelf = Shelf::open(config, health)?;
        Ok(Self {
            way: Arc::new(Way::new(shelf::local(config)?, root.clone(), shelf)),
            health: Arc::clone(health),
            clock: config.clock.clone(),
            incoming: Path::from("incoming").join(process.as_str()),
            process,
            lock_path,
            looked_at: Mutex::default(),
            _lock: lock,
            // By the machine's clock, as the times of files are.
            alone_since: is_alone.then(|| Clock::System.now()),
        })
    }

    /// Where files of tickets are kept.
    pub(crate) fn shelf(&self) -> &Shelf {
        &self.way.shelf
    }

    /// Where files arrive.
    pub(crate) fn arriving(&self) -> &Arc<dyn ObjectStore> {
        &self.way.arriving
    }

    /// A place for a file that is being received; what is there is deleted unless the guard is released.
    pub(crate) fn incoming(&self, stored_name: &str) -> Guard {
        Guard::new(&self.way, self.incoming.clone().join(stored_name))
    }

    /// Whether files can be written: writes one, and deletes it.
    pub(crate) async fn look(&self) -> Result<()> {
        let slot = &self.health.files;
        let guard = self.incoming(&format!("look-{}", random_hex::<8>()?));
        let place = guard.path()?.clone();
        self.arriving().put(&place, vec![b'.'; LOOK_BYTES].into()).await.or_fault(slot)?;
        guard.discard().await;
        slot.works();
        if self.shelf().is_bucket() { self.look_at_bucket().await } else { Ok(()) }
    }

    async fn look_at_bucket(&self) -> Result<()> {
        let mut looked_at = self.looked_at.lock().await;
        let is_fresh = looked_at.is_some_and(|at| at.elapsed() < BUCKET_STANDS_FOR);
        if !is_fresh || self.shelf().slot().trouble().is_some() {
            *looked_at = None;
            self.shelf().look(&self.process, 1).await?;
            *looked_at = Some(Instant::now());
        }
        Ok(())
    }

    /// The tickets that have folders, whether they still exist or not; a bucket has no folders.
    pub(crate) async fn tickets(&self) -> Result<Vec<TicketId>> {
        if self.shelf().is_bucket() {
            return Ok(Vec::new());
        }
        let listed = self.shelf().store.list_with_delimiter(Some(&Path::from(TICKETS))).await;
        let listed = listed.or_fault(&self.health.files)?;
        let mut tickets: Vec<TicketId> = listed
            .common_prefixes
            .iter()
            .filter_map(|folder| folder.parts().next_back()?.as_ref().parse().ok())
            .collect();
        tickets.sort_unstable();
        Ok(tickets)
    }

    /// The files of a ticket's folder that no request under way can be about to attach.
    pub(crate) async fn settled_files(&self, ticket: TicketId) -> Result<Vec<Path>> {
        self.settled(&folder(ticket), settled_before(self.alone_since, Clock::System.now())).await
    }

    /// The same of a bucket, all of them.
    pub(crate) async fn settled_in_bucket(&self) -> Result<Vec<Path>> {
        self.settled(&self.shelf().all(), Clock::System.now().plus_seconds(-ABANDONED_IN_BUCKET)).await
    }

    async fn settled(&self, below: &Path, before: Timestamp) -> Result<Vec<Path>> {
        let is_old = |file: &ObjectMeta| std::future::ready(file.last_modified.timestamp_micros() < before.as_micros());
        let listed = self.shelf().store.list(Some(below));
        let settled = listed.try_filter(is_old).map_ok(|file| file.location).try_collect().await;
        settled.or_fault(self.shelf().slot())
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        // Only tidiness: an unlocked lock file is swept by the next start as well.
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// What is older than this no request under way can be about to attach: an hour, or the start of a process that was alone
/// then. One that started by a clock that was ahead has not started yet by this one, and knows nothing.
fn settled_before(alone_since: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let hour_ago = now.plus_seconds(-ABANDONED_AFTER);
    alone_since.filter(|since| *since <= now).map_or(hour_ago, |since| since.max(hour_ago))
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
