//! What is said on a ticket.

pub mod api;
