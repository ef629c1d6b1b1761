//! Live updates: an open page shows what happens while it is open.
//!
//! A page says with `LivePage` what it is about, and marks its parts with `data-live="name"`. When something happens
//! there, the island fetches the page again and puts the parts that changed in place of the old ones: markup exists
//! once, on the server. A part holds no island. One in which somebody has typed or chosen something stays as it is; a
//! form that is shown again after a refusal says so itself, with `data-touched`.
//!
//! A list's `<tbody data-live-rows>` has rows `<tr id="…">`. Rows that are there are renewed in place. New ones would
//! move what somebody points at, so while the pointer or the focus is in the table they wait behind the page's
//! `<button data-live-notice hidden>`. Where a part holds such rows, only they are renewed.
//!
//! What is typed in an element with `data-typing="replying"` or `"noting"` shows others that somebody writes.

pub mod api;
pub(crate) mod fresh;
pub(crate) mod heard;
mod presence;
mod source;
mod updates;

pub use updates::LiveUpdates;
