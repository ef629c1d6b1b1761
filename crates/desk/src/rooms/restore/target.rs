//! The place that a backup is restored into: what is in it, and how it is changed for what was made beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use super::UNDER_WAY;
use crate::{
    DeskConfig, OpenError,
    rooms::backup::place::{FOLDER, sync_folder},
    store::{
        db::{
            load::LastIds,
            snapshot::{Snapshot, sqlite_path},
        },
        fault, lock,
        notes::{BACKUPS, LAST_BACKUP, LAST_VERIFIED},
        random::random_hex,
    },
};

/// What is no part of a desk, and stays where it is. The last are of file systems, and of who runs it.
const NOT_OF_THE_DESK: [&str; 9] = [
    UNDER_WAY,
    lock::FILE,
    lock::BACKUP_FILE,
    FOLDER,
    BACKUPS,
    LAST_BACKUP,
    LAST_VERIFIED,
    "lost+found",
    "Leptos.toml",
];
const SECRET: &str = "secret";
const BEFORE: &str = "before-restore-";
const STAGE: &str = ".restore-";
/// What SQLite has beside a database.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

fn beside(database: &Path, end: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(end);
    PathBuf::from(path)
}

/// See the module.
pub(super) struct Target {
    folder: PathBuf,
    /// Of SQLite.
    database: Option<PathBuf>,
    /// What is there of a desk.
    there: Vec<PathBuf>,
    /// The moment, as it stands in names.
    moment: String,
}

