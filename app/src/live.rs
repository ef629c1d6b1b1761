//! What a page says about itself, so that it is kept fresh while it is open; how, `islands::live` says.

mod page;

pub use page::{LiveNotice, LivePage, PresenceLine, UnreadInTitle, note_newest, note_seen, present, unread};
