//! What a deed leaves behind: events, unread marks, and word of it for who listens.

pub(crate) mod events;
pub(crate) mod hub;
pub(crate) mod ledger;
pub(crate) mod listener;
pub(crate) mod unread;
