//! Log in by Support PIN.

mod pin_field;
mod pin_text;

pub use pin_field::PinField;
