//! What both sides show of a ticket, and its forms.

pub mod api;
mod badges;
mod uploader;

pub use badges::{PriorityBadge, StatusBadge, status_sign};
pub(crate) use uploader::begin_uploading;
pub use uploader::{UploadPart, Uploader};
