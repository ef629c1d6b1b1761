//! Long work on a thread of its own that ends early when nobody waits for it any more, as when the program stops.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// What the work looks at from time to time.
#[derive(Clone, Default)]
pub(crate) struct Wanted {
    is_given_up: Arc<AtomicBool>,
}

impl Wanted {
    /// # Errors
    /// Nobody waits any more.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self.is_given_up.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(io::Error::new(io::ErrorKind::Interrupted, "it was broken off")),
        }
    }
}

struct Waits(Wanted);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.is_given_up.store(true, Ordering::Relaxed);
    }
}

/// Does it on a thread of its own.
///
/// # Errors
/// It panicked, or the program stops.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce(&Wanted) -> T + Send + 'static,
) -> Result<T, tokio::task::JoinError> {
    let wanted = Wanted::default();
    let _waits = Waits(wanted.clone());
    tokio::task::spawn_blocking(move || work(&wanted)).await
}
