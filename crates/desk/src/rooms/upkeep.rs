//! Upkeep: what a crash or the passing of time left behind.

use std::collections::HashSet;

use domain::{Result, TicketId};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _};

use crate::{
    rooms::{Inner, hashes, pictures, pins, throttle},
    store::{
        entities::{
            Attachments, BulkChanges, CallerChecks, CallerCodes, Drafts, Sent, Sessions, attachments, bulk_changes,
            caller_checks, caller_codes, drafts, sent, sessions,
        },
        fault::OrRefuse as _,
        files::place,
    },
};

/// Folders looked at with one query.
const FOLDERS: usize = 500;
/// Seconds that ended and expired sessions are kept.
const KEEP_SESSIONS: i64 = 30 * 24 * 3600;

/// Seconds that a draft is kept after its last change.
const KEEP_DRAFTS: i64 = 90 * 24 * 3600;
/// Seconds that the key of something sent is kept; nobody tries again after that.
const KEEP_SENT: i64 = 7 * 24 * 3600;
/// Seconds that a caller's code is kept, and what agents typed of them.
const KEEP_CODES: i64 = 24 * 3600;
const KEEP_CHECKS: i64 = 365 * 24 * 3600;
/// Seconds that a change of many tickets is kept; whoever asks to take it back later is told that there is none.
const KEEP_BULKS: i64 = 24 * 3600;

pub(crate) async fn run(desk: &Inner) -> Result<()> {
    throttle::forget_old(desk).await?;
    pins::shown::forget_old(desk).await?;
    let before = |keep: i64| desk.now().plus_seconds(-keep);
    let over = Condition::any()
        .add(sessions::Column::EndedAt.lt(before(KEEP_SESSIONS)))
        .add(sessions::Column::ExpiresAt.lt(before(KEEP_SESSIONS)));
    let drafts = Drafts::delete_many().filter(drafts::Column::SavedAt.lt(before(KEEP_DRAFTS)));
    let sent = Sent::delete_many().filter(sent::Column::At.lt(before(KEEP_SENT)));
    let bulks = BulkChanges::delete_many().filter(bulk_changes::Column::At.lt(before(KEEP_BULKS)));
    let codes = CallerCodes::delete_many().filter(caller_codes::Column::ExpiresAt.lt(before(KEEP_CODES)));
    let checks = CallerChecks::delete_many().filter(caller_checks::Column::At.lt(before(KEEP_CHECKS)));
    let sessions = Sessions::delete_many().filter(over).into_query();
    let others = [drafts.into_query(), sent.into_query(), bulks.into_query(), codes.into_query(), checks.into_query()];
    for delete in [sessions].into_iter().chain(others) {
        desk.db.write(&delete).await?;
    }
    sweep_files(desk).await?;
    desk.storage.empty_trash().await?;
    pictures::measure_old(desk).await?;
    hashes::hash_old(desk).await
}

/// Throws away files without a row.
async fn sweep_files(desk: &Inner) -> Result<()> {
    let tickets = desk.storage.tickets().await?;
    for folders in tickets.chunks(FOLDERS) {
        let (Some(first), Some(last)) = (folders.first(), folders.last()) else { continue };
        // Listed before the rows are read: a file that gets its row in between is kept.
        let mut files = Vec::new();
        for ticket in folders {
            files.extend(desk.storage.settled_files(*ticket).await?);
        }
        let rows: Vec<(TicketId, String)> = Attachments::find()
            .select_only()
            .column(attachments::Column::TicketId)
            .column(attachments::Column::StoredName)
            .filter(attachments::COLUMN.ticket_id.between(*first, *last))
            .into_tuple()
            .all(&desk.db)
            .await
            .or_refuse()?;
        let known: HashSet<_> = rows.into_iter().map(|(ticket, name)| place(ticket, &name)).collect();
        for file in files.into_iter().filter(|file| !known.contains(file)) {
            // What could not be moved is in the log, and waits for the next time.
            if desk.storage.throw_away(&file).await.is_ok() {
                tracing::info!(%file, "a file without a ticket was swept away");
            }
        }
    }
    Ok(())
}
