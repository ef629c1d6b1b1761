//! Second factors of staff.

pub mod api;

pub(super) mod card;
pub(super) mod page;
pub(super) mod passkey;
