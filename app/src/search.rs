//! Search: what it found, for the pages that list tickets.

pub(crate) mod api;

mod results;

pub use results::SearchResults;
