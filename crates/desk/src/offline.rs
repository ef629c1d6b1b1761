//! What is done with a desk that need not be open, or cannot be: for the command line.

use std::{path::Path, sync::Arc};

use crate::{
    BackupMade, Bucket, DeskConfig, FilesMoved, Finding, OpenError, Restored, UpgradePlan, rooms,
    store::{self, files::Storage, lock::FolderLock, private},
};

/// Makes a backup of the desk, which need not be at this version. As [`crate::Desk::back_up`], for the command line.
///
/// # Errors
/// [`OpenError`], with a message that says what stands in the way; nothing is left of the backup then.
pub async fn back_up(config: &DeskConfig, to: Option<&Path>) -> Result<BackupMade, OpenError> {
    store::db::snapshot::require_desk(config)?;
    private::prepare(config)?;
    let _lock = FolderLock::shared(&config.data_dir)?;
    rooms::restore::require_finished(&config.data_dir)?;
    let storage = Storage::open(config, &Arc::default())?;
    rooms::backup::make(config, &storage, to, rooms::backup::PREFIX).await
}

/// Tells which migrations the next start would run and, on SQLite, how long that takes on a copy. The desk stays as it is.
///
/// # Errors
/// [`OpenError`], with a message that says what stands in the way; also when the database is of a later version.
pub async fn rehearse_upgrade(config: &DeskConfig) -> Result<UpgradePlan, OpenError> {
    store::db::snapshot::require_desk(config)?;
    let _lock = FolderLock::shared(&config.data_dir)?;
    rooms::upgrade::rehearse(config).await
}

/// Puts a backup in the place of a desk, which must be empty; or what is there is moved away first, to `replace` it. PINs that
/// nobody had used are revoked, sessions end, and files without a row are kept until an admin says otherwise.
///
/// # Errors
/// [`OpenError`], with a message that says what to do; what was there is as it was then.
pub async fn restore(config: &DeskConfig, file: &Path, replace: bool) -> Result<Restored, OpenError> {
    rooms::restore::restore(config, file, replace).await
}

/// Looks whether a backup is whole, by restoring it into a folder of its own for a moment and looking at what comes of it.
///
/// # Errors
/// [`OpenError`], with a message that says what is wrong with it.
pub async fn verify(config: &DeskConfig, file: &Path) -> Result<Restored, OpenError> {
    rooms::restore::verify::verify(config, file).await
}

/// Brings a desk's files to `to`, the data folder when none, from where they are by its settings. Nothing is deleted; what a run
/// that broke off had brought is not brought again. `progress` is told from time to time.
///
/// # Errors
/// [`OpenError`], with a message that says what stands in the way.
pub async fn move_files(
    config: &DeskConfig,
    to: Option<Bucket>,
    progress: impl FnMut(&FilesMoved),
) -> Result<FilesMoved, OpenError> {
    rooms::storage::move_files(config, to, progress).await
}

/// Looks at a desk, which need not be one that can be opened. A backup older than `backup_days` is worth a word. With `fix`,
/// what can be put right without harm is.
pub async fn examine(config: &DeskConfig, backup_days: i64, fix: bool) -> Vec<Finding> {
    rooms::doctor::examine(config, backup_days, fix).await
}
