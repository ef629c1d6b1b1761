//! The one place that decides how REST refuses: status, JSON in the shape of Django REST framework, headers.

use std::{borrow::Cow, collections::BTreeMap};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use domain::{Error, FieldErrors};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{ContentBuilder, OneOf, Ref, RefOr, Response as Described, ResponseBuilder, Schema},
};

use super::status::{retry_after, status};

/// A refused REST call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// What the desk refused, or a check in its words.
    Desk(Error),
    /// A refresh or access token that is wrong, over or of the other kind (401).
    Token(&'static str),
    /// A body that cannot be read at all (400).
    Unreadable(String),
    /// A method that the address does not know (405); the router adds `Allow`.
    Method(String),
}

/// What a REST handler answers.
pub(crate) type ApiResult<T = Response> = Result<T, ApiError>;

impl ApiError {
    /// A refresh token that is not, or no longer, good.
    pub(crate) const REFRESH: Self = Self::Token("Token is invalid or expired");
    /// An access token that is not, or no longer, good.
    pub(crate) const ACCESS: Self =
        Self::Token("Given token not valid for any token type. Refresh it, or log in again.");
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Desk(error)
    }
}

impl From<FieldErrors> for ApiError {
    fn from(fields: FieldErrors) -> Self {
        Self::Desk(fields.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let detail = |status, detail: &str| (status, Json(Detail { detail })).into_response();
        let mut response = match &self {
            Self::Token(detail) => {
                (StatusCode::UNAUTHORIZED, Json(TokenError { detail, code: "token_not_valid" })).into_response()
            }
            Self::Unreadable(text) => detail(StatusCode::BAD_REQUEST, text),
            Self::Method(text) => detail(StatusCode::METHOD_NOT_ALLOWED, text),
            Self::Desk(error) => match error {
                Error::Invalid { fields } | Error::TooLarge { fields } => match about_the_whole(fields) {
                    Some(sentence) => detail(status(error), sentence),
                    None => (status(error), Json(FieldErrorsBody(&fields.0))).into_response(),
                },
                Error::WrongPin => {
                    let sentence = error.to_string();
                    (status(error), Json(WrongPin { detail: &sentence, error: &sentence })).into_response()
                }
                Error::Unauthenticated => detail(status(error), NOBODY),
                other => detail(status(error), &other.to_string()),
            },
        };
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Self::Desk(error) = &self {
            response.headers_mut().extend(retry_after(error));
        }
        response
    }
}

const NOBODY: &str = "Authentication credentials were not provided. Log in with a Support PIN and send its access token in the \
                      header Authorization: Bearer …";

/// The one sentence about a body as a whole, which has no field to stand under.
fn about_the_whole(fields: &FieldErrors) -> Option<&str> {
    match fields.of("form") {
        [sentence] if fields.0.len() == 1 => Some(sentence),
        _ => None,
    }
}

/// A refusal in a sentence.
#[derive(Serialize, ToSchema)]
pub(crate) struct Detail<'a> {
    #[schema(example = "Not found.")]
    detail: &'a str,
}

/// A PIN that is wrong, used, expired or revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct WrongPin<'a> {
    #[schema(example = "Invalid or used PIN")]
    detail: &'a str,
    #[schema(example = "Invalid or used PIN")]
    error: &'a str,
}

/// A token that is not, or no longer, good.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenError<'a> {
    #[schema(example = "Token is invalid or expired")]
    detail: &'a str,
    #[schema(example = "token_not_valid")]
    code: &'a str,
}

/// Field name to the sentences about it.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldErrors, example = json!({"title": ["This field is required."]}))]
pub(crate) struct FieldErrorsBody<'a>(&'a BTreeMap<String, Vec<String>>);

/// The name of a schema.
pub(crate) type Name = fn() -> Cow<'static, str>;
/// [`Detail`]
pub(crate) const DETAIL: Name = <Detail<'static> as ToSchema>::name;
/// [`FieldErrorsBody`]
pub(crate) const FIELDS: Name = <FieldErrorsBody<'static> as ToSchema>::name;
/// [`WrongPin`]
pub(crate) const WRONG_PIN: Name = <WrongPin<'static> as ToSchema>::name;

/// Refusals for the description of the API: status, when, and what the body is, one or the other.
pub(crate) fn refusals<const N: usize>(all: [(u16, &str, &[Name]); N]) -> BTreeMap<String, RefOr<Described>> {
    let described = |(status, description, bodies): (u16, &str, &[Name])| {
        let mut bodies = bodies.iter().map(|name| Ref::from_schema_name(name()));
        let schema = match bodies.len() {
            1 => bodies.next().map(RefOr::Ref),
            _ => Some(RefOr::T(Schema::OneOf(bodies.fold(OneOf::new(), |mut one, body| {
                one.items.push(RefOr::Ref(body));
                one
            })))),
        };
        let content = ContentBuilder::new().schema(schema).build();
        let response = ResponseBuilder::new().description(description).content("application/json", content);
        (status.to_string(), response.build().into())
    };
    all.into_iter().map(described).collect()
}
