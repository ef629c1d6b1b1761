//! The tables: one file each, with the types that their columns have. The migrations make them; a test holds both together.
//!
//! `Tickets::find()`, `tickets::COLUMN.status`: the entity by the table's name, the module for what belongs to it.

pub(crate) mod api_tokens;
pub(crate) mod approvals;
pub(crate) mod attachments;
pub(crate) mod authenticators;
pub(crate) mod batches;
pub(crate) mod bulk_change_marks;
pub(crate) mod bulk_change_tickets;
pub(crate) mod bulk_changes;
pub(crate) mod bulk_reports;
pub(crate) mod caller_checks;
pub(crate) mod caller_codes;
pub(crate) mod cards;
pub(crate) mod categories;
pub(crate) mod drafts;
pub(crate) mod events;
pub(crate) mod failed_hours;
pub(crate) mod failed_logins;
pub(crate) mod identities;
pub(crate) mod ledger;
pub(crate) mod ledger_head;
pub(crate) mod login_gate;
pub(crate) mod messages;
pub(crate) mod passkey_challenges;
pub(crate) mod passkeys;
pub(crate) mod pin_requests;
pub(crate) mod pins;
pub(crate) mod pulse;
pub(crate) mod recoveries;
pub(crate) mod recovery_codes;
pub(crate) mod retention_items;
pub(crate) mod retention_lists;
pub(crate) mod retention_rules;
pub(crate) mod return_codes;
pub(crate) mod secret_mark;
pub(crate) mod sent;
pub(crate) mod sessions;
pub(crate) mod shown_once;
pub(crate) mod sweep_hold;
pub(crate) mod ticket_holds;
pub(crate) mod tickets;
pub(crate) mod unread;
pub(crate) mod users;

pub(crate) use self::{
    api_tokens::Entity as ApiTokens, approvals::Entity as Approvals, attachments::Entity as Attachments,
    authenticators::Entity as Authenticators, batches::Entity as Batches, bulk_change_marks::Entity as BulkChangeMarks,
    bulk_change_tickets::Entity as BulkChangeTickets, bulk_changes::Entity as BulkChanges,
    bulk_reports::Entity as BulkReports, caller_checks::Entity as CallerChecks, caller_codes::Entity as CallerCodes,
    cards::Entity as Cards, categories::Entity as Categories, drafts::Entity as Drafts, events::Entity as Events,
    failed_hours::Entity as FailedHours, failed_logins::Entity as FailedLogins, identities::Entity as Identities,
    ledger::Entity as Ledger, ledger_head::Entity as LedgerHead, login_gate::Entity as LoginGate,
    messages::Entity as Messages, passkey_challenges::Entity as PasskeyChallenges, passkeys::Entity as Passkeys,
    pin_requests::Entity as PinRequests, pins::Entity as Pins, pulse::Entity as Pulse,
    recoveries::Entity as Recoveries, recovery_codes::Entity as RecoveryCodes,
    retention_items::Entity as RetentionItems, retention_lists::Entity as RetentionLists,
    retention_rules::Entity as RetentionRules, return_codes::Entity as ReturnCodes, secret_mark::Entity as SecretMark,
    sent::Entity as Sent, sessions::Entity as Sessions, shown_once::Entity as ShownOnce,
    sweep_hold::Entity as SweepHold, ticket_holds::Entity as TicketHolds, tickets::Entity as Tickets,
    unread::Entity as Unread, users::Entity as Users,
};

#[cfg(test)]
mod tests;
