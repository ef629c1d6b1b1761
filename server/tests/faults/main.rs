//! The running program when something around it fails: the disk, the database, the machine, the clients.
//!
//! `cargo xtask test --only faults` runs them, with a PostgreSQL for each test that needs one, because they stop and start
//! it. `cargo test` alone does not: they take longer than the other tests and want Linux' `unshare` and `prlimit`.
//! Everything here goes through the program's outside. A test makes a [`support::Folder`], starts a [`support::Server`]
//! on it, talks to it through [`support::Client`]s, breaks something, and looks at what was promised:
//! whatever was answered with 2xx is there afterwards, and whatever was not says why and leaves nothing behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(
    clippy::disallowed_methods,
    reason = "the settings of these tests are variables, and they wait for other programs"
)]

mod bucket;
mod connections;
mod crash;
mod damage;
mod disk;
mod memory;
mod postgres;
mod requests;
mod support;
