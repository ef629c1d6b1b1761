//! Customers.

pub mod api;

pub(super) mod customer;
mod delegations;
pub(super) mod list;
pub(super) mod new;
