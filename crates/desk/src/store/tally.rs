//! What happened in this process since it started: numbers that only grow, for who watches the desk.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use domain::{Error, Result, Timestamp};

/// A number that only grows.
#[derive(Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Attempts to log in, by what became of them.
#[derive(Default)]
pub(crate) struct Attempts {
    pub(crate) let_in: Count,
    pub(crate) refused: Count,
    pub(crate) too_many: Count,
}

impl Attempts {
    /// Counts an attempt by its answer. One that the desk could not look at is none.
    pub(crate) fn counted<T>(&self, answer: Result<T>) -> Result<T> {
        match &answer {
            Ok(_) => self.let_in.add(1),
            Err(Error::WrongPin | Error::WrongPassword) => self.refused.add(1),
            Err(Error::TooManyAttempts { .. }) => self.too_many.add(1),
            Err(_) => {}
        }
        answer
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) pins: Attempts,
    pub(crate) passwords: Attempts,
    /// Files that were taken in, and their bytes.
    pub(crate) files: Count,
    pub(crate) file_bytes: Count,
    /// Transactions that were begun, and how long those who wanted them waited, in microseconds.
    transactions: Count,
    waited: Count,
    /// When upkeep was last done to its end, in seconds since 1970; 0 when it was not yet.
    upkeep_at: AtomicI64,
}

impl Tally {
    /// A transaction was begun after so long.
    pub(crate) fn began(&self, after: Duration) {
        self.transactions.add(1);
        self.waited.add(u64::try_from(after.as_micros()).unwrap_or(u64::MAX));
    }

    /// Transactions that were begun, and how long all of them waited together.
    pub(crate) fn begun(&self) -> (u64, Duration) {
        (self.transactions.get(), Duration::from_micros(self.waited.get()))
    }

    pub(crate) fn upkeep_done(&self, at: Timestamp) {
        self.upkeep_at.store(at.as_seconds(), Ordering::Relaxed);
    }

    pub(crate) fn upkeep_at(&self) -> Option<i64> {
        Some(self.upkeep_at.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }
}
