//! Log in by Support PIN.

pub mod api;
mod pin_field;
#[cfg(any(test, feature = "hydrate"))]
mod pin_text;

#[cfg(feature = "ssr")]
mod page;

#[cfg(feature = "ssr")]
pub use page::LoginPage;
pub use pin_field::PinField;
