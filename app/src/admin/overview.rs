//! The staff's first page.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod page;
