//! What goes after a while: rules, lists that wait for an admin, and what came of them. And tickets that are kept.

pub mod api;
pub(super) mod hold;
pub(super) mod list;
pub(super) mod page;
