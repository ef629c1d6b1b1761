//! Who has the data folder open: every process that opened the desk, together, or one alone that puts a backup in its place.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use crate::{OpenError, store::fault};

/// The file that is locked. It stays: another one of the same name would be another lock.
pub(crate) const FILE: &str = "desk.lock";

/// The file that is locked by who makes or verifies backups of this desk, one at a time.
pub(crate) const BACKUP_FILE: &str = "backup.lock";

/// Held as long as this lives, or the process.
pub(crate) struct BackupLock {
    _file: File,
}

impl BackupLock {
    /// None when somebody else has it.
    pub(crate) fn take(folder: &Path) -> Result<Option<Self>, OpenError> {
        let file = open(folder, BACKUP_FILE)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) if cause.kind() != io::ErrorKind::Unsupported => {
                Err(fault::cannot("lock the folder", folder, &cause))
            }
            _ => Ok(Some(Self { _file: file })),
        }
    }
}

/// Held as long as this lives, or the process.
pub(crate) struct FolderLock {
    _file: File,
}

fn open(folder: &Path, name: &str) -> Result<File, OpenError> {
    let path = folder.join(name);
    let options = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    options.map_err(|cause| fault::cannot("use the folder", folder, &cause))
}

fn locked(answer: Result<(), TryLockError>, folder: &Path, else_say: &str) -> Result<(), OpenError> {
    match answer {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(OpenError(format!("{}: {else_say}", folder.display()))),
        // A file system without locks, as some network shares are.
        Err(TryLockError::Error(cause)) if cause.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(cause)) => Err(fault::cannot("lock the folder", folder, &cause)),
    }
}

impl FolderLock {
    /// With others.
    pub(crate) fn shared(folder: &Path) -> Result<Self, OpenError> {
        let file = open(folder, FILE)?;
        let why = "a backup is being restored into it. Wait until that is done, and start again.";
        locked(file.try_lock_shared(), folder, why)?;
        Ok(Self { _file: file })
    }

    /// Alone: nobody has the desk open.
    pub(crate) fn alone(folder: &Path) -> Result<Self, OpenError> {
        let file = open(folder, FILE)?;
        let why = "Pindesk runs on this data folder. Stop it first, and restore again.";
        locked(file.try_lock(), folder, why)?;
        // An earlier version knows of no such file.
        let incoming = fs::read_dir(folder.join("incoming")).into_iter().flatten().flatten();
        let is_held = |path: &Path| {
            path.extension().is_some_and(|end| end == "lock")
                && File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
        };
        match incoming.map(|entry| entry.path()).any(|path| is_held(&path)) {
            false => Ok(Self { _file: file }),
            true => Err(OpenError(format!("{}: {why}", folder.display()))),
        }
    }
}
