//! Where a backup goes: written under another name beside its place, and renamed when it is whole and on the disk.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use domain::Timestamp;

use crate::{
    DeskConfig, OpenError,
    store::fault::{self, Trouble},
};

/// The folder of backups in the data folder, unless they go elsewhere.
pub(crate) const FOLDER: &str = "backups";
pub(super) const END: &str = ".tar";
const DRAFT: &str = ".part";

/// The file that a backup goes to.
pub(super) fn target(
    config: &DeskConfig,
    to: Option<&Path>,
    prefix: &str,
    at: Timestamp,
) -> Result<PathBuf, OpenError> {
    let folder = match to {
        Some(to) if !to.is_dir() && !to.as_os_str().to_string_lossy().ends_with('/') => return Ok(to.to_owned()),
        Some(folder) => folder.to_owned(),
        None => config.backup_folder(),
    };
    make(&folder)?;
    // As in a second 2026-11-27T05:06:44Z, without what some file systems refuse.
    let moment: String = at.to_string().chars().take(19).filter(|sign| *sign != ':').collect();
    let named = |more: &str| folder.join(format!("{prefix}{moment}{more}{END}"));
    let free = (1..1000).map(|number| if number == 1 { named("") } else { named(&format!("-{number}")) });
    let mut free = free.filter(|path| !path.exists());
    free.next().ok_or_else(|| OpenError(format!("there are too many backups of this second in {}", folder.display())))
}

fn make(folder: &Path) -> Result<(), OpenError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|cause| cannot(folder, &cause))
}

fn cannot(path: &Path, cause: &io::Error) -> OpenError {
    // A folder that is only not mounted must not be made in its place.
    if cause.kind() == io::ErrorKind::NotFound {
        return OpenError(format!(
            "cannot write the backup {}: there is no such folder. Make it, or mount it, and try again",
            path.display()
        ));
    }
    let advice = Trouble::of_io(cause).map(|trouble| format!(". {}", trouble.advice())).unwrap_or_default();
    OpenError(format!("cannot write the backup {}: {cause}{advice}", path.display()))
}

/// A backup that is being written; what there is of it goes when it is dropped.
pub(super) struct Draft {
    path: PathBuf,
    to: PathBuf,
    is_kept: bool,
}

impl Draft {
    pub(super) fn new(to: PathBuf) -> Result<(Self, File), OpenError> {
        if to.exists() && !is_backup(&to) {
            return Err(OpenError(format!("{} is there already, and is no backup: choose another name", to.display())));
        }
        let name = to.file_name().ok_or_else(|| OpenError(format!("{} is no name of a file", to.display())))?;
        let folder = match to.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        forget_old(&folder);
        let path = folder.join(format!(".{}{DRAFT}", name.to_string_lossy()));
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|cause| cannot(&to, &cause))?;
        if matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
            return Err(OpenError(format!("a backup to {} is being made already", to.display())));
        }
        let draft = Self { path, to, is_kept: false };
        file.set_len(0).map_err(|cause| draft.failed(&cause))?;
        Ok((draft, file))
    }

    /// Where it is now.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it shall be.
    pub(super) fn to(&self) -> &Path {
        &self.to
    }

    pub(super) fn failed(&self, cause: &io::Error) -> OpenError {
        cannot(&self.to, cause)
    }

    /// Puts it in its place.
    pub(super) fn keep(mut self) -> Result<PathBuf, OpenError> {
        fs::rename(&self.path, &self.to).map_err(|cause| self.failed(&cause))?;
        self.is_kept = true;
        sync_folder(&self.to).map_err(|cause| self.failed(&cause))?;
        Ok(self.to.clone())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What a backup that was broken off left.
fn forget_old(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_draft = name.starts_with('.') && name.ends_with(&format!("{END}{DRAFT}"));
        if is_draft && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a file begins as a backup does, which another one may take the place of.
pub(super) fn is_backup(path: &Path) -> bool {
    let mut head = [0; 7];
    let read = File::open(path).and_then(|mut file| io::Read::read_exact(&mut file, &mut head));
    read.is_ok() && head == *b"tables/"
}

/// What was renamed in the folder of a file is on the disk.
pub(crate) fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// What a file that cannot be read is answered with.
pub(crate) fn cannot_read(path: &Path, cause: &io::Error) -> OpenError {
    match cause.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput => {
            OpenError(format!("{} is damaged, or is no backup: {cause}", path.display()))
        }
        io::ErrorKind::NotFound => OpenError(format!("there is no backup {}", path.display())),
        _ => fault::cannot("read the backup", path, cause),
    }
}
