//! Requests that change something come from our own pages: `Sec-Fetch-Site` and `Origin` say so (OWASP ASVS 5, 3.5.1).
//!
//! A request with a bearer token is free: no browser adds one by itself. Forms and server functions are always looked
//! at, so that nobody can be logged in as somebody else either.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use domain::Error;
use http::{HeaderMap, Method, header};

use super::session::{bearer, carries_cookies};
use crate::{
    reply::{self, Area},
    site::Site,
};

pub(crate) async fn check(State(site): State<Site>, request: Request, next: Next) -> Response {
    let changes_something = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes_something && is_looked_at(&site, &request) && !is_our_own(request.headers(), site.public_url.as_str()) {
        return reply::refuse(
            &request,
            Error::forbidden(
                "This request came from another site and was not carried out. Reload the page and try again.",
            ),
        );
    }
    next.run(request).await
}

fn is_looked_at(site: &Site, request: &Request) -> bool {
    match Area::of(request.uri().path()) {
        Area::Page | Area::ServerFn => bearer(request.headers()).is_none(),
        Area::Api | Area::System => carries_cookies(request.headers(), site.public_url.is_https()),
    }
}

fn is_our_own(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // Browsers send it to secure and loopback sites, and no page can forge it.
    match text(header::HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    // Browsers send it with every POST, and no page can forge it. What sends neither is no browser.
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = origin.split_once("://").map(|(_, host)| host);
    origin == public_url || (host.is_some() && host == text(header::HOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        is_our_own(&map, "https://desk.example.org")
    }

    #[test]
    fn who_may() {
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("sec-fetch-site", "none")]));
        assert!(!ours(&[("sec-fetch-site", "same-site"), ("origin", "https://desk.example.org")]));
        assert!(!ours(&[("sec-fetch-site", "cross-site")]));
        assert!(ours(&[("origin", "https://desk.example.org"), ("host", "10.0.0.1:8000")]));
        assert!(ours(&[("origin", "http://10.0.0.1:8000"), ("host", "10.0.0.1:8000")]));
        assert!(!ours(&[("origin", "https://evil.example"), ("host", "desk.example.org")]));
        assert!(!ours(&[("origin", "null"), ("host", "desk.example.org")]));
        assert!(ours(&[("host", "desk.example.org")]));
    }
}
