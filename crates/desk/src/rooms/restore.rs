//! Puts a backup in the place of a desk. Everything is made beside it first; what is there is moved away, never deleted.

mod bucket;
mod target;
pub(crate) mod verify;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{HoldReason, LedgerData, PinRecord, Result as Done, Timestamp};
use object_store::path::Path as StorePath;
use sea_orm::{ActiveValue::Set, EntityTrait as _, QueryFilter as _};

use self::target::Target;
use crate::{
    DeskConfig, OpenError,
    rooms::{
        backup::place::{cannot_read, sync_folder},
        cards, existing, factors, pins, retention, sessions, sweep,
    },
    store::{
        archive::Archive,
        aside::aside,
        db::{Db, Tx, load, snapshot::sqlite_path},
        entities::{ApiTokens, CallerCodes, SecretMark, ShownOnce, api_tokens},
        fault::{self, OrRefuse as _},
        health::Health,
        keys::Keys,
        lock::FolderLock,
        private,
    },
    trail::ledger::NewEntry,
};

/// A desk that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The moment that it shows.
    pub at: Timestamp,
    /// The version of the program that made the backup.
    pub version: String,
    /// Tickets, and files with their bytes.
    pub tickets: u64,
    /// Files of tickets.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Files that were missing when the backup was made.
    pub missing: Vec<String>,
    /// PINs that nobody had used by then and that are void now, because somebody may have since.
    pub pins: Vec<PinRecord>,
    /// Sessions that ended.
    pub sessions: u64,
    /// Members of staff who may come in, by name: one who was deactivated since the backup may again.
    pub staff: Vec<String>,
    /// Where what was there before is now.
    pub before: Option<PathBuf>,
    /// On PostgreSQL, the schema with the tables that were there before.
    pub before_schema: Option<String>,
}

/// The note that things are being moved, which stays when that breaks off.
pub(crate) const UNDER_WAY: &str = "restore-under-way";
/// What is said of it.
pub(crate) const UNFINISHED: &str = "a restore was broken off, so the data folder is between two desks: run pindesk restore FILE \
     --replace again. What was there before is in the folders before-restore-…";

/// Whether a restore broke off while things were moved, or moves them now.
pub(crate) fn is_under_way(folder: &Path) -> bool {
    folder.join(UNDER_WAY).exists()
}

/// # Errors
/// A restore broke off while things were moved.
pub(crate) fn require_finished(folder: &Path) -> Result<(), OpenError> {
    if is_under_way(folder) { Err(OpenError(format!("{}: {UNFINISHED}", folder.display()))) } else { Ok(()) }
}

/// Reads a backup from end to end.
pub(crate) async fn open(path: &Path) -> Result<Arc<Archive>, OpenError> {
    let path = path.to_owned();
    let opened = aside(move |wanted| {
        if path.is_dir() {
            return Err(OpenError(format!("{} is a folder: name a backup's file", path.display())));
        }
        Archive::open(&path, wanted).map_err(|cause| cannot_read(&path, &cause))
    });
    let archive = opened.await.unwrap_or_else(|cause| Err(OpenError(format!("the backup cannot be read: {cause}"))))?;
    Ok(Arc::new(archive))
}

/// Restores a backup. What it does not keep: the secret, which stays or is made anew.
pub(crate) async fn restore(config: &DeskConfig, file: &Path, replace: bool) -> Result<Restored, OpenError> {
    let archive = open(file).await?;
    let steps =
        load::steps(&archive.manifest).map_err(|OpenError(why)| OpenError(format!("{}: {why}", file.display())))?;
    private::prepare(config)?;
    let _alone = FolderLock::alone(&config.data_dir)?;
    let target = Target::look(config, file, replace)?;
    let seen = target.seen(config).await;
    let stage = target.stage()?;
    let put = match &config.storage {
        Some(bucket) => bucket::put_files(config, bucket, &archive).await,
        None => put_files(&archive, stage.path()).await,
    };
    let staged = match put {
        Ok(()) => fill(config, &archive, steps, &seen, &target, replace, &stage).await,
        Err(cause) => Err(cause),
    };
    let (filled, before_schema) = staged?;
    let before = target.swap(&stage)?;
    // Whoever has none gets one, so that the desk starts; nothing that another one signed counts any more.
    let keys = Keys::load(&DeskConfig { new_secret: true, ..config.clone() }, true)?;
    bucket::settle(config, &keys).await?;
    let manifest = &archive.manifest;
    Ok(Restored {
        at: Timestamp::from_micros(manifest.at),
        version: manifest.version.clone(),
        tickets: manifest.rows("tickets"),
        files: manifest.files,
        file_bytes: manifest.file_bytes,
        missing: manifest.missing.clone(),
        pins: filled.0,
        sessions: filled.1,
        staff: filled.2,
        before,
        before_schema,
    })
}

