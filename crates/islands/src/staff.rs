//! What is alive in the staff area: each in a file of its own, which only a page that shows it asks for.

pub mod api;
mod card_tools;
mod keys;
mod queue_tools;
mod staff_keys;

pub use card_tools::CardTools;
pub use queue_tools::QueueTools;
pub use staff_keys::StaffKeys;
