//! Who is calling: a caller's code, typed by whoever answers.

pub mod api;
pub(super) mod card;

pub(super) mod page;
