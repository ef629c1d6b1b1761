//! Pages of a list: `limit` and `cursor` in the address, the next page in the header `Link`.

use std::collections::BTreeMap;

use axum::{extract::FromRequestParts, response::Response};
use domain::{Cursor, FieldErrors, Key};
use http::{HeaderValue, Uri, header, request::Parts};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        RefOr, Required, Response as Described,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, SchemaType, Type},
    },
};

use crate::reply::{
    ApiError, ApiResult,
    api::{FIELDS, refusals},
};

/// The page that an address asks for, of at most `MAX` rows; so many when it does not say how many. Its cursor names a row by its
/// id; in lists that are ordered by a moment, by both.
pub(crate) struct Page<const MAX: usize, const BY_MOMENT: bool = false> {
    pub(crate) cursor: Cursor,
    pub(crate) limit: usize,
}

impl<const MAX: usize, const BY_MOMENT: bool> Page<MAX, BY_MOMENT> {
    fn read(uri: &Uri) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let (mut cursor, mut limit) = (Cursor::First, MAX);
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "limit" => limit = errors.take("limit", read_limit(&value, MAX)).unwrap_or(MAX),
                "cursor" => {
                    let read = value.parse::<Key>().ok().filter(|key| key.id > 0 && (BY_MOMENT || key.at.is_none()));
                    let read = read.map(Cursor::Before).ok_or_else(|| CURSOR.to_owned());
                    cursor = errors.take("cursor", read).unwrap_or_default();
                }
                _ => {}
            }
        }
        if errors.is_empty() { Ok(Self { cursor, limit }) } else { Err(errors) }
    }
}

impl<const MAX: usize> Page<MAX, true> {
    /// Refuses a cursor that names a moment, for a list that is ordered by ids after all.
    pub(crate) fn require_id(&self) -> Result<(), FieldErrors> {
        match self.cursor {
            Cursor::Before(Key { at: Some(_), .. }) => Err(FieldErrors::one("cursor", CURSOR)),
            _ => Ok(()),
        }
    }
}

impl<S: Sync, const MAX: usize, const BY_MOMENT: bool> FromRequestParts<S> for Page<MAX, BY_MOMENT> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        Ok(Self::read(&parts.uri)?)
    }
}

impl<const MAX: usize, const BY_MOMENT: bool> IntoParams for Page<MAX, BY_MOMENT> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name, description: String, schema: ObjectBuilder| {
            let parameter =
                ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).required(Required::False);
            parameter.description(Some(description)).schema(Some(schema)).build()
        };
        let of_type = |kind| ObjectBuilder::new().schema_type(SchemaType::Type(kind));
        let limit = of_type(Type::Integer).minimum(Some(1)).maximum(Some(MAX));
        let cursor = "From the Link header of the page before".to_owned();
        vec![
            parameter("limit", format!("1 to {MAX}; {MAX} when left out"), limit),
            parameter("cursor", cursor, of_type(Type::String)),
        ]
    }
}

impl<const MAX: usize, const BY_MOMENT: bool> IntoResponses for Page<MAX, BY_MOMENT> {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        refusals([(400, "Field errors", &[FIELDS])])
    }
}

/// What is said of a cursor that is none of this list.
pub(super) const CURSOR: &str = "Take the cursor from the Link header of the page before.";

/// The last value of a name in an address's query, trimmed; empty when it is not there.
pub(super) fn asked(uri: &Uri, name: &str) -> String {
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    query.filter(|(known, _)| known == name).last().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// Reads how many are asked for: 1 to `max_limit`.
pub(super) fn read_limit(text: &str, max_limit: usize) -> Result<usize, String> {
    let number: i64 = text.trim().parse().map_err(|_| "A valid integer is required.".to_owned())?;
    match usize::try_from(number) {
        Ok(limit) if (1..=max_limit).contains(&limit) => Ok(limit),
        _ if number < 1 => Err("Ensure this value is greater than or equal to 1.".to_owned()),
        _ => Err(format!("Ensure this value is less than or equal to {max_limit}.")),
    }
}

/// Names the next page, if there is one; `list` is the list's whole address.
pub(crate) fn link_next(response: &mut Response, list: &str, limit: usize, older: Option<Key>) {
    link_next_of(response, list, &[], limit, older);
}

/// As [`link_next`], of a list that is filtered by these names and values; those that are empty are left out.
pub(crate) fn link_next_of(
    response: &mut Response,
    list: &str,
    filter: &[(&str, &str)],
    limit: usize,
    older: Option<Key>,
) {
    let link = older.and_then(|older| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(filter.iter().filter(|(_, value)| !value.is_empty()));
        query.append_pair("limit", &limit.to_string()).append_pair("cursor", &older.to_string());
        HeaderValue::from_str(&format!("<{list}?{}>; rel=\"next\"", query.finish())).ok()
    });
    response.headers_mut().extend(link.map(|link| (header::LINK, link)));
}
