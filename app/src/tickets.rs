//! A customer's tickets: list, open, read, change.

pub mod api;
mod badges;
mod uploader;

#[cfg(feature = "ssr")]
mod detail;
#[cfg(feature = "ssr")]
mod edit;
#[cfg(feature = "ssr")]
mod files;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod new;

pub use badges::{PriorityBadge, StatusBadge, status_sign};
#[cfg(feature = "ssr")]
pub use detail::TicketPage;
#[cfg(feature = "ssr")]
pub use files::{AttachmentList, file_icon};
#[cfg(feature = "ssr")]
pub use list::ListPage;
#[cfg(feature = "ssr")]
pub use new::NewPage;
#[cfg(feature = "hydrate")]
pub(crate) use uploader::begin_uploading;
pub use uploader::{UploadPart, Uploader};
