//! What happens around every handler.

pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod cookies;
pub(crate) mod cors;
pub(crate) mod measure;
pub(crate) mod observe;
pub(crate) mod origin;
pub(crate) mod session;

pub use client::Peer;