impl Target {
    /// Looks what is there. Unless it is to be replaced, nothing may be.
    pub(super) fn look(config: &DeskConfig, archive: &Path, replace: bool) -> Result<Self, OpenError> {
        let folder = config.data_dir.clone();
        let failed = |cause: io::Error| fault::cannot("use the folder", &folder, &cause);
        let archive = fs::canonicalize(archive).map_err(failed)?;
        let backups = config.backup_to.as_ref().filter(|to| is_in(to, &folder));
        let backups = backups.and_then(|to| to.file_name().map(|name| folder.join(name)));
        let mut there = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with(STAGE) {
                // One that was broken off: nobody else restores now.
                remove(&path);
                continue;
            }
            let is_other =
                NOT_OF_THE_DESK.contains(&name.as_str()) || name.starts_with(BEFORE) || backups.as_ref() == Some(&path);
            if !is_other && name != SECRET && !is_empty(&path) && fs::canonicalize(&path).is_ok_and(|it| it != archive)
            {
                there.push(path);
            }
        }
        let database = sqlite_path(config)?;
        // In the folder it was found already.
        if let Some(database) = database.as_deref().filter(|database| !is_in(database, &folder)) {
            there.extend(BESIDE.map(|end| beside(database, end)).into_iter().filter(|path| path.exists()));
        }
        // What is another file system cannot be moved, which is better known before anything is.
        #[cfg(unix)]
        for path in there.iter().chain([&folder.join("media")]).filter(|path| path.starts_with(&folder)) {
            use std::os::unix::fs::MetadataExt as _;
            let of = |path: &Path| path.symlink_metadata().map(|about| about.dev());
            if let (Ok(one), Ok(other)) = (of(path), of(&folder))
                && one != other
            {
                return Err(OpenError(format!(
                    "{} is another file system than {}, and cannot be moved: unmount it, copy what is in it to there, and \
                     restore again",
                    path.display(),
                    folder.display()
                )));
            }
        }
        there.sort();
        if let (Some(first), false) = (there.first(), replace) {
            return Err(OpenError(format!(
                "{} is there already. Restore into an empty data folder, or add --replace, which moves what is there into a \
                 folder {BEFORE}… first",
                first.display()
            )));
        }
        let moment = config.clock.now().to_string().chars().take(19).filter(|sign| *sign != ':').collect();
        Ok(Self { folder, database, there, moment })
    }

    /// The last ids that are known to have been given: by the database that is there, if it can be read, and by names of
    /// folders.
    pub(super) async fn seen(&self, config: &DeskConfig) -> LastIds {
        let mut seen = LastIds::new();
        if self.database.as_ref().is_none_or(|database| database.exists())
            && let Ok(snapshot) = Snapshot::begin(config).await
        {
            for shape in snapshot.tables().await.unwrap_or_default() {
                seen.extend(shape.table.last_id.map(|last| (shape.table.name, last)));
            }
            snapshot.end().await;
        }
        // After one that broke off, the database that was there is where it was moved to.
        let was_broken_off = super::is_under_way(&self.folder);
        let mut roots = vec![self.folder.clone()];
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        roots.extend(entries.map(|entry| entry.path()).filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(BEFORE)) && path.is_dir()
        }));
        for root in roots {
            if was_broken_off && root != self.folder && root.join("pindesk.db").exists() {
                let moved = DeskConfig { data_dir: root.clone(), database_url: None, ..config.clone() };
                if let Ok(snapshot) = Snapshot::begin(&moved).await {
                    for shape in snapshot.tables().await.unwrap_or_default() {
                        let Some(id) = shape.table.last_id else { continue };
                        let last = seen.entry(shape.table.name).or_default();
                        *last = id.max(*last);
                    }
                    snapshot.end().await;
                }
            }
            for tickets in [root.join("media/tickets"), root.join("trash/tickets")] {
                let folders = fs::read_dir(tickets).into_iter().flatten().flatten();
                let numbers = folders.filter_map(|entry| entry.file_name().to_string_lossy().parse::<i64>().ok());
                let highest = seen.entry("tickets".to_owned()).or_default();
                *highest = numbers.fold(*highest, i64::max);
            }
        }
        seen
    }

    /// A schema for tables that are there.
    pub(super) fn before_schema(&self) -> String {
        format!("before_restore_{}", self.moment.replace(['-', 'T'], "_"))
    }

    /// A new folder for what is made.
    pub(super) fn stage(&self) -> Result<Stage, OpenError> {
        let name = random_hex::<4>().map_err(|_| OpenError("the random source failed".to_owned()))?;
        let folder = self.folder.join(format!("{STAGE}{name}"));
        let of_database = match &self.database {
            // Renamed into its place, so it must be on that file system.
            Some(database) if !is_in(database, &self.folder) => {
                Some(database.parent().unwrap_or(Path::new(".")).join(format!("{STAGE}{name}")))
            }
            _ => None,
        };
        let stage = Stage { folder, of_database, is_kept: AtomicBool::new(false) };
        for folder in [Some(stage.folder.clone()), stage.of_database.clone()].into_iter().flatten() {
            fs::create_dir_all(&folder).map_err(|cause| fault::cannot("make", &folder, &cause))?;
        }
        fs::create_dir_all(stage.folder.join("media/tickets"))
            .map_err(|cause| fault::cannot("make", &stage.folder, &cause))?;
        Ok(stage)
    }

    /// Moves what is there away, and what was made into its place. Where the one is now.
    pub(super) fn swap(&self, stage: &Stage) -> Result<Option<PathBuf>, OpenError> {
        let failed = |path: &Path, cause: &io::Error| {
            OpenError(format!(
                "{} could not be moved: {cause}. What was restored is in {}; what was there before is there still, or in {}{}",
                path.display(),
                stage.folder.display(),
                BEFORE,
                self.moment
            ))
        };
        // Whoever starts between the first move and the last would make a new desk.
        let under_way = self.folder.join(UNDER_WAY);
        let noted =
            fs::File::create(&under_way).and_then(|file| file.sync_all()).and_then(|()| sync_folder(&under_way));
        noted.map_err(|cause| fault::cannot("write", &under_way, &cause))?;
        stage.is_kept.store(true, Ordering::Relaxed);
        let mut before = None;
        if !self.there.is_empty() {
            let to = self.before()?;
            let mut away = self.there.clone();
            // Empty folders of the desk.
            away.extend(
                ["media", "incoming", "trash"]
                    .map(|name| self.folder.join(name))
                    .into_iter()
                    .filter(|path| path.exists()),
            );
            away.sort();
            away.dedup();
            for path in away {
                move_into(&path, &to).map_err(|cause| failed(&path, &cause))?;
            }
            let secret = self.folder.join(SECRET);
            if secret.exists() {
                fs::copy(&secret, to.join(SECRET)).map_err(|cause| failed(&secret, &cause))?;
            }
            before = Some(to);
        }
        let _ = fs::remove_dir_all(self.folder.join("media"));
        let mut moves = vec![(stage.folder.join("media"), self.folder.join("media"))];
        if let Some(database) = &self.database {
            moves.push((stage.database_folder().join("pindesk.db"), database.clone()));
        }
        for (from, to) in moves {
            fs::rename(&from, &to).and_then(|()| sync_folder(&to)).map_err(|cause| failed(&from, &cause))?;
        }
        if let Some(database) = &self.database {
            let mut left = BESIDE[1..].iter().map(|end| beside(database, end));
            if let Some(path) = left.find(|path| path.exists()) {
                return Err(OpenError(format!("{} is still there: remove it before you start", path.display())));
            }
        }
        fs::remove_file(&under_way).map_err(|cause| failed(&under_way, &cause))?;
        stage.is_kept.store(false, Ordering::Relaxed);
        Ok(before)
    }

    fn before(&self) -> Result<PathBuf, OpenError> {
        let name = format!("{BEFORE}{}", self.moment);
        let names = (1..1000).map(|number| if number == 1 { name.clone() } else { format!("{name}-{number}") });
        let mut free = names.map(|name| self.folder.join(name)).filter(|path| !path.exists());
        let path = free.next().ok_or_else(|| OpenError(format!("there are too many folders {name}")))?;
        fs::create_dir(&path).map_err(|cause| fault::cannot("make", &path, &cause))?;
        Ok(path)
    }
}

