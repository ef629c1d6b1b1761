//! Live updates: server-sent events (HTML Living Standard, 9.2). Ids only; what changed, the reader asks for itself.

pub(crate) mod streams;

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Request, State},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{Actor, Error, EventId, LiveMessage};
use futures::{Stream, StreamExt as _, stream};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use self::streams::{PER_SESSION, Streams};
use crate::{
    extract::{Caller, SignedIn},
    reply::{ApiResult, Area, api::Detail},
    site::Site,
};

/// Shorter than the time after which proxies give up on a silent answer.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After which a browser comes back when the stream broke off.
const RETRY: Duration = Duration::from_secs(2);
/// Sent with each request by a browser that comes back.
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

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
    get, path = "/api/events/", tag = "Tickets", operation_id = "stream_events", security(("bearer" = []), ("cookie" = [])),
    params(
        ("last" = Option<i64>, Query, description = "The last id that was seen: what was missed since comes first"),
        ("Last-Event-ID" = Option<i64>, Header, description = "The same; it wins"),
    ),
    responses(
        (status = 200, description = "A stream that ends with the session", body = String, content_type = "text/event-stream"),
        SignedIn,
        (status = 429, description = "Ten streams of this session are open already, or it asks for more than it may", body = Detail<'static>),
    )
)]
pub(crate) async fn api(State(site): State<Site>, SignedIn(actor): SignedIn, request: Request) -> ApiResult {
    let last = last_event(&request);
    Ok(open(&site, actor, last).await?)
}

async fn open(site: &Site, actor: Actor, last: Option<EventId>) -> Result<Response, Error> {
    let session = actor.credential().ok_or(Error::Unauthenticated)?;
    let Some(place) = site.streams.admit(&session) else { return Ok(too_many()) };
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
}
