//! `GET /api/schema/`: OpenAPI 3.1, from the code.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::{changes, conversation, drafts, error::ApiResult, login, search, tickets, wire};
use crate::middleware::cookies;

/// What the header `Idempotency-Key` is for.
pub(crate) const KEY: &str = "1 to 64 letters, digits, dashes and underscores, new for each thing that is sent. Sent again \
                              with the same key, it is written once, and answered as it was.";

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
    paths(
        login::log_in, login::refresh, login::blacklist,
        tickets::list, tickets::create, tickets::detail, changes::change, changes::claim, search::search, crate::live::api,
        crate::media::file, conversation::timeline, conversation::reply, conversation::note, drafts::read, drafts::save,
        drafts::discard,
    ),
    components(schemas(
        wire::TicketJson<'static>, wire::AttachmentJson<'static>, wire::LoginJson<'static>, wire::UserJson<'static>,
        wire::AccessJson<'static>, wire::EntryJson<'static>, wire::ByJson<'static>, search::SearchJson<'static>,
        search::HitJson<'static>, search::FoundTicketJson<'static>, search::PieceJson<'static>, Detail, WrongPin, TokenError,
        FieldErrorsBody, PinBody, RefreshBody, TicketBody, TicketForm, ReplyBody, ReplyForm, NoteBody, NoteForm, ChangeBody,
        drafts::DraftJson, drafts::DraftBody
    )),
    modifiers(&Credentials)
)]
struct Api;

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

pub(crate) async fn schema() -> ApiResult<Response> {
    static API: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Api::openapi);
    wire::json(StatusCode::OK, &*API)
}

/// A refusal in a sentence.
#[derive(Serialize, ToSchema)]
pub(crate) struct Detail {
    #[schema(example = "Not found.")]
    detail: String,
}

/// A PIN that is wrong, used, expired or revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct WrongPin {
    #[schema(example = "Invalid or used PIN")]
    detail: String,
    #[schema(example = "Invalid or used PIN")]
    error: String,
}

/// A token that is not, or no longer, good.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenError {
    #[schema(example = "Token is invalid or expired")]
    detail: String,
    #[schema(example = "token_not_valid")]
    code: String,
}

/// Field name to the sentences about it.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldErrors, example = json!({"title": ["This field is required."]}))]
pub(crate) struct FieldErrorsBody(BTreeMap<String, Vec<String>>);

/// A login.
#[derive(Serialize, ToSchema)]
#[schema(as = PinRequest)]
pub(crate) struct PinBody {
    /// Case, spaces and dashes do not matter.
    #[schema(example = "SUP-XXXX-XXXX")]
    pin: String,
}

/// A refresh token.
#[derive(Serialize, ToSchema)]
#[schema(as = RefreshRequest)]
pub(crate) struct RefreshBody {
    refresh: String,
}

/// A new ticket without files.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketRequest)]
pub(crate) struct TicketBody {
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    #[schema(min_length = 1, max_length = 20000)]
    description: String,
    /// Low, Medium, High or Urgent; Medium when left out.
    #[schema(example = "Medium")]
    priority: Option<String>,
    /// Bug, Request, Billing or Other unless the desk has other categories; its default when left out.
    #[schema(example = "Other")]
    category: Option<String>,
}

/// A new ticket with files.
#[derive(Serialize, ToSchema)]
#[schema(as = TicketFormRequest)]
pub(crate) struct TicketForm {
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    #[schema(min_length = 1, max_length = 20000)]
    description: String,
    /// Low, Medium, High or Urgent; Medium when left out.
    #[schema(example = "Medium")]
    priority: Option<String>,
    /// Bug, Request, Billing or Other unless the desk has other categories; its default when left out.
    #[schema(example = "Other")]
    category: Option<String>,
    /// PDF, JPG, PNG or DOCX; 5 MB each and 10 at most unless the desk is set up otherwise.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    attachments: Option<Vec<String>>,
}

/// A reply without files.
#[derive(Serialize, ToSchema)]
#[schema(as = ReplyRequest)]
pub(crate) struct ReplyBody {
    /// Markdown.
    #[schema(min_length = 1, max_length = 20000)]
    body: String,
    /// What becomes of the ticket: stay, wait (for the customer) or resolve; stay when left out. Staff's word counts.
    #[schema(example = "stay")]
    then: Option<String>,
}

/// A reply with files.
#[derive(Serialize, ToSchema)]
#[schema(as = ReplyFormRequest)]
pub(crate) struct ReplyForm {
    /// Markdown. May be left out when a file comes.
    #[schema(max_length = 20000)]
    body: Option<String>,
    /// What becomes of the ticket: stay, wait (for the customer) or resolve; stay when left out. Staff's word counts.
    #[schema(example = "stay")]
    then: Option<String>,
    /// PDF, JPG, PNG or DOCX; 5 MB each and 10 on a ticket at most unless the desk is set up otherwise.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    attachments: Option<Vec<String>>,
}

/// An internal note without files.
#[derive(Serialize, ToSchema)]
#[schema(as = NoteRequest)]
pub(crate) struct NoteBody {
    /// Markdown.
    #[schema(min_length = 1, max_length = 20000)]
    body: String,
}

/// An internal note with files.
#[derive(Serialize, ToSchema)]
#[schema(as = NoteFormRequest)]
pub(crate) struct NoteForm {
    /// Markdown. May be left out when a file comes.
    #[schema(max_length = 20000)]
    body: Option<String>,
    /// PDF, JPG, PNG or DOCX; 5 MB each and 10 with a ticket's notes at most unless the desk is set up otherwise.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    attachments: Option<Vec<String>>,
}

/// What is to change in a ticket, one thing at least; what is left out stays as it is.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangeRequest)]
pub(crate) struct ChangeBody {
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    title: Option<String>,
    #[schema(nullable = false, min_length = 1, max_length = 20000)]
    description: Option<String>,
    /// Open, In Progress, Waiting on Customer, Resolved or Closed. Customers can close their tickets.
    #[schema(example = "In Progress")]
    status: Option<String>,
    /// Low, Medium, High or Urgent. Staff.
    #[schema(example = "High")]
    priority: Option<String>,
    /// Bug, Request, Billing or Other unless the desk has other categories. Staff.
    #[schema(example = "Bug")]
    category: Option<String>,
    /// The username of a member of the team; null or empty for nobody. Staff.
    #[schema(example = "agnes")]
    assignee: Option<String>,
}
