//! Who tries to log in waits in line: what is costly or counted is done for one at a time.

use std::{collections::HashMap, sync::Arc};

use domain::{Error, Result};
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use crate::rooms::throttle::ClientAddress;

/// What the process remembers about who tries.
#[derive(Default)]
pub(crate) struct Turns {
    /// Whose turn it is to try to log in.
    pub(crate) attempts: tokio::sync::Mutex<()>,
    pub(crate) checks: Lines,
}

/// Checks of one address that may wait for each other.
const PLACES: usize = 20;

/// For each address the line of those who wait for a password to be checked: one check at a time, so that nobody fills
/// the queue of everybody.
#[derive(Default)]
pub(crate) struct Lines(Mutex<HashMap<String, Line>>);

type Line = Arc<tokio::sync::Mutex<()>>;

impl Lines {
    /// Waits for one's turn, which lasts until what it returns is dropped.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] when too many wait already.
    pub(crate) async fn enter(&self, client: &ClientAddress) -> Result<OwnedMutexGuard<()>> {
        let line = {
            let mut lines = self.0.lock();
            // Everybody in a line holds it; the empty ones go.
            lines.retain(|_, line| Arc::strong_count(line) > 1);
            let line = lines.entry(client.as_str().to_owned()).or_default();
            if Arc::strong_count(line) > PLACES {
                return Err(Error::TooManyAttempts { retry_after: 1 });
            }
            Arc::clone(line)
        };
        Ok(line.lock_owned().await)
    }
}
