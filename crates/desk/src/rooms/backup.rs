//! Backups: the database as it was at one moment, then the files that it names, then what is in it.
//!
//! Safe beside a running desk: a file is there before its row, and stays for a day when its row goes ([`Storage::throw_away`]).

pub(crate) mod book;
pub(crate) mod late;
pub(crate) mod own;
pub(crate) mod place;
pub(crate) mod work;

use std::path::{Path, PathBuf};

use domain::{Timestamp, human_bytes};
use futures::StreamExt as _;
use object_store::{GetResult, ObjectStoreExt as _};
use tokio::runtime::Handle;

use self::place::Draft;
use crate::{
    DeskConfig, OpenError,
    store::{
        archive::{self, Archive, Manifest, Table, Writer, pack, part_name},
        aside::{Wanted, aside},
        db::snapshot::{NamedFile, Shape, Snapshot},
        fault::Trouble,
        files::{
            Storage,
            shelf::{Shelf, place},
        },
        notes::{self, BackupNote},
    },
};

/// Bytes of rows that are put together before they are written.
const PART: usize = 4 << 20;
/// How the names of backups begin.
pub(crate) const PREFIX: &str = "pindesk-";

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupMade {
    /// Its file.
    pub path: PathBuf,
    /// The moment that it shows.
    pub at: Timestamp,
    /// Bytes of its file.
    pub size: u64,
    /// Tickets in it.
    pub tickets: u64,
    /// Files of tickets in it.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// What is not as it should be in the desk, a sentence each; the backup is whole all the same.
    pub warnings: Vec<String>,
}

impl BackupMade {
    /// For people, in one line.
    pub fn line(&self) -> String {
        let some = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        format!(
            "Backed up {} and {} ({}) to {}",
            some(self.tickets, "ticket"),
            some(self.files, "file"),
            human_bytes(self.size),
            self.path.display()
        )
    }
}

/// Makes a backup. `to` is a file, or a folder that is there or ends in a slash; `backups` in the data folder when none.
pub(crate) async fn make(
    config: &DeskConfig,
    storage: &Storage,
    to: Option<&Path>,
    prefix: &str,
) -> Result<BackupMade, OpenError> {
    let at = config.clock.now();
    let snapshot = Snapshot::begin(config).await?;
    let made = write(config, storage, &snapshot, to, prefix, at).await;
    snapshot.end().await;
    let made = made?;
    let note = BackupNote {
        at,
        name: made.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        size: made.size,
        shows: Some(at),
    };
    if let Err(cause) = notes::write(&config.data_dir, notes::LAST_BACKUP, &note) {
        tracing::warn!(%cause, "it could not be noted that a backup was made");
    }
    tracing::info!(file = %made.path.display(), bytes = made.size, "a backup was made");
    Ok(made)
}

async fn write(
    config: &DeskConfig,
    storage: &Storage,
    snapshot: &Snapshot,
    to: Option<&Path>,
    prefix: &str,
    at: Timestamp,
) -> Result<BackupMade, OpenError> {
    let damage = snapshot.damage().await?;
    if !damage.is_empty() {
        storage.health.database.fails(Trouble::Damaged);
        return Err(OpenError(format!(
            "the database is damaged, so no backup was made of it ({}). {}",
            damage.join("; "),
            Trouble::Damaged.advice()
        )));
    }
    let to = place::target(config, to, prefix, at)?;
    let (draft, file) = Draft::new(to)?;
    let mut writer = Writer::new(file);
    let (mut tables, mut named) = (Vec::new(), Vec::new());
    for shape in snapshot.tables().await? {
        let (table, then) = write_table(snapshot, shape, writer, &draft, &mut named).await?;
        writer = then;
        tables.push(table);
    }
    let schema = snapshot.schema().await?;
    let shelf = storage.shelf().clone();
    let (path, handle) = (draft.to().to_owned(), Handle::current());
    let manifest = Manifest {
        format: archive::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema,
        at: at.as_micros(),
        tables,
        files: 0,
        file_bytes: 0,
        missing: Vec::new(),
        members: Vec::new(),
    };
    let made = aside(move |wanted| finish(wanted, &handle, &shelf, writer, named, manifest, draft)).await;
    made.unwrap_or_else(|cause| Err(OpenError(format!("cannot write the backup {}: {cause}", path.display()))))
}

