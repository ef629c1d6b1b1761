//! What customers see of their own access.

pub mod api;

#[cfg(feature = "ssr")]
mod sessions;
#[cfg(feature = "ssr")]
pub(crate) mod table;

#[cfg(feature = "ssr")]
pub use sessions::SessionsPage;
