//! Requests that change something come from our own pages: `Sec-Fetch-Site`, `Origin` and `Referer` say so (OWASP ASVS 5,
//! 3.5.1). What is looked at follows from what is run, never from how an address looks.
//!
//! A request with a bearer token is free: no browser adds one by itself. Forms and server functions are always looked
//! at, so that nobody can be logged in as somebody else either; REST whenever the session's cookies came.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use domain::Error;
use http::{HeaderMap, HeaderName, header};

use super::session::{bearer, carries_cookies};
use crate::{reply, site::Site};

/// An extension of requests that were looked at; without it no server function runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked;

/// For pages, forms and server functions.
pub(crate) async fn always(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    if bearer(request.headers()).is_none() && is_foreign_change(&site, &request) {
        return refuse(&request);
    }
    request.extensions_mut().insert(Checked);
    next.run(request).await
}

/// For REST, files and live updates.
pub(crate) async fn with_cookies(State(site): State<Site>, request: Request, next: Next) -> Response {
    if carries_cookies(request.headers(), site.public_url.is_https()) && is_foreign_change(&site, &request) {
        return refuse(&request);
    }
    next.run(request).await
}

fn is_foreign_change(site: &Site, request: &Request) -> bool {
    let changes_something = !request.method().is_safe();
    changes_something && !is_our_own(request.headers(), site.public_url.as_str())
}

fn refuse(request: &Request) -> Response {
    tracing::warn!(
        target: desk::SECURITY,
        event = "origin_refused",
        method = %request.method(),
        path = request.uri().path(),
        "a request from another site was not carried out"
    );
    reply::refuse(
        request,
        Error::forbidden("This request came from another site and was not carried out. Go back and send it again."),
    )
}

fn is_our_own(headers: &HeaderMap, public_url: &str) -> bool {
    let all = |name: HeaderName| headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    // Browsers send it to secure and loopback sites, and no page can forge it.
    let mut sites = all(HeaderName::from_static("sec-fetch-site")).peekable();
    if sites.peek().is_some() {
        return sites.all(|site| matches!(site, "same-origin" | "none"));
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let is_ours = |origin: &str| {
        let named = origin.split_once("://").map(|(_, host)| host);
        origin == public_url || (named.is_some() && named == host)
    };
    // Browsers send it with every POST, and no page can forge it.
    let mut origins = all(header::ORIGIN).peekable();
    if origins.peek().is_some() {
        return origins.all(is_ours);
    }
    // Old browsers send the page alone. What sends none of the three is no browser.
    all(header::REFERER).all(|page| {
        let origin = page
            .split_once("://")
            .map_or(page.len(), |(scheme, rest)| scheme.len() + 3 + rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        is_ours(&page[..origin])
    })
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
        assert!(!ours(&[("sec-fetch-site", "\u{e4}"), ("origin", "https://desk.example.org")]));
    }

    #[test]
    fn a_page_alone_tells_too() {
        for ours_too in ["https://desk.example.org/tickets", "https://desk.example.org", "http://10.0.0.1:8000/?a=b"] {
            assert!(ours(&[("referer", ours_too), ("host", "10.0.0.1:8000")]), "{ours_too}");
        }
        for foreign in [
            "https://evil.example/",
            "https://desk.example.org.evil.example/",
            "https://desk.example.org@evil.example/",
            "https://evil.example/https://desk.example.org",
            "about:blank",
            "",
        ] {
            assert!(!ours(&[("referer", foreign), ("host", "10.0.0.1:8000")]), "{foreign}");
        }
    }

    #[test]
    fn of_several_none_may_be_foreign() {
        let mut map = HeaderMap::new();
        for origin in ["https://desk.example.org", "https://evil.example"] {
            map.append("origin", origin.parse().unwrap());
        }
        assert!(!is_our_own(&map, "https://desk.example.org"));
    }
}
