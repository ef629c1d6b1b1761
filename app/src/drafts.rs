//! What a form that keeps a draft shows of it.
//!
//! Its form has a [`draft_spec`]; beside it stands a [`DiscardDraft`].

mod parts;

use islands::request::RequestContext;

pub use parts::{DiscardDraft, IdempotencyKey, SavedDraft, draft_spec, draft_value, idempotency_key};

/// Whether who looks keeps drafts. Whom a customer let in has none: those that there are, are the customer's.
pub fn keeps_drafts() -> bool {
    let visitor = RequestContext::current().ok().and_then(|context| context.visitor);
    visitor.is_none_or(|actor| actor.require_own().is_ok())
}
