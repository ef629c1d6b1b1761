//! What one session may ask of the desk: so many changes and so many readings a minute, on average over ten minutes, and
//! so many readings at once. A person never meets it; a program that runs wild does, before others wait for it.
//!
//! Kept in the memory of each process. Health, the site's own files and logging in or out are not counted.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    response::Response,
};
use domain::{Actor, Error, SessionId, Timestamp};
use http::Method;
use http_body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{forms, reply, server_fns, site::Site};

/// Minutes of the rate that may be used at once.
const BURST_MINUTES: f64 = 10.0;
/// Pages and lists of one session that are made at once; others of it wait in line.
const AT_ONCE: usize = 8;
const IN_LINE: usize = 32;
/// Sessions that are kept before those that asked for nothing lately are forgotten.
const KEPT: usize = 1024;
const LOGGED_EVERY_SECONDS: i64 = 60;

/// Server functions that let somebody in or out.
const FREE: [&str; 5] = ["login", "staff_login", "set_up", "log_out", "log_out_everywhere"];
/// Server functions that change nothing, though they are called by POST. What is not named here changes something.
const READING: [&str; 18] = [
    "refresh",
    "beat",
    "preview",
    "list_tickets",
    "search_tickets",
    "get_ticket",
    "staff_list_tickets",
    "staff_get_ticket",
    "staff_overview",
    "list_customers",
    "get_customer",
    "list_pins",
    "list_files",
    "list_sessions",
    "list_own_sessions",
    "list_staff",
    "get_staff_member",
    "list_categories",
];

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

    /// Of a request for a page or a server function.
    pub(crate) fn of_call(request: &Request) -> Self {
        if request.method().is_safe() {
            return Self::Reading;
        }
        let uri = request.uri();
        let name = match uri.path().strip_prefix(server_fns::PREFIX) {
            Some(name) => Some(name.to_owned()),
            None => forms::function(uri),
        };
        match name.as_deref() {
            Some(name) if FREE.contains(&name) => Self::Free,
            Some(name) if READING.contains(&name) => Self::Reading,
            _ => Self::Writing,
        }
    }
}

/// An extension of a call that is refused before it is run, as it is over its session's measure or nobody can look up who
/// asks: the server function refuses with this, so that a form is shown again with what was typed.
#[derive(Debug, Clone)]
pub(crate) struct Refused(pub(crate) Error);

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
struct Line {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// An extension of a request that has a place: what it does besides needs no other one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HasPlace;

/// Lets a request of a session pass, or says when it may come again. What is returned is held until it is answered.
pub(crate) async fn admit(
    site: &Site,
    actor: Option<&Actor>,
    kind: Kind,
) -> Result<Option<OwnedSemaphorePermit>, Error> {
    let Some(actor) = actor else { return Ok(None) };
    let Some(session) = actor.session.as_ref().filter(|_| kind != Kind::Free) else { return Ok(None) };
    let line = site.measure.take(actor, session, kind, site.desk.now())?;
    if kind == Kind::Reading { line.place().await.map(Some) } else { Ok(None) }
}

/// From so many bytes on an answer that is whole in memory keeps its place until its reader has it.
const LARGE: u64 = 256 * 1024;
/// Bytes that it is given out in.
const PIECE: usize = 64 * 1024;

/// A large answer, given out in pieces.
struct Held {
    rest: Bytes,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let piece = self.rest.len().min(PIECE);
        Poll::Ready((piece > 0).then(|| Ok(Frame::data(self.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// Lets a large answer keep its place, so that one session cannot fill the memory with answers that nobody reads. Streams,
/// as files and events are, have no such size and need no place.
pub(crate) async fn held(answer: Response, place: Option<OwnedSemaphorePermit>) -> Response {
    let (Some(_place), Some(LARGE..)) = (place, answer.body().size_hint().exact()) else { return answer };
    let (parts, body) = answer.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(rest) => Response::from_parts(parts, Body::new(Held { rest, _place })),
        Err(error) => {
            tracing::error!(%error, "an answer in memory could not be read");
            reply::Area::Page.refuse(Error::Internal)
        }
    }
}

impl Measure {
    pub(crate) fn new(writes_per_minute: u32, reads_per_minute: u32) -> Self {
        Self {
            writes_per_minute: writes_per_minute.into(),
            reads_per_minute: reads_per_minute.into(),
            sessions: Mutex::new(Sessions { left: HashMap::new(), sweep_at: KEPT }),
        }
    }

    fn take(&self, actor: &Actor, session: &SessionId, kind: Kind, now: Timestamp) -> Result<Arc<Line>, Error> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
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
    async fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
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

    /// Server functions that change something.
    const CHANGES: &[&str] = &[
        "add_category",
        "add_note",
        "claim_ticket",
        "close_ticket",
        "create_customer",
        "create_staff_member",
        "create_ticket",
        "delete_ticket",
        "discard_draft",
        "end_all_sessions",
        "end_session",
        "issue_pin",
        "rename_category",
        "reply",
        "revoke_pin",
        "save_draft",
        "set_category_active",
        "set_customer_active",
        "set_default_category",
        "set_staff_active",
        "set_staff_password",
        "set_staff_role",
        "set_theme",
        "staff_delete_ticket",
        "staff_update_ticket",
        "update_customer",
        "update_staff_member",
        "update_ticket",
    ];

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
        assert!(measure.sessions.lock().unwrap().left.len() <= KEPT * 2);
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

    #[test]
    fn what_counts_as_what() {
        let kind = |method: &str, path: &str| {
            Kind::of_call(&Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap())
        };
        assert_eq!(kind("GET", "/tickets"), Kind::Reading);
        assert_eq!(kind("POST", "/tickets/1?fn=reply"), Kind::Writing);
        assert_eq!(kind("POST", "/fn/reply?fn=preview"), Kind::Writing);
        assert_eq!(kind("POST", "/tickets/1?fn=preview&fn=reply"), Kind::Reading, "the first is the one that runs");
        assert_eq!(kind("POST", "/fn/beat"), Kind::Reading);
        assert_eq!(kind("POST", "/?fn=log_out"), Kind::Free);
        assert_eq!(kind("POST", "/tickets"), Kind::Writing);
        assert_eq!(kind("POST", "/fn/%62eat"), Kind::Writing);
        // Each function is in one of the lists: who adds one says what it costs.
        let mut listed: Vec<&str> = FREE.iter().chain(&READING).chain(CHANGES).copied().collect();
        let mut known: Vec<&str> = server_fn::axum::server_fn_paths()
            .map(|(path, _)| path.strip_prefix(server_fns::PREFIX).unwrap_or(path))
            .collect();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known);
    }
}
