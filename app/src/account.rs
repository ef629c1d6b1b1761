//! What customers see of their own access.

mod access;
mod sessions;
pub(crate) mod table;

pub(crate) use access::access;
pub use sessions::SessionsPage;
