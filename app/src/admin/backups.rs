//! Backups, for admins.

pub mod api;

pub(super) mod page;
