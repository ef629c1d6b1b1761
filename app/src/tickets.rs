//! A customer's tickets: list, open, read, change.

pub mod api;
pub mod copy;
mod detail;
mod edit;
mod files;
mod list;
mod new;
mod query;

pub use detail::TicketPage;
pub use files::{AttachmentList, file_icon};
pub use list::ListPage;
pub use new::NewPage;
pub(crate) use query::{TicketPageQuery, shown};
