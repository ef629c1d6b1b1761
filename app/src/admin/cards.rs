//! Cards, in batches.

pub mod api;
pub(super) mod batch;
pub(super) mod list;
pub(super) mod new;
pub(super) mod sheet;
