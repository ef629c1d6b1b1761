//! What is alive in the staff area.

mod card_tools;

pub use card_tools::CardTools;
