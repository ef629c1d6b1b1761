//! The doctor: looks at a desk from below, also at one that cannot be opened, and changes nothing unless it is asked to.

mod files;

use domain::{Actor, human_bytes};

use crate::{
    Desk, DeskConfig,
    rooms::{backup, ledger::checking, restore, retention},
    store::{
        db::{
            load::known_schema,
            snapshot::{Snapshot, sqlite_path},
        },
        disk,
        fault::Trouble,
        ledger::Broken,
        notes::{self, UnknownProxy},
        private,
        raw::doctor as raw,
    },
};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody should know, and decide.
    Warning,
    /// Something is wrong.
    Fault,
}

/// What the doctor found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word.
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// A sentence or two: what it is and what to do.
    pub message: String,
    /// Each of them, where they are files.
    pub files: Vec<String>,
    /// Whether it was put right.
    pub is_fixed: bool,
}

/// Which sort of repair a finding takes, as far as one is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cure {
    Close,
    Confirm,
    Index,
}

/// A room below this is little.
const LITTLE: u64 = 500 << 20;
/// With this, nothing works for long.
const VERY_LITTLE: u64 = 50 << 20;

#[derive(Default)]
struct Found {
    findings: Vec<(Finding, Option<Cure>)>,
}

impl Found {
    fn note(&mut self, check: &'static str, severity: Severity, message: impl Into<String>) {
        self.add(check, severity, message, Vec::new(), None);
    }

    fn add(
        &mut self,
        check: &'static str,
        severity: Severity,
        message: impl Into<String>,
        files: Vec<String>,
        cure: Option<Cure>,
    ) {
        let finding = Finding { check, severity, message: message.into(), files, is_fixed: false };
        self.findings.push((finding, cure));
    }
}

/// Looks at everything. A backup older than so many days is worth a word. With `fix`, what can be put right without harm is.
pub(crate) async fn examine(config: &DeskConfig, backup_days: i64, fix: bool) -> Vec<Finding> {
    let mut found = Found::default();
    if !config.data_dir.is_dir() {
        let words = format!("the data folder {} is not there; the first start makes it", config.data_dir.display());
        found.note("data folder", Severity::Fault, words);
        return found.findings.into_iter().map(|(finding, _)| finding).collect();
    }
    look_at_folder(config, &mut found);
    match Snapshot::begin(config).await {
        Err(cause) => found.note("database", Severity::Fault, cause.to_string()),
        Ok(snapshot) => {
            look_at_database(config, &snapshot, backup_days, &mut found).await;
            snapshot.end().await;
        }
    }
    if fix {
        cure(config, &mut found).await;
    }
    found.findings.into_iter().map(|(finding, _)| finding).collect()
}

/// The cheap part of it, with whether the database is whole; none where it could not be looked at.
pub(crate) async fn glance(config: &DeskConfig, backup_days: i64) -> (Vec<Finding>, Option<bool>) {
    let mut found = Found::default();
    look_at_folder(config, &mut found);
    let mut is_whole = None;
    match Snapshot::begin(config).await {
        Err(cause) => found.note("database", Severity::Fault, cause.to_string()),
        Ok(snapshot) => {
            is_whole = note_damage(snapshot.damage_at_a_glance().await, &mut found);
            if is_whole == Some(true)
                && let Err(cause) = look_at_rows(config, &snapshot, backup_days, &mut found).await
            {
                found.note("database", Severity::Fault, cause.to_string());
            }
            snapshot.end().await;
        }
    }
    (found.findings.into_iter().map(|(finding, _)| finding).collect(), is_whole)
}

/// Somebody near speaks for others, and the settings name nobody who may: so all whom they speak for count as one. Noted by a desk
/// that runs, which forgets it as it starts.
fn look_at_proxies(config: &DeskConfig, found: &mut Found) {
    const DAY: i64 = 24 * 3600;
    let note: Option<UnknownProxy> = notes::read(&config.data_dir, notes::PROXY);
    let Some(UnknownProxy { peer, at }) = note.filter(|note| note.at > config.clock.now().plus_seconds(-DAY)) else {
        return;
    };
    let words = format!(
        "X-Forwarded-For or Forwarded came from {peer}, last on {}, and is not believed: if that is your proxy, name it in \
         PINDESK_TRUSTED_PROXIES; until then all who come through it count as one address",
        at.to_second()
    );
    found.note("proxies", Severity::Warning, words);
}

/// What can be seen of the folder and of the notes in it at any time. `since` is when the desk was first used.
pub(crate) fn look_outside(config: &DeskConfig, backup_days: i64, since: i64) -> Vec<Finding> {
    let mut found = Found::default();
    look_at_folder(config, &mut found);
    look_at_backups(config, backup_days, since, &mut found);
    found.findings.into_iter().map(|(finding, _)| finding).collect()
}

fn look_at_backups(config: &DeskConfig, backup_days: i64, since: i64, found: &mut Found) {
    for (check, words) in backup::late::warnings(config, backup_days, since) {
        found.note(check, Severity::Warning, words);
    }
}

/// Notes what is wrong with the database; whether it is whole, as far as it could be looked at.
fn note_damage(damage: Result<Vec<String>, crate::OpenError>, found: &mut Found) -> Option<bool> {
    match damage {
        Err(cause) => {
            found.note("integrity", Severity::Fault, cause.to_string());
            None
        }
        Ok(damage) => {
            if !damage.is_empty() {
                let words = format!("the database is damaged ({}). {}", damage.join("; "), Trouble::Damaged.advice());
                found.note("integrity", Severity::Fault, words);
            }
            Some(damage.is_empty())
        }
    }
}

