//! Customers.

pub mod api;

pub mod copy;
pub(super) mod customer;
mod delegations;
mod erase;
pub(super) mod list;
pub(super) mod new;
