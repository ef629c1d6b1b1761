//! The desk from outside, each test on SQLite and on PostgreSQL.
//!
//! PostgreSQL's come from `PINDESK_TEST_POSTGRES_URL`, a server on which databases may be made; `cargo xtask test` sets
//! it. Without it those halves fail and say so: a test that silently did not run would be worse.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests look behind the desk: at its tables, at files, at their settings"
)]

#[path = "desk/approvals.rs"]
mod approvals;
#[path = "desk/audit.rs"]
mod audit;
#[path = "desk/backup.rs"]
mod backup;
#[path = "desk/backups.rs"]
mod backups;
#[path = "desk/buckets.rs"]
mod buckets;
#[path = "desk/bulk.rs"]
mod bulk;
#[path = "desk/callers.rs"]
mod callers;
#[path = "desk/calls.rs"]
mod calls;
#[path = "desk/cards.rs"]
mod cards;
#[path = "desk/clock.rs"]
mod clock;
#[path = "desk/closed.rs"]
mod closed;
#[path = "desk/conversation.rs"]
mod conversation;
#[path = "desk/damage.rs"]
mod damage;
#[path = "desk/delegations.rs"]
mod delegations;
#[path = "desk/drafts.rs"]
mod drafts;
#[path = "desk/drops.rs"]
mod drops;
#[path = "desk/durability.rs"]
mod durability;
#[path = "desk/erasing.rs"]
mod erasing;
#[path = "desk/export.rs"]
mod export;
#[path = "desk/factors.rs"]
mod factors;
#[path = "desk/files.rs"]
mod files;
#[path = "desk/guesses.rs"]
mod guesses;
#[path = "desk/import.rs"]
mod import;
#[path = "desk/kept.rs"]
mod kept;
#[path = "desk/ledger.rs"]
mod ledger;
#[path = "desk/live.rs"]
mod live;
#[path = "desk/migrations.rs"]
mod migrations;
#[path = "desk/passkeys.rs"]
mod passkeys;
#[path = "desk/people.rs"]
mod people;
#[path = "desk/person_export.rs"]
mod person_export;
#[path = "desk/pins.rs"]
mod pins;
#[path = "desk/plans.rs"]
mod plans;
#[path = "desk/recoveries.rs"]
mod recoveries;
#[path = "desk/report.rs"]
mod report;
#[path = "desk/retention.rs"]
mod retention;
#[path = "desk/scopes.rs"]
mod scopes;
#[path = "desk/search.rs"]
mod search;
#[path = "desk/sensitive.rs"]
mod sensitive;
#[path = "desk/sessions.rs"]
mod sessions;
#[path = "desk/sign_on.rs"]
mod sign_on;
#[path = "desk/support.rs"]
mod support;
#[path = "desk/tickets.rs"]
mod tickets;
#[path = "desk/tokens.rs"]
mod tokens;
#[path = "desk/trash.rs"]
mod trash;
#[path = "desk/undo.rs"]
mod undo;
#[path = "desk/unnamed.rs"]
mod unnamed;
#[path = "desk/unread.rs"]
mod unread;
