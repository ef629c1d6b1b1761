//! Pages: rendered by Leptos.

pub(crate) mod render;
pub(crate) mod renderer;

use std::sync::LazyLock;

use app::layout::{SetTheme, own_address};
use axum::{
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use domain::Error;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use islands::deed::Deed as _;

use self::render::render;
use crate::{forms, functions, reply, site::Site};

/// A page.
pub(crate) async fn show(State(site): State<Site>, request: Request) -> Response {
    render(&site, request).await
}

/// The paths of the pages, as the router writes them.
pub(crate) static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    leptos_axum::generate_route_list(app::App).iter().map(|listing| listing.path().to_owned()).collect()
});

/// The one form on the page that says that there is nothing.
const ON_MISSING_PAGE: &str = SetTheme::NAME;

/// What no route knows: the site's own page for it.
pub(crate) async fn missing(State(site): State<Site>, request: Request) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::POST)
        && let Some(page) = without_slashes(request.uri())
        && let Ok(location) = HeaderValue::from_str(&page)
    {
        // 308, so that a form sent there arrives as a form.
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response();
    }
    if request.method() == Method::POST && functions::of_form(request.uri()).as_deref() == Some(ON_MISSING_PAGE) {
        return forms::submit(State(site), request).await;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return reply::refuse(&request, Error::NotFound);
    }
    let mut response = render(&site, request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// The page that is meant by an address with slashes behind it, with its query.
fn without_slashes(uri: &Uri) -> Option<String> {
    let path = uri.path().strip_suffix('/')?.trim_end_matches('/');
    let path = if path.is_empty() && uri.path() != "/" { "/" } else { path };
    let is_page = PATHS.iter().any(|page| {
        let (known, asked) = (page.split('/'), path.split('/'));
        known.clone().count() == asked.clone().count()
            && known.zip(asked).all(|(known, asked)| known == asked || (known.starts_with('{') && !asked.is_empty()))
    });
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    is_page.then(|| own_address(&format!("{path}{query}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_behind_a_page_lead_to_it() {
        for (asked, page) in [
            ("/admin/", Some("/admin")),
            ("/tickets///", Some("/tickets")),
            ("/tickets/5/?edit=1&a=%20b", Some("/tickets/5?edit=1&a=%20b")),
            ("/admin/set-up/?token=x", Some("/admin/set-up?token=x")),
            ("/admin/?next=//evil.example", Some("/admin?next=//evil.example")),
            ("//", Some("/")),
            ("//?x=1", Some("/?x=1")),
            ("/admin", None),
            ("/", None),
            ("/no/such/page/", None),
            ("//evil.example/", None),
            ("//tickets/", None),
            ("/tickets//5/", None),
            ("/tickets/5/6/", None),
        ] {
            assert_eq!(without_slashes(&asked.parse().unwrap()).as_deref(), page, "{asked}");
        }
        for odd in ["/tickets/%2f/", "/tickets/\\/", "/tickets/%5cevil.example//"] {
            assert_eq!(without_slashes(&odd.parse().unwrap()).as_deref(), Some("/"), "{odd}");
        }
    }
}
