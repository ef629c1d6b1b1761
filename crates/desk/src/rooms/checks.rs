//! What admins should know of their desk: the cheap part of what the doctor looks at, once a week by itself.

use domain::{Actor, Result, Timestamp};
use sea_orm::{EntityTrait as _, QueryOrder as _, QuerySelect as _};
use serde::{Deserialize, Serialize};

use crate::{
    rooms::{
        Inner,
        doctor::{self, Finding, Severity},
        retention,
    },
    store::{
        entities::{Users, users},
        fault::{OrRefuse as _, Trouble},
        notes,
    },
};

/// Seconds between two looks.
const EVERY: i64 = 7 * 24 * 3600;
/// Days after which a backup is missed.
pub(crate) const BACKUP_DAYS: i64 = 7;

/// What admins are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// What was looked at, in a word.
    pub check: String,
    /// Something is wrong; otherwise somebody should know.
    pub is_fault: bool,
    /// A sentence or two: what it is and what to do.
    pub message: String,
}

/// The last look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Looked {
    at: Timestamp,
    concerns: Vec<Concern>,
}

impl From<Finding> for Concern {
    fn from(finding: Finding) -> Self {
        let is_fault = finding.severity == Severity::Fault;
        Self { check: finding.check.to_owned(), is_fault, message: finding.message }
    }
}

/// Looks, if it is time to. A database that is damaged is known for it from here on; one that was taken for damaged is looked at
/// each time, until it is whole.
pub(crate) async fn run(desk: &Inner) {
    let (folder, now) = (&desk.config.data_dir, desk.now());
    let last: Option<Looked> = notes::read(folder, notes::CHECKS);
    let is_due = last.is_none_or(|last| now >= last.at.plus_seconds(EVERY) || last.at > now);
    let was_damaged = desk.health.database.trouble() == Some(Trouble::Damaged);
    if !is_due && !was_damaged {
        return;
    }
    let (findings, is_whole) = doctor::glance(&desk.config, BACKUP_DAYS).await;
    match is_whole {
        Some(false) => {
            if !was_damaged {
                tracing::error!("the database is damaged. {}", Trouble::Damaged.advice());
            }
            desk.health.database.fails(Trouble::Damaged);
        }
        Some(true) if was_damaged => {
            tracing::warn!("the database was taken for damaged, and is whole");
            desk.health.database.is_whole();
        }
        _ => {}
    }
    let looked = Looked { at: now, concerns: findings.into_iter().map(Concern::from).collect() };
    if let Err(cause) = notes::write(folder, notes::CHECKS, &looked) {
        tracing::warn!(%cause, "it could not be noted what was looked at");
    }
}

/// What is of concern: what can be seen at once, and what the last look found besides. Admins.
pub(crate) async fn concerns(desk: &Inner, actor: &Actor) -> Result<Vec<Concern>> {
    actor.require_admin()?;
    // Ids go up as people come.
    let first = Users::find().select_only().column(users::Column::CreatedAt).order_by_asc(users::Column::Id).limit(1);
    let first: Option<Timestamp> = first.into_tuple().one(&desk.db).await.or_refuse()?;
    let since = first.map_or(0, Timestamp::as_micros);
    let mut all: Vec<Concern> =
        doctor::look_outside(&desk.config, BACKUP_DAYS, since).into_iter().map(Concern::from).collect();
    let last: Option<Looked> = notes::read(&desk.config.data_dir, notes::CHECKS);
    let of_now =
        ["modes", "secret", "proxies", "space", "file system", "restore", "backup", "verified backup", "retention"];
    let before = last.into_iter().flat_map(|last| last.concerns);
    all.extend(before.filter(|concern| !of_now.contains(&concern.check.as_str())));
    // What cannot be read hides nothing else.
    let waits = retention::words(retention::waiting(desk).await.unwrap_or_default());
    all.extend(waits.map(|message| Concern { check: "retention".to_owned(), is_fault: false, message }));
    Ok(all)
}
