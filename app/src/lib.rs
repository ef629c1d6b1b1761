//! What people see: pages, and the server functions that their forms are for.
//!
//! All of it runs on the server alone, which renders every page whole. What a browser runs is in `islands`.

// A page's markup is one nested type; with optimisation the compiler follows it to its end.
#![recursion_limit = "256"]

pub mod account;
pub mod admin;
pub mod approvals;
pub mod conversation;
pub mod drafts;
pub mod drop;
pub mod error_pages;
mod filters;
pub mod layout;
pub mod live;
pub mod login;
mod qr;
pub mod recovery;
pub mod routes;
pub mod search;
pub mod tickets;

pub use layout::shell::{App, shell};
