//! Sessions: who is in.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod page;
