//! `GET /tickets/{id}/download` and `GET /admin/customers/{id}/export`: all of a ticket that its reader may see, and all that is kept
//! of a customer, as one archive; for whoever is logged in on the site's pages. Programs get both by REST, too.

use app::{admin::customers::copy as of_customer, tickets::copy as of_ticket};
use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use desk::{Export, FileContent, PersonExport};
use domain::{Actor, Error, Result, TicketId, UserId};
use http::{HeaderName, HeaderValue, header};

use crate::{
    extract::{Admin, Caller, CustomerPath, SignedIn, TicketPath, Varying},
    reply::{self, ApiResult},
    site::Site,
};

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// All of a ticket: the archive, which is made while it is sent.
pub(crate) async fn ticket(State(site): State<Site>, Varying(id): Varying<String>, request: Request) -> Response {
    let asked = asked::<TicketId>(&request, &id);
    let taken = async {
        let (actor, id) = asked?;
        let export = site.desk.tickets().take_out(&actor, id).await?;
        Ok(of_one(&site, actor, export))
    };
    taken.await.unwrap_or_else(|error| reply::refuse(&request, error))
}

/// All of a ticket that the caller may see, as one archive, as on its page: `index.html`, which needs nothing else to be read, and the
/// files. It is written as it is sent, and noted in the ticket's ledger. Of one's own ticket, or for staff.
#[utoipa::path(
    get, path = "/api/tickets/{id}/download/", tag = "Tickets", operation_id = "download_ticket",
    security(("bearer" = []), ("cookie" = [])),
    params(TicketPath),
    responses(
        (status = 200, description = "The archive", content_type = "application/zip"),
        SignedIn, TicketPath,
    )
)]
pub(crate) async fn call_ticket(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    TicketPath(id): TicketPath,
) -> ApiResult {
    let taken = site.desk.tickets().take_out(&actor, id).await?;
    Ok(of_one(&site, actor, taken))
}

/// The archive of a ticket.
fn of_one(site: &Site, actor: Actor, export: Export) -> Response {
    let (name, by) = (format!("ticket-{}.zip", export.view.ticket.id), actor.name.clone());
    let page = of_ticket::page(site.desk.clone(), actor, &by, &export);
    archive(export.into_zip(page), &name)
}

/// All that is kept of a customer.
pub(crate) async fn customer(State(site): State<Site>, Varying(id): Varying<String>, request: Request) -> Response {
    let asked = asked::<UserId>(&request, &id);
    let taken = async {
        let (actor, id) = asked?;
        Ok(of_person(&site, site.desk.users().take_out(&actor, id).await?))
    };
    taken.await.unwrap_or_else(|error| reply::refuse(&request, error))
}

/// All that is kept of a customer, as one archive, as on their page: `index.html` to read, `data.json` with the same for programs, and
/// the files. Internal notes and files are left out, and counted. It is written as it is sent. Admins.
#[utoipa::path(
    get, path = "/api/customers/{id}/export/", tag = "Customers", operation_id = "export_customer",
    security(("bearer" = []), ("cookie" = [])),
    params(CustomerPath),
    responses(
        (status = 200, description = "The archive", content_type = "application/zip"),
        Admin, CustomerPath,
    )
)]
pub(crate) async fn call(State(site): State<Site>, Admin(actor): Admin, CustomerPath(id): CustomerPath) -> ApiResult {
    let taken = site.desk.users().take_out(&actor, id).await?;
    Ok(of_person(&site, taken))
}

/// The archive of a customer.
fn of_person(site: &Site, export: PersonExport) -> Response {
    let (desk, reader, by) = (site.desk.clone(), export.reader(), export.by.clone());
    let name = format!("customer-{}.zip", export.person.id);
    let index = of_customer::index(&export);
    let page = move |ticket: &Export| of_ticket::page(desk.clone(), reader.clone(), &by, ticket);
    archive(export.into_zip(index, page), &name)
}

/// Who asks, and for what.
fn asked<Id: std::str::FromStr>(request: &Request, id: &str) -> Result<(Actor, Id)> {
    let Some(Caller::Known(actor)) = request.extensions().get::<Caller>() else { return Err(Error::Unauthenticated) };
    Ok((actor.clone(), id.parse().map_err(|_| Error::NotFound)?))
}

fn archive(bytes: FileContent, name: &str) -> Response {
    let mut response = Response::new(Body::from_stream(bytes));
    let headers = response.headers_mut();
    let mut fixed = |name, value| headers.insert(name, HeaderValue::from_static(value));
    fixed(header::CONTENT_TYPE, "application/zip");
    fixed(header::CACHE_CONTROL, "no-store");
    fixed(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    fixed(CORP, "same-origin");
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    headers.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    response
}
