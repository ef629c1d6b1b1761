//! Rows and files, in both directions: what the doctor says of the store.

use std::{collections::HashSet, sync::Arc};

use data_encoding::HEXLOWER;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::{ObjectStoreExt as _, path::Path};
use sha2::{Digest as _, Sha256};

use super::{Cure, Found, Severity};
use crate::{
    DeskConfig, OpenError,
    config::Clock,
    store::{
        db::snapshot::{NamedFile, Snapshot},
        files::{ABANDONED_AFTER, ABANDONED_IN_BUCKET, mark, shelf::Shelf},
        health::Health,
        lock::FolderLock,
        raw::doctor as raw,
    },
};

/// Files that a sentence names.
const SHOWN: usize = 3;

/// Rows and files, in both directions; every file is read.
pub(super) async fn look_at_files(
    config: &DeskConfig,
    snapshot: &Snapshot,
    found: &mut Found,
) -> Result<(), OpenError> {
    let shelf = Shelf::open(config, &Arc::<Health>::default())?;
    let name = config.storage.as_ref().map_or_else(|| "the folder of files".to_owned(), ToString::to_string);
    if shelf.is_bucket() {
        // Before thousands of files are asked for: whether it can be read and written at all.
        shelf.try_out().await.map_err(|cause| mark::cannot(&name, &cause))?;
    } else if let Some(bucket) = mark::noted(config) {
        let words = format!(
            "the files of this desk are in {bucket}, and the settings name no bucket: set PINDESK_STORAGE_URL={bucket}, or bring them \
             back with pindesk storage move --to folder"
        );
        found.note("storage", Severity::Fault, words);
        return Ok(());
    }
    let cannot = |cause: object_store::Error| OpenError(format!("{name}: the files cannot be read: {cause}"));
    let (mut known, mut missing, mut wrong) = (HashSet::new(), Vec::new(), Vec::new());
    for shape in snapshot.tables().await? {
        let Some(read) = NamedFile::reader(&shape.table) else { continue };
        let mut rows = std::pin::pin!(snapshot.rows(&shape).await?);
        while let Some(row) = rows.next().await.transpose()? {
            let file = read(&row)?;
            let path = shelf.place(file.ticket, &file.stored_name);
            match shelf.store.get(&path).await {
                Err(object_store::Error::NotFound { .. }) => missing.push(path.to_string()),
                Err(cause) => return Err(cannot(cause)),
                Ok(bytes) => {
                    let size = bytes.meta.size;
                    let mut bytes = bytes.into_stream();
                    let mut hash = Sha256::new();
                    while let Some(piece) = bytes.try_next().await.map_err(cannot)? {
                        hash.update(&piece);
                    }
                    let hash = HEXLOWER.encode(&hash.finalize());
                    if size != file.size.unsigned_abs() || file.sha256.is_some_and(|known| known != hash) {
                        wrong.push(path.to_string());
                    }
                }
            }
            known.insert(path);
        }
    }
    if !missing.is_empty() {
        let words =
            format!("{}: put them back from a backup", count(&missing, "without its bytes", "without their bytes"));
        found.add("missing files", Severity::Fault, words, missing, None);
    }
    if !wrong.is_empty() {
        let words = format!(
            "{}: put them back from a backup",
            count(&wrong, "other than it was received", "other than they were received")
        );
        found.add("damaged files", Severity::Fault, words, wrong, None);
    }
    look_for_strays(config, snapshot, &shelf, &known, found).await
}

async fn look_for_strays(
    config: &DeskConfig,
    snapshot: &Snapshot,
    shelf: &Shelf,
    known: &HashSet<Path>,
    found: &mut Found,
) -> Result<(), OpenError> {
    let before = match FolderLock::alone(&config.data_dir) {
        // Others may, who have a data folder of their own; and its clock is another one.
        _ if shelf.is_bucket() => Clock::System.now().plus_seconds(-ABANDONED_IN_BUCKET).as_micros(),
        // Nobody is about to attach anything.
        Ok(_) => i64::MAX,
        Err(_) => Clock::System.now().plus_seconds(-ABANDONED_AFTER).as_micros(),
    };
    let listed: Result<Vec<_>, _> = shelf.store.list(Some(&shelf.all())).try_collect().await;
    let listed = listed.map_err(|cause| OpenError(format!("the files cannot be listed: {cause}")))?;
    let strays: Vec<String> = listed
        .into_iter()
        .filter(|file| file.last_modified.timestamp_micros() < before && !known.contains(&file.location))
        .map(|file| file.location.to_string())
        .collect();
    // Whoever was deactivated since the backup may come in again, which somebody has to look at.
    let has_staff = snapshot.is_current().await? && snapshot.number(raw::STAFF).await? > 0;
    let is_held = snapshot.is_current().await? && snapshot.number(raw::HOLDS).await? > 0;
    if is_held {
        let words = match strays.len() {
            0 if has_staff => {
                "the desk was restored, or its database put back: an admin looks at who may come in, and confirms it on the \
                 overview of the admin area"
                    .to_owned()
            }
            0 => "files without a row are kept since a restore, and there are none: --fix confirms it".to_owned(),
            _ => format!(
                "{}; kept because the database may be older than they are. Look at them; an admin lets them go, on the \
                 overview of the admin area",
                count(&strays, "without a row", "without a row")
            ),
        };
        // What somebody may still want is theirs to let go.
        let cure = (strays.is_empty() && !has_staff).then_some(Cure::Confirm);
        found.add("kept files", Severity::Warning, words, strays, cure);
    } else if !strays.is_empty() {
        let words = format!("{}; the next upkeep throws them away", count(&strays, "without a row", "without a row"));
        found.add("files without a row", Severity::Warning, words, strays, None);
    }
    Ok(())
}

/// So many files, with the names of some.
fn count(files: &[String], one: &str, many: &str) -> String {
    let names = files.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if files.len() > SHOWN { ", …" } else { "" };
    match files.len() {
        1 => format!("1 file is {one} ({names})"),
        number => format!("{number} files are {many} ({names}{more})"),
    }
}
