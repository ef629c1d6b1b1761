//! The first admin of an empty desk.

pub mod api;

pub(super) mod page;
