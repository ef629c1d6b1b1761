//! Request bodies: how large they may be, how long they may stall, and what happens to one that is refused half-way.
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
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use domain::{Error, FieldErrors};
use futures::FutureExt as _;
use http::{HeaderValue, Version, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tower_http::timeout::TimeoutBody;

use crate::{forms, reply, site::Site};

/// Bytes of a body without files.
pub(crate) const MAX_BODY_BYTES: u64 = 256 * 1024;
const DRAIN_BYTES: usize = 8 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(2);
/// A client that sends nothing for so long has gone.
const STALL_TIME: Duration = Duration::from_secs(60);

/// More bytes than the route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is larger than this address takes")]
pub(crate) struct BodyTooLarge;

#[derive(Default)]
struct Progress {
    is_read: AtomicBool,
    is_too_large: AtomicBool,
}

/// Guards the body of a request.
pub(crate) async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    if http_body::Body::is_end_stream(request.body()) {
        return next.run(request).await;
    }
    let may_have_files = forms::may_have_files(&request);
    let limit = if may_have_files { site.max_upload_bytes } else { MAX_BODY_BYTES };
    let too_large = reply::refusal_for(&request);
    let can_close = request.version() <= Version::HTTP_11;
    let awaits_permission = request.headers().contains_key(header::EXPECT);
    let progress = Arc::new(Progress::default());
    let request = request.map(|body| {
        Body::new(Guarded {
            inner: Body::new(TimeoutBody::new(STALL_TIME, body)),
            left: limit,
            is_wanted: !awaits_permission,
            progress: Arc::clone(&progress),
        })
    });
    let mut response = next.run(request).await;
    if progress.is_too_large.load(Ordering::Acquire) && !response.status().is_success() {
        let sentence = format!("Send at most {} in one request.", domain::human_bytes(limit));
        response = too_large(Error::TooLarge { fields: FieldErrors::one("form", sentence) });
    }
    if can_close && !progress.is_read.load(Ordering::Acquire) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

struct Guarded {
    inner: Body,
    left: u64,
    /// The client sends it without waiting for `100 Continue`, or was told to go on.
    is_wanted: bool,
    progress: Arc<Progress>,
}

impl http_body::Body for Guarded {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        this.is_wanted = true;
        let frame = std::task::ready!(Pin::new(&mut this.inner).poll_frame(cx));
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                if bytes > this.left {
                    this.progress.is_too_large.store(true, Ordering::Release);
                    return Poll::Ready(Some(Err(BodyTooLarge.into())));
                }
                this.left -= bytes;
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
