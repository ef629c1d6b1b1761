//! Staff log in.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod page;
