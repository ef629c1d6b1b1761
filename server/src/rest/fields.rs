//! Bodies of REST calls: JSON, multipart or urlencoded, whatever the call.

use std::collections::BTreeMap;

use axum::{
    body::{Body, Bytes},
    extract::Request,
};
use domain::{Error, FORM_MAX_FIELDS, FieldErrors, misplaced_file, too_many_fields};
use form_data::{FormData, Unreadable};
use http::{HeaderMap, header};

use super::json::Json;
use crate::{
    body,
    reply::{ApiError, ApiResult},
};

/// A longer name is none that a call knows.
pub(super) const MAX_NAME_BYTES: usize = 300;

/// What is said of a value that is no text.
pub(crate) const NO_STRING: &str = "Not a valid string.";

/// How a body is written.
pub(crate) enum BodyKind {
    /// Nothing came.
    Empty,
    /// `application/json`
    Json,
    /// `multipart/form-data` with its boundary.
    Multipart(String),
    /// `application/x-www-form-urlencoded`
    UrlEncoded,
}

impl BodyKind {
    /// The kind that the headers tell.
    pub(crate) fn of(request: &Request) -> ApiResult<Self> {
        let headers = request.headers();
        let Some(content_type) = media_type(headers) else {
            let is_empty = http_body::Body::is_end_stream(request.body());
            return if is_empty { Ok(Self::Empty) } else { Err(unsupported("")) };
        };
        match content_type.as_str() {
            "application/json" => Ok(Self::Json),
            "application/x-www-form-urlencoded" => Ok(Self::UrlEncoded),
            "multipart/form-data" => body::boundary(headers).map(Self::Multipart).ok_or_else(|| {
                ApiError::Unreadable(
                    "Multipart form parse error - Invalid boundary in multipart. Leave the Content-Type to your client."
                        .to_owned(),
                )
            }),
            other => Err(unsupported(other)),
        }
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    (!essence.is_empty()).then(|| essence.to_ascii_lowercase())
}

fn unsupported(media_type: &str) -> ApiError {
    let shown: String = media_type.chars().take(100).collect();
    Error::UnsupportedType {
        message: format!(
            "Unsupported media type \"{shown}\" in request. Send application/json, multipart/form-data or \
             application/x-www-form-urlencoded."
        ),
    }
    .into()
}

/// What came under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// A text, or a number taken as one.
    Text(String),
    /// JSON's null.
    Null,
    /// An empty list.
    Nothing,
    /// A short list of texts.
    Words(Vec<String>),
    /// Yes or no.
    Truth(bool),
    /// Something that is no text.
    Other,
}

/// The fields of a body without files.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, Given)>);

impl Fields {
    /// Reads a body to its end.
    pub(crate) async fn read(kind: BodyKind, body: Body) -> ApiResult<Self> {
        match kind {
            BodyKind::Empty => Ok(Self::default()),
            BodyKind::Json => from_json(&whole(body).await?),
            BodyKind::UrlEncoded => from_url_encoded(&whole(body).await?),
            BodyKind::Multipart(boundary) => from_multipart(body, boundary).await,
        }
    }

    /// The last value under a name, as Django takes it.
    pub(crate) fn get(&self, name: &str) -> Option<&Given> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, given)| given)
    }

    /// Every text by its name; null counts as left out.
    pub(crate) fn texts(&self, errors: &mut FieldErrors) -> Option<BTreeMap<String, String>> {
        let mut texts = BTreeMap::new();
        for (name, given) in &self.0 {
            match given {
                Given::Text(text) => drop(texts.insert(name.clone(), text.clone())),
                Given::Null => {}
                Given::Nothing | Given::Words(_) | Given::Truth(_) | Given::Other => errors.add(name, NO_STRING),
            }
        }
        errors.is_empty().then_some(texts)
    }
}

/// A required text, or the sentence about it.
pub(crate) fn text_of(given: Option<&Given>) -> Result<&str, &'static str> {
    match given {
        None => Err("This field is required."),
        Some(Given::Null) => Err("This field may not be null."),
        Some(Given::Text(text)) if text.trim().is_empty() => Err("This field may not be blank."),
        Some(Given::Text(text)) => Ok(text),
        Some(_) => Err(NO_STRING),
    }
}

/// A whole body, which may not be longer than one without files.
pub(super) async fn whole(body: Body) -> ApiResult<Bytes> {
    match body::whole(body).await {
        Ok(bytes) => Ok(bytes),
        Err(error @ Error::TooLarge { .. }) => Err(error.into()),
        Err(_) => Err(ApiError::Unreadable("The body broke off. Send it again.".to_owned())),
    }
}

fn from_url_encoded(bytes: &[u8]) -> ApiResult<Fields> {
    body::check_count(bytes)?;
    let pairs = form_urlencoded::parse(bytes).into_owned().filter(|(name, _)| name.len() <= MAX_NAME_BYTES);
    Ok(Fields(pairs.map(|(name, value)| (name, Given::Text(value))).collect()))
}

fn from_json(bytes: &[u8]) -> ApiResult<Fields> {
    // Some clients write a byte order mark, which RFC 8259 (8.1) lets a reader ignore.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if matches!(bytes, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, ..] | [_, 0, ..]) {
        return Err(ApiError::Unreadable(
            "JSON parse error - this is UTF-16 or UTF-32. Send JSON in UTF-8.".to_owned(),
        ));
    }
    if bytes.is_empty() {
        return Ok(Fields::default());
    }
    match serde_json::from_slice(bytes) {
        Ok(Json::Fields(fields)) if fields.len() > FORM_MAX_FIELDS => Err(too_many_fields().into()),
        Ok(Json::Fields(fields)) => Ok(Fields(fields)),
        Ok(Json::Other) => Err(FieldErrors::one("non_field_errors", "Invalid data. Expected a dictionary.").into()),
        Err(error) => Err(ApiError::Unreadable(format!("JSON parse error - {error}"))),
    }
}

async fn from_multipart(body: Body, boundary: String) -> ApiResult<Fields> {
    let unread = |cause: Unreadable| {
        tracing::info!(%cause, "a form could not be read");
        ApiError::Unreadable("Multipart form parse error - the form broke off or cannot be read.".to_owned())
    };
    let mut form = FormData::new(body.into_data_stream(), &boundary);
    let mut fields = Vec::new();
    let mut parts = 0;
    while let Some(part) = form.next_part().await.map_err(unread)? {
        parts += 1;
        if parts > FORM_MAX_FIELDS {
            return Err(too_many_fields().into());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = form.chunk().await.map_err(unread)? {
            bytes.extend_from_slice(&chunk);
        }
        match &part.file_name {
            Some(file_name) if file_name.is_empty() && bytes.is_empty() => {}
            Some(file_name) => return Err(misplaced_file(file_name, &part.name).into()),
            None if part.name.len() > MAX_NAME_BYTES => {}
            None => {
                let text = part.text(bytes).map_or(Given::Other, Given::Text);
                fields.push((part.name, text));
            }
        }
    }
    Ok(Fields(fields))
}
