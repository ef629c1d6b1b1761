//! Agents and admins.

pub mod api;

pub(super) mod list;
pub(super) mod member;
