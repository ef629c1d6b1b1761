//! Customers.

pub mod api;

pub(super) mod customer;
mod delegations;
mod erase;
pub(super) mod list;
pub(super) mod new;
