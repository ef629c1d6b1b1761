//! Islands that more than one page has, and what they share.
//!
//! An island here adds to what the server rendered what script alone can do: it takes the markup as its children and
//! listens. Views built in the browser would double what a page loads, so its markup exists once, on the server;
//! where an island needs more of it, it copies a `<template>`.
//!
//! What every page has is part of the main file; what only some have is `lazy` and loaded with them.

pub mod api;
#[cfg(feature = "hydrate")]
pub mod browser;
#[cfg(feature = "hydrate")]
pub mod forms;
#[cfg(feature = "hydrate")]
mod kept_pages;
mod local_times;
mod theme_switch;

pub use local_times::{FRESH, LocalTimes};
pub use theme_switch::{LiveTheme, ThemeSwitch};
