//! What the sessions of this process have left, and where their readings wait.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::{Actor, Error, SessionId, Timestamp};
use http::Method;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Minutes of the rate that may be used at once.
const BURST_MINUTES: f64 = 10.0;
/// Pages and lists of one session that are made at once; others of it wait in line.
const AT_ONCE: usize = 8;
const IN_LINE: usize = 32;
/// Sessions that are kept before those that asked for nothing lately are forgotten.
const KEPT: usize = 1024;
const LOGGED_EVERY_SECONDS: i64 = 60;

/// What a request costs its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Free,
    /// A reading: it takes a place as long as it is made, and a large answer until it is read.
    Reading,
    /// A change.
    Writing,
}

impl Kind {
    /// Of a request for REST, a file or a stream.
    pub(crate) fn of_method(method: &Method) -> Self {
        if method.is_safe() { Self::Reading } else { Self::Writing }
    }
}

/// What the sessions have left.
pub(crate) struct Measure {
    writes_per_minute: f64,
    reads_per_minute: f64,
    sessions: Mutex<Sessions>,
}

struct Sessions {
    left: HashMap<SessionId, Left>,
    sweep_at: usize,
}

struct Left {
    writes: f64,
    reads: f64,
    at: Timestamp,
    logged_at: Option<Timestamp>,
    line: Arc<Line>,
}

/// Where readings of one session wait.
pub(crate) struct Line {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Measure {
    pub(crate) fn new(writes_per_minute: u32, reads_per_minute: u32) -> Self {
        Self {
            writes_per_minute: writes_per_minute.into(),
            reads_per_minute: reads_per_minute.into(),
            sessions: Mutex::new(Sessions { left: HashMap::new(), sweep_at: KEPT }),
        }
    }

    pub(crate) fn take(
        &self,
        actor: &Actor,
        session: &SessionId,
        kind: Kind,
        now: Timestamp,
    ) -> Result<Arc<Line>, Error> {
        let mut sessions = self.sessions.lock();
        if sessions.left.len() >= sessions.sweep_at {
            sessions.left.retain(|_, left| {
                self.fill(left, now);
                !self.is_untouched(left) || Arc::strong_count(&left.line) > 1
            });
            sessions.sweep_at = KEPT.max(sessions.left.len() * 2);
        }
        let left = sessions.left.entry(session.clone()).or_insert_with(|| Left {
            writes: self.writes_per_minute * BURST_MINUTES,
            reads: self.reads_per_minute * BURST_MINUTES,
            at: now,
            logged_at: None,
            line: Arc::new(Line { places: Arc::new(Semaphore::new(AT_ONCE)), waiting: AtomicUsize::new(0) }),
        });
        self.fill(left, now);
        let (of_kind, per_minute) = match kind {
            Kind::Writing => (&mut left.writes, self.writes_per_minute),
            Kind::Free | Kind::Reading => (&mut left.reads, self.reads_per_minute),
        };
        if *of_kind >= 1.0 {
            *of_kind -= 1.0;
            return Ok(Arc::clone(&left.line));
        }
        let seconds = ((1.0 - *of_kind) * 60.0 / per_minute).ceil().max(1.0);
        if left.logged_at.is_none_or(|at| now.seconds_since(at) >= LOGGED_EVERY_SECONDS) {
            left.logged_at = Some(now);
            let (user, username) = (actor.id.map(|id| id.0), actor.username.as_str());
            tracing::warn!(target: desk::SECURITY, event = "measured", user, username, "a session asks for more than it may");
        }
        Err(Error::TooManyRequests { retry_after: seconds as u64 })
    }

    fn fill(&self, left: &mut Left, now: Timestamp) {
        // A clock that was set back gives nothing and takes nothing.
        let micros = now.as_micros().saturating_sub(left.at.as_micros()).max(0);
        let minutes = micros as f64 / 60_000_000.0;
        left.at = now;
        left.writes = (left.writes + minutes * self.writes_per_minute).min(self.writes_per_minute * BURST_MINUTES);
        left.reads = (left.reads + minutes * self.reads_per_minute).min(self.reads_per_minute * BURST_MINUTES);
    }

