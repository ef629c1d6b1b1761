//! A folder for a copy of the desk, which is looked at and thrown away.

use std::{
    fs::{self, DirBuilder, File},
    io,
    path::{Path, PathBuf},
};

use crate::{
    OpenError,
    store::{fault, random::random_hex},
};

/// How the names of the folders begin.
const NAME: &str = ".restore-test-";

/// It goes when this is dropped. It is locked, so that what a crash left is told from one in use.
pub(crate) struct Scratch {
    pub(crate) folder: PathBuf,
    _lock: File,
}

impl Scratch {
    /// A new one below `root`; what was left there by others goes.
    pub(crate) fn new(root: &Path) -> Result<Self, OpenError> {
        forget_old(root);
        let name = random_hex::<4>().map_err(|_| OpenError("the random source failed".to_owned()))?;
        let folder = root.join(format!("{NAME}{name}"));
        let cannot = |cause: &io::Error| fault::cannot("make", &folder, cause);
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|cause| cannot(&cause))?;
        let lock = File::open(&folder).map_err(|cause| cannot(&cause))?;
        // Where there are no locks, nothing is told apart, and nothing removed.
        let _ = lock.try_lock();
        Ok(Self { folder, _lock: lock })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(cause) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%cause, folder = %self.folder.display(), "a folder could not be removed");
        }
    }
}

/// Removes what a crash left.
pub(crate) fn forget_old(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let is_scratch = entry.file_name().to_string_lossy().starts_with(NAME);
        if is_scratch && File::open(entry.path()).is_ok_and(|folder| folder.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
