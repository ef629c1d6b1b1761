//! Agents and admins.

pub mod api;

mod keyboard;
pub(super) mod list;
pub(super) mod member;
mod tokens;
