//! The conversation on a ticket: what was said and what happened, and the forms to say more.

mod composer;
mod entry;
mod words;

pub use composer::{Composer, NoteForm, ReplyForm, Unsent};
pub use entry::{Conversation, Reader};
pub(crate) use words::event_sentence;
