//! The shapes on the wire, borrowed from what the desk gave and written once.

use std::borrow::Cow;

use axum::{body::Body, response::IntoResponse as _};
use desk::Attachments;
use domain::{Actor, Attachment, Can, Error, Event, EventKind, Scope, Ticket, Timestamp};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::reply::{ApiError, ApiResult};

/// A ticket.
#[derive(Serialize, ToSchema)]
#[schema(as = Ticket)]
pub(crate) struct TicketJson<'a> {
    #[schema(example = 7)]
    id: i64,
    /// 1 to 200 characters.
    #[schema(example = "The printer is on fire")]
    title: &'a str,
    /// 1 to 20,000 characters.
    description: &'a str,
    #[schema(example = "Medium")]
    priority: &'static str,
    #[schema(example = "Other")]
    category: &'a str,
    #[schema(example = "Open")]
    status: &'static str,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    attachments: Vec<AttachmentJson<'a>>,
}

/// A file of a ticket.
#[derive(Serialize, ToSchema)]
#[schema(as = Attachment)]
pub(crate) struct AttachmentJson<'a> {
    id: i64,
    /// Where it is. Works without credentials for ten minutes, by the signature in it.
    #[schema(format = "uri")]
    file: String,
    /// The name it was sent with.
    name: &'a str,
    /// Bytes.
    size: u64,
    /// Judged by its bytes.
    content_type: &'static str,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    uploaded_at: Timestamp,
}

impl<'a> TicketJson<'a> {
    /// A ticket whose files are signed by `attachments` and served at `public_url`.
    pub(crate) fn of(ticket: &'a Ticket, attachments: &Attachments<'_>, public_url: &str) -> Self {
        Self {
            id: ticket.id.0,
            title: &ticket.title,
            description: &ticket.description,
            priority: ticket.priority.as_str(),
            category: &ticket.category,
            status: ticket.status.as_str(),
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
            attachments: ticket
                .attachments
                .iter()
                .map(|attachment| AttachmentJson::of(attachment, attachments, public_url))
                .collect(),
        }
    }
}

impl<'a> AttachmentJson<'a> {
    fn of(attachment: &'a Attachment, attachments: &Attachments<'_>, public_url: &str) -> Self {
        Self {
            id: attachment.id.0,
            file: format!("{public_url}{}", attachments.signed_path(attachment)),
            name: &attachment.name,
            size: attachment.size,
            content_type: attachment.kind.content_type(),
            uploaded_at: attachment.uploaded_at,
        }
    }
}

/// An entry of a ticket's timeline: something that was said, or that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
pub(crate) struct EntryJson<'a> {
    /// Later entries have larger numbers.
    id: i64,
    /// What happened: `replied`, `noted`, `ticket_opened`, `ticket_edited`, `status_changed`, `priority_changed`,
    /// `category_changed`, `assignee_changed`, `files_added`, `files_dropped` (from outside, for staff), `files_released`,
    /// `approval_asked`, `approval_confirmed`, `approval_declined` or `approval_withdrawn`; or, about the customer while the ticket was open,
    /// `pin_issued`, `pin_redeemed`, `pin_revoked`, `delegated`, `delegation_ended`, `session_ended` or `token_reused`. There may be more one day.
    #[schema(example = "replied")]
    kind: &'static str,
    /// What it was before, of something that changed.
    #[schema(required = true, value_type = Option<String>)]
    from: Option<Cow<'a, str>>,
    /// What it is since, of something that changed.
    #[schema(required = true, value_type = Option<String>)]
    to: Option<Cow<'a, str>>,
    /// Who did it; null for the desk itself.
    #[schema(required = true)]
    by: Option<ByJson<'a>>,
    /// A reply or a note, in Markdown as it was written; else null.
    #[schema(required = true, example = "Have you tried *water*?")]
    body: Option<&'a str>,
    /// The same as HTML that is safe to show; else null.
    #[schema(required = true, example = "<p>Have you tried <em>water</em>?</p>\n")]
    body_html: Option<String>,
    /// The files that came with it, as far as they are still there.
    attachments: Vec<AttachmentJson<'a>>,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Who did something.
#[derive(Serialize, ToSchema)]
#[schema(as = By)]
pub(crate) struct ByJson<'a> {
    /// Their name; to customers, staff are "Support".
    #[schema(example = "Support")]
    name: &'a str,
    is_staff: bool,
}

