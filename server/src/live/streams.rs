//! The streams that are open, so that a session has only so many, and a stop can end them.

use std::{collections::HashMap, sync::Arc};

use domain::SessionId;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

/// Streams of one session at once; a browser shares one among its tabs.
pub(crate) const PER_SESSION: usize = 10;

/// The streams that are open.
pub(crate) struct Streams {
    open: Mutex<HashMap<SessionId, usize>>,
    pub(crate) stopping: watch::Sender<bool>,
}

impl Default for Streams {
    fn default() -> Self {
        Self { open: Mutex::default(), stopping: watch::Sender::new(false) }
    }
}

impl Streams {
    /// Ends every stream, also those that are opened from now on: they would wait as long as a stop may take.
    pub(crate) fn end(&self) {
        self.stopping.send_replace(true);
    }

    fn open(&self) -> MutexGuard<'_, HashMap<SessionId, usize>> {
        self.open.lock()
    }

    /// How many are open.
    pub(crate) fn count(&self) -> u64 {
        self.open().values().map(|count| *count as u64).sum()
    }

    /// A place for one more stream of a session.
    pub(crate) fn admit(self: &Arc<Self>, session: &SessionId) -> Option<Place> {
        let mut open = self.open();
        let count = open.entry(session.clone()).or_default();
        if *count >= PER_SESSION {
            return None;
        }
        *count += 1;
        Some(Place { streams: Arc::clone(self), session: session.clone() })
    }
}

/// Held by a stream as long as it is open.
pub(crate) struct Place {
    streams: Arc<Streams>,
    session: SessionId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        if let Some(count) = open.get_mut(&self.session) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_so_many_places() {
        let streams = Arc::new(Streams::default());
        let session = SessionId("a".into());
        let places: Vec<_> = (0..PER_SESSION).map(|_| streams.admit(&session).unwrap()).collect();
        assert!(streams.admit(&session).is_none());
        assert!(streams.admit(&SessionId("b".into())).is_some());
        drop(places);
        assert!(streams.open().is_empty());
        assert!(streams.admit(&session).is_some());
    }
}
