//! What customers see of their own access.

mod sessions;
pub(crate) mod table;

pub use sessions::SessionsPage;
