//! When a backup is due, and when it is late.

use domain::Timestamp;

use super::book::Book;
use crate::{
    DeskConfig,
    store::notes::{self, BackupNote},
};

/// Seconds after which the desk tries again when a backup failed.
const AGAIN: i64 = 3600;

/// Whether it is time to make one.
///
/// `unsaved` is when one failed last that could not be written down, as on a full disk.
pub(super) fn is_due(config: &DeskConfig, book: &Book, unsaved: Option<Timestamp>, now: Timestamp) -> bool {
    let tried = book.tried_at.max(unsaved).filter(|_| config.backup_every > 0);
    let Some(tried) = tried else { return config.backup_every > 0 };
    let wait =
        if book.not_made.is_some() || unsaved.is_some() { config.backup_every.min(AGAIN) } else { config.backup_every };
    // A clock that was put back may be late by years.
    now >= tried.plus_seconds(wait) || tried > now
}

/// Whether the last backup is older than it may be while they are made by themselves.
pub(super) fn is_late(config: &DeskConfig, last: Option<&BackupNote>) -> bool {
    let limit = config.clock.now().plus_seconds(-late_after(config));
    config.backup_every > 0 && last.is_some_and(|last| last.at < limit)
}

/// One is late after so many seconds.
fn late_after(config: &DeskConfig) -> i64 {
    2 * config.backup_every.max(AGAIN)
}

/// What whoever runs the desk should know of its backups, a check and a sentence each. `since` is when the desk was first used, in
/// microseconds, 0 for not yet; without a schedule a backup may be so many days old, and one that was verified twice as many.
pub(crate) fn warnings(config: &DeskConfig, days: i64, since: i64) -> Vec<(&'static str, String)> {
    const DAY: i64 = 24 * 3600;
    let now = config.clock.now();
    let is_before = |at: i64, seconds: i64| at > 0 && at < now.plus_seconds(-seconds).as_micros();
    let (last, verified): (Option<BackupNote>, Option<BackupNote>) =
        (notes::read(&config.data_dir, notes::LAST_BACKUP), notes::read(&config.data_dir, notes::LAST_VERIFIED));
    let book = Book::read(config);
    let (limit, advice) = match config.backup_every {
        0 => (days * DAY, "make one with pindesk backup, or let the desk do it (PINDESK_BACKUP_EVERY)"),
        _ => (late_after(config), "the desk makes them while it runs; its log says what stands in the way"),
    };
    let mut found = Vec::new();
    match &last {
        Some(last) if is_before(last.at.as_micros(), limit) => {
            found.push(("backup", format!("the last backup is of {}: {advice}", last.at.to_second())));
        }
        None if is_before(since, limit) => found.push(("backup", format!("there is no backup: {advice}"))),
        _ => {}
    }
    if let Some(failure) = book.not_made {
        found.push(("backup", format!("no backup was made on {}: {}", failure.at.to_second(), failure.message)));
    }
    let limit = (2 * days + 1) * DAY;
    let advice = "restore one for a test with pindesk backup verify FILE, or on the page Backups of the admin area";
    match (&verified, &last) {
        (Some(verified), _) if is_before(verified.shows.unwrap_or(verified.at).as_micros(), limit) => {
            let of = verified.shows.unwrap_or(verified.at).to_second();
            found.push(("verified backup", format!("the last backup that was verified is of {of}: {advice}")));
        }
        (None, Some(_)) if is_before(since, limit) => {
            found.push(("verified backup", format!("no backup was ever verified: {advice}")));
        }
        _ => {}
    }
    if let Some(failure) = book.not_verified {
        let words = format!("a backup was not verified on {}: {}", failure.at.to_second(), failure.message);
        found.push(("verified backup", words));
    }
    found
}
