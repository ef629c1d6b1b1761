//! Nothing typed is lost: drafts of forms, kept on the server while they are written.
//!
//! A form that keeps a draft names its place in `data-draft`; once on its page stands the island [`Drafts`].

pub mod api;
mod island;
mod live;
mod preview;
mod wake;

pub use island::Drafts;
pub(crate) use live::start as begin_saving;
pub(crate) use preview::show as begin_preview;
