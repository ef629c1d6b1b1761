//! Nothing typed is lost: drafts of forms, kept on the server while they are written.
//!
//! A form that keeps a draft names its place in `data-draft` and holds an `IdempotencyKey` and a `DraftBar`; beside it
//! stands a `DiscardDraft`, and once on the page the island [`Drafts`].

pub mod api;
mod island;
#[cfg(feature = "hydrate")]
mod live;
#[cfg(feature = "ssr")]
mod parts;
#[cfg(feature = "hydrate")]
mod preview;
#[cfg(feature = "hydrate")]
mod wake;

pub use island::Drafts;
#[cfg(feature = "hydrate")]
pub(crate) use live::start as begin_saving;
#[cfg(feature = "ssr")]
pub use parts::{DiscardDraft, DraftBar, IdempotencyKey, SavedDraft, draft_value};
#[cfg(feature = "hydrate")]
pub(crate) use preview::show as begin_preview;
