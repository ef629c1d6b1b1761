//! The staff's first page.

pub mod api;
pub(super) mod page;
