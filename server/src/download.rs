//! `GET /tickets/{id}/download`: all of a ticket that its reader may see, as one archive; for whoever is logged in on its pages.

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use domain::{Error, TicketId};
use http::{HeaderName, HeaderValue, header};

use crate::{
    extract::{Caller, Varying},
    reply,
    site::Site,
};

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The archive, which is made while it is sent.
pub(crate) async fn ticket(State(site): State<Site>, Varying(id): Varying<String>, request: Request) -> Response {
    let taken = match (request.extensions().get::<Caller>(), id.parse::<TicketId>()) {
        (Some(Caller::Known(actor)), Ok(id)) => {
            site.desk.tickets().take_out(actor, id).await.map(|export| (export, actor.clone()))
        }
        (Some(Caller::Known(_)), Err(_)) => Err(Error::NotFound),
        _ => Err(Error::Unauthenticated),
    };
    let (export, actor) = match taken {
        Ok(taken) => taken,
        Err(error) => return reply::refuse(&request, error),
    };
    let id = export.view.ticket.id;
    let page = app::tickets::copy::page(site.desk.clone(), actor, &export);
    let mut response = Response::new(Body::from_stream(export.into_zip(page)));
    let headers = response.headers_mut();
    let mut fixed = |name, value| headers.insert(name, HeaderValue::from_static(value));
    fixed(header::CONTENT_TYPE, "application/zip");
    fixed(header::CACHE_CONTROL, "no-store");
    fixed(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    fixed(CORP, "same-origin");
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"ticket-{id}.zip\""));
    headers.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    response
}
