//! Sessions: who is in.

pub mod api;

pub(super) mod page;
