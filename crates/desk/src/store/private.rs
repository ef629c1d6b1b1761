//! The data folder is for its owner alone: what others on the machine could read is closed to them, and it is said. A folder
//! that others use too, as `/var/lib` or `/tmp`, stays as it is.

use std::path::{Path, PathBuf};

use crate::{DeskConfig, OpenError};

/// Makes the data folder, and closes it, and what the desk keeps in it, to others.
pub(crate) fn prepare(config: &DeskConfig) -> Result<(), OpenError> {
    let folder = &config.data_dir;
    if !folder.is_dir() {
        make(folder)?;
    }
    #[cfg(unix)]
    unix::close(folder, database_file(config));
    Ok(())
}

fn make(folder: &Path) -> Result<(), OpenError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|cause| {
        OpenError(format!("cannot make the data folder {}: {cause}. Check PINDESK_DATA_DIR.", folder.display()))
    })
}

/// The file of an SQLite database that is not in the data folder.
fn database_file(config: &DeskConfig) -> Option<PathBuf> {
    let path = config.database_url.as_deref()?.strip_prefix("sqlite:")?;
    let path = path.split('?').next().unwrap_or_default();
    Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
}

/// Whether others on this machine can read a file. A group that an administrator handed it to may.
pub fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    return unix::is_readable(path);
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// What the desk keeps that others on this machine can read.
pub(crate) fn open_to_others(config: &DeskConfig) -> Vec<PathBuf> {
    let folder = &config.data_dir;
    let mut paths = vec![folder.clone(), folder.join("secret")];
    paths.extend(database_file(config));
    // Nobody gets into a folder that is closed.
    if is_open_to_others(folder) {
        paths.extend(["pindesk.db", "media", "incoming"].map(|name| folder.join(name)));
    }
    paths.into_iter().filter(|path| is_open_to_others(path)).collect()
}

/// Refuses a secret that others made, and one that others can read and that cannot be closed to them.
pub(crate) fn require_secret(path: &Path) -> Result<(), OpenError> {
    #[cfg(unix)]
    unix::require_secret(path)?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{self, Metadata, Permissions},
        io,
        os::unix::fs::{MetadataExt as _, PermissionsExt as _},
        path::{Path, PathBuf},
    };

    use crate::OpenError;

    /// Rights of the group and of everybody.
    const OTHERS: u32 = 0o077;
    const STICKY: u32 = 0o1000;
    /// What may be in a folder of ours besides the database. The last is what some file systems keep in their first folder.
    const OURS: [&str; 15] = [
        "secret",
        "media",
        "incoming",
        "tickets",
        "trash",
        "backups",
        "desk.lock",
        "seen.json",
        "backup.lock",
        "backups.json",
        "checks.json",
        "restore-under-way",
        "last-backup.json",
        "last-verified.json",
        "lost+found",
    ];

    fn is_open(metadata: &Metadata) -> bool {
        metadata.mode() & OTHERS != 0
    }

    pub(super) fn is_readable(path: &Path) -> bool {
        const GROUP: u32 = 0o040;
        const EVERYBODY: u32 = 0o004;
        fs::metadata(path).is_ok_and(|metadata| {
            metadata.mode() & EVERYBODY != 0 || (metadata.uid() != 0 && metadata.mode() & GROUP != 0)
        })
    }

    fn tighten(path: &Path, metadata: &Metadata) -> io::Result<()> {
        fs::set_permissions(path, Permissions::from_mode(metadata.mode() & 0o7700))
    }

    /// The desk's files are closed even when the folder is: it may have been open while somebody opened them.
    pub(super) fn close(folder: &Path, database: Option<PathBuf>) {
        let database = database.unwrap_or_else(|| folder.join("pindesk.db"));
        let beside = |suffix: &str| {
            let mut name = database.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        };
        let incoming = folder.join("incoming");
        let ours = [database.clone(), beside("-wal"), beside("-shm"), folder.join("media"), incoming.clone()];
        let paths = std::iter::once(folder.to_owned()).chain(ours);
        let (mut closed, mut open) = (Vec::new(), Vec::new());
        for path in paths {
            // What is not there yet is made for us alone.
            let Ok(metadata) = fs::metadata(&path) else { continue };
            if !is_open(&metadata) {
                continue;
            }
            let is_shared = metadata.is_dir()
                && (metadata.mode() & STICKY != 0
                    || fs::canonicalize(&path).is_ok_and(|path| path.parent().is_none())
                    || (path != incoming && holds_others(&path, &database)));
            let outcome = if is_shared { Err(io::ErrorKind::Unsupported.into()) } else { tighten(&path, &metadata) };
            let name = path.display().to_string();
            if outcome.is_ok() { closed.push(name) } else { open.push(name) }
        }
        if !closed.is_empty() {
            tracing::warn!("others on this machine could read {}: closed to them now", closed.join(", "));
        }
        if !open.is_empty() {
            tracing::warn!(
                "others on this machine can read {}: choose a data folder of its own, or close it with chmod go-rwx",
                open.join(", ")
            );
        }
    }

    /// Whether a folder holds something that is not the desk's. One that we cannot look into is not ours either.
    fn holds_others(folder: &Path, database: &Path) -> bool {
        let database = database.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_ours = |name: &str| {
            OURS.contains(&name)
                || ["secret.new-", "before-restore-", ".restore-"].iter().any(|start| name.starts_with(start))
                || name.strip_prefix(&database).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let Ok(mut entries) = fs::read_dir(folder) else { return true };
        entries.any(|entry| !entry.is_ok_and(|entry| is_ours(&entry.file_name().to_string_lossy())))
    }

    pub(super) fn require_secret(path: &Path) -> Result<(), OpenError> {
        let failed = |cause: io::Error| OpenError(format!("cannot look at the secret {}: {cause}", path.display()));
        let metadata = fs::metadata(path).map_err(failed)?;
        let folder = path.parent().map(fs::metadata).transpose().map_err(failed)?;
        let us = rustix::process::geteuid().as_raw();
        // An administrator works for the folder's owner, and may have put the secret there.
        let may_own = [Some(us), Some(0), folder.map(|folder| folder.uid())];
        if !may_own.contains(&Some(metadata.uid())) {
            return Err(OpenError(format!(
                "the secret {} belongs to another user of this machine (number {}). If it is yours, make it so: chown {us} {0}",
                path.display(),
                metadata.uid()
            )));
        }
        if !is_open(&metadata) {
            return Ok(());
        }
        match tighten(path, &metadata) {
            Ok(()) => tracing::warn!(
                "others on this machine could read the secret {}: closed to them now. Who read it can forge log-ins; if that \
                 may be, delete it and start with --new-secret",
                path.display()
            ),
            // It is handed to us by somebody with more rights, as an orchestrator does, for a group.
            Err(_) if metadata.uid() == 0 && metadata.mode() & 0o007 == 0 => {}
            Err(cause) => {
                return Err(OpenError(format!(
                    "others on this machine can read the secret {}, and it cannot be closed to them: {cause}. Run: chmod 600 {0}",
                    path.display()
                )));
            }
        }
        Ok(())
    }
}
