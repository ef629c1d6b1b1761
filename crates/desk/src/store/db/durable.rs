//! What SQLite committed gets onto the disk: one sync for all who wait.
//!
//! With `synchronous=FULL` the one writer itself waits for the disk in each commit, and everybody who wants to write waits for the
//! writer. Here it only writes its log (`NORMAL`: whole and in order after a crash, but the last moments may be missing after a
//! power cut), and whoever committed waits for a sync of the log that began afterwards, beside the next one who writes. What is
//! confirmed is on the disk all the same; what is not may be read for some milliseconds before it is.

#[cfg(test)]
mod tests;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex as SyncMutex;
use rusqlite::Connection;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};
use tokio::sync::Mutex;

use crate::store::{
    fault::{self, Trouble},
    health::Slot,
};

/// Copies the log into the file and syncs both; the first column is 0 when all of it was.
const INTO_THE_FILE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// The log of a database.
pub(super) struct Durable {
    sync: Arc<dyn Fn() -> io::Result<()> + Send + Sync>,
    /// How many commits are in the log.
    written: AtomicU64,
    synced: Mutex<Synced>,
}

/// Its file. Kept open, because of a fault that SQLite's own look at the file was told, one that is opened afterwards is not told.
struct Log {
    path: PathBuf,
    open: SyncMutex<Option<fs::File>>,
}

impl Log {
    fn sync(&self) -> io::Result<()> {
        let mut open = self.open.lock();
        // It is another file after all connections were closed once. Only the database itself must never be opened and
        // closed like this: that would take away the process's locks on it.
        let file = match open.take() {
            Some(file) if is_same(&file, &self.path)? => file,
            _ => fs::File::open(&self.path)?,
        };
        file.sync_data()?;
        *open = Some(file);
        Ok(())
    }
}

/// Whether an open file is the one that is at a path now.
#[cfg(unix)]
fn is_same(file: &fs::File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (open, now) = (file.metadata()?, fs::metadata(path)?);
    Ok((open.dev(), open.ino()) == (now.dev(), now.ino()))
}

#[cfg(not(unix))]
fn is_same(_: &fs::File, _: &Path) -> io::Result<bool> {
    Ok(false)
}

struct Synced {
    /// So many of them are on the disk.
    commits: u64,
    /// A sync failed. The system may have given up pages that it could not write and say of the next sync that it went well,
    /// so the log is trusted again only when all of it was copied.
    is_doubtful: bool,
}

impl Durable {
    /// Of the database in `file`, if it can have a log; where it cannot (some network file systems), the writer must sync.
    pub(super) fn of(file: &Path) -> Option<Self> {
        // An absolute path is never taken for an address (`file:…`).
        let file = &std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let mode = || -> rusqlite::Result<String> {
            Connection::open(file)?.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        };
        match mode() {
            Ok(mode) if mode == "wal" => {}
            Ok(mode) => {
                tracing::warn!(mode, "the file system of the database cannot hold its log, so writing is slower");
                return None;
            }
            // The connections that follow say what is the matter.
            Err(_) => return None,
        }
        // It is beside the file itself, not beside a link to it.
        let mut log = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()).into_os_string();
        log.push("-wal");
        let log = Log { path: PathBuf::from(log), open: SyncMutex::default() };
        Some(Self::new(move || log.sync()))
    }

    fn new(sync: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Self {
        let synced = Synced { commits: 0, is_doubtful: false };
        Self { sync: Arc::new(sync), written: AtomicU64::new(0), synced: Mutex::new(synced) }
    }

    /// Waits until what was committed before the call is on the disk. What stood in the way is noted in `slot`.
    ///
    /// # Errors
    /// It may not be: neither the log could be synced nor the database. It is there for who reads, unless the power fails.
    pub(super) async fn wait(&self, writer: &DatabaseConnection, slot: &Slot) -> Result<(), DbErr> {
        let this = self.written.fetch_add(1, Ordering::SeqCst) + 1;
        let mut synced = self.synced.lock().await;
        if synced.commits >= this {
            return Ok(());
        }
        // Whoever comes from here on waits for the next one.
        let written = self.written.load(Ordering::SeqCst);
        // Also when it is broken off.
        let is_doubtful = std::mem::replace(&mut synced.is_doubtful, true);
        if is_doubtful || !self.sync(slot).await {
            into_the_file(writer).await?;
        }
        *synced = Synced { commits: written, is_doubtful: false };
        Ok(())
    }

    async fn sync(&self, slot: &Slot) -> bool {
        let sync = Arc::clone(&self.sync);
        let answer = tokio::task::spawn_blocking(move || sync()).await;
        match answer.unwrap_or_else(|cause| Err(io::Error::other(cause))) {
            Ok(()) => true,
            Err(cause) => {
                tracing::error!(%cause, "the database's log could not be synced; the whole log is copied instead");
                if let Some(trouble) = Trouble::of_io(&cause) {
                    slot.fails(trouble);
                }
                false
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "it changes nothing, so it runs outside a transaction")]
async fn into_the_file(writer: &DatabaseConnection) -> Result<(), DbErr> {
    let statement = Statement::from_string(writer.get_database_backend(), INTO_THE_FILE);
    let busy: Option<i32> = match writer.query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => None,
    };
    match busy {
        Some(0) => Ok(()),
        // Somebody reads it.
        _ => Err(fault::late()),
    }
}
