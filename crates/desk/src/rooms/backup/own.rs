//! Backups that the desk makes by itself and that admins ask for on their page.
//!
//! Each is read back as it is made. Once a week one is restored for a test, too: that needs the time and room of the whole desk, and what
//! it would find (a backup that cannot be restored by this version) does not change from day to day.

use std::{fs, sync::Arc};

use domain::{Actor, Error, LedgerData, Result, Timestamp};
use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, local::LocalFileSystem, path::Path as StorePath};
use tracing::Instrument as _;

pub use super::book::{BackupFailure, BackupOrigin};
use super::{
    book::{self, Book, Entry, OpenBook},
    late::{is_due, is_late},
    place,
    work::{forget_old, make, not_verified, require_room, verify},
};
use crate::{
    DeskConfig, FileContent, OpenError,
    rooms::{Inner, SECURITY, scratch},
    store::notes::{self, BackupNote},
    trail::ledger::NewEntry,
};

/// Seconds after which one is restored for a test again; less than a week, so that a weekly one is there within it.
const TEST_EVERY: i64 = 6 * 24 * 3600;
/// Seconds that a backup from before an upgrade is kept.
const KEEP_UPGRADE: i64 = 7 * 24 * 3600;
/// Files that the page lists.
const LISTED: usize = 200;

/// Backups.
pub struct Backups<'a>(pub(crate) &'a Arc<Inner>);

/// What there is of backups. Times are in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupState {
    /// How often one is made by itself; 0 for never.
    pub every: i64,
    /// How many of those are kept.
    pub keep: u32,
    /// Their folder.
    pub folder: String,
    /// Whether one is being made or verified now.
    pub is_busy: bool,
    /// The last that was made, by whom ever.
    pub last: Option<BackupNote>,
    /// The last that was verified.
    pub verified: Option<BackupNote>,
    /// Why none was made the last time.
    pub not_made: Option<BackupFailure>,
    /// Why none was verified the last time.
    pub not_verified: Option<BackupFailure>,
    /// Whether it is too long ago.
    pub is_late: bool,
    /// The backups in the folder, newest first.
    pub files: Vec<BackupFile>,
}

/// A backup in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The moment that it shows, or when the file was written.
    pub at: Timestamp,
    /// Why the desk made it; none when the desk did not.
    pub origin: Option<BackupOrigin>,
    /// When it was verified.
    pub verified_at: Option<Timestamp>,
    /// It was found not to be whole.
    pub is_bad: bool,
}

