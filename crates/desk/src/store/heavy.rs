//! Work that would hold up the threads that answer others.

use std::{num::NonZero, sync::LazyLock, thread::available_parallelism};

use domain::{Error, Result};
use tokio::sync::Semaphore;

/// One processor is left to those who wait for little. Who waits here is served in turn.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = available_parallelism().map_or(1, NonZero::get);
    Semaphore::new(processors.saturating_sub(1).max(1))
});

/// Does `work` on a thread of its own. What takes long is better done in portions, so that others get their turn.
///
/// # Errors
/// [`Error::Unavailable`] while the program stops.
pub async fn heavy<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let place = PLACES.acquire().await.map_err(|_| Error::Unavailable)?;
    let done = tokio::task::spawn_blocking(move || {
        // Kept until the work is done, also when nobody waits for it any more.
        let _place = place;
        work()
    });
    match done.await {
        Ok(done) => Ok(done),
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(_) => Err(Error::Unavailable),
    }
}
