//! Customers.

pub mod api;

#[cfg(feature = "ssr")]
pub(super) mod customer;
#[cfg(feature = "ssr")]
pub(super) mod list;
#[cfg(feature = "ssr")]
pub(super) mod new;