/// Where a restored desk is made. What is left of it goes when this is dropped.
pub(super) struct Stage {
    folder: PathBuf,
    of_database: Option<PathBuf>,
    /// While things are moved out of it.
    is_kept: AtomicBool,
}

impl Stage {
    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    pub(super) fn database_folder(&self) -> PathBuf {
        self.of_database.clone().unwrap_or_else(|| self.folder.clone())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if self.is_kept.load(Ordering::Relaxed) {
            return;
        }
        for folder in [Some(&self.folder), self.of_database.as_ref()].into_iter().flatten() {
            remove(folder);
        }
    }
}

fn remove(folder: &Path) {
    if let Err(cause) = fs::remove_dir_all(folder)
        && cause.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%cause, folder = %folder.display(), "a folder could not be removed");
    }
}

/// Moves a file or folder into another folder; beside itself where that is another file system.
fn move_into(path: &Path, folder: &Path) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default();
    match fs::rename(path, folder.join(name)) {
        // What SQLite has beside a database goes when the last connection does.
        Err(cause) if cause.kind() == io::ErrorKind::NotFound && !path.exists() => Ok(()),
        Err(cause) if cause.kind() == io::ErrorKind::CrossesDevices => {
            let other = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            fs::rename(path, beside(path, &format!(".{other}")))
        }
        other => other,
    }
}

fn is_in(file: &Path, folder: &Path) -> bool {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    matches!((fs::canonicalize(parent), fs::canonicalize(folder)), (Ok(parent), Ok(folder)) if parent == folder)
}

/// A folder with nothing but folders and locks in it, as an attempt to start leaves.
fn is_empty(path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    entries
        .flatten()
        .map(|entry| entry.path())
        .all(|entry| entry.extension().is_some_and(|end| end == "lock") || (entry.is_dir() && is_empty(&entry)))
}
