//! With which settings the desk was started: what differs from the last time is an entry.

use std::collections::BTreeMap;

use domain::{Change, LedgerData, LedgerKind, Result};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::{
    DeskConfig,
    rooms::Inner,
    store::{
        entities::{Ledger as Table, ledger},
        fault::OrRefuse as _,
        ledger::read,
        notes::{self, Moved},
    },
    trail::ledger::NewEntry,
};

/// Seconds within which another process says the same.
const AGAIN: i64 = 3600;

/// What the settings say, none of it a secret.
fn said(config: &DeskConfig) -> BTreeMap<String, String> {
    let seconds = |seconds: i64| format!("{seconds} s");
    let number = |number: Option<u32>| number.map_or_else(String::new, |number| number.to_string());
    let switch = |is_on: bool| if is_on { "on" } else { "off" }.to_owned();
    let codes: Vec<String> = config.require_caller_code.iter().map(ToString::to_string).collect();
    [
        ("where files are", config.storage.as_ref().map_or_else(|| "the data folder".to_owned(), ToString::to_string)),
        (
            "database",
            if config.database_url.as_ref().is_some_and(|url| url.starts_with("postgres")) {
                "PostgreSQL"
            } else {
                "SQLite"
            }
            .to_owned(),
        ),
        ("life of a session", seconds(config.session_ttl)),
        ("life of a session of staff", seconds(config.staff_session_ttl)),
        ("idle time of staff", seconds(config.staff_idle)),
        ("life of a PIN", seconds(config.pin_ttl)),
        ("life of a file's address", seconds(config.media_ttl)),
        ("size of a file", domain::human_bytes(config.upload.max_file_bytes)),
        ("files of a ticket", config.upload.max_files.to_string()),
        ("failures of an address", config.failures_per_client.to_string()),
        ("failures of a network", number(config.failures_per_network)),
        ("failures of an account", number(config.failures_per_account)),
        ("failures a minute", config.failures_per_minute.to_string()),
        ("window of failures", seconds(config.failure_window)),
        ("access after a ticket is closed", seconds(config.access_after_close)),
        ("life of the ledger", seconds(config.ledger_kept)),
        ("what staff open is noted", switch(config.ledger_staff)),
        ("a caller's code is asked for", codes.join(", ")),
        (
            "backups",
            if config.backup_every == 0 { "off".to_owned() } else { format!("every {} s", config.backup_every) },
        ),
        ("backups kept", config.backup_keep.to_string()),
        ("where backups go", config.backup_folder().display().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// That files were moved elsewhere, which was done while nobody had the desk open.
async fn note_move(desk: &Inner) -> Result<()> {
    let folder = &desk.config.data_dir;
    let Some(Moved { from, to, files, at }) = notes::read(folder, notes::MOVED) else { return Ok(()) };
    let tx = desk.db.begin().await?;
    let entry = NewEntry::of_desk(LedgerData::FilesMoved { from, to, files });
    // The note may outlive the entry.
    entry.once(format!("moved {}", at.as_micros())).note(&tx, None, desk.now());
    tx.commit().await?;
    if let Err(cause) = std::fs::remove_file(folder.join(notes::MOVED)) {
        tracing::warn!(%cause, "that files were moved stays noted");
    }
    Ok(())
}

/// Writes the entry, unless another process that was started anew just said the same: the last one of its kind is the same then. What was
/// set back meanwhile is said again.
async fn note_changes(desk: &Inner, changes: Vec<Change>) -> Result<()> {
    let at = desk.now();
    let said = Table::find().filter(ledger::COLUMN.kind.eq(LedgerKind::SettingsChanged));
    let last = said.order_by_desc(ledger::COLUMN.number).one(&desk.db).await.or_refuse()?;
    let number = last.as_ref().map_or(0, |last| last.number);
    let data = LedgerData::SettingsChanged { changes };
    let is_said = last.is_some_and(|last| {
        let same = read(last.kind.as_str(), last.data.as_deref()).is_ok_and(|said| said == data);
        same && at.seconds_since(last.at) < AGAIN
    });
    if is_said {
        return Ok(());
    }
    let tx = desk.db.begin().await?;
    // Of two at the same moment, too.
    NewEntry::of_desk(data).once(format!("settings after {number}")).note(&tx, None, at);
    tx.commit().await
}

/// Notes with which settings the desk was started, and what is other than the last time. Each data folder has a note of its own.
pub(crate) async fn note(desk: &Inner) -> Result<()> {
    note_move(desk).await?;
    let said = said(&desk.config);
    let before: Option<BTreeMap<String, String>> = notes::read(&desk.config.data_dir, notes::SETTINGS);
    if before.as_ref() == Some(&said) {
        return Ok(());
    }
    // A setting that the version before did not know has not changed.
    let changes: Vec<Change> = before
        .iter()
        .flat_map(|before| {
            said.iter().filter_map(|(name, value)| Change::of(name, before.get(name)?, value)).collect::<Vec<_>>()
        })
        .collect();
    if !changes.is_empty() {
        note_changes(desk, changes).await?;
    }
    if let Err(cause) = notes::write(&desk.config.data_dir, notes::SETTINGS, &said) {
        tracing::warn!(%cause, "the settings of this start could not be noted");
    }
    Ok(())
}
