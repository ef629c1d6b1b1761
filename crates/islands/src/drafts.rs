//! The server functions of drafts; [`crate::forms`] keeps them while somebody types.

pub mod api;
