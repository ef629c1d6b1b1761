//! Plain forms, sent without script: `POST /page?fn=NAME` runs the server function NAME and answers with a page.
//!
//! On success the browser is sent on (303); on a refusal the same page is shown again with the refusal and with what was
//! typed. So every job works without script and shows the same words as with it.

pub(crate) mod once;

use std::sync::{Arc, OnceLock};

use app::{layout::own_address, login::welcome_before};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    response::Response,
};
use domain::Error;
use form_data::FormData;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use islands::{
    multipart::page_form,
    request::{RefusedForm, RequestContext},
};
use server_fn::error::SERVER_FN_ERROR_HEADER;

use crate::{
    body::{BodyLimit, boundary, check_count, whole},
    functions,
    middleware::measure::{self, Kind, Refused},
    pages::render::render,
    reply::Area,
    server_fns,
    site::Site,
};
use once::Outcome;

const MAX_REFUSAL_BYTES: usize = 64 * 1024;

fn query(uri: &Uri) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned()
}

/// A form sent to a page.
pub(crate) async fn submit(State(site): State<Site>, request: Request) -> Response {
    let name =
        functions::of_form(request.uri()).filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    let Some(name) = name else {
        return Area::Page.refuse(Error::field(
            "form",
            "This form does not say what it is for. Go back, reload the page and send it again.",
        ));
    };
    let (parts, body) = request.into_parts();
    if functions::takes_files(&name) {
        BodyLimit::raise(&parts.extensions, site.max_upload_bytes);
    }
    let page = page_of(&parts.uri);
    let (sent, typed) = match keep_typed(&parts.headers, body).await {
        Ok(kept) => kept,
        Err(error) => return Area::Page.refuse(error),
    };
    let is_over = parts.extensions.get::<Refused>().is_some();
    let (body, bytes) = match sent {
        Sent::Whole(bytes) => (Body::from(bytes.clone()), Some(bytes)),
        Sent::WithFiles(body) if is_over => (note_texts(&parts, body).await, None),
        Sent::WithFiles(body) => (body, None),
    };
    let call = match call_of(&parts, &name, body) {
        Ok(call) => call,
        Err(error) => return Area::Page.refuse(error),
    };
    let has_key = typed.iter().any(|(name, value)| name == "idempotency_key" && !value.is_empty());
    let is_change = measure::kind_of(&call) == Kind::Writing && !has_key && !is_over;
    let session =
        parts.extensions.get::<RequestContext>().and_then(|context| context.visitor.as_ref()?.session.clone());
    let outcome = match (session, bytes) {
        (Some(session), Some(bytes)) if is_change => {
            site.once.run(&session, &parts.uri, &bytes, outcome_of(call)).await
        }
        _ => outcome_of(call).await,
    };
    let (status, retry_after, error) = match outcome {
        Outcome::Done { location, cookies } => return send_on(location, cookies, &page),
        Outcome::Refused { status, retry_after, error } => (status, retry_after, error),
    };
    let mut response = show_again(&site, parts, page, name, error, typed).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response.headers_mut().extend(retry_after.map(|seconds| (header::RETRY_AFTER, seconds)));
    response
}

/// Runs the server function.
async fn outcome_of(call: Request) -> Outcome {
    let (parts, body) = server_fns::call(call).await.into_parts();
    let is_refusal = parts.headers.contains_key(SERVER_FN_ERROR_HEADER) || parts.status.is_client_error();
    if !is_refusal && !parts.status.is_server_error() {
        let cookies = parts.headers.get_all(header::SET_COOKIE).iter().cloned().collect();
        return Outcome::Done { location: parts.headers.get(header::LOCATION).cloned(), cookies };
    }
    let bytes = to_bytes(body, MAX_REFUSAL_BYTES).await.unwrap_or_default();
    let error = serde_json::from_slice(&bytes).unwrap_or(Error::Internal);
    Outcome::Refused { status: parts.status, retry_after: parts.headers.get(header::RETRY_AFTER).cloned(), error }
}

