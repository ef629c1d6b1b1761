//! The staff's first page.

pub(super) mod page;
