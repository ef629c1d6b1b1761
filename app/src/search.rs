//! Search: what it found, for the pages that list tickets.

pub mod api;

#[cfg(feature = "ssr")]
mod results;

#[cfg(feature = "ssr")]
pub use results::SearchResults;