    fn is_untouched(&self, left: &Left) -> bool {
        left.writes >= self.writes_per_minute * BURST_MINUTES && left.reads >= self.reads_per_minute * BURST_MINUTES
    }
}

impl Line {
    /// A place, when there is one.
    pub(crate) async fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let _waiting = Waiting::begin(&self.waiting).ok_or(Error::TooManyRequests { retry_after: 1 })?;
        Arc::clone(&self.places).acquire_owned().await.map_err(|_| Error::Internal)
    }
}

/// Counted in the line; also when the client goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Option<Self> {
        let entered =
            count.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| (count < IN_LINE).then_some(count + 1));
        entered.ok().map(|_| Self(count))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_000_000_000).plus_seconds(seconds)
    }

    fn actor() -> (Actor, SessionId) {
        (Actor::command_line(), SessionId("a".into()))
    }

    #[test]
    fn a_burst_and_then_steadily() {
        let measure = Measure::new(60, 300);
        let (actor, session) = actor();
        let take = |kind, seconds| measure.take(&actor, &session, kind, at(seconds)).map(drop);
        for _ in 0..600 {
            take(Kind::Writing, 0).unwrap();
        }
        assert_eq!(take(Kind::Writing, 0), Err(Error::TooManyRequests { retry_after: 1 }));
        assert_eq!(take(Kind::Reading, 0), Ok(()), "reading is counted apart");
        assert_eq!(take(Kind::Writing, 1), Ok(()));
        assert!(take(Kind::Writing, 1).is_err());
        assert!(take(Kind::Writing, -500).is_err(), "a clock set back gives nothing");
        for _ in 0..10 {
            take(Kind::Writing, -490).unwrap();
        }
        assert!(take(Kind::Writing, -490).is_err());
        for _ in 0..600 {
            take(Kind::Writing, 100_000).unwrap();
        }
        assert!(take(Kind::Writing, 100_000).is_err(), "rest is not saved up for longer than ten minutes");
        let other = SessionId("b".into());
        assert!(measure.take(&actor, &other, Kind::Writing, at(100_000)).is_ok(), "others are not concerned");
    }

    #[test]
    fn who_waits_long_is_told() {
        let measure = Measure::new(1, 1);
        let (actor, session) = actor();
        for _ in 0..10 {
            measure.take(&actor, &session, Kind::Writing, at(0)).unwrap();
        }
        let refusal = measure.take(&actor, &session, Kind::Writing, at(15)).map(drop);
        assert_eq!(refusal, Err(Error::TooManyRequests { retry_after: 45 }));
    }

    #[test]
    fn sessions_that_rest_are_forgotten() {
        let measure = Measure::new(60, 300);
        let (actor, _) = actor();
        for number in 0..KEPT * 3 {
            measure.take(&actor, &SessionId(number.to_string()), Kind::Reading, at(number as i64)).unwrap();
        }
        assert!(measure.sessions.lock().left.len() <= KEPT * 2);
    }

    #[tokio::test]
    async fn so_many_at_once_and_others_in_line() {
        let line = Arc::new(Line { places: Arc::new(Semaphore::new(AT_ONCE)), waiting: AtomicUsize::new(0) });
        let mut places = Vec::new();
        for _ in 0..AT_ONCE {
            places.push(line.place().await.unwrap());
        }
        let mut waiting: Vec<_> = (0..IN_LINE).map(|_| Box::pin(line.place())).collect();
        for place in &mut waiting {
            assert!(futures::poll!(place.as_mut()).is_pending());
        }
        assert_eq!(line.place().await.map(drop), Err(Error::TooManyRequests { retry_after: 1 }));
        // One goes away, one is served: there is room in the line again.
        waiting.pop();
        places.pop();
        assert!(waiting.remove(0).await.is_ok());
        assert_eq!(line.waiting.load(Ordering::Acquire), IN_LINE - 2);
        drop(waiting);
        assert_eq!(line.waiting.load(Ordering::Acquire), 0);
    }
}
