//! Everything that was uploaded.

pub mod api;

pub(super) mod page;
