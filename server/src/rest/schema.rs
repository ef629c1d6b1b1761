//! What the description of the API (OpenAPI 3.1) says beside its routes.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{
    middleware::cookies,
    reply::api::{Detail, FieldErrorsBody},
};

/// The description of the REST API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pindesk",
        description = "Log in with a Support PIN, open tickets, talk about them. Staff have no PIN; they call with the \
                       cookies of a login in the admin area. Every address works with and without its trailing slash; \
                       every error is JSON and says what to do.",
    ),
    tags(
        (name = "Session", description = "Log in and out"),
        (name = "Tickets", description = "Open, read and change them"),
        (name = "Conversation", description = "What was said on a ticket, and what happened to it"),
    ),
    components(schemas(Detail<'static>, FieldErrorsBody<'static>)),
    modifiers(&Credentials)
)]
pub(crate) struct Api;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The access token of a login. It lives ten minutes; refresh it with the refresh token."))
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
