//! `GET /media/tickets/{ticket_id}/{file}`: the bytes of an attachment, to its ticket's owner, to staff, and to whoever has
//! a signed address. Uploads are hostile until proven otherwise: a type judged by the bytes, no sniffing, no script.

mod disposition;
mod range;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use domain::{Actor, Attachment, Error, FileKind, TicketId};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    extract::{SignedIn, Varying},
    reply::{ApiError, ApiResult, api::Detail},
    site::Site,
};
use range::Wanted;

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The bytes of an attachment.
#[utoipa::path(
    get, path = "/media/tickets/{ticket_id}/{file}", tag = "Tickets", operation_id = "get_file", security(("bearer" = []), ("cookie" = []), ()),
    params(
        ("ticket_id" = i64, Path, description = "The ticket's number"),
        ("file" = String, Path, description = "The name in the attachment's address"),
        ("expires" = Option<String>, Query, description = "From the attachment's address"),
        ("signature" = Option<String>, Query, description = "From the attachment's address"),
        ("download" = Option<String>, Query, description = "1 to save it rather than show it"),
    ),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream"),
        (status = 206, description = "The part that the header Range asked for", content_type = "application/octet-stream"),
        (status = 304, description = "It has not changed"),
        (status = 401, description = "No signature, and no good token", body = Detail<'static>),
        (status = 403, description = "A signature that is wrong or over", body = Detail<'static>),
        (status = 404, description = "No such file, or not the caller's", body = Detail<'static>),
        (status = 416, description = "A range that the file does not have"),
    )
)]
pub(crate) async fn file(
    State(site): State<Site>,
    caller: Result<SignedIn, ApiError>,
    Varying((ticket, name)): Varying<(String, String)>,
    request: Request,
) -> ApiResult {
    let query = Query::of(&request);
    let ticket: Option<TicketId> = ticket.parse().ok();
    let attachments = site.desk.attachments();
    let is_signed = query.signature.is_some();
    // A valid signature suffices, whoever sends it.
    let mut reader = None;
    let by_signature = match (&query.signature, ticket) {
        (Some(signature), Some(ticket)) => {
            Some(attachments.get_signed(ticket, &name, query.expires.as_deref().unwrap_or_default(), signature).await)
        }
        (Some(_), None) => Some(Err(Error::Forbidden { message: SIGNATURE_OVER.to_owned() })),
        (None, _) => None,
    };
    let attachment = match (by_signature, caller) {
        (Some(Ok(attachment)), _) => attachment,
        (Some(Err(error)), Err(_)) => return Err(error.into()),
        (None, Err(error)) => return Err(error),
        (_, Ok(SignedIn(actor))) => {
            let found = attachments.get(&actor, ticket.ok_or(Error::NotFound)?, &name).await?;
            reader = Some(actor);
            found
        }
    };
    answer(&site, reader.as_ref(), &attachment, request.headers(), &query, is_signed).await
}

const SIGNATURE_OVER: &str = "This address is wrong or over. Open the ticket again and take the file from there.";

#[derive(Default)]
struct Query {
    expires: Option<String>,
    signature: Option<String>,
    is_download: bool,
}

impl Query {
    fn of(request: &Request) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()) {
            match &*name {
                "expires" => query.expires = Some(value.into_owned()),
                "signature" => query.signature = Some(value.into_owned()),
                "download" => query.is_download = value == "1",
                _ => {}
            }
        }
        query
    }
}

async fn answer(
    site: &Site,
    reader: Option<&Actor>,
    attachment: &Attachment,
    asked: &HeaderMap,
    query: &Query,
    is_signed: bool,
) -> ApiResult {
    // A stored file never changes, and its name is never used again.
    let tag = format!("\"{}-{}\"", attachment.id, attachment.size);
    let wanted = range::wanted(asked, &tag, attachment.size);
    let mut response = match &wanted {
        Wanted::Nothing => StatusCode::NOT_MODIFIED.into_response(),
        Wanted::Unsatisfiable => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            put(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", attachment.size));
            response
        }
        Wanted::All => {
            let bytes = site.desk.attachments().read(reader, attachment, None).await?;
            sized(Body::from_stream(bytes), attachment.size)
        }
        Wanted::Part(part) => {
            let bytes = site.desk.attachments().read(reader, attachment, Some(part.clone())).await?;
            let mut response = sized(Body::from_stream(bytes), part.end - part.start);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, attachment.size);
            put(&mut response, header::CONTENT_RANGE, &range);
            response
        }
    };
    put(&mut response, header::ETAG, &tag);
    put(&mut response, header::CONTENT_DISPOSITION, &disposition::header(attachment, query.is_download));
    let headers = response.headers_mut();
    let mut fixed = |name, value| headers.insert(name, HeaderValue::from_static(value));
    if wanted != Wanted::Nothing && wanted != Wanted::Unsatisfiable {
        fixed(header::CONTENT_TYPE, attachment.kind.content_type());
    }
    fixed(header::ACCEPT_RANGES, "bytes");
    fixed(header::CACHE_CONTROL, "private, no-cache");
    fixed(header::CONTENT_SECURITY_POLICY, policy(attachment.kind));
    fixed(CORP, if is_signed { "cross-origin" } else { "same-origin" });
    Ok(response)
}

/// Browsers' PDF viewers do not start in a sandbox.
const fn policy(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Pdf => "default-src 'none'",
        FileKind::Jpg | FileKind::Png | FileKind::Docx => "default-src 'none'; sandbox",
    }
}

fn sized(body: Body, bytes: u64) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    response
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    response.headers_mut().extend(HeaderValue::from_str(value).map(|value| (name, value)));
}
