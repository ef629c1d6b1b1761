//! Upkeep: what a crash or the passing of time left behind.

use std::sync::Arc;

use domain::Result;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryTrait as _};

use crate::{
    rooms::{
        Inner, cards, factors, hashes, ledger, pictures, pins, recoveries, retention, sessions as sessions_room, sweep,
        throttle, tokens,
    },
    store::entities::{
        ApiTokens, BulkChanges, BulkReports, CallerChecks, CallerCodes, Drafts, Sent, Sessions, api_tokens,
        bulk_changes, bulk_reports, caller_checks, caller_codes, drafts, sent, sessions,
    },
};

/// Seconds that ended and expired sessions are kept.
const KEEP_SESSIONS: i64 = 30 * 24 * 3600;

/// Seconds that a draft is kept after its last change.
const KEEP_DRAFTS: i64 = 90 * 24 * 3600;
/// Seconds that the key of something sent is kept; nobody tries again after that.
const KEEP_SENT: i64 = 7 * 24 * 3600;
/// Seconds that a caller's code is kept, and what agents typed of them.
const KEEP_CODES: i64 = 24 * 3600;
const KEEP_CHECKS: i64 = 365 * 24 * 3600;
/// Seconds that API tokens are kept that expired or were revoked.
const KEEP_TOKENS: i64 = 30 * 24 * 3600;
/// Seconds that a change of many tickets is kept; whoever asks to take it back later is told that there is none.
const KEEP_BULKS: i64 = 24 * 3600;

pub(crate) async fn run(desk: &Arc<Inner>) -> Result<()> {
    throttle::forget_old(desk).await?;
    pins::shown::forget_old(desk).await?;
    tokens::forget_sealed(desk).await?;
    cards::forget_old(desk).await?;
    factors::kept::forget_old(desk).await?;
    recoveries::forget_old(desk).await?;
    pins::asked::forget_old(desk).await?;
    // Before sessions are forgotten.
    sessions_room::ending::end_closed(desk).await?;
    ledger::keep(desk).await?;
    let before = |keep: i64| desk.now().plus_seconds(-keep);
    let over = Condition::any()
        .add(sessions::Column::EndedAt.lt(before(KEEP_SESSIONS)))
        .add(sessions::Column::ExpiresAt.lt(before(KEEP_SESSIONS)));
    let drafts = Drafts::delete_many().filter(drafts::Column::SavedAt.lt(before(KEEP_DRAFTS)));
    let sent = Sent::delete_many().filter(sent::Column::At.lt(before(KEEP_SENT)));
    let bulks = BulkChanges::delete_many().filter(bulk_changes::Column::At.lt(before(KEEP_BULKS)));
    let reports = BulkReports::delete_many().filter(bulk_reports::Column::At.lt(before(KEEP_BULKS)));
    let codes = CallerCodes::delete_many().filter(caller_codes::Column::ExpiresAt.lt(before(KEEP_CODES)));
    let checks = CallerChecks::delete_many().filter(caller_checks::Column::At.lt(before(KEEP_CHECKS)));
    let spent = Condition::any()
        .add(api_tokens::Column::RevokedAt.lt(before(KEEP_TOKENS)))
        .add(api_tokens::Column::ExpiresAt.lt(before(KEEP_TOKENS)));
    let spent = ApiTokens::delete_many().filter(spent);
    let sessions = Sessions::delete_many().filter(over).into_query();
    let others = [spent.into_query(), drafts.into_query(), sent.into_query(), bulks.into_query(), reports.into_query()];
    let of_calls = [codes.into_query(), checks.into_query()];
    for delete in [sessions].into_iter().chain(others).chain(of_calls) {
        desk.db.write(&delete).await?;
    }
    retention::upkeep(desk).await?;
    sweep::run(desk).await?;
    desk.storage.empty_trash().await?;
    pictures::measure_old(desk).await?;
    hashes::hash_old(desk).await?;
    desk.db.tally().upkeep_done(desk.now());
    Ok(())
}
