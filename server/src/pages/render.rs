//! A page, whole.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use domain::Error;
use http::{HeaderValue, header};

use crate::{reply::Area, site::Site};

/// Renders the page of `request`.
pub(crate) async fn render(site: &Site, mut request: Request) -> Response {
    // A redirect of a page is a real one for every client, not only for those that say they read HTML.
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("text/html"));
    // The page is whole before its first byte; as one piece it has a length, by which the layers around know what it costs.
    let (parts, body) = (site.renderer)(request).await.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(whole) => Response::from_parts(parts, Body::from(whole)),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered to its end");
            Area::Page.refuse(Error::Internal)
        }
    }
}