impl Backups<'_> {
    /// What there is of backups. Admins, in person.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub fn state(&self, actor: &Actor) -> Result<BackupState> {
        require(actor)?;
        let config = &self.0.config;
        let book = Book::read(config);
        let verified: Option<BackupNote> = notes::read(&config.data_dir, notes::LAST_VERIFIED);
        let mut files = list(config, &book);
        if let Some(verified) = &verified
            && let Some(file) = files.iter_mut().find(|file| file.name == verified.name && file.size == verified.size)
        {
            file.verified_at = file.verified_at.max(Some(verified.at));
        }
        let last: Option<BackupNote> = notes::read(&config.data_dir, notes::LAST_BACKUP);
        // On a full disk it could not be written down.
        let unsaved = self.0.not_made.lock().clone();
        let unsaved = unsaved.filter(|failure| last.as_ref().is_none_or(|last| last.at < failure.at));
        let not_made = book.not_made.or(unsaved);
        Ok(BackupState {
            every: config.backup_every,
            keep: config.backup_keep,
            folder: config.backup_folder().display().to_string(),
            is_busy: book::is_busy(config),
            is_late: is_late(config, last.as_ref()),
            last,
            verified,
            not_made,
            not_verified: book.not_verified,
            files,
        })
    }

    /// Begins to make one, and does not wait for it. Admins, in person.
    ///
    /// # Errors
    /// [`Error::Conflict`] while one is being made or verified; [`Error::Forbidden`].
    pub async fn make_soon(&self, actor: &Actor) -> Result<()> {
        require(actor)?;
        let open = self.take().await?;
        self.note(actor, LedgerData::BackupAsked).await;
        told(actor, "backup_asked", "a backup was asked for", None);
        let desk = Arc::clone(self.0);
        let make = async move {
            let mut open = open;
            make(&desk, &mut open, BackupOrigin::Asked).await;
        };
        tokio::spawn(make.in_current_span());
        Ok(())
    }

    /// Begins to verify one of the folder by restoring it for a test, and does not wait for it. Admins, in person.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while one is being made or verified; [`Error::Forbidden`].
    pub async fn verify_soon(&self, actor: &Actor, name: &str) -> Result<()> {
        require(actor)?;
        let file = self.find(name)?;
        let open = self.take().await?;
        self.note(actor, LedgerData::BackupVerified { name: name.to_owned() }).await;
        told(actor, "backup_verified", "a backup is to be verified", Some(name));
        let desk = Arc::clone(self.0);
        let verify = async move {
            let mut open = open;
            verify(&desk, &mut open, &desk.config.backup_folder().join(file.name)).await;
        };
        tokio::spawn(verify.in_current_span());
        Ok(())
    }

    /// The bytes of one of the folder, and how many they are. It holds all that the desk holds: who takes it is in the log. Admins,
    /// in person.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Unavailable`] when it cannot be read.
    pub async fn read(&self, actor: &Actor, name: &str) -> Result<(u64, FileContent)> {
        require(actor)?;
        let file = self.find(name)?;
        let folder = self.0.config.backup_folder();
        let cannot = |cause: object_store::Error| match cause {
            object_store::Error::NotFound { .. } => Error::NotFound,
            cause => {
                tracing::warn!(%cause, file = name, "a backup cannot be read");
                Error::Unavailable
            }
        };
        let store = LocalFileSystem::new_with_prefix(folder).map_err(cannot)?;
        let found = store.get(&StorePath::from(file.name.as_str())).await.map_err(cannot)?;
        self.note(actor, LedgerData::BackupTaken { name: name.to_owned() }).await;
        told(actor, "backup_downloaded", "a backup was downloaded", Some(name));
        let size = found.meta.size;
        Ok((size, Box::pin(found.into_stream().map_err(std::io::Error::other))))
    }

    /// Notes what is done in the ledger. Where nothing can be written it is done all the same, as a backup is what somebody may
    /// need then; the log has it.
    async fn note(&self, actor: &Actor, data: LedgerData) {
        let noted = async {
            let tx = self.0.db.begin().await?;
            NewEntry::of_desk(data).session(actor.session.as_ref()).note(&tx, actor, self.0.now());
            tx.commit().await
        };
        if noted.await.is_err() {
            tracing::warn!(by = actor.username, "what was done with a backup could not be written into the ledger");
        }
    }

    fn find(&self, name: &str) -> Result<BackupFile> {
        let files = list(&self.0.config, &Book::read(&self.0.config));
        files.into_iter().find(|file| file.name == name).ok_or(Error::NotFound)
    }

    async fn take(&self) -> Result<OpenBook> {
        let taken = OpenBook::take(&self.0.config).await.map_err(|OpenError(message)| Error::Trouble { message })?;
        let busy =
            || Error::Conflict { message: "A backup is being made or verified now. Wait until it is done.".into() };
        taken.ok_or_else(busy)
    }

    /// Makes one if it is time, deletes those that are too many, and removes what broke off. Call it every minute; of several processes
    /// one does it. What fails is in the log and on the page.
    pub async fn round(&self) {
        let desk = self.0;
        let unsaved = desk.not_made.lock().as_ref().map(|failure| failure.at);
        let is_due = |book: &Book| is_due(&desk.config, book, unsaved, desk.now());
        if !is_due(&Book::read(&desk.config)) {
            return;
        }
        // Somebody else is at it, and has done it the next time.
        let Ok(Some(mut open)) = OpenBook::take(&desk.config).await else { return };
        if !is_due(&open.book) {
            return;
        }
        let Some(made) = make(desk, &mut open, BackupOrigin::Scheduled).await else { return };
        forget_old(&desk.config, &mut open.book);
        open.save();
        let verified: Option<BackupNote> = notes::read(&desk.config.data_dir, notes::LAST_VERIFIED);
        if verified.is_none_or(|verified| desk.now() >= verified.at.plus_seconds(TEST_EVERY)) {
            match require_room(&desk.config, &made) {
                Ok(()) => verify(desk, &mut open, &made.path).await,
                Err(message) => not_verified(&mut open, desk.now(), message),
            }
        }
    }

    /// Deletes backups from before an upgrade that have been kept for long enough.
    pub(crate) async fn upkeep(&self) {
        scratch::forget_old(&self.0.config.data_dir);
        let (config, now) = (&self.0.config, self.0.now());
        let is_over =
            |entry: &Entry| entry.origin == BackupOrigin::Upgrade && entry.at < now.plus_seconds(-KEEP_UPGRADE);
        if !Book::read(config).made.iter().any(is_over) {
            return;
        }
        let Ok(Some(mut open)) = OpenBook::take(config).await else { return };
        let over: Vec<_> =
            open.book.made.iter().filter(|entry| is_over(entry)).map(|entry| entry.path.clone()).collect();
        for path in over {
            open.book.delete(&path);
        }
        open.save();
    }
}

fn require(actor: &Actor) -> Result<()> {
    actor.require_admin()?;
    actor.require_in_person()
}

fn told(actor: &Actor, event: &str, words: &str, file: Option<&str>) {
    let user = actor.id.map(|id| id.0);
    tracing::info!(target: SECURITY, event, user, username = actor.username, file, "{words}");
}

/// The backups in the folder, newest first.
fn list(config: &DeskConfig, book: &Book) -> Vec<BackupFile> {
    let mut files = Vec::new();
    for entry in fs::read_dir(config.backup_folder()).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let Ok(about) = entry.metadata() else { continue };
        // Of a link it would not be known where it leads.
        if !name.ends_with(place::END) || name.starts_with('.') || !about.is_file() || !place::is_backup(&path) {
            continue;
        }
        let own = book.made.iter().find(|own| own.path == path && own.size == about.len());
        files.push(BackupFile {
            name,
            size: about.len(),
            at: own.map_or_else(|| written(&about), |own| own.at),
            origin: own.map(|own| own.origin),
            verified_at: own.and_then(|own| own.verified_at),
            is_bad: own.is_some_and(|own| own.is_bad),
        });
    }
    files.sort_by(|one, other| (other.at, &other.name).cmp(&(one.at, &one.name)));
    files.truncate(LISTED);
    files
}

fn written(about: &fs::Metadata) -> Timestamp {
    let since = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    Timestamp::from_micros(since.and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or_default())
}
