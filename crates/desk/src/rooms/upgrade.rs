//! From one version to the next: what is looked at and kept before a database is brought to this version, and a trial of it.

use std::time::Duration;

use domain::human_bytes;

use crate::{
    DeskConfig, OpenError,
    rooms::{
        backup::{book::OpenBook, work},
        existing,
        scratch::Scratch,
    },
    store::{
        db::{
            Db,
            load::known_schema,
            snapshot::{Snapshot, sqlite_path},
        },
        disk,
        files::Storage,
        health::Health,
    },
};

/// What bringing a desk to this version would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradePlan {
    /// The migrations that would be run, in order.
    pub migrations: Vec<String>,
    /// How long it took on a copy; none where it was not tried, on PostgreSQL.
    pub took: Option<Duration>,
}

/// The migrations that a database lacks; none when there is no desk in it.
///
/// # Errors
/// It is of a later version.
async fn due(config: &DeskConfig) -> Result<Vec<String>, OpenError> {
    let Some(snapshot) = Snapshot::begin_if_any(config).await? else { return Ok(Vec::new()) };
    let schema = snapshot.schema().await;
    snapshot.end().await;
    let (schema, known) = (schema?, known_schema());
    if let Some(unknown) = schema.iter().find(|step| !known.contains(step)) {
        return Err(OpenError(format!(
            "the database was used by a later version: it is at schema {} ({unknown}), and this is Pindesk {}, which knows \
             it up to schema {} ({}). Start that version or a later one; or restore a backup from before (one is named \
             pre-… where backups go)",
            schema.len(),
            env!("CARGO_PKG_VERSION"),
            known.len(),
            known.last().map_or("none", String::as_str)
        )));
    }
    // With none at all, it is about to be made.
    Ok(known.into_iter().filter(|step| !schema.is_empty() && !schema.contains(step)).collect())
}

/// Before a database is opened: refuses a later one, and makes a backup of one that is to be brought to this version. What it
/// returns is held until that is done, so that of several processes that start together one makes the backup.
pub(crate) async fn prepare(config: &DeskConfig) -> Result<Option<OpenBook>, OpenError> {
    if due(config).await?.is_empty() || !config.upgrade_backup {
        return Ok(None);
    }
    let storage = Storage::open(config, &std::sync::Arc::default())?;
    let mut open = OpenBook::wait(config).await?;
    if due(config).await?.is_empty() {
        return Ok(None);
    }
    let made = work::before_upgrade(config, &storage, &mut open).await;
    made.map(|()| Some(open)).map_err(|OpenError(why)| {
        OpenError(format!(
            "the database is to be brought to Pindesk {}, and there is no backup from before: {why}. Put that right; or, if \
             you have a backup, start with PINDESK_UPGRADE_BACKUP=off",
            env!("CARGO_PKG_VERSION")
        ))
    })
}

/// Tells what would be done, and on SQLite how long it takes, on a copy in the data folder. The desk stays as it is.
pub(crate) async fn rehearse(config: &DeskConfig) -> Result<UpgradePlan, OpenError> {
    let migrations = due(config).await?;
    let Some(path) = sqlite_path(config)?.filter(|_| !migrations.is_empty()) else {
        return Ok(UpgradePlan { migrations, took: None });
    };
    let size = path.metadata().map(|about| about.len()).unwrap_or_default();
    // A copy, and what is written into its log.
    if let Some(disk) = disk::below(&config.data_dir).filter(|disk| disk.free < 3 * size) {
        return Err(OpenError(format!(
            "there is no room for a copy: it may take {}, and {} are free below {}",
            human_bytes(3 * size),
            human_bytes(disk.free),
            config.data_dir.display()
        )));
    }
    let scratch = Scratch::new(&config.data_dir)?;
    let Some(snapshot) = Snapshot::begin_if_any(config).await? else {
        return Ok(UpgradePlan { migrations: Vec::new(), took: None });
    };
    let copied = snapshot.copy_to(&scratch.folder.join("pindesk.db")).await;
    copied?;
    let copy = DeskConfig { data_dir: scratch.folder.clone(), database_url: None, storage: None, ..config.clone() };
    let db = Db::open(&copy, &std::sync::Arc::<Health>::default(), std::sync::Arc::new(|_| {})).await?;
    let begun = std::time::Instant::now();
    let tx = db.migrate(&copy).await?;
    let indexed = async {
        existing::bring_up(&tx).await?;
        tx.commit().await
    };
    indexed
        .await
        .map_err(|_| OpenError("the copy could not be brought to this version; the log says why".to_owned()))?;
    let took = begun.elapsed();
    db.close().await.map_err(|cause| OpenError(format!("the copy could not be closed: {cause}")))?;
    Ok(UpgradePlan { migrations, took: Some(took) })
}
