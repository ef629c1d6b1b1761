//! Live updates: server-sent events (HTML Living Standard, 9.2). Ids only; what changed, the reader asks for itself.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{Actor, Error, EventId, LiveMessage, SessionId};
use futures::{Stream, StreamExt as _, stream};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;
use tokio::sync::watch;

use crate::{
    middleware::session::Caller,
    reply::Area,
    rest::{self, error::ApiResult},
    site::Site,
};

/// Streams of one session at once; a browser shares one among its tabs.
const PER_SESSION: usize = 10;
/// Shorter than the time after which proxies give up on a silent answer.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After which a browser comes back when the stream broke off.
const RETRY: Duration = Duration::from_secs(2);
/// Sent with each request by a browser that comes back.
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The streams that are open.
pub(crate) struct Streams {
    open: Mutex<HashMap<SessionId, usize>>,
    stopping: watch::Sender<bool>,
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
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more stream of a session.
    fn admit(self: &Arc<Self>, session: &SessionId) -> Option<Place> {
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
struct Place {
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

/// For the site's own pages.
pub(crate) async fn stream(State(site): State<Site>, request: Request) -> Response {
    let opened = match request.extensions().get::<Caller>() {
        Some(Caller::Known(actor)) => open(&site, actor.clone(), last_event(&request)).await,
        _ => Err(Error::Unauthenticated),
    };
    opened.unwrap_or_else(|error| Area::ServerFn.refuse(error))
}

/// What happens to tickets, as it happens: server-sent events. `event` is `ticket` (something happened to the ticket),
/// `presence` (who is on the ticket changed), `reload` (much happened: look at everything) or `over` (the session is over,
/// nothing follows); `data` is JSON with the same `kind`, the number of the `ticket` and the `id` of the event. Customers
/// hear of their own tickets, staff of all. Some events may come twice.
#[utoipa::path(
    get, path = "/api/events/", tag = "Tickets", operation_id = "stream_events", security(("bearer" = [])),
    params(
        ("last" = Option<i64>, Query, description = "The last id that was seen: what was missed since comes first"),
        ("Last-Event-ID" = Option<i64>, Header, description = "The same; it wins"),
    ),
    responses(
        (status = 200, description = "A stream that ends with the session", body = String, content_type = "text/event-stream"),
        (status = 401, description = "No access token, or one that is over", body = rest::schema::Detail),
        (status = 429, description = "Ten streams of this session are open already", body = rest::schema::Detail),
    )
)]
pub(crate) async fn api(State(site): State<Site>, request: Request) -> ApiResult {
    let actor = rest::actor(&request)?.clone();
    let last = last_event(&request);
    Ok(open(&site, actor, last).await?)
}

async fn open(site: &Site, actor: Actor, last: Option<EventId>) -> Result<Response, Error> {
    let session = actor.session.as_ref().ok_or(Error::Unauthenticated)?;
    let Some(place) = site.streams.admit(session) else { return Ok(too_many()) };
    let messages = site.desk.live().subscribe(&actor, last).await?;
    let first = stream::iter([Event::default().retry(RETRY)]);
    let events = first.chain(messages.map(event)).take_until(stopping(&site.streams)).map(move |event| {
        // Moved in, so that it is held until the stream is dropped.
        let _ = &place;
        Ok::<_, Infallible>(event)
    });
    Ok(answer(events))
}

fn answer(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would collect the answer before it passes it on.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// Waits until the server stops.
fn stopping(streams: &Streams) -> impl Future<Output = ()> + Send + use<> {
    let mut stopping = streams.stopping.subscribe();
    async move {
        // An error means that the site is gone.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}

fn event(message: LiveMessage) -> Event {
    let LiveMessage { id, kind, ticket } = message;
    let data = json!({ "kind": kind.as_str(), "ticket": ticket, "id": id });
    let event = Event::default().event(kind.as_str()).data(data.to_string());
    match id {
        Some(id) => event.id(id.to_string()),
        None => event,
    }
}

/// The last event that the reader saw; what cannot be read counts as none.
fn last_event(request: &Request) -> Option<EventId> {
    if let Some(id) = request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok()) {
        return Some(id);
    }
    let query = request.uri().query().unwrap_or_default().as_bytes();
    form_urlencoded::parse(query).find(|(name, _)| name == "last").and_then(|(_, id)| id.parse().ok())
}

fn too_many() -> Response {
    let sentence = format!("This session has {PER_SESSION} open streams already. Close one first.");
    let retry = [(header::RETRY_AFTER, HeaderValue::from_static("60"))];
    (StatusCode::TOO_MANY_REQUESTS, retry, axum::Json(json!({ "detail": sentence }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_wins_over_the_query() {
        let last = |path: &str, header: Option<&str>| {
            let mut request = Request::get(path);
            if let Some(header) = header {
                request = request.header(LAST_EVENT_ID, header);
            }
            last_event(&request.body(axum::body::Body::empty()).unwrap())
        };
        assert_eq!(last("/live", None), None);
        assert_eq!(last("/live?last=x", None), None);
        assert_eq!(last("/live?a=1&last=7", None), Some(EventId(7)));
        assert_eq!(last("/live?last=7", Some("9")), Some(EventId(9)));
        assert_eq!(last("/live?last=7", Some("")), Some(EventId(7)));
    }

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