/// The page's own address, without the name of the function. Always one of this site: it becomes `Location`.
fn page_of(uri: &Uri) -> String {
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query(uri).filter(|(name, _)| name != "fn") {
        rest.append_pair(&name, &value);
    }
    let rest = rest.finish();
    own_address(&if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{rest}", uri.path()) })
}

/// The body of a form.
enum Sent {
    Whole(Bytes),
    WithFiles(Body),
}

/// Keeps what was typed into a form without files, to show it again. A form with files notes its texts as it is read.
async fn keep_typed(headers: &HeaderMap, body: Body) -> Result<(Sent, Vec<(String, String)>), Error> {
    if boundary(headers).is_some() {
        return Ok((Sent::WithFiles(body), Vec::new()));
    }
    let bytes = whole(body).await?;
    check_count(&bytes)?;
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(&bytes).into_owned().collect();
    let count = pairs.len();
    // Where a button sends a form without its files, their names come instead, several under one.
    pairs.retain(|(name, _)| name != "attachments");
    let bytes = if pairs.len() == count {
        bytes
    } else {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish().into()
    };
    pairs.retain(|(name, _)| !is_secret(name));
    Ok((Sent::Whole(bytes), pairs))
}

/// Notes the texts of a form with files that is refused unread.
async fn note_texts(parts: &Parts, body: Body) -> Body {
    let (boundary, context) = (boundary(&parts.headers), parts.extensions.get::<RequestContext>());
    let (Some(boundary), Some(context)) = (boundary, context) else { return body };
    let form = FormData::new(body.into_data_stream(), &boundary);
    page_form(form, context).note_texts().await;
    Body::empty()
}

/// Passwords, PINs, tokens and codes of second factors are never shown again.
fn is_secret(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    field == "pin" || ["password", "token", "factor"].iter().any(|secret| field.contains(secret))
}

fn call_of(parts: &Parts, name: &str, body: Body) -> Result<Request, Error> {
    let mut call = Request::new(body);
    *call.method_mut() = Method::POST;
    *call.uri_mut() = format!("{}{name}", functions::PREFIX).parse().map_err(|_| Error::Internal)?;
    *call.headers_mut() = parts.headers.clone();
    *call.extensions_mut() = parts.extensions.clone();
    Ok(call)
}

fn send_on(location: Option<HeaderValue>, cookies: Vec<HeaderValue>, page: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let to = location.or_else(|| HeaderValue::from_str(page).ok());
    response.headers_mut().extend(to.map(|to| (header::LOCATION, to)));
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn show_again(
    site: &Site,
    mut parts: Parts,
    mut page: String,
    endpoint: String,
    error: Error,
    mut typed: Vec<(String, String)>,
) -> Response {
    // What is shown again is a page like any other.
    let visitor = parts.extensions.get::<RequestContext>().and_then(|context| context.visitor.clone());
    let visitor = visitor.filter(|_| parts.extensions.get::<measure::HasPlace>().is_none());
    let (place, refusal) = match measure::admit(site, visitor.as_ref(), Kind::Reading).await {
        Ok(place) => (place, None),
        Err(refusal) => (None, Some(refusal)),
    };
    if let Some(context) = parts.extensions.get_mut::<RequestContext>() {
        let mut outcome = context.outcome.lock();
        typed.extend(outcome.form_values.drain(..).filter(|(name, _)| !is_secret(name)));
        drop(outcome);
        // Without a reader the page has nothing to read: what was typed is shown alone, to be sent again later.
        let visitor = context.visitor.take();
        context.visitor = visitor.filter(|_| refusal.is_none());
        let error = refusal.unwrap_or(error);
        let is_too_early = context.visitor.as_ref().and_then(|actor| actor.require_writing().err());
        let shown_on = match is_too_early.filter(|early| *early == error) {
            Some(_) => welcome_before(&page),
            None => page.clone(),
        };
        context.path.clone_from(&shown_on);
        let form = RefusedForm { endpoint, page, error, values: typed, is_said: OnceLock::new() };
        context.refused_form = Some(Arc::new(form));
        page = shown_on;
    }
    let Ok(uri) = page.parse() else { return Area::Page.refuse(Error::Internal) };
    parts.uri = uri;
    parts.method = Method::GET;
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    measure::held(render(site, Request::from_parts(parts, Body::empty())).await, place).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_its_query() {
        assert_eq!(
            page_of(&"/admin/tickets?status=Open&fn=x&text=a%26b".parse().unwrap()),
            "/admin/tickets?status=Open&text=a%26b"
        );
        assert_eq!(page_of(&"/tickets/new?fn=create_ticket".parse().unwrap()), "/tickets/new");
        for elsewhere in
            ["//evil.example?fn=set_theme", "/\\evil.example?fn=set_theme", "/.//evil.example?fn=set_theme"]
        {
            assert!(!page_of(&elsewhere.parse().unwrap()).contains("evil"), "{elsewhere}");
        }
    }

    #[test]
    fn secrets_are_never_shown_again() {
        for name in ["pin", "password", "new_password", "Password", "token", "factor_code"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("title"));
    }
}
