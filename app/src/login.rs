//! Log in by Support PIN.

pub mod api;
mod page;

pub use page::LoginPage;
