//! Agents and admins.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod list;
#[cfg(feature = "ssr")]
pub(super) mod member;
