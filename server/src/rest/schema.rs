//! What the description of the API (OpenAPI 3.1) says beside its routes.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, RefOr,
        schema::{Schema, SchemaType, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    middleware::cookies,
    reply::api::{Detail, FieldErrorsBody, WrongPin},
};

/// The description of the REST API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pindesk",
        description = "Log in with a Support PIN, open tickets, talk about them. Staff have no PIN; they call with an \
                       API token, or with the cookies of a login in the admin area. Every address works with and without its trailing slash; \
                       every error is JSON and says what to do.",
    ),
    tags(
        (name = "Session", description = "Log in and out"),
        (name = "Tickets", description = "Open, read and change them"),
        (name = "Conversation", description = "What was said on a ticket, and what happened to it"),
        (name = "Customers", description = "Whom staff look after, their PINs and sessions"),
        (name = "Confirmations", description = "What customers confirm, each with a PIN for that alone"),
        (name = "Callers", description = "Codes by which customers on the phone show that they are in"),
        (name = "Drafts", description = "What was typed and is not sent yet"),
    ),
    components(schemas(Detail<'static>, FieldErrorsBody<'static>, WrongPin<'static>)),
    modifiers(&Credentials)
)]
pub(crate) struct Api;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, api: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "The access token of a login, which lives ten minutes; refresh it with the refresh token. Or an API token of staff \
                 (`pdk_…`), made on their page or by `pindesk token create`; one that only reads is refused with 403 what is no GET.",
            ))
            .build();
        let cookie = ApiKeyValue::with_description(
            cookies::ACCESS_OVER_HTTPS,
            "The cookie of a login in the browser. While the desk is served without HTTPS its name has no __Host- in front.",
        );
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// A parameter that may be left out is no null when it comes.
pub(crate) fn without_null(api: &mut openapi::OpenApi) {
    let items = api.paths.paths.values_mut();
    let operations = items
        .flat_map(|item| [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete])
        .flatten();
    for parameter in operations.filter_map(|operation| operation.parameters.as_mut()).flatten() {
        if let RefOr::T(parameter) = parameter
            && let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema
            && let SchemaType::Array(types) = &mut object.schema_type
            && let Some(one) = types.iter().find(|one| **one != Type::Null).cloned()
        {
            object.schema_type = SchemaType::Type(one);
        }
    }
}