/// Fills the database: SQLite's is a new file in the stage, PostgreSQL's is the one that there is.
async fn fill(
    config: &DeskConfig,
    archive: &Arc<Archive>,
    steps: u32,
    seen: &load::LastIds,
    target: &Target,
    replace: bool,
    stage: &target::Stage,
) -> Result<(Settled, Option<String>), OpenError> {
    let is_sqlite = sqlite_path(config)?.is_some();
    let staged = match is_sqlite {
        true => DeskConfig { data_dir: stage.database_folder(), database_url: None, ..config.clone() },
        false => config.clone(),
    };
    let db = Db::open(&staged, &Arc::<Health>::default(), Arc::new(|_| {})).await?;
    let tx = db.begin_to_load(&staged).await?;
    let tables = tx.postgres_tables().await?;
    let mut before_schema = None;
    if !tables.is_empty() {
        if !replace {
            return Err(OpenError(format!(
                "the database ({}) is not empty: it has the table {}. Restore into an empty one, or add --replace, which moves its \
                 tables into a schema of their own first",
                crate::without_password(config.database_url.as_deref().unwrap_or_default()),
                tables[0]
            )));
        }
        let schema = target.before_schema();
        tx.put_aside(&tables, &schema).await?;
        before_schema = Some(schema);
    }
    tx.load(archive, steps, seen).await?;
    let settled = async {
        let settled = settle(&tx, Timestamp::from_micros(archive.manifest.at), config.clock.now()).await?;
        existing::bring_up(&tx).await?;
        tx.commit().await?;
        Ok(settled)
    };
    let settled: Done<_> = settled.await;
    let settled = settled.map_err(|_| OpenError("the database could not be restored; the log says why".to_owned()))?;
    db.close().await.map_err(|cause| OpenError(format!("the database could not be closed: {cause}")))?;
    Ok((settled, before_schema))
}

/// PINs that are void, sessions that ended, staff who may come in.
type Settled = (Vec<PinRecord>, u64, Vec<String>);

/// What a desk has to do that does not know what came after its backup.
async fn settle(tx: &Tx, backup_of: Timestamp, at: Timestamp) -> Done<Settled> {
    let pins = pins::void_all(tx, at).await?;
    cards::void_all(tx, at).await?;
    factors::kept::void_codes(tx).await?;
    let ended = sessions::end_restored(tx, at).await?;
    // What waits sealed, and codes that a session made, are of a secret that may be another one now.
    ShownOnce::delete_many().exec(tx).await.or_refuse()?;
    CallerCodes::delete_many().exec(tx).await.or_refuse()?;
    retention::forget_open(tx).await?;
    // One that was revoked since would be good again.
    let revoked = api_tokens::ActiveModel { revoked_at: Set(Some(at)), ..Default::default() };
    let revoke = ApiTokens::update_many().set(revoked).filter(api_tokens::COLUMN.revoked_at.is_null());
    revoke.exec(tx).await.or_refuse()?;
    NewEntry::of_desk(LedgerData::Restored { backup_of }).note(tx, None, at);
    SecretMark::delete_many().exec(tx).await.or_refuse()?;
    sweep::hold(tx, HoldReason::Restored, at).await?;
    let staff = sweep::active_staff(tx).await?.into_iter().map(|(_, name)| name).collect();
    Ok((pins, ended, staff))
}

/// Writes the files of a backup below a folder.
async fn put_files(archive: &Arc<Archive>, folder: &Path) -> Result<(), OpenError> {
    let (archive, folder) = (Arc::clone(archive), folder.to_owned());
    let put = aside(move |wanted| {
        let cannot = |path: &Path, cause: &io::Error| fault::cannot("write", path, cause);
        for (number, member) in archive.manifest.members.iter().enumerate() {
            if !member.name.starts_with("media/") {
                continue;
            }
            wanted.check().map_err(|cause| cannot(&folder, &cause))?;
            // Names are ours; one that leads elsewhere is not.
            let name =
                StorePath::parse(&member.name).map_err(|cause| OpenError(format!("{}: {cause}", member.name)))?;
            let path = folder.join(name.to_string());
            let parent = path.parent().unwrap_or(&folder);
            fs::create_dir_all(parent).map_err(|cause| cannot(parent, &cause))?;
            let written = File::create_new(&path).and_then(|mut file| {
                io::copy(&mut archive.read(number), &mut file)?;
                file.sync_all()
            });
            written.and_then(|()| sync_folder(&path)).map_err(|cause| cannot(&path, &cause))?;
        }
        Ok(())
    });
    put.await.unwrap_or_else(|cause| Err(OpenError(format!("the files could not be written: {cause}"))))
}
