//! Log in by Support PIN.

pub mod api;
mod page;

pub use page::LoginPage;
pub(crate) use page::NextQuery;
