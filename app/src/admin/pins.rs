//! Support PINs.

pub mod api;
pub mod asked;

pub(super) mod issue;
pub(super) mod list;
pub(super) mod meter;
