//! What is alive in the staff area: each in a file of its own, which only a page that shows it asks for.

pub mod api;
mod ask_passkey;
mod card_tools;
mod keys;
pub mod queue;
mod staff_keys;

pub use ask_passkey::AskPasskey;
pub use card_tools::CardTools;
pub use queue::TicketQueue;
pub use staff_keys::StaffKeys;
