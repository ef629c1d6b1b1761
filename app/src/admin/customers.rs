//! Customers.

pub mod api;

pub(super) mod customer;
pub(super) mod list;
pub(super) mod new;
