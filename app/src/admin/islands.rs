//! What is alive in the staff area.

mod card_tools;
mod staff_keys;

pub use card_tools::CardTools;
pub use staff_keys::StaffKeys;
