//! All tickets, and the work on one.

pub mod api;
pub mod approvals;

pub(super) mod list;
pub(super) mod ticket;
