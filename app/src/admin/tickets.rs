//! All tickets, and the work on one.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod list;
#[cfg(feature = "ssr")]
pub(super) mod ticket;
