//! What customers see of their own access.

pub mod api;

mod sessions;
pub(crate) mod table;

pub use sessions::SessionsPage;
