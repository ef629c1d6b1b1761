//! The list of categories.

pub mod api;

pub(super) mod page;
