//! Bodies of calls as the types that the description of the API shows.

use std::{collections::BTreeMap, convert::Infallible, marker::PhantomData, str::FromStr};

use axum::{
    body::Body as HttpBody,
    extract::{FromRequest, Request},
};
use domain::FieldErrors;
use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response},
};

use super::fields::{BodyKind, Fields, Given, NO_STRING, text_of, whole};
use crate::reply::{
    ApiError, ApiResult,
    api::{DETAIL, FIELDS, refusals},
};

/// A body of a call.
pub(crate) trait Sendable: Sized + Send {
    /// Reads it. What is missing is noted; what is only wrong, too, and counts as left out, so that a caller who looks closer
    /// notes all that is wrong together.
    fn read(fields: &Fields, errors: &mut FieldErrors) -> Option<Self>;
}

/// A type of a field.
pub(crate) trait Field: Sized {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self>;
}

/// Makes a struct a body: its fields are those that are read, and those that the description of the API shows.
macro_rules! sendable {
    ($(#[$about:meta])* $visible:vis struct $name:ident { $($(#[$of_field:meta])* $field:ident: $type:ty,)+ }) => {
        #[derive(utoipa::ToSchema)]
        $(#[$about])*
        $visible struct $name {
            $($(#[$of_field])* $field: $type,)+
        }

        impl $crate::rest::sent::Sendable for $name {
            fn read(fields: &$crate::rest::fields::Fields, errors: &mut domain::FieldErrors) -> Option<Self> {
                $(let $field = $crate::rest::sent::Field::read(fields.get(stringify!($field)), stringify!($field), errors);)+
                Some(Self { $($field: $field?,)+ })
            }
        }
    };
}
pub(crate) use sendable;

/// A text that must come and is not blank.
impl Field for String {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        errors.take(name, text_of(given).map(ToOwned::to_owned).map_err(ToOwned::to_owned))
    }
}

/// A text that can be left out; null is left out, too.
impl Field for Option<String> {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        Some(match given {
            Some(Given::Text(text)) => Some(text.clone()),
            Some(Given::Null) | None => None,
            Some(_) => {
                errors.add(name, NO_STRING);
                None
            }
        })
    }
}

/// Something that can be left out but not be taken away.
pub(crate) struct Kept<T>(pub(crate) Option<T>);

impl<T: FromStr<Err = String>> Field for Kept<T> {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        let read = |given| errors.take(name, text_of(Some(given)).map_err(ToOwned::to_owned).and_then(str::parse));
        Some(Self(given.and_then(read)))
    }
}

/// A word out of a list; null and empty count as left out.
pub(crate) struct Chosen<T>(pub(crate) Option<T>);

impl<T: FromStr<Err: Into<String>>> Field for Chosen<T> {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        let word = match given {
            Some(Given::Text(word)) if !word.trim().is_empty() => word,
            Some(Given::Text(_) | Given::Null) | None => return Some(Self(None)),
            Some(_) => {
                errors.add(name, NO_STRING);
                return Some(Self(None));
            }
        };
        Some(Self(errors.take(name, word.parse().map_err(Into::into))))
    }
}

/// Yes or no, which can be left out but not be taken away.
pub(crate) struct Truth(pub(crate) Option<bool>);

impl Field for Truth {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        let read = match given {
            None => return Some(Self(None)),
            Some(Given::Truth(truth)) => Ok(*truth),
            Some(Given::Null) => Err("This field may not be null."),
            Some(Given::Text(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(Given::Text(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err("Must be a valid boolean: true or false."),
        };
        Some(Self(errors.take(name, read.map_err(ToOwned::to_owned))))
    }
}

/// A text that can be taken away, with null or an empty one, and be left out, which is something else.
pub(crate) struct Clearable(pub(crate) Option<String>);

impl Field for Clearable {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self(match given {
            None => None,
            Some(Given::Null) => Some(String::new()),
            Some(Given::Text(text)) => Some(text.clone()),
            Some(_) => {
                errors.add(name, NO_STRING);
                None
            }
        }))
    }
}

/// A word as it came, of a list that only the desk knows.
pub(crate) struct Word(pub(crate) String);

impl FromStr for Word {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Ok(Self(word.to_owned()))
    }
}

/// A body that is read when it is known that it counts.
pub(crate) struct Unread<T> {
    kind: ApiResult<BodyKind>,
    body: HttpBody,
    what: PhantomData<fn() -> T>,
}

impl<T: Sendable> Unread<T> {
    /// The body as far as it could be read, and what is wrong in it.
    ///
    /// # Errors
    /// It cannot be read at all.
    pub(crate) async fn read(self) -> ApiResult<(Option<T>, FieldErrors)> {
        let fields = Fields::read(self.kind?, self.body).await?;
        let mut errors = FieldErrors::default();
        let read = T::read(&fields, &mut errors);
        Ok((read, errors))
    }
}

impl<S: Sync, T: Sendable> FromRequest<S> for Unread<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self { kind: BodyKind::of(&request), body: request.into_body(), what: PhantomData })
    }
}

/// A body, read and without a fault.
pub(crate) struct Sent<T>(pub(crate) T);

impl<S: Sync, T: Sendable> FromRequest<S> for Sent<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        let Ok(unread) = Unread::<T>::from_request(request, state).await;
        match unread.read().await? {
            (Some(body), errors) if errors.is_empty() => Ok(Self(body)),
            (_, errors) => Err(errors.into()),
        }
    }
}

impl<T> IntoResponses for Sent<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([
            (400, "Field errors, or a body that cannot be read", &[FIELDS, DETAIL]),
            (413, "The body is too large", &[DETAIL]),
            (415, "A body of another kind", &[DETAIL]),
        ])
    }
}

impl<T> IntoResponses for Unread<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        Sent::<T>::responses()
    }
}

/// The body of a call that takes none, read to its end: a call that breaks off must not be carried out.
pub(crate) struct NoBody;

impl<S: Sync> FromRequest<S> for NoBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> ApiResult<Self> {
        whole(request.into_body()).await.map(|_| Self)
    }
}

impl IntoResponses for NoBody {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([(400, "The body broke off", &[DETAIL]), (413, "The body is too large", &[DETAIL])])
    }
}
