//! What the outside may rely on, tried through the whole router.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "the program is run with no settings but its own, and waited for")]

mod access_pages;
mod addresses;
mod audit;
mod authorisation;
mod bodies;
mod browser_login;
mod browser_sessions;
mod bulk;
mod callers;
mod changes;
mod conversation;
mod cookies;
mod cross_site;
mod drafts;
mod errors;
mod factors;
mod forms;
mod harness;
mod headers;
mod ledger;
mod live;
mod log;
mod login;
mod measure;
mod media;
mod metrics;
mod names;
mod program;
mod queue;
mod scopes;
mod search;
mod settings;
mod sign_on;
mod snapshots;
mod staff_calls;
mod tickets;
mod tokens;
mod uploads;
mod welcome;
mod wire;
mod words;
