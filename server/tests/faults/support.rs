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
pub fn until(what: &str, is_so: impl FnMut() -> bool) {
    within(PATIENCE, what, is_so);
}

/// Waits so long until it is so.
pub fn within(time: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < time, "it never came to pass: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// So many rounds, or as many as fit into the minutes that `cargo xtask soak` asks for.
pub struct Rounds {
    next: u64,
    count: u64,
    until: Option<Instant>,
}

impl Rounds {
    pub fn of(count: u64) -> Self {
        let until = soak().map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
        Self { next: 0, count, until }
    }
}

/// The minutes that `cargo xtask soak` asks for.
pub fn soak() -> Option<u64> {
    std::env::var("PINDESK_SOAK_MINUTES").ok().and_then(|minutes| minutes.parse().ok())
}

impl Iterator for Rounds {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let goes_on = self.until.map_or(self.next < self.count, |until| Instant::now() < until);
        let round = self.next;
        self.next += 1;
        goes_on.then_some(round)
    }
}
