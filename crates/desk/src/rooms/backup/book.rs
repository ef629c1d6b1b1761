//! What the desk wrote down about the backups that it made. It is what says which files are its own to delete.

use std::{fs, path::Path, path::PathBuf, time::Duration};

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    DeskConfig, OpenError,
    store::{fault, lock::BackupLock, notes},
};

/// Why the desk made a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupOrigin {
    /// It was time for one.
    Scheduled,
    /// An admin asked for it on the page.
    Asked,
    /// The database was about to be brought to a newer version.
    Upgrade,
}

/// What did not come to pass, when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupFailure {
    /// When.
    pub at: Timestamp,
    /// Why, in a sentence or two.
    pub message: String,
}

/// A backup that the desk made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) size: u64,
    /// The moment that it shows.
    pub(super) at: Timestamp,
    pub(super) origin: BackupOrigin,
    /// When it was restored for a test, and that was right.
    pub(super) verified_at: Option<Timestamp>,
    /// It was found not to be whole since.
    #[serde(default)]
    pub(super) is_bad: bool,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Book {
    pub(super) made: Vec<Entry>,
    /// When the desk tried last to make one by itself, whatever came of it.
    pub(super) tried_at: Option<Timestamp>,
    /// Why none was made the last time.
    pub(super) not_made: Option<BackupFailure>,
    /// Why one was not verified the last time.
    pub(super) not_verified: Option<BackupFailure>,
}

impl Book {
    pub(super) fn read(config: &DeskConfig) -> Self {
        notes::read(&config.data_dir, notes::BACKUPS).unwrap_or_default()
    }

    /// Deletes a backup of its own, if it still is what was made, and forgets it.
    pub(super) fn delete(&mut self, path: &Path) {
        let Some(at) = self.made.iter().position(|entry| entry.path == path) else { return };
        let is_still = path.symlink_metadata().is_ok_and(|about| about.is_file() && about.len() == self.made[at].size);
        if is_still
            && super::place::is_backup(path)
            && let Err(cause) = fs::remove_file(path)
        {
            // It is tried again the next time.
            return tracing::warn!(%cause, file = %path.display(), "an old backup could not be deleted");
        }
        if is_still {
            tracing::info!(file = %path.display(), "an old backup was deleted");
        }
        self.made.remove(at);
    }
}

/// The book, held so that nobody else makes or verifies a backup meanwhile, in this process or another one.
pub(crate) struct OpenBook {
    pub(super) book: Book,
    folder: PathBuf,
    _lock: BackupLock,
}

impl OpenBook {
    /// None while somebody else is at it.
    pub(super) async fn take(config: &DeskConfig) -> Result<Option<Self>, OpenError> {
        // Who only looks whether it is free holds it for a moment.
        for _ in 0..5 {
            if let Some(lock) = BackupLock::take(&config.data_dir)? {
                return Ok(Some(Self { book: Book::read(config), folder: config.data_dir.clone(), _lock: lock }));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(None)
    }

    /// Waits until it is free.
    pub(crate) async fn wait(config: &DeskConfig) -> Result<Self, OpenError> {
        loop {
            if let Some(open) = Self::take(config).await? {
                return Ok(open);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    pub(super) fn save(&self) {
        if let Err(cause) = notes::write(&self.folder, notes::BACKUPS, &self.book) {
            let told = fault::cannot("note in", &self.folder, &cause);
            tracing::warn!("it could not be noted which backups were made: {told}");
        }
    }
}

/// Whether somebody makes or verifies one now.
pub(super) fn is_busy(config: &DeskConfig) -> bool {
    BackupLock::take(&config.data_dir).is_ok_and(|lock| lock.is_none())
}
