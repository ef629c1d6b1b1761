//! The list of categories.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod page;
