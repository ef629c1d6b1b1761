//! The conversation on a ticket: what was said and what happened, and the forms to say more.

pub mod api;

#[cfg(feature = "ssr")]
mod composer;
#[cfg(feature = "ssr")]
mod entry;
#[cfg(feature = "ssr")]
mod words;

#[cfg(feature = "ssr")]
pub use composer::{Composer, NoteForm, ReplyForm};
#[cfg(feature = "ssr")]
pub use entry::{Conversation, Reader};