/// Writes the rows of a table, some megabytes at a time.
async fn write_table(
    snapshot: &Snapshot,
    shape: Shape,
    mut writer: Writer,
    draft: &Draft,
    named: &mut Vec<NamedFile>,
) -> Result<(Table, Writer), OpenError> {
    let mut table = shape.table.clone();
    let names_files = NamedFile::reader(&table);
    let mut rows = std::pin::pin!(snapshot.rows(&shape).await?);
    let mut lines = String::new();
    loop {
        let row = rows.next().await.transpose()?;
        if let Some(row) = &row {
            if let Some(read) = &names_files {
                named.push(read(row)?);
            }
            table.rows += 1;
            lines.push_str(row);
            lines.push('\n');
        }
        if lines.len() >= PART || (row.is_none() && !lines.is_empty()) {
            table.parts += 1;
            let (name, part) = (part_name(&table.name, table.parts), std::mem::take(&mut lines));
            let written = tokio::task::spawn_blocking(move || {
                writer.member(name, &pack(&part)?)?;
                Ok::<_, std::io::Error>(writer)
            });
            let written = written.await.unwrap_or_else(|cause| Err(std::io::Error::other(cause)));
            writer = written.map_err(|cause| draft.failed(&cause))?;
        }
        if row.is_none() {
            return Ok((table, writer));
        }
    }
}

/// Writes the files and the manifest, reads all of it back, and puts the backup in its place.
fn finish(
    wanted: &Wanted,
    handle: &Handle,
    shelf: &Shelf,
    mut writer: Writer,
    named: Vec<NamedFile>,
    mut manifest: Manifest,
    draft: Draft,
) -> Result<BackupMade, OpenError> {
    let mut warnings = Vec::new();
    for file in named {
        let name = place(file.ticket, &file.stored_name).to_string();
        let Some(found) = handle.block_on(open(shelf, &file))? else {
            warnings.push(format!("{name} is missing"));
            manifest.missing.push(name);
            continue;
        };
        let size = found.meta.size;
        writer.begin(name.clone(), size).map_err(|cause| draft.failed(&cause))?;
        let mut bytes = found.into_stream();
        while let Some(piece) = handle.block_on(bytes.next()) {
            wanted.check().map_err(|cause| draft.failed(&cause))?;
            let piece = piece.map_err(|cause| OpenError(format!("cannot read the file {name}: {cause}")))?;
            writer.append(&piece).map_err(|cause| draft.failed(&cause))?;
        }
        let sha256 = writer.end().map_err(|cause| draft.failed(&cause))?;
        if file.size.unsigned_abs() != size || file.sha256.is_some_and(|known| known != sha256) {
            warnings.push(format!("{name} is not what was received"));
        }
        manifest.files += 1;
        manifest.file_bytes += size;
    }
    let made = BackupMade {
        path: PathBuf::new(),
        at: Timestamp::from_micros(manifest.at),
        size: 0,
        tickets: manifest.rows("tickets"),
        files: manifest.files,
        file_bytes: manifest.file_bytes,
        warnings,
    };
    let size = writer.finish(manifest).map_err(|cause| draft.failed(&cause))?;
    // What a disk did not take as it was given is known now, and not when it is needed.
    if let Err(cause) = Archive::open(draft.path(), wanted) {
        return Err(OpenError(format!(
            "the backup {} was written, and is not what was written when it is read: {cause}. {}",
            draft.to().display(),
            Trouble::Disk.sentence()
        )));
    }
    let path = draft.keep()?;
    Ok(BackupMade { path, size, ..made })
}

/// A file where its row says, or in the trash; none when it is nowhere.
async fn open(shelf: &Shelf, file: &NamedFile) -> Result<Option<GetResult>, OpenError> {
    // It may be thrown away between the two looks, and is not put back.
    for path in [shelf.place(file.ticket, &file.stored_name), shelf.trashed(file.ticket, &file.stored_name)] {
        match shelf.store.get(&path).await {
            Ok(found) => return Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(cause) => return Err(OpenError(format!("cannot read the file {path}: {cause}"))),
        }
    }
    Ok(None)
}
