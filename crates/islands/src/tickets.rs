//! What both sides show of a ticket, and the server functions of its customers.

pub mod api;
mod badges;

pub use badges::{PriorityBadge, StatusBadge, status_sign};
