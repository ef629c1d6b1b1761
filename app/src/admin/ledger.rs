//! The access ledger: who was let in, by whom, from where, and what was opened.

pub mod api;

pub(super) mod alarm;
pub(super) mod page;