impl<'a> EntryJson<'a> {
    /// An entry as `reader` got it, with what it says as HTML, whose files are signed by `attachments` and served at
    /// `public_url`.
    pub(crate) fn of(
        event: &'a Event,
        body_html: Option<String>,
        reader: &'a Actor,
        attachments: &Attachments<'_>,
        public_url: &str,
    ) -> Self {
        // To pages one's own doings are by "You"; what a program reads has one name for one person.
        let is_readers = |name: &str| event.is_own && event.actor_name.as_deref() == Some(name);
        let to = match event.data.to() {
            Some(name) if event.kind() == EventKind::AssigneeChanged && is_readers(&name) => {
                Some(reader.name.as_str().into())
            }
            to => to,
        };
        let by = event.actor_name.as_deref().map(|name| if is_readers(name) { reader.name.as_str() } else { name });
        Self {
            id: event.id.0,
            kind: event.kind().as_str(),
            from: event.data.from(),
            to,
            by: by.map(|name| ByJson { name, is_staff: event.by_staff }),
            body: event.body.as_deref(),
            body_html,
            attachments: event.files.iter().map(|file| AttachmentJson::of(file, attachments, public_url)).collect(),
            at: event.at,
        }
    }
}

/// The tokens of a login.
#[derive(Serialize, ToSchema)]
#[schema(as = Login)]
pub(crate) struct LoginJson<'a> {
    /// For the header `Authorization: Bearer …`.
    pub(crate) access: &'a str,
    /// For a new access token.
    pub(crate) refresh: &'a str,
    pub(crate) user: UserJson<'a>,
    pub(crate) scope: ScopeJson<'a>,
    /// The code by which somebody without an identity comes back, in place of a PIN; in this answer and in the next one to it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "SUP-XXXX-XXXX-XXXX-XXXX")]
    pub(crate) return_code: Option<String>,
}

/// Who logged in.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserJson<'a> {
    id: i64,
    username: &'a str,
    /// To show.
    name: &'a str,
}

impl<'a> UserJson<'a> {
    pub(crate) fn of(actor: &'a Actor) -> Self {
        Self { id: id_of(actor), username: &actor.username, name: &actor.name }
    }
}

/// Who asks.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeJson<'a> {
    id: i64,
    username: &'a str,
    /// To show.
    name: &'a str,
    /// `customer`, `agent` or `admin`.
    #[schema(example = "customer")]
    role: &'static str,
    scope: ScopeJson<'a>,
}

impl<'a> MeJson<'a> {
    pub(crate) fn of(actor: &'a Actor) -> Self {
        Self {
            id: id_of(actor),
            username: &actor.username,
            name: &actor.name,
            role: actor.role.as_str(),
            scope: ScopeJson::of(&actor.scope),
        }
    }
}

fn id_of(actor: &Actor) -> i64 {
    actor.id.map_or(0, |id| id.0)
}

/// What a session is for.
#[derive(Serialize, ToSchema)]
#[schema(as = Scope)]
pub(crate) struct ScopeJson<'a> {
    /// The number of the one ticket that it sees; null for all of its owner's.
    #[schema(required = true)]
    ticket: Option<i64>,
    /// What it may do with what it sees: `read`, `reply`, `upload`, `delegate`.
    #[schema(example = json!(["read", "reply", "upload"]))]
    can: Vec<&'static str>,
    /// When it ends, if sooner than others. RFC 3339, in UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// `login`, or `drop` for one that adds files to its ticket and reads nothing.
    #[schema(example = "drop")]
    purpose: &'static str,
    /// What staff called it. May be empty.
    label: &'a str,
}

impl<'a> ScopeJson<'a> {
    pub(crate) fn of(scope: &'a Scope) -> Self {
        Self {
            ticket: scope.ticket.map(|ticket| ticket.0),
            can: scope.can.iter().map(Can::as_str).collect(),
            until: scope.until,
            purpose: scope.purpose.as_str(),
            label: &scope.label,
        }
    }
}

/// A new access token.
#[derive(Serialize, ToSchema)]
#[schema(as = Access)]
pub(crate) struct AccessJson<'a> {
    pub(crate) access: &'a str,
}

/// Writes JSON once.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> ApiResult {
    let bytes = serde_json::to_vec(value).map_err(|error| {
        tracing::error!("an answer cannot be written as JSON: {error}");
        ApiError::from(Error::Internal)
    })?;
    let json = HeaderValue::from_static("application/json");
    Ok((status, [(header::CONTENT_TYPE, json)], Body::from(bytes)).into_response())
}
