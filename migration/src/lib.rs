//! The history of the database. Migrations only ever add; each runs on SQLite and PostgreSQL, up and down.
//!
//! Ids are 64-bit and never used twice (SQLite's AUTOINCREMENT), because a ticket's id names its folder of files.
//! Times are microseconds since the Unix epoch, in UTC: one integer that sorts, indexes and compares alike on both.
//! Never imports the live entities: history does not change when they do.

pub use sea_orm_migration::prelude::*;

mod m20261123_000001_desk;
mod m20261124_000001_conversation;
mod m20261126_000001_pulse;
mod m20261126_000011_guesses;
mod m20261126_000012_usernames;
mod m20261126_000021_session_use;
mod m20261126_000022_shown_once;
mod m20261126_000031_pictures;
mod m20261126_000041_search;
mod m20261126_000051_people;
mod m20261126_000061_withdrawn_titles;
mod m20261126_000071_secret_mark;
mod m20261126_000072_same_form;
mod m20261126_000081_event_data;
mod m20261126_000082_live_sessions;
mod m20261126_000083_people_names;
mod m20261127_000011_bulk_changes;
mod m20261127_000021_scopes;
mod m20261127_000022_failed_hours;
mod m20261127_000023_caller_codes;
mod m20261127_000031_shortcuts;
mod m20261128_000011_api_tokens;
mod m20261128_000021_file_hashes;
mod m20261128_000022_restored;
mod m20261128_000031_bulk_reports;
mod m20261128_000041_drops;
mod m20261128_000042_delegations;
mod m20261129_000101_ledger;
mod m20261129_000102_closed_at;
mod m20261129_000301_cards;
mod m20261129_000302_calls;
mod m20261129_000401_approvals;
mod m20261129_000402_recoveries;
mod m20261129_000601_factors;
mod m20261129_000602_identities;
mod m20261201_000101_welcomed;
mod m20261201_000102_pin_requests;
mod m20261201_000103_unnamed;
mod m20261201_000301_retention;
mod m20261201_000501_passkeys;

pub use m20261126_000081_event_data::convert_newest as convert_newest_events;

/// Runs the history.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_desk::Migration),
            Box::new(m20261124_000001_conversation::Migration),
            Box::new(m20261126_000001_pulse::Migration),
            Box::new(m20261126_000011_guesses::Migration),
            Box::new(m20261126_000012_usernames::Migration),
            Box::new(m20261126_000021_session_use::Migration),
            Box::new(m20261126_000022_shown_once::Migration),
            Box::new(m20261126_000031_pictures::Migration),
            Box::new(m20261126_000041_search::Migration),
            Box::new(m20261126_000051_people::Migration),
            Box::new(m20261126_000061_withdrawn_titles::Migration),
            Box::new(m20261126_000071_secret_mark::Migration),
            Box::new(m20261126_000072_same_form::Migration),
            Box::new(m20261126_000081_event_data::Migration),
            Box::new(m20261126_000082_live_sessions::Migration),
            Box::new(m20261126_000083_people_names::Migration),
            Box::new(m20261127_000011_bulk_changes::Migration),
            Box::new(m20261127_000021_scopes::Migration),
            Box::new(m20261127_000022_failed_hours::Migration),
            Box::new(m20261127_000023_caller_codes::Migration),
            Box::new(m20261127_000031_shortcuts::Migration),
            Box::new(m20261128_000011_api_tokens::Migration),
            Box::new(m20261128_000021_file_hashes::Migration),
            Box::new(m20261128_000022_restored::Migration),
            Box::new(m20261128_000031_bulk_reports::Migration),
            Box::new(m20261128_000041_drops::Migration),
            Box::new(m20261128_000042_delegations::Migration),
            Box::new(m20261129_000101_ledger::Migration),
            Box::new(m20261129_000102_closed_at::Migration),
            Box::new(m20261129_000301_cards::Migration),
            Box::new(m20261129_000302_calls::Migration),
            Box::new(m20261129_000401_approvals::Migration),
            Box::new(m20261129_000402_recoveries::Migration),
            Box::new(m20261129_000601_factors::Migration),
            Box::new(m20261129_000602_identities::Migration),
            Box::new(m20261201_000101_welcomed::Migration),
            Box::new(m20261201_000102_pin_requests::Migration),
            Box::new(m20261201_000103_unnamed::Migration),
            Box::new(m20261201_000301_retention::Migration),
            Box::new(m20261201_000501_passkeys::Migration),
        ]
    }
}
