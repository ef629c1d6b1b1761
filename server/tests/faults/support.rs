//! What the tests are made of.

pub mod client;
pub mod postgres;
pub mod server;

use std::time::{Duration, Instant};

pub use client::{Client, Form};
pub use postgres::Postgres;
pub use server::{Folder, Server};

/// Longer than anything here takes, on a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until it is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it never came to pass: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
