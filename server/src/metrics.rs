//! What Prometheus reads, at an address of its own: how many requests there were, how long they took, and the desk's
//! numbers (`desk.figures()`). Labels are of kinds that the program knows; never a person, a title or an id, nor a word that a
//! client chose.

pub(crate) mod counts;
mod process;
mod text;

use std::net::SocketAddr;

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use http::{StatusCode, header};
use tokio::net::TcpListener;

use crate::site::Site;

/// Listens where Prometheus asks.
///
/// # Errors
/// A sentence that says what to do when nobody can listen there.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}. Stop what listens there, or choose another with --metrics-addr")
    })
}

/// What is served there: `/metrics` and nothing else.
pub fn router(site: Site) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(site)
}

async fn metrics(State(site): State<Site>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match text::write(&site).await {
        Ok(text) => (StatusCode::OK, [(header::CONTENT_TYPE, kind)], text),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "text/plain")], String::new()),
    }
}
