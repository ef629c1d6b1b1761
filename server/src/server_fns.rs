//! Server functions, under `/fn/`.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use domain::Error;
use form_data::FormData;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use islands::multipart::IncomingForm;
use server_fn::error::SERVER_FN_ERROR_HEADER;
use tracing::Instrument as _;

use crate::{
    body::{BodyLimit, boundary, check_count, whole},
    functions,
    middleware::{measure::Refused, origin},
    reply::{self, Area},
    site::Site,
};

const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// Every server function by its path.
static METHODS: LazyLock<HashMap<&'static str, Method>> =
    LazyLock::new(|| server_fn::axum::server_fn_paths().collect());

/// A request for a server function.
pub(crate) async fn direct(State(site): State<Site>, request: Request) -> Response {
    if takes_files(request.uri()) {
        BodyLimit::raise(request.extensions(), site.max_upload_bytes);
    }
    call(request).await
}

fn takes_files(uri: &Uri) -> bool {
    uri.path().strip_prefix(functions::PREFIX).is_some_and(functions::takes_files)
}

/// Runs the server function that a request names.
pub(crate) async fn call(mut request: Request) -> Response {
    if request.extensions().get::<origin::Checked>().is_none() {
        tracing::error!("a server function was called on a way that does not look where requests come from");
        return Area::ServerFn.refuse(Error::Internal);
    }
    if let Some(Refused(error)) = request.extensions().get() {
        return Area::ServerFn.refuse(error.clone());
    }
    let Some(method) = METHODS.get(request.uri().path()) else { return Area::ServerFn.refuse(Error::NotFound) };
    if request.method() != method {
        let mut response = Area::ServerFn.refuse(Error::NotFound);
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().extend(HeaderValue::from_str(method.as_str()).map(|method| (header::ALLOW, method)));
        return response;
    }
    request = match prepared(request).await {
        Ok(request) => request,
        Err(refusal) => return Area::ServerFn.refuse(refusal),
    };
    // Refusals are JSON, never a redirect with the cause in its address.
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    // In a task of its own, so that a client that breaks off does not stop it before it has cleaned up.
    let running = tokio::spawn(
        async move {
            axum::response::IntoResponse::into_response(
                leptos_axum::handle_server_fns_with_context(|| {}, request).await,
            )
        }
        .in_current_span(),
    );
    match running.await {
        Ok(response) => with_status(response).await,
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(_) => Area::ServerFn.refuse(Error::Unavailable),
    }
}

/// Puts the body where the function reads it: a form with files beside the request, as it arrives; another one whole.
async fn prepared(request: Request) -> Result<Request, Error> {
    let has_files = takes_files(request.uri());
    let (mut parts, body) = request.into_parts();
    if !has_files {
        let bytes = whole(body).await?;
        // Whatever the header says, it is read as an urlencoded form.
        check_count(&bytes)?;
        return Ok(Request::from_parts(parts, Body::from(bytes)));
    }
    let boundary = boundary(&parts.headers)
        .ok_or_else(|| Error::UnsupportedType { message: "Send this form as multipart/form-data.".to_owned() })?;
    parts.extensions.insert(IncomingForm::new(FormData::new(body.into_data_stream(), &boundary)));
    // The framework's reader wants a boundary, and does not survive one that it cannot read.
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("multipart/form-data; boundary=none"));
    Ok(Request::from_parts(parts, Body::empty()))
}

/// A refusal that did not come from the desk, as one for arguments that cannot be read, has its status only in its JSON.
async fn with_status(response: Response) -> Response {
    let is_refusal = response.headers().contains_key(SERVER_FN_ERROR_HEADER);
    if !is_refusal || response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_REFUSAL_BYTES).await.unwrap_or_default();
    if let Ok(error) = serde_json::from_slice::<Error>(&bytes) {
        parts.status = reply::status(&error);
    }
    Response::from_parts(parts, Body::from(bytes))
}
