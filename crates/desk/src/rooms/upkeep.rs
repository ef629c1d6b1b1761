//! Upkeep: what a crash or the passing of time left behind.

use std::collections::HashSet;

use domain::Result;
use object_store::ObjectStoreExt;
use sea_orm::FromQueryResult;

use crate::{
    rooms::{Inner, pictures, pins, throttle},
    store::{db::Sql as _, files::place},
};

/// Folders looked at with one query.
const FOLDERS: usize = 500;
/// Seconds that ended and expired sessions are kept.
const KEEP_SESSIONS: i64 = 30 * 24 * 3600;

/// Seconds that a draft is kept after its last change.
const KEEP_DRAFTS: i64 = 90 * 24 * 3600;
/// Seconds that the key of something sent is kept; nobody tries again after that.
const KEEP_SENT: i64 = 7 * 24 * 3600;

pub(crate) async fn run(desk: &Inner) -> Result<()> {
    throttle::forget_old(desk).await?;
    pins::shown::forget_old(desk).await?;
    for (statement, keep) in [
        ("DELETE FROM sessions WHERE ended_at < $1 OR expires_at < $1", KEEP_SESSIONS),
        ("DELETE FROM drafts WHERE saved_at < $1", KEEP_DRAFTS),
        ("DELETE FROM sent WHERE at < $1", KEEP_SENT),
    ] {
        let before = desk.now().plus_seconds(-keep).as_micros();
        desk.db.write(statement, [before.into()]).await?;
    }
    sweep_files(desk).await?;
    pictures::measure_old(desk).await
}

#[derive(FromQueryResult)]
struct Stored {
    ticket_id: i64,
    stored_name: String,
}

/// Deletes files without a row.
async fn sweep_files(desk: &Inner) -> Result<()> {
    let tickets = desk.storage.tickets().await?;
    for folders in tickets.chunks(FOLDERS) {
        let (Some(first), Some(last)) = (folders.first(), folders.last()) else { continue };
        // Listed before the rows are read: a file that gets its row in between is kept.
        let mut files = Vec::new();
        for ticket in folders {
            files.extend(desk.storage.settled_files(*ticket).await?);
        }
        let rows: Vec<Stored> = desk
            .db
            .sql_all(
                "SELECT ticket_id, stored_name FROM attachments WHERE ticket_id BETWEEN $1 AND $2",
                [first.0.into(), last.0.into()],
            )
            .await?;
        let known: HashSet<_> =
            rows.into_iter().map(|row| place(domain::TicketId(row.ticket_id), &row.stored_name)).collect();
        for file in files.into_iter().filter(|file| !known.contains(file)) {
            match desk.storage.store.delete(&file).await {
                Ok(()) => tracing::info!(%file, "a file without a ticket was swept away"),
                Err(cause) => tracing::warn!(%cause, %file, "a file without a ticket could not be deleted"),
            }
        }
    }
    Ok(())
}
