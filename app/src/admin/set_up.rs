//! The first admin of an empty desk.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod page;
