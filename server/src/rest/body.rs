//! Bodies of REST calls: JSON, multipart or urlencoded, whatever the call.

use std::collections::BTreeMap;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
};
use domain::{Error, FieldErrors};
use http::{HeaderMap, header};
use serde_json::Value;

use super::error::{ApiError, ApiResult};
use crate::{forms, middleware::body::MAX_BODY_BYTES};

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
            "multipart/form-data" => forms::boundary(headers).map(Self::Multipart).ok_or_else(|| {
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
            BodyKind::UrlEncoded => {
                let bytes = whole(body).await?;
                let pairs = form_urlencoded::parse(&bytes).into_owned();
                Ok(Self(pairs.map(|(name, value)| (name, Given::Text(value))).collect()))
            }
            BodyKind::Multipart(boundary) => from_multipart(body, boundary).await,
        }
    }

    /// The last value under a name, as Django takes it.
    pub(crate) fn get(&self, name: &str) -> Option<&Given> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, given)| given)
    }

    /// Every text by its name; null counts as left out.
    pub(crate) fn texts(self) -> Result<BTreeMap<String, String>, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut texts = BTreeMap::new();
        for (name, given) in self.0 {
            match given {
                Given::Text(text) => drop(texts.insert(name, text)),
                Given::Null => {}
                Given::Nothing | Given::Other => errors.add(&name, "Not a valid string."),
            }
        }
        if errors.is_empty() { Ok(texts) } else { Err(errors) }
    }

    /// A required text, or the field error.
    pub(crate) fn required(&self, name: &str) -> ApiResult<&str> {
        text_of(self.get(name)).map_err(|sentence| FieldErrors::one(name, sentence).into())
    }
}

/// A required text, or the sentence about it.
pub(crate) fn text_of(given: Option<&Given>) -> Result<&str, &'static str> {
    match given {
        None => Err("This field is required."),
        Some(Given::Null) => Err("This field may not be null."),
        Some(Given::Other | Given::Nothing) => Err("Not a valid string."),
        Some(Given::Text(text)) if text.trim().is_empty() => Err("This field may not be blank."),
        Some(Given::Text(text)) => Ok(text),
    }
}

async fn whole(body: Body) -> ApiResult<Bytes> {
    let limit = usize::try_from(MAX_BODY_BYTES).unwrap_or(usize::MAX);
    to_bytes(body, limit).await.map_err(|_| ApiError::Unreadable("The body broke off. Send it again.".to_owned()))
}

fn from_json(bytes: &[u8]) -> ApiResult<Fields> {
    if bytes.is_empty() {
        return Ok(Fields::default());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(Fields(object.into_iter().map(|(name, value)| (name, given(value))).collect())),
        Ok(_) => Err(FieldErrors::one("non_field_errors", "Invalid data. Expected a dictionary.").into()),
        Err(error) => Err(ApiError::Unreadable(format!("JSON parse error - {error}"))),
    }
}

fn given(value: Value) -> Given {
    match value {
        Value::Null => Given::Null,
        Value::String(text) => Given::Text(text),
        Value::Number(number) => Given::Text(number.to_string()),
        Value::Array(items) if items.is_empty() => Given::Nothing,
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Given::Other,
    }
}

async fn from_multipart(body: Body, boundary: String) -> ApiResult<Fields> {
    let unread =
        |_| ApiError::Unreadable("Multipart form parse error - the form broke off or cannot be read.".to_owned());
    let mut form = multer::Multipart::new(body.into_data_stream(), boundary);
    let mut fields = Vec::new();
    while let Some(field) = form.next_field().await.map_err(unread)? {
        let name = field.name().unwrap_or_default().to_owned();
        let is_file = field.file_name().is_some();
        let bytes = field.bytes().await.map_err(unread)?;
        let text = String::from_utf8(bytes.to_vec()).ok().filter(|_| !is_file);
        fields.push((name, text.map_or(Given::Other, Given::Text)));
    }
    Ok(Fields(fields))
}
