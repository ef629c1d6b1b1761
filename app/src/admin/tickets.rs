//! All tickets, and the work on one.

pub mod api;
pub mod approvals;

pub(super) mod bulk;
pub(super) mod list;
pub(super) mod ticket;

use serde::Serialize;

/// Which tickets a link to the list is about.
#[derive(Default, Serialize)]
pub(super) struct TicketsOf<'a> {
    pub(super) status: &'a str,
    pub(super) category: &'a str,
    /// A username.
    pub(super) customer: &'a str,
}
