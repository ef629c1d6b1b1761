//! What a form that keeps a draft shows of it.
//!
//! Such a form names its place in `data-draft` and holds an [`IdempotencyKey`] and a [`DraftBar`]; beside it stands a
//! [`DiscardDraft`], and once on the page the island `Drafts`.

mod parts;

use islands::request::RequestContext;

pub use parts::{DiscardDraft, DraftBar, IdempotencyKey, SavedDraft, draft_value};

/// Whether who looks keeps drafts. Whom a customer let in has none: those that there are, are the customer's.
pub fn keeps_drafts() -> bool {
    let visitor = RequestContext::current().ok().and_then(|context| context.visitor);
    visitor.is_none_or(|actor| actor.require_own().is_ok())
}
