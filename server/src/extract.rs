//! What handlers take from a request besides its body. Each refuses by itself, and says in the description of the API with what.

use std::{collections::BTreeMap, convert::Infallible};

use axum::extract::{FromRequestParts, Path};
use desk::ClientAddress;
use domain::{Actor, ApprovalId, Error, PinId, TicketId, UserId};
use http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        RefOr, Required, Response,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type},
    },
};

use crate::{
    middleware::client::client_address,
    reply::{
        ApiError, ApiResult,
        api::{DETAIL, refusals},
    },
    site::Site,
};

/// Who asks, as far as the request's credentials tell; an extension of the request.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// No credentials came.
    Nobody,
    /// Credentials came that are not, or no longer, good.
    Refused,
    /// They are good.
    Known(Actor),
}

impl Caller {
    /// The same, with the address that they ask from.
    pub(crate) fn from(self, client: &ClientAddress) -> Self {
        match self {
            Self::Known(actor) => Self::Known(actor.asking_from(client.as_str())),
            other => other,
        }
    }

    /// Who asks, if they are let in.
    pub(crate) fn actor(&self) -> Option<&Actor> {
        match self {
            Self::Known(actor) => Some(actor),
            Self::Nobody | Self::Refused => None,
        }
    }
}

/// Whose session it is, whatever it is for.
fn known(parts: &Parts) -> ApiResult<&Actor> {
    match parts.extensions.get::<Caller>() {
        Some(Caller::Known(actor)) => Ok(actor),
        Some(Caller::Refused) => Err(ApiError::ACCESS),
        Some(Caller::Nobody) | None => Err(Error::Unauthenticated.into()),
    }
}

/// Who asks: somebody who is logged in, and not there to drop files.
pub(crate) struct SignedIn(pub(crate) Actor);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let actor = known(parts)?;
        actor.require_login()?;
        Ok(Self(actor.clone()))
    }
}

impl IntoResponses for SignedIn {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([
            (401, "Nobody is logged in, or not any more", &[DETAIL]),
            (403, "The session is for less than this", &[DETAIL]),
            (429, "This session asks for more than it may; `Retry-After` says when it may again", &[DETAIL]),
            (503, "The desk cannot answer now; `Retry-After` says when to ask again", &[DETAIL]),
        ])
    }
}

/// Who asks: a member of staff.
pub(crate) struct Staff(pub(crate) Actor);

impl<S: Sync> FromRequestParts<S> for Staff {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let SignedIn(actor) = SignedIn::from_request_parts(parts, state).await?;
        actor.require_staff()?;
        Ok(Self(actor))
    }
}

impl IntoResponses for Staff {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = SignedIn::responses();
        all.extend(refusals([(403, "For staff", &[DETAIL])]));
        all
    }
}

/// Who asks: an admin.
pub(crate) struct Admin(pub(crate) Actor);

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let Staff(actor) = Staff::from_request_parts(parts, state).await?;
        actor.require_admin()?;
        Ok(Self(actor))
    }
}

impl IntoResponses for Admin {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        Staff::responses()
    }
}

/// Who asks: a customer.
pub(crate) struct CustomerOnly(pub(crate) Actor);

impl<S: Sync> FromRequestParts<S> for CustomerOnly {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let SignedIn(actor) = SignedIn::from_request_parts(parts, state).await?;
        actor.require_customer()?;
        Ok(Self(actor))
    }
}

impl IntoResponses for CustomerOnly {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = SignedIn::responses();
        all.extend(refusals([(403, "Staff have no tickets; or the session is for less than this", &[DETAIL])]));
        all
    }
}

/// Who asks: somebody who was let in to drop files.
pub(crate) struct DropOnly(pub(crate) Actor);

impl<S: Sync> FromRequestParts<S> for DropOnly {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let actor = known(parts)?;
        actor.require_drop()?;
        Ok(Self(actor.clone()))
    }
}

impl IntoResponses for DropOnly {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = SignedIn::responses();
        all.extend(refusals([(403, "For sessions to drop files", &[DETAIL])]));
        all
    }
}

/// The parts of an address that vary. One that cannot be read, as it is no UTF-8, is empty, and names nothing: what it is
/// then answered with is the handler's matter, in its own form and after it looked who asks.
pub(crate) struct Varying<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Default + Send> FromRequestParts<S> for Varying<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let read = Path::from_request_parts(parts, state).await;
        Ok(Self(read.map(|Path(read)| read).unwrap_or_default()))
    }
}

/// Makes a type the part of an address that names something by its number. What is no number names none.
macro_rules! named_by_number {
    ($(#[$about:meta])* $name:ident, $id:ty, $number:literal, $missing:literal) => {
        $(#[$about])*
        pub(crate) struct $name(pub(crate) $id);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
                let Ok(Varying(id)) = Varying::<String>::from_request_parts(parts, state).await;
                Ok(Self(id.parse().map_err(|_| Error::NotFound)?))
            }
        }

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                refusals([(404, $missing, &[DETAIL])])
            }
        }

        impl IntoParams for $name {
            fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
                vec![number($number)]
            }
        }
    };
}

named_by_number!(
    /// The ticket that an address names.
    TicketPath, TicketId, "The ticket's number", "No such ticket, or not the caller's"
);
named_by_number!(
    /// The customer that an address names.
    CustomerPath, UserId, "The customer's id", "No such customer"
);
named_by_number!(
    /// The PIN that an address names by its record.
    PinPath, PinId, "The PIN's id", "No such PIN"
);

named_by_number!(
    /// What a customer is asked to confirm, as an address names it.
    ApprovalPath, ApprovalId, "The request's number", "No such request, or not on a ticket of the caller's"
);

/// The parameter `id` of a path.
fn number(about: &str) -> Parameter {
    let number = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
    let id = ParameterBuilder::new().name("id").parameter_in(ParameterIn::Path).required(Required::True);
    id.description(Some(about)).schema(Some(number)).build()
}

/// Where a request comes from, for counting what failed.
pub(crate) struct Client(pub(crate) ClientAddress);

impl FromRequestParts<Site> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        Ok(Self(client_address(&parts.extensions, &parts.headers, &site.settings.trusted_proxies)))
    }
}
