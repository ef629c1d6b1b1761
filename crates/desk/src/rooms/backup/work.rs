//! What is done to make, verify and delete backups, while the book is open.

use std::path::Path;

use domain::{Timestamp, human_bytes};

use super::{
    BackupMade, PREFIX,
    book::{BackupFailure, BackupOrigin, Book, Entry, OpenBook},
};
use crate::{
    DeskConfig, OpenError,
    rooms::{
        Inner,
        restore::{self, verify},
    },
    store::{disk, files::Storage},
};

/// How much larger rows may be in a database than in a backup.
const UNPACKED: u64 = 15;

/// Makes one and notes what came of it.
pub(super) async fn make(desk: &Inner, open: &mut OpenBook, origin: BackupOrigin) -> Option<BackupMade> {
    let made = super::make(&desk.config, &desk.storage, None, PREFIX).await;
    let failure =
        made.as_ref().err().map(|OpenError(message)| BackupFailure { at: desk.now(), message: message.clone() });
    *desk.not_made.lock() = failure;
    note_made(open, origin, desk.now(), made).ok()
}

fn note_made(
    open: &mut OpenBook,
    origin: BackupOrigin,
    at: Timestamp,
    made: Result<BackupMade, OpenError>,
) -> Result<BackupMade, OpenError> {
    if origin == BackupOrigin::Scheduled {
        open.book.tried_at = Some(at);
    }
    match &made {
        Ok(made) => {
            for warning in &made.warnings {
                tracing::warn!("in a backup: {warning}");
            }
            open.book.not_made = None;
            let (path, size, at) = (made.path.clone(), made.size, made.at);
            open.book.made.push(Entry { path, size, at, origin, verified_at: None, is_bad: false });
        }
        Err(OpenError(message)) => {
            tracing::error!("no backup was made: {message}");
            open.book.not_made = Some(BackupFailure { at, message: message.clone() });
        }
    }
    open.save();
    made
}

/// Deletes those beyond the number that is kept; what is not whole counts for nothing. The last that was verified stays.
pub(super) fn forget_old(config: &DeskConfig, book: &mut Book) {
    let folder = config.backup_folder();
    let mut own: Vec<_> = book
        .made
        .iter()
        .filter(|entry| entry.origin == BackupOrigin::Scheduled && entry.path.parent() == Some(&folder))
        .map(|entry| (entry.at, entry.is_bad, entry.path.clone()))
        .collect();
    own.sort();
    let verified = book.made.iter().filter(|entry| !entry.is_bad && entry.verified_at.is_some());
    let verified = verified.max_by_key(|entry| entry.at).map(|entry| entry.path.clone());
    let mut good = 0;
    for (_, is_bad, path) in own.into_iter().rev() {
        good += u32::from(!is_bad);
        if (good > config.backup_keep || (is_bad && good > 0)) && verified.as_ref() != Some(&path) {
            book.delete(&path);
        }
    }
}

/// Whether there is room to restore it for a test.
pub(super) fn require_room(config: &DeskConfig, made: &BackupMade) -> Result<(), String> {
    let needed = made.file_bytes + made.size.saturating_sub(made.file_bytes) * UNPACKED;
    match disk::below(&config.data_dir) {
        Some(disk) if disk.free < needed => Err(format!(
            "there is no room to restore it for a test: that takes up to {}, and {} are free",
            human_bytes(needed),
            human_bytes(disk.free)
        )),
        _ => Ok(()),
    }
}

/// Restores one for a test and notes what came of it.
pub(super) async fn verify(desk: &Inner, open: &mut OpenBook, path: &Path) {
    // It opens a desk, which holds what this future would hold.
    let verified = Box::pin(verify::verify(&desk.config, path)).await;
    let at = desk.now();
    let entry = open.book.made.iter_mut().find(|entry| entry.path == path);
    match verified {
        Ok(_) => {
            if let Some(entry) = entry {
                entry.verified_at = Some(at);
            }
            open.book.not_verified = None;
            open.save();
            tracing::info!(file = %path.display(), "a backup was verified");
        }
        Err(OpenError(message)) => {
            // The place to restore into may be what was not right.
            let is_bad = restore::open(path).await.is_err();
            if let Some(entry) = entry {
                entry.is_bad = is_bad;
            }
            not_verified(open, at, message);
        }
    }
}

pub(super) fn not_verified(open: &mut OpenBook, at: Timestamp, message: String) {
    tracing::error!("a backup was not verified: {message}");
    open.book.not_verified = Some(BackupFailure { at, message });
    open.save();
}

/// Makes one before a database is brought to a newer version, and notes it.
pub(crate) async fn before_upgrade(
    config: &DeskConfig,
    storage: &Storage,
    open: &mut OpenBook,
) -> Result<(), OpenError> {
    let prefix = format!("pre-{}-", env!("CARGO_PKG_VERSION"));
    let made = super::make(config, storage, None, &prefix).await;
    note_made(open, BackupOrigin::Upgrade, config.clock.now(), made).map(drop)
}
