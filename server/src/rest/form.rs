//! What a REST call gives the desk to read part by part: a new ticket, a reply, a note.

use std::{collections::BTreeMap, convert::Infallible, marker::PhantomData};

use axum::extract::{FromRequest, FromRequestParts, Request};
use desk::{FormPart, MultipartForm, NoFiles, TicketForm};
use domain::{FieldErrors, Result};
use form_data::FormData;
use http::{HeaderMap, HeaderName, request};
use utoipa::{
    IntoParams, IntoResponses, ToSchema,
    openapi::{
        KnownFormat, RefOr, Required, Response, Schema, SchemaFormat,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type},
    },
};

use super::{
    fields::{BodyKind, Fields, Given},
    sent::Sendable,
};
use crate::{
    body::BodyLimit,
    reply::{
        ApiError, ApiResult,
        api::{DETAIL, FIELDS, refusals},
    },
    site::Site,
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

/// The key of a request, if it has one.
pub(crate) struct Key(pub(crate) Option<String>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut request::Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(key_of(&parts.headers)))
    }
}

impl IntoParams for Key {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let about = "1 to 64 letters, digits, dashes and underscores, new for each thing that is sent. Sent again with the same key, \
                     it is written once, and answered as it was.";
        let key = ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header);
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        vec![key.required(Required::False).description(Some(about)).schema(Some(text)).build()]
    }
}

/// A body that may come with files: in `multipart/form-data` it is read by the desk, part by part.
pub(crate) trait MayHaveFiles: Sendable + ToSchema {
    /// About the files that may come.
    const ABOUT_FILES: &'static str;
    /// A field that may be left out when a file comes.
    const FILES_SUFFICE_FOR: Option<&'static str>;

    /// Its texts by their names, as the desk reads them.
    fn into_texts(self) -> Vec<(String, String)>;
}

/// Makes a struct a body that may come with files. Its fields are texts, some of which can be left out.
macro_rules! form {
    (
        $(#[$about:meta])*
        $visible:vis struct $name:ident { $($(#[$of_field:meta])* $field:ident: $type:ty,)+ }
        with files as $with_files:ident named $name_with_files:literal, about them $about_files:literal $(, they suffice for $sufficient:ident)?
    ) => {
        $crate::rest::sent::sendable! {
            $(#[$about])*
            $visible struct $name { $($(#[$of_field])* $field: $type,)+ }
        }

        #[doc = concat!("A [`", stringify!($name), "`] with files, for the description of the API.")]
        pub(crate) enum $with_files {}

        impl utoipa::ToSchema for $with_files {
            fn name() -> std::borrow::Cow<'static, str> {
                $name_with_files.into()
            }
        }

        impl utoipa::PartialSchema for $with_files {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::rest::form::with_files::<$name>()
            }
        }

        impl $crate::rest::form::MayHaveFiles for $name {
            const ABOUT_FILES: &'static str = $about_files;
            const FILES_SUFFICE_FOR: Option<&'static str> = {
                let fields: &[&str] = &[$(stringify!($sufficient))?];
                if fields.is_empty() { None } else { Some(fields[0]) }
            };

            fn into_texts(self) -> Vec<(String, String)> {
                $(let _ = &self.$sufficient;)?
                let texts = [$((stringify!($field), Option::<String>::from(self.$field))),+];
                texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect()
            }
        }
    };
}
pub(crate) use form;

/// What the description of the API says of `T` with files.
pub(crate) fn with_files<T: MayHaveFiles>() -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut form)) = T::schema() else { unreachable!("a struct is described as an object") };
    let file = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
    let files = ArrayBuilder::new().items(file).description(Some(T::ABOUT_FILES));
    form.properties.insert("attachments".to_owned(), files.into());
    form.description = form.description.map(|about| about.replace("without files", "with files"));
    if let Some(field) = T::FILES_SUFFICE_FOR {
        form.required.retain(|required| required != field);
        if let Some(RefOr::T(Schema::Object(field))) = form.properties.get_mut(field) {
            let about = field.description.take().unwrap_or_default();
            field.description = Some(format!("{about} May be left out when a file comes."));
            field.min_length = None;
        }
    }
    Schema::Object(form).into()
}

/// A form of a REST call.
pub(crate) struct ApiForm<T> {
    parts: Parts,
    /// The form's last part: of two keys the desk takes the last, and the header counts.
    key: Option<String>,
    is_read: bool,
    what: PhantomData<fn() -> T>,
}

enum Parts {
    Streamed(Box<MultipartForm>),
    NoFiles(NoFiles),
}

impl<T: MayHaveFiles> FromRequest<Site> for ApiForm<T> {
    type Rejection = ApiError;

    /// A multipart body is not read yet; another one is, into the fields that `T` has.
    async fn from_request(request: Request, site: &Site) -> ApiResult<Self> {
        BodyLimit::raise(request.extensions(), site.max_upload_bytes);
        Self::of(request).await
    }
}

impl<T: MayHaveFiles> ApiForm<T> {
    async fn of(request: Request) -> ApiResult<Self> {
        let key = key_of(request.headers());
        let parts = match BodyKind::of(&request)? {
            BodyKind::Multipart(boundary) => {
                let body = FormData::new(request.into_body().into_data_stream(), &boundary);
                Parts::Streamed(Box::new(MultipartForm::from_api(body)))
            }
            kind => Parts::NoFiles(without_files::<T>(&Fields::read(kind, request.into_body()).await?)?),
        };
        Ok(Self { parts, key, is_read: false, what: PhantomData })
    }
}

impl<T> IntoResponses for ApiForm<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([
            (
                400,
                "Field errors, a body that cannot be read; a file of another kind, or one too many",
                &[FIELDS, DETAIL],
            ),
            (409, "Something else was sent under this key", &[DETAIL]),
            (413, "A file, or the whole body, is too large", &[FIELDS, DETAIL]),
            (415, "A body of another kind", &[DETAIL]),
        ])
    }
}

impl<T: Send> TicketForm for ApiForm<T> {
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

/// The fields of a form without files.
fn without_files<T: MayHaveFiles>(sent: &Fields) -> Result<NoFiles, FieldErrors> {
    let mut errors = FieldErrors::default();
    let form = T::read(sent, &mut errors);
    match sent.get("attachments") {
        None | Some(Given::Null | Given::Nothing) => {}
        Some(Given::Text(text)) if text.is_empty() => {}
        Some(_) => {
            errors.add("attachments", "The submitted data was not a file. Send files as multipart/form-data.");
        }
    }
    match form {
        Some(form) if errors.is_empty() => Ok(NoFiles::new(form.into_texts())),
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;
    use crate::rest::conversation::ReplyBody;

    /// What the desk gets to read, one text after the other.
    async fn texts(content_type: &str, body: &'static str) -> Vec<(String, String)> {
        let request = Request::post("/").header("content-type", content_type).header(IDEMPOTENCY_KEY, "k-1");
        let request = request.body(Body::from(body)).unwrap();
        let mut form = ApiForm::<ReplyBody>::of(request).await.unwrap();
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
