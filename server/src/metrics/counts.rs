//! What is counted about requests while the site serves.

use std::time::Duration;

use http::{Method, StatusCode};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
};

/// Upper ends of the buckets, in seconds.
const BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// The route of what no route takes.
const NO_ROUTE: &str = "none";

/// See the module.
pub(crate) struct Metrics {
    pub(super) requests: Family<Answered, Counter>,
    pub(super) durations: Family<Asked, Histogram, fn() -> Histogram>,
    pub(super) under_way: Gauge,
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Asked {
    method: String,
    route: String,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Answered {
    method: String,
    route: String,
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let histogram = || Histogram::new(BUCKETS);
        Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(histogram),
            under_way: Gauge::default(),
        }
    }
}

/// Held while a request is under way.
pub(crate) struct UnderWay(Gauge);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// A request came.
    pub(crate) fn began(&self) -> UnderWay {
        self.under_way.inc();
        UnderWay(self.under_way.clone())
    }

    /// A request was answered after so long: its head, what is sent after it may take longer. `route` is the template
    /// of its path.
    pub(crate) fn answered(&self, method: &Method, route: Option<&str>, status: StatusCode, after: Duration) {
        let (method, route) = (known(method).to_owned(), route.unwrap_or(NO_ROUTE).to_owned());
        self.durations
            .get_or_create(&Asked { method: method.clone(), route: route.clone() })
            .observe(after.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route, status: status.as_u16() }).inc();
    }
}

/// The methods that there are; a client may write any word.
fn known(method: &Method) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    if known.contains(method) { method.as_str() } else { "other" }
}
