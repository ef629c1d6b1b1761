//! What customers see of their own access.

mod access;
pub mod caller;
pub mod delegations;
mod sessions;
pub(crate) mod table;

pub(crate) use access::access;
pub use caller::CallerPage;
pub use delegations::DelegationsPage;
pub use sessions::SessionsPage;
