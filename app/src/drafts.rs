//! What a form that keeps a draft shows of it.
//!
//! Such a form names its place in `data-draft` and holds an [`IdempotencyKey`] and a [`DraftBar`]; beside it stands a
//! [`DiscardDraft`], and once on the page the island `Drafts`.

mod parts;

pub use parts::{DiscardDraft, DraftBar, IdempotencyKey, SavedDraft, draft_value};
