//! Request bodies: how large they may be, how fast they must come, and what happens to one that is refused half-way.
//!
//! A handler that answers without having read the body to its end leaves a client that still sends. Closing at once
//! would reset the connection and most clients would never see the answer, so the rest is read and thrown away for a
//! little while (8 MB or 2 s), and then the connection closes.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    middleware::Next,
    response::Response,
};
use domain::{Error, FieldErrors};
use futures::FutureExt as _;
use http::{HeaderValue, Version, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::Sleep;

use crate::{
    body::BodyLimit,
    connections::{Connection, Patience},
    reply,
};

const DRAIN_BYTES: usize = 8 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// More bytes than the route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is larger than this address takes")]
struct BodyTooLarge;

/// It comes slower than [`Patience`] allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body comes too slowly")]
struct BodyTooSlow;

#[derive(Default)]
struct Progress {
    is_read: AtomicBool,
    is_too_large: AtomicBool,
    is_too_slow: AtomicBool,
}

/// Guards the body of a request.
pub(crate) async fn guard(mut request: Request, next: Next) -> Response {
    if http_body::Body::is_end_stream(request.body()) {
        return next.run(request).await;
    }
    let limit = BodyLimit::default();
    request.extensions_mut().insert(limit.clone());
    let too_large = reply::refusal_for(&request);
    let can_close = request.version() <= Version::HTTP_11;
    let awaits_permission = request.headers().contains_key(header::EXPECT);
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let patience = connection.as_ref().map(|connection| connection.patience).unwrap_or_default();
    let progress = Arc::new(Progress::default());
    let request = request.map(|inner| {
        Body::new(Guarded {
            inner,
            read: 0,
            limit: limit.clone(),
            is_wanted: !awaits_permission,
            pace: Pace::new(patience.body),
            timer: None,
            connection,
            progress: Arc::clone(&progress),
        })
    });
    let mut response = next.run(request).await;
    if progress.is_too_large.load(Ordering::Acquire) && !response.status().is_success() {
        let sentence = format!("Send at most {} in one request.", domain::human_bytes(limit.bytes()));
        response = too_large(Error::TooLarge { fields: FieldErrors::one("form", sentence) });
    }
    let is_over = progress.is_read.load(Ordering::Acquire) && !progress.is_too_slow.load(Ordering::Acquire);
    if can_close && !is_over {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

struct Guarded {
    inner: Body,
    read: u64,
    limit: BodyLimit,
    /// The client sends it without waiting for `100 Continue`, or was told to go on.
    is_wanted: bool,
    pace: Pace,
    /// Runs while we wait for the client.
    timer: Option<Pin<Box<Sleep>>>,
    connection: Option<Arc<Connection>>,
    progress: Arc<Progress>,
}

/// How far a body is behind the slowest that is waited for. What comes faster saves up for a while without any; the time
/// in which nobody asks for more is not the client's.
struct Pace {
    /// When the next bytes should be here.
    due: Option<Instant>,
    /// When nobody has asked for more since.
    unasked: Option<Instant>,
    patience: Duration,
}

impl Pace {
    fn new(patience: Duration) -> Self {
        Self { due: None, unasked: None, patience }
    }

    /// Somebody asks for more; says when the next bytes should be here.
    fn asked(&mut self, now: Instant) -> Instant {
        let unasked = self.unasked.take().map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        *self.due.insert(self.due.map_or(now, |due| due + unasked))
    }

    fn came(&mut self, bytes: u64, now: Instant) {
        let earned = Duration::from_millis(bytes.saturating_mul(1000) / Patience::BODY_BYTES_A_SECOND);
        self.due = Some((self.due.unwrap_or(now) + earned).min(now + self.patience));
        self.unasked = Some(now);
    }
}

impl Guarded {
    /// Whether the client has kept us waiting for too long.
    fn is_too_slow(&mut self, due: Instant, cx: &mut Context<'_>) -> bool {
        if let Some(connection) = &self.connection {
            connection.waits_for_body(due);
        }
        let deadline = tokio::time::Instant::from_std(due + self.pace.patience);
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx).is_ready()
    }

    fn has_come(&mut self) {
        if let Some(connection) = &self.connection {
            connection.has_body();
        }
    }
}

impl http_body::Body for Guarded {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        this.is_wanted = true;
        let due = this.pace.asked(Instant::now());
        let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) else {
            if !this.is_too_slow(due, cx) {
                return Poll::Pending;
            }
            this.has_come();
            this.progress.is_too_slow.store(true, Ordering::Release);
            this.inner = Body::empty();
            return Poll::Ready(Some(Err(BodyTooSlow.into())));
        };
        this.has_come();
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                this.pace.came(bytes, Instant::now());
                this.read += bytes;
                if this.read > this.limit.bytes() {
                    this.progress.is_too_large.store(true, Ordering::Release);
                    return Poll::Ready(Some(Err(BodyTooLarge.into())));
                }
                Some(Ok(frame))
            }
            Some(Err(error)) => {
                // Broken off: there is nothing left to read.
                this.progress.is_read.store(true, Ordering::Release);
                Some(Err(error.into()))
            }
            None => {
                this.progress.is_read.store(true, Ordering::Release);
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.has_come();
        if self.progress.is_read.load(Ordering::Acquire) {
            return;
        }
        let mut rest = std::mem::replace(&mut self.inner, Body::empty());
        // A reader of multipart stops at the last boundary and never sees the end.
        let is_over = http_body::Body::is_end_stream(&rest)
            || (self.is_wanted && matches!(rest.frame().now_or_never(), Some(None | Some(Err(_)))));
        if is_over {
            self.progress.is_read.store(true, Ordering::Release);
        } else if self.is_wanted
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(tokio::time::timeout(DRAIN_TIME, drain(rest)));
        }
    }
}

/// Dropping the body at the end is what lets hyper close the connection.
async fn drain(mut rest: Body) {
    let mut read = 0;
    while let Some(Ok(frame)) = rest.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > DRAIN_BYTES {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_must_come_at_a_kilobyte_a_second() {
        let second = Duration::from_secs(1);
        let start = Instant::now();
        let mut pace = Pace::new(30 * second);
        assert_eq!(pace.asked(start), start);
        // A byte every second: it falls behind by almost a second each time.
        for passed in 1..=29 {
            pace.came(1, start + passed * second);
            let due = pace.asked(start + passed * second);
            assert!(due < start + second, "due {:?} after the start", due - start);
        }
        // A kilobyte a second keeps up for ever.
        let mut pace = Pace::new(30 * second);
        pace.asked(start);
        for passed in 1..=1000 {
            pace.came(1024, start + passed * second);
            assert_eq!(pace.asked(start + passed * second), start + passed * second);
        }
        // What came fast saves up for a pause, but not for a longer one.
        pace.came(100_000_000, start + 1000 * second);
        assert_eq!(pace.asked(start + 1000 * second), start + 1030 * second);
    }

    #[test]
    fn time_in_which_nobody_asks_is_not_the_clients() {
        let second = Duration::from_secs(1);
        let start = Instant::now();
        let mut pace = Pace::new(30 * second);
        pace.asked(start);
        pace.came(1024, start + second);
        assert_eq!(pace.asked(start + 500 * second), start + 500 * second);
    }
}
