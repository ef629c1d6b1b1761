//! Support PINs.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod issue;
#[cfg(feature = "ssr")]
pub(super) mod list;
