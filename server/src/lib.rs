//! The Pindesk server: HTTP around the desk, and the command line.
//!
//! A library, so that tests can build the router in their own process.

// The document around every page is one type, which this crate lays out.
#![recursion_limit = "256"]

mod assets;
mod backups;
mod body;
mod cli;
pub mod config;
mod connections;
mod download;
mod extract;
mod forms;
mod functions;
mod live;
mod log;
mod media;
pub mod metrics;
mod middleware;
mod pages;
mod reply;
mod rest;
pub mod router;
mod serve;
mod server_fns;
mod sign_on;
mod site;

pub use cli::{command, main};
pub use middleware::Peer;
pub use site::Site;
