//! Staff log in.

pub mod api;

pub(super) mod code;
pub(super) mod page;
