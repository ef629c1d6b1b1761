//! Search: what it found, for the pages that list tickets.

pub mod api;

mod results;

pub use results::SearchResults;
