//! The drill: restores a backup into a folder of its own, opens the desk that comes of it, and lets the doctor look at it.

use std::path::{Path, PathBuf};

use super::{Restored, open, restore};
use crate::{
    Desk, DeskConfig, OpenError,
    rooms::{
        doctor::{self, Severity},
        scratch::Scratch,
    },
    store::{
        lock::FolderLock,
        notes::{self, BackupNote},
    },
};

/// What the doctor says of every desk that was just restored.
const EXPECTED: [&str; 4] = ["kept files", "backup", "verified backup", "space"];

/// Restores a backup for a moment: in the data folder, or beside the file where there is none.
pub(crate) async fn verify(config: &DeskConfig, file: &Path) -> Result<Restored, OpenError> {
    // What is damaged is said before room is needed for it.
    drop(open(file).await?);
    let has_folder = config.data_dir.is_dir();
    let _shared = has_folder.then(|| FolderLock::shared(&config.data_dir)).transpose()?;
    let root = match file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        _ if has_folder => config.data_dir.clone(),
        Some(parent) => parent.to_owned(),
        None => PathBuf::from("."),
    };
    let scratch = Scratch::new(&root)?;
    let restored = drill(config, file, &scratch.folder).await?;
    drop(scratch);
    if has_folder {
        let note = BackupNote {
            at: config.clock.now(),
            name: file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            size: file.metadata().map(|about| about.len()).unwrap_or_default(),
            shows: Some(restored.at),
        };
        if let Err(cause) = notes::write(&config.data_dir, notes::LAST_VERIFIED, &note) {
            tracing::warn!(%cause, "it could not be noted that a backup was verified");
        }
    }
    Ok(restored)
}

async fn drill(config: &DeskConfig, file: &Path, folder: &Path) -> Result<Restored, OpenError> {
    let config = DeskConfig {
        data_dir: folder.to_owned(),
        database_url: None,
        storage: None,
        secret: None,
        backup_every: 0,
        backup_to: None,
        ..config.clone()
    };
    let restored = restore(&config, file, false).await?;
    drop(Desk::open(config.clone()).await?);
    let findings = doctor::examine(&config, i64::from(u16::MAX), false).await;
    for finding in findings.into_iter().filter(|finding| !EXPECTED.contains(&finding.check)) {
        let is_known =
            finding.check == "missing files" && finding.files.iter().all(|name| restored.missing.contains(name));
        // What was wrong in the desk already is no fault of its backup.
        if !is_known && finding.check != "damaged files" && finding.severity == Severity::Fault {
            return Err(OpenError(format!(
                "{}: a desk restored from it is not right: {}",
                file.display(),
                finding.message
            )));
        }
    }
    Ok(restored)
}
