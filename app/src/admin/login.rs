//! Staff log in.

pub mod api;

pub(super) mod page;
