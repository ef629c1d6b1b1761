//! Everything that was uploaded.

pub(super) mod page;
