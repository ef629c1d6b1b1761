//! With which settings the desk was started: what differs from the last time is an entry.

use std::collections::BTreeMap;

use domain::{Change, LedgerData, Result};

use crate::{
    DeskConfig,
    rooms::{Inner, ledger::opening::hour},
    store::notes,
    trail::ledger::NewEntry,
};

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

/// Notes with which settings the desk was started, and what is other than the last time. Each data folder has a note of its own.
pub(crate) async fn note(desk: &Inner) -> Result<()> {
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
        let (tx, at) = (desk.db.begin().await?, desk.now());
        // Two processes that are started anew say it once.
        let once = format!("settings {changes:?} {}", hour(at));
        NewEntry::of_desk(LedgerData::SettingsChanged { changes }).once(once).note(&tx, None, at);
        tx.commit().await?;
    }
    if let Err(cause) = notes::write(&desk.config.data_dir, notes::SETTINGS, &said) {
        tracing::warn!(%cause, "the settings of this start could not be noted");
    }
    Ok(())
}