fn look_at_folder(config: &DeskConfig, found: &mut Found) {
    let folder = &config.data_dir;
    for path in private::open_to_others(config) {
        let words = format!("others on this machine can read {}: run chmod go-rwx", path.display());
        found.add("modes", Severity::Warning, words, Vec::new(), Some(Cure::Close));
    }
    if restore::is_under_way(folder) {
        found.note("restore", Severity::Fault, restore::UNFINISHED);
    }
    if config.secret.is_none() && !folder.join("secret").exists() {
        let words = "there is no secret in the data folder, and none is set: put it back, or start with --new-secret";
        found.note("secret", Severity::Fault, words);
    }
    look_at_proxies(config, found);
    let Some(disk) = disk::below(folder) else { return };
    let words =
        || format!("{} of {} are free below {}", human_bytes(disk.free), human_bytes(disk.size), folder.display());
    if disk.free < VERY_LITTLE {
        found.note("space", Severity::Fault, words());
    } else if disk.free < LITTLE {
        found.note("space", Severity::Warning, words());
    }
    let database = sqlite_path(config).ok().flatten();
    let beside = database.as_deref().and_then(std::path::Path::parent).and_then(disk::below);
    if let Some(kind) = beside.and_then(|disk| disk.network) {
        let words = format!(
            "the database is on a network file system ({kind}), where SQLite can be damaged: use a local disk, or PostgreSQL"
        );
        found.note("file system", Severity::Fault, words);
    }
}

async fn look_at_database(config: &DeskConfig, snapshot: &Snapshot, backup_days: i64, found: &mut Found) {
    note_damage(snapshot.damage().await, found);
    let known = known_schema();
    let schema = match snapshot.schema().await {
        Ok(schema) => schema,
        Err(cause) => return found.note("schema", Severity::Fault, cause.to_string()),
    };
    if let Some(later) = schema.iter().find(|step| !known.contains(step)) {
        let words = format!(
            "the database was used by a later version than {}, which knows nothing of {later}",
            env!("CARGO_PKG_VERSION")
        );
        found.note("schema", Severity::Fault, words);
    } else if schema.len() < known.len() {
        let words = format!("{} migrations are due; the next start carries them out", known.len() - schema.len());
        found.note("schema", Severity::Warning, words);
    } else if let Err(cause) = look_at_rows(config, snapshot, backup_days, found).await {
        found.note("database", Severity::Fault, cause.to_string());
    }
    if let Err(cause) = files::look_at_files(config, snapshot, found).await {
        found.note("files", Severity::Fault, cause.to_string());
    }
}

async fn look_at_rows(
    config: &DeskConfig,
    snapshot: &Snapshot,
    backup_days: i64,
    found: &mut Found,
) -> Result<(), crate::OpenError> {
    let now = config.clock.now();
    let (documents, expected) =
        (snapshot.number(raw::documents(snapshot.is_sqlite())).await?, snapshot.number(raw::TEXTS).await?);
    if documents != expected {
        let words =
            format!("the search has {documents} documents, and {expected} texts are there: it must be indexed anew");
        found.add("search", Severity::Warning, words, Vec::new(), Some(Cure::Index));
    }
    let newest = snapshot.number(raw::NEWEST).await?;
    if newest > now.plus_seconds(300).as_micros() {
        let ahead = domain::Timestamp::from_micros(newest);
        let words = format!(
            "the newest event is of {}, which is in the future: look at the machine's clock",
            ahead.to_second()
        );
        found.note("clock", Severity::Warning, words);
    }
    if let Some(Broken(words)) = checking::check(snapshot).await? {
        let words = format!(
            "the access ledger was changed: {words}. Somebody wrote to the database behind Pindesk; compare it with a backup, or with \
             what was taken out of it before"
        );
        found.note("ledger", Severity::Fault, words);
    }
    if let Some(words) = retention::words(snapshot.number(raw::LISTS).await?.unsigned_abs()) {
        found.note("retention", Severity::Warning, words);
    }
    look_at_backups(config, backup_days, snapshot.number(raw::OLDEST).await?, found);
    Ok(())
}

/// Puts right what can be without harm.
async fn cure(config: &DeskConfig, found: &mut Found) {
    let wanted: Vec<Cure> = found.findings.iter().filter_map(|(_, cure)| *cure).collect();
    let is_broken = found.findings.iter().any(|(finding, _)| {
        finding.severity == Severity::Fault && matches!(finding.check, "database" | "integrity" | "schema" | "secret")
    });
    let mut done = Vec::new();
    if wanted.contains(&Cure::Close) && private::prepare(config).is_ok() {
        done.push(Cure::Close);
    }
    if !is_broken && (wanted.contains(&Cure::Confirm) || wanted.contains(&Cure::Index)) {
        let opened = Desk::open(config.clone()).await;
        if let Ok(desk) = &opened {
            if wanted.contains(&Cure::Confirm) && desk.confirm_sweep(&Actor::command_line()).await.is_ok() {
                done.push(Cure::Confirm);
            }
            if wanted.contains(&Cure::Index) && desk.index_anew().await.is_ok() {
                done.push(Cure::Index);
            }
        }
    }
    for (finding, cure) in &mut found.findings {
        finding.is_fixed = cure.is_some_and(|cure| done.contains(&cure));
    }
}
