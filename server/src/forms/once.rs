//! A form that is sent twice, as a double click does, is carried out once.
//!
//! The browser drops the first request, whose answer nobody sees, and shows what the second one brings. So the same form from
//! the same session gets what the first one got: while that is under way, and a moment after it was carried out. Any other
//! form of the session in between ends that, so that "take", "give back" and "take" are three things. What was refused is
//! tried again. Forms with an idempotency key are looked at by the desk, and log-ins look at the browser.

use std::{
    collections::{HashMap, hash_map::RandomState},
    future::Future,
    hash::BuildHasher as _,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use domain::{Error, SessionId};
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use http::{HeaderValue, StatusCode, Uri};
use parking_lot::Mutex;
use tracing::Instrument as _;

/// For how long a second one is the same click.
const MOMENT: Duration = Duration::from_secs(3);
/// Sessions that are kept before those whose moment is over are forgotten.
const KEPT: usize = 1024;

/// What became of a form.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// It was carried out; the browser is sent on, to the form's own page if there is no address.
    Done { location: Option<HeaderValue>, cookies: Vec<HeaderValue> },
    /// It was refused.
    Refused { status: StatusCode, retry_after: Option<HeaderValue>, error: Error },
}

/// The last form of each session.
#[derive(Default)]
pub(crate) struct Once {
    last: Mutex<HashMap<SessionId, Last>>,
    hashes: RandomState,
}

struct Last {
    what: u64,
    since: Instant,
    outcome: Shared<BoxFuture<'static, Outcome>>,
}

impl Last {
    fn is_over(&self, now: Instant) -> bool {
        match self.outcome.peek() {
            None => false,
            Some(Outcome::Done { .. }) => now.saturating_duration_since(self.since) > MOMENT,
            Some(Outcome::Refused { .. }) => true,
        }
    }
}

impl Once {
    /// What becomes of a form: of this one, or of the same one just before it.
    pub(crate) async fn run(
        &self,
        session: &SessionId,
        uri: &Uri,
        body: &[u8],
        form: impl Future<Output = Outcome> + Send + 'static,
    ) -> Outcome {
        let what = self.hashes.hash_one((uri, body));
        let outcome = {
            let mut last = self.last.lock();
            let now = Instant::now();
            if last.len() >= KEPT {
                last.retain(|_, last| !last.is_over(now));
            }
            match last.get(session) {
                Some(last) if last.what == what && !last.is_over(now) => last.outcome.clone(),
                _ => {
                    let failed = |_| Outcome::Refused {
                        status: StatusCode::INTERNAL_SERVER_ERROR,
                        retry_after: None,
                        error: Error::Internal,
                    };
                    let outcome = AssertUnwindSafe(form).catch_unwind().map(move |done| done.unwrap_or_else(failed));
                    let outcome = outcome.boxed().shared();
                    // Carried to its end when nobody waits for it any more, or it would be under way for ever.
                    tokio::spawn(outcome.clone().in_current_span());
                    last.insert(session.clone(), Last { what, since: now, outcome: outcome.clone() });
                    outcome
                }
            }
        };
        outcome.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    struct Desk {
        once: Once,
        runs: Arc<AtomicUsize>,
    }

    impl Desk {
        fn new() -> Self {
            Self { once: Once::default(), runs: Arc::default() }
        }

        async fn send(&self, session: &str, body: &str, is_refused: bool) -> Outcome {
            let runs = Arc::clone(&self.runs);
            let form = async move {
                runs.fetch_add(1, Ordering::AcqRel);
                tokio::task::yield_now().await;
                if is_refused {
                    let error = Error::NotFound;
                    return Outcome::Refused { status: StatusCode::NOT_FOUND, retry_after: None, error };
                }
                Outcome::Done { location: None, cookies: Vec::new() }
            };
            let uri = Uri::from_static("/tickets/1?fn=claim");
            self.once.run(&SessionId(session.to_owned()), &uri, body.as_bytes(), form).await
        }

        fn runs(&self) -> usize {
            self.runs.load(Ordering::Acquire)
        }
    }

    #[tokio::test]
    async fn a_double_click_is_one() {
        let desk = Desk::new();
        futures::future::join(desk.send("a", "x", false), desk.send("a", "x", false)).await;
        desk.send("a", "x", false).await;
        assert_eq!(desk.runs(), 1);
        desk.send("b", "x", false).await;
        assert_eq!(desk.runs(), 2, "another session's is its own");
    }

    #[tokio::test]
    async fn another_form_in_between_makes_it_a_new_one() {
        let desk = Desk::new();
        for body in ["take", "give back", "take"] {
            desk.send("a", body, false).await;
        }
        assert_eq!(desk.runs(), 3);
    }

    #[tokio::test]
    async fn what_was_refused_is_tried_again() {
        let desk = Desk::new();
        desk.send("a", "x", true).await;
        let second = desk.send("a", "x", false).await;
        assert!(matches!(second, Outcome::Done { .. }));
        assert_eq!(desk.runs(), 2);
    }

    #[tokio::test]
    async fn the_second_goes_on_when_the_first_goes_away() {
        let desk = Desk::new();
        let mut first = Box::pin(desk.send("a", "x", false));
        assert!(futures::poll!(first.as_mut()).is_pending());
        drop(first);
        assert!(matches!(desk.send("a", "x", false).await, Outcome::Done { .. }));
        assert_eq!(desk.runs(), 1);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_comes_to_its_end() {
        let desk = Desk::new();
        let mut only = Box::pin(desk.send("a", "x", true));
        assert!(futures::poll!(only.as_mut()).is_pending());
        drop(only);
        while desk.once.last.lock().values().any(|last| !last.is_over(Instant::now())) {
            tokio::task::yield_now().await;
        }
        desk.send("a", "x", false).await;
        assert_eq!(desk.runs(), 2, "it is not taken for the one before");
    }

    #[tokio::test]
    async fn one_that_panics_is_tried_again() {
        let once = Once::default();
        let (session, uri) = (SessionId("a".into()), Uri::from_static("/tickets?fn=x"));
        for _ in 0..2 {
            let outcome = once.run(&session, &uri, b"", async { panic!("on purpose") }).await;
            assert!(matches!(outcome, Outcome::Refused { error: Error::Internal, .. }));
        }
    }
}
