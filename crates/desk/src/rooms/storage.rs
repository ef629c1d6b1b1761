//! Brings a desk's files from where they are to elsewhere: from the folder into a bucket, back, or from one bucket into another.
//!
//! Safe beside a running desk: nothing is deleted, and what arrives meanwhile is brought by the next run. Only a run beside which
//! nobody had the desk open is complete.

use futures::{StreamExt as _, TryStreamExt as _};
use object_store::ObjectStoreExt as _;

use crate::{
    Bucket, DeskConfig, OpenError,
    store::{
        db::snapshot::{NamedFile, Snapshot, require_desk},
        fault::cannot,
        files::{carry::carry, mark, shelf::Shelf},
        keys::Keys,
        lock::FolderLock,
        notes::{self, Moved},
        private,
    },
};

/// Files that are brought at once.
const AT_ONCE: usize = 4;
/// Files after which it is told how far it has come.
const TELL_EVERY: u64 = 100;

/// What was brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilesMoved {
    /// Where they were and where they are now, for people.
    pub from: String,
    /// The same.
    pub to: String,
    /// Files that were brought.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were there already, whole.
    pub were_there: u64,
    /// Files that rows name and that are at neither end.
    pub missing: Vec<String>,
    /// Files that are not what was received; they were brought as they are.
    pub wrong: Vec<String>,
    /// Nobody had the desk open: all of it is there, and the desk can be started with the files there.
    pub is_complete: bool,
}

/// What became of one file.
enum Outcome {
    Brought { size: u64, is_right: bool },
    WasThere,
    Missing,
}

/// A place for people.
fn shown(bucket: Option<&Bucket>) -> String {
    bucket.map_or_else(|| "the data folder".to_owned(), ToString::to_string)
}

/// Brings the files to `to`, the data folder when none. `progress` is told from time to time.
pub(crate) async fn move_files(
    config: &DeskConfig,
    to: Option<Bucket>,
    mut progress: impl FnMut(&FilesMoved),
) -> Result<FilesMoved, OpenError> {
    require_desk(config)?;
    private::prepare(config)?;
    let mut moved =
        FilesMoved { from: shown(config.storage.as_ref()), to: shown(to.as_ref()), ..FilesMoved::default() };
    let is_same = |one: &Bucket, other: &Bucket| one.to_string() == other.to_string();
    if match (&config.storage, &to) {
        (None, None) => true,
        (Some(one), Some(other)) => is_same(one, other),
        _ => false,
    } {
        return Err(OpenError(format!("the files are in {} by the settings: name another place", moved.to)));
    }
    if let (None, Some(bucket)) = (&config.storage, mark::noted(config)) {
        return Err(OpenError(format!(
            "the files of this desk are in {bucket}: set PINDESK_STORAGE_URL={bucket}, and move them from there"
        )));
    }
    let keys = Keys::load(config, true)?;
    let target = DeskConfig { storage: to, ..config.clone() };
    let (from, into) =
        (Shelf::open(config, &std::sync::Arc::default())?, Shelf::open(&target, &std::sync::Arc::default())?);
    if from.is_bucket() {
        mark::require_own(&from, &moved.from, &keys).await?;
    }
    if into.is_bucket() {
        mark::require_free(&into, &moved.to, Some(&keys)).await?;
    }
    // As long as this lasts nobody opens the desk.
    let alone = FolderLock::alone(&config.data_dir);
    let _shared = if alone.is_ok() { None } else { Some(FolderLock::shared(&config.data_dir)?) };
    let gate = Snapshot::begin(config).await?;
    let is_alone = alone.is_ok() && gate.is_alone().await?;
    // Begun when nobody writes any more, if that is so.
    let snapshot = Snapshot::begin(config).await?;
    let brought = bring(&snapshot, &from, &into, &mut moved, &mut progress).await;
    if let (Ok(()), true) = (&brought, is_alone) {
        if into.is_bucket() {
            mark::leave(&into, &moved.to, &keys).await?;
        }
        mark::note(config, target.storage.as_ref().map(ToString::to_string).as_deref())?;
        if from.is_bucket() {
            mark::take_off(&from, &moved.from).await?;
        }
        moved.is_complete = true;
        // The next start writes it into the ledger.
        let (from, to, files) = (moved.from.clone(), moved.to.clone(), moved.files + moved.were_there);
        let note = Moved { from, to, files, at: config.clock.now() };
        let path = config.data_dir.join(notes::MOVED);
        notes::write(&config.data_dir, notes::MOVED, &note).map_err(|cause| cannot("write", &path, &cause))?;
    }
    snapshot.end().await;
    gate.end().await;
    brought.map(|()| moved)
}

async fn bring(
    snapshot: &Snapshot,
    from: &Shelf,
    into: &Shelf,
    moved: &mut FilesMoved,
    progress: &mut impl FnMut(&FilesMoved),
) -> Result<(), OpenError> {
    for shape in snapshot.tables().await? {
        let Some(read) = NamedFile::reader(&shape.table) else { continue };
        let rows = snapshot.rows(&shape).await?;
        let files = rows.map(|row| row.and_then(|row| read(&row)));
        let files = files.map_ok(|file| async move { Ok((file.clone(), bring_one(&file, from, into).await?)) });
        let mut files = std::pin::pin!(files.try_buffer_unordered(AT_ONCE));
        while let Some((file, outcome)) = files.next().await.transpose()? {
            let name = || from.place(file.ticket, &file.stored_name).to_string();
            match outcome {
                Outcome::WasThere => moved.were_there += 1,
                Outcome::Missing => moved.missing.push(name()),
                Outcome::Brought { size, is_right } => {
                    moved.files += 1;
                    moved.bytes += size;
                    if !is_right {
                        moved.wrong.push(name());
                    }
                }
            }
            if (moved.files + moved.were_there).is_multiple_of(TELL_EVERY) {
                progress(moved);
            }
        }
    }
    Ok(())
}

async fn bring_one(file: &NamedFile, from: &Shelf, into: &Shelf) -> Result<Outcome, OpenError> {
    let (path, place) = (from.place(file.ticket, &file.stored_name), into.place(file.ticket, &file.stored_name));
    let cannot = |cause: &dyn std::fmt::Display| {
        OpenError(format!("the file {path} could not be brought: {cause}. Run it again to go on"))
    };
    match into.store.head(&place).await {
        // Both ends write a file whole or not at all.
        Ok(there) if there.size == file.size.unsigned_abs() => return Ok(Outcome::WasThere),
        Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
        Err(cause) => return Err(cannot(&cause)),
    }
    match from.store.head(&path).await {
        Err(object_store::Error::NotFound { .. }) => return Ok(Outcome::Missing),
        other => other.map_err(|cause| cannot(&cause))?,
    };
    let (size, hash) = carry(&*from.store, &path, &into.store, &place).await.map_err(|cause| cannot(&cause))?;
    let there = into.store.head(&place).await.map_err(|cause| cannot(&cause))?;
    if there.size != size {
        return Err(cannot(&"it has another size there"));
    }
    let hash = data_encoding::HEXLOWER.encode(&hash);
    let is_right = size == file.size.unsigned_abs() && file.sha256.as_ref().is_none_or(|known| *known == hash);
    Ok(Outcome::Brought { size, is_right })
}
