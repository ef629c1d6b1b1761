//! What runs on both sides: islands, the pieces that their views are built from, and the server functions that a browser
//! calls.
//!
//! Compiled twice. With `ssr` into the server, which renders islands as it renders every page. With `hydrate` into the
//! WASM that brings them to life. Pages are in `app`, which no browser ever sees: what must stay on the server is there.
//!
//! What every page has is part of the WASM's main file; what only some have is `lazy` and loaded with them.

pub mod addresses;
pub mod browser;
pub mod conversation;
pub mod deed;
pub mod drafts;
pub mod live;
pub mod login;
pub mod refusal;
pub mod staff;
pub mod tickets;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod filters;
pub mod forms;
mod kept_pages;
mod live_theme;
mod local_times;
#[cfg(feature = "ssr")]
pub mod multipart;
pub mod packed;
#[cfg(feature = "ssr")]
pub mod request;

pub use live_theme::LiveTheme;
pub use local_times::LocalTimes;
