//! What people see: pages, islands and server functions.
//!
//! Compiled twice. With `ssr` into the server, which renders every page whole: pages and layouts exist there alone.
//! With `hydrate` into the WASM that brings a page's islands to life: islands, and the server functions' types.

// A page's markup is one nested type; with optimisation the compiler follows it to its end.
#![recursion_limit = "256"]

pub mod account;
pub mod admin;
pub mod conversation;
pub mod drafts;
pub mod islands;
pub mod live;
pub mod login;
pub mod refusal;
pub mod search;
pub mod tickets;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod addresses;
#[cfg(feature = "ssr")]
pub mod error_pages;
#[cfg(feature = "ssr")]
mod filters;
#[cfg(feature = "ssr")]
pub mod layout;
#[cfg(feature = "ssr")]
pub mod multipart;
#[cfg(feature = "ssr")]
pub mod request;
#[cfg(feature = "ssr")]
pub mod routes;

#[cfg(feature = "ssr")]
pub use layout::shell::{App, shell};
