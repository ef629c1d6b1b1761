//! The site's own files: style sheet, WASM, icons. A release has them inside; a debug build reads them from the disk.
//!
//! They are served under a folder whose name is the hash of all of them, so that a browser may keep them for good and a
//! new release is seen at once. `cargo leptos build -P` has put a `.br` and a `.gz` beside each.

pub(crate) mod embedded;

use std::borrow::Cow;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use domain::Error;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::EmbeddedFile;

use self::embedded::{KeptForGood, PKG, SiteFiles, folder};
use crate::{extract::Varying, reply};

const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const FOR_AN_HOUR: &str = "public, max-age=3600";
const ASK_AGAIN: &str = "no-cache";
/// What stands beside a file, compressed, the better one first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// `/pkg/{*path}`: with the hash of this build a browser may keep it for good, without it must ask again.
pub(crate) async fn pkg(Varying(path): Varying<String>, request: Request) -> Response {
    let version = folder().strip_prefix("pkg/");
    let (name, cache) = match version.and_then(|version| path.strip_prefix(version)?.strip_prefix('/')) {
        Some(name) => (name, FOR_GOOD),
        None => (path.as_str(), ASK_AGAIN),
    };
    // The name that Leptos looks for when it was not built by cargo-leptos.
    let name = if name == "pindesk_bg.wasm" { "pindesk.wasm" } else { name };
    serve(&format!("{PKG}/{name}"), cache, request.headers())
        .unwrap_or_else(|| reply::refuse(&request, Error::NotFound))
}

/// A file at the root of the site, as `/favicon.svg`, if there is one.
pub(crate) fn public(path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = path.trim_start_matches('/');
    // What browsers ask for beside a file that names no icon, as a PDF.
    let name = if name == "favicon.ico" { "favicon.svg" } else { name };
    let is_public = !name.is_empty() && !name.starts_with(PKG) && !name.starts_with('.') && !name.contains("..");
    is_public.then(|| serve(name, FOR_AN_HOUR, headers)).flatten()
}

fn serve(name: &str, cache: &'static str, headers: &HeaderMap) -> Option<Response> {
    let plain = SiteFiles::get(name).filter(|_| !name.contains(".."))?;
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (file, encoding) = ENCODINGS
        .iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, ending)| Some((SiteFiles::get(&format!("{name}{ending}"))?, Some(*encoding))))
        .unwrap_or((plain, None));
    let tag = format!("\"{}\"", HEXLOWER.encode(&file.metadata.sha256_hash()[..12]));
    let is_known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|tags| {
        tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag || known.trim() == "*")
    });
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(Body::from(bytes(file))) };
    let to = response.headers_mut();
    if !is_known {
        to.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
        to.extend(encoding.map(|encoding| (header::CONTENT_ENCODING, HeaderValue::from_static(encoding))));
    }
    to.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    to.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if cache == FOR_GOOD {
        response.extensions_mut().insert(KeptForGood);
    } else {
        to.extend(HeaderValue::from_str(&tag).map(|tag| (header::ETAG, tag)));
    }
    Some(response)
}

fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

/// Whether `Accept-Encoding` names it without `q=0` (RFC 9110, 12.5.3).
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding))
            && !parts.any(|q| q.strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty()))
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert!(accepts("gzip, deflate, br;q=1.0", "br"));
        assert!(accepts("br;q=0.5", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("gzip, br;q=0.000", "br"));
        assert!(!accepts("", "br"));
    }
}
