//! Everything that was uploaded.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod page;
