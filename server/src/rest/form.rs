//! What a REST call gives the desk to read part by part: a new ticket, a reply, a note.

use axum::extract::Request;
use desk::{FormPart, MultipartForm, NoFiles, TicketForm};
use domain::{FieldErrors, Result};
use form_data::FormData;
use http::{HeaderMap, HeaderName};

use super::{
    body::{BodyKind, Fields, Given, text_of},
    error::ApiResult,
};

/// Names a thing that is sent, so that it can be sent again without being written twice.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of a request, as it came; with or without the quotation marks that draft-ietf-httpapi-idempotency-key-header asks
/// for.
pub(crate) fn key_of(headers: &HeaderMap) -> Option<String> {
    let key = String::from_utf8_lossy(headers.get(IDEMPOTENCY_KEY)?.as_bytes()).into_owned();
    let bare = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
    Some(bare.unwrap_or(&key).to_owned())
}

/// A form of a REST call.
pub(crate) struct ApiForm {
    parts: Parts,
    /// The form's last part: of two keys the desk takes the last, and the header counts.
    key: Option<String>,
    is_read: bool,
}

enum Parts {
    Streamed(Box<MultipartForm>),
    NoFiles(NoFiles),
}

impl ApiForm {
    /// Takes a request's form. A multipart body is not read yet; another one is, and then `required` and `optional` name the
    /// fields that count.
    pub(crate) async fn of(request: Request, required: &[&str], optional: &[&str]) -> ApiResult<Self> {
        let key = key_of(request.headers());
        let parts = match BodyKind::of(&request)? {
            BodyKind::Multipart(boundary) => {
                let body = FormData::new(request.into_body().into_data_stream(), &boundary);
                Parts::Streamed(Box::new(MultipartForm::from_api(body)))
            }
            kind => {
                let fields = Fields::read(kind, request.into_body()).await?;
                Parts::NoFiles(without_files(&fields, required, optional)?)
            }
        };
        Ok(Self { parts, key, is_read: false })
    }
}

impl TicketForm for ApiForm {
    async fn next(&mut self) -> Result<Option<FormPart<'_>>> {
        if !self.is_read {
            let part = match &mut self.parts {
                Parts::Streamed(form) => form.next().await?,
                Parts::NoFiles(form) => form.next().await?,
            };
            if part.is_some() {
                return Ok(part);
            }
            self.is_read = true;
        }
        Ok(self.key.take().map(|value| FormPart::Text { name: "idempotency_key".to_owned(), value }))
    }
}

/// The fields of a form without files; null counts as left out where a field is optional.
fn without_files(fields: &Fields, required: &[&str], optional: &[&str]) -> Result<NoFiles, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut values = Vec::new();
    for name in required {
        match text_of(fields.get(name)) {
            Ok(text) => values.push(((*name).to_owned(), text.to_owned())),
            Err(sentence) => errors.add(name, sentence),
        }
    }
    for name in optional {
        match fields.get(name) {
            Some(Given::Text(text)) => values.push(((*name).to_owned(), text.clone())),
            Some(Given::Other | Given::Nothing) => errors.add(name, "Not a valid string."),
            Some(Given::Null) | None => {}
        }
    }
    match fields.get("attachments") {
        None | Some(Given::Null | Given::Nothing) => {}
        Some(Given::Text(text)) if text.is_empty() => {}
        Some(Given::Text(_) | Given::Other) => {
            errors.add("attachments", "The submitted data was not a file. Send files as multipart/form-data.");
        }
    }
    if errors.is_empty() { Ok(NoFiles::new(values)) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    /// What the desk gets to read, one text after the other.
    async fn texts(content_type: &str, body: &'static str) -> Vec<(String, String)> {
        let request = Request::post("/").header("content-type", content_type).header(IDEMPOTENCY_KEY, "k-1");
        let request = request.body(Body::from(body)).unwrap();
        let mut form = ApiForm::of(request, &["body"], &["then"]).await.unwrap();
        let mut texts = Vec::new();
        while let Some(part) = form.next().await.unwrap() {
            let FormPart::Text { name, value } = part else { panic!("a file") };
            texts.push((name, value));
        }
        texts
    }

    #[tokio::test]
    async fn the_headers_key_comes_last() {
        let expect = |texts: &[(&str, &str)]| -> Vec<(String, String)> {
            texts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let body = r#"{"then": "wait", "body": "Hello", "idempotency_key": "other"}"#;
        let expected = expect(&[("body", "Hello"), ("then", "wait"), ("idempotency_key", "k-1")]);
        assert_eq!(texts("application/json", body).await, expected);
        assert_eq!(texts("application/x-www-form-urlencoded", "body=Hello&then=wait").await, expected);
        let body = "--XX\r\nContent-Disposition: form-data; name=\"idempotency_key\"\r\n\r\nother\r\n--XX\r\n\
                    Content-Disposition: form-data; name=\"body\"\r\n\r\nHello\r\n--XX--\r\n";
        let expected = expect(&[("idempotency_key", "other"), ("body", "Hello"), ("idempotency_key", "k-1")]);
        assert_eq!(texts("multipart/form-data; boundary=XX", body).await, expected);
    }
}
