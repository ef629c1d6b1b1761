//! What customers confirm: staff ask, with a PIN for that alone, and the customer answers in a session that sees the ticket.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use desk::AskedApproval;
use domain::{Approval, ApprovalDraft, ApprovalFile, AttachmentId, FieldErrors, Timestamp};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    apart,
    fields::Given,
    sent::{Field, NoBody, Sent, Unread, sendable},
    wire::json,
};
use crate::{
    extract::{ApprovalPath, Client, CustomerOnly, SignedIn, Staff, TicketPath},
    reply::{ApiResult, api::Detail},
    site::Site,
};

sendable! {
    /// Something to confirm.
    #[schema(as = ApprovalRequest)]
    pub(crate) struct AskBody {
        /// The customer reads exactly this.
        #[schema(max_length = 2000, example = "Two doors, oak.")]
        text: String,
        /// With its currency.
        #[schema(max_length = 60, example = "120 EUR")]
        amount: Option<String>,
        /// The ids of files of the ticket that belong to it: a list of texts, or one text with commas between them.
        #[schema(value_type = Option<Vec<String>>, example = json!(["7"]))]
        files: Files,
    }
}

sendable! {
    /// The PIN for it.
    #[schema(as = ConfirmRequest)]
    pub(crate) struct ConfirmBody {
        #[schema(example = "SUP-7K3M-Q9WD")]
        pin: String,
    }
}

sendable! {
    /// Why not.
    #[schema(as = DeclineRequest)]
    pub(crate) struct DeclineBody {
        #[schema(max_length = 200, example = "Too dear.")]
        why: Option<String>,
    }
}

/// Files by their ids.
struct Files(Vec<AttachmentId>);

impl Field for Files {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        let words = match given {
            None | Some(Given::Null | Given::Nothing) => Vec::new(),
            Some(Given::Text(text)) => text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect(),
            Some(Given::Words(words)) => words.iter().map(String::as_str).collect(),
            Some(_) => vec![""],
        };
        let ids = words.into_iter().map(str::parse).collect::<Result<_, _>>();
        let sentence = |_| "Send the ids of files as texts, as in [\"7\", \"8\"].".to_owned();
        Some(Self(errors.take(name, ids.map_err(sentence)).unwrap_or_default()))
    }
}

/// A file that belongs to what is confirmed.
#[derive(Serialize, ToSchema)]
#[schema(as = ApprovalFile)]
struct FileJson<'a> {
    id: i64,
    name: &'a str,
    /// SHA-256 of its bytes when that was asked.
    sha256: &'a str,
}

impl<'a> FileJson<'a> {
    fn of(file: &'a ApprovalFile) -> Self {
        Self { id: file.id.0, name: &file.name, sha256: &file.sha256 }
    }
}

/// Something to confirm.
#[derive(Serialize, ToSchema)]
#[schema(as = Approval)]
pub(crate) struct ApprovalJson<'a> {
    id: i64,
    /// The number of its ticket.
    ticket: i64,
    #[schema(example = "Two doors, oak.")]
    text: &'a str,
    /// With its currency; may be empty.
    #[schema(example = "120 EUR")]
    amount: &'a str,
    files: Vec<FileJson<'a>>,
    /// SHA-256 over a JSON array without blanks: the ticket's number, the text, the amount, and a list with name and sum of each file.
    sha256: &'a str,
    /// Who asked; null for the command line. To customers "Support".
    #[schema(required = true)]
    asked_by: Option<&'a str>,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// `open`, `confirmed`, `declined`, `withdrawn`, `expired`, or `void` when something of it is not as it was.
    #[schema(example = "open")]
    state: &'static str,
    /// When it was answered or taken back. RFC 3339, in UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// Why it was declined; may be empty.
    why: &'a str,
    /// The record of its PIN.
    pin_id: i64,
    /// In which session it was answered; for staff.
    #[schema(required = true)]
    session: Option<&'a str>,
}

impl<'a> ApprovalJson<'a> {
    fn of(approval: &'a Approval) -> Self {
        Self {
            id: approval.id.0,
            ticket: approval.ticket.0,
            text: &approval.text,
            amount: &approval.amount,
            files: approval.files.iter().map(FileJson::of).collect(),
            sha256: &approval.sha256,
            asked_by: approval.asked_by.as_deref(),
            asked_at: approval.asked_at,
            expires_at: approval.expires_at,
            state: approval.state.as_str(),
            decided_at: approval.decided_at,
            why: &approval.why,
            pin_id: approval.pin.0,
            session: approval.session.as_ref().map(|session| session.0.as_str()),
        }
    }
}

/// Something that was just asked, with its PIN in clear.
#[derive(Serialize, ToSchema)]
#[schema(as = AskedApproval)]
pub(crate) struct AskedJson<'a> {
    /// Shown this once. It lets nobody in.
    #[schema(example = "SUP-7K3M-Q9WD")]
    pin: String,
    #[serde(flatten)]
    approval: ApprovalJson<'a>,
}

/// What was asked on a ticket, newest first, 50 at most.
#[utoipa::path(
    get, path = "/api/tickets/{id}/approvals/", tag = "Confirmations", operation_id = "list_approvals",
    security(("bearer" = []), ("cookie" = [])),
    params(TicketPath),
    responses(
        (status = 200, description = "What was asked", body = [ApprovalJson<'static>]),
        SignedIn, TicketPath,
    )
)]
pub(crate) async fn list(
    State(site): State<Site>,
    SignedIn(actor): SignedIn,
    TicketPath(ticket): TicketPath,
) -> ApiResult {
    let all = site.desk.approvals().list(&actor, ticket).await?;
    json(StatusCode::OK, &all.iter().map(ApprovalJson::of).collect::<Vec<_>>())
}

/// Ask a ticket's customer to confirm something. The PIN for it lives for 30 minutes. Staff.
#[utoipa::path(
    post, path = "/api/tickets/{id}/approvals/", tag = "Confirmations", operation_id = "create_approval",
    security(("bearer" = []), ("cookie" = [])),
    params(TicketPath),
    request_body(content(
        (AskBody = "application/json"),
        (AskBody = "application/x-www-form-urlencoded"),
        (AskBody = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "What was asked, with its PIN", body = AskedJson<'static>),
        Staff, TicketPath, Sent<AskBody>,
        (status = 409, description = "The ticket is closed, the customer deactivated, or too many wait", body = Detail<'static>),
    )
)]
pub(crate) async fn ask(
    State(site): State<Site>,
    Staff(actor): Staff,
    TicketPath(ticket): TicketPath,
    Sent(body): Sent<AskBody>,
) -> ApiResult {
    let draft = ApprovalDraft { text: body.text, amount: body.amount.unwrap_or_default(), files: body.files.0 };
    let desk = site.desk.clone();
    let AskedApproval { approval, pin } =
        apart(async move { desk.approvals().ask(&actor, ticket, &draft).await }).await?;
    json(StatusCode::CREATED, &AskedJson { pin: pin.to_string(), approval: ApprovalJson::of(&approval) })
}

/// Take back what was asked and not answered. Staff.
#[utoipa::path(
    delete, path = "/api/approvals/{id}/", tag = "Confirmations", operation_id = "remove_approval",
    security(("bearer" = []), ("cookie" = [])),
    params(ApprovalPath),
    responses(
        (status = 204, description = "Its PIN is void"),
        Staff, ApprovalPath, NoBody,
        (status = 409, description = "It was answered or taken back already", body = Detail<'static>),
    )
)]
pub(crate) async fn withdraw(
    State(site): State<Site>,
    Staff(actor): Staff,
    ApprovalPath(id): ApprovalPath,
    _: NoBody,
) -> ApiResult<Response> {
    let desk = site.desk.clone();
    apart(async move { desk.approvals().withdraw(&actor, id).await }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Confirm what was asked, by the PIN for it. Customers themselves, from a session that sees the ticket.
#[utoipa::path(
    post, path = "/api/approvals/{id}/confirm/", tag = "Confirmations", operation_id = "confirm",
    security(("bearer" = []), ("cookie" = [])),
    params(ApprovalPath),
    request_body(content(
        (ConfirmBody = "application/json"),
        (ConfirmBody = "application/x-www-form-urlencoded"),
        (ConfirmBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "It is kept as a recorded confirmation", body = ApprovalJson<'static>),
        CustomerOnly, ApprovalPath, Unread<ConfirmBody>,
        (status = 409, description = "It can be confirmed no more: its time is over, or something of it changed",
         body = Detail<'static>),
        (status = 429, description = "Too many failed attempts; `Retry-After` says when the next one is looked at",
         body = Detail<'static>, headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn confirm(
    State(site): State<Site>,
    CustomerOnly(actor): CustomerOnly,
    ApprovalPath(id): ApprovalPath,
    Client(client): Client,
    body: Unread<ConfirmBody>,
) -> ApiResult {
    // Who does not see it learns that first.
    site.desk.approvals().get(&actor, id).await?;
    let pin = match body.read().await? {
        (Some(ConfirmBody { pin }), errors) if errors.is_empty() => pin,
        (_, errors) => return Err(errors.into()),
    };
    let desk = site.desk.clone();
    let approval = apart(async move { desk.approvals().confirm(&actor, id, &pin, &client).await }).await?;
    json(StatusCode::OK, &ApprovalJson::of(&approval))
}

/// Say that one does not confirm what was asked. Customers themselves.
#[utoipa::path(
    post, path = "/api/approvals/{id}/decline/", tag = "Confirmations", operation_id = "decline",
    security(("bearer" = []), ("cookie" = [])),
    params(ApprovalPath),
    request_body(content(
        (DeclineBody = "application/json"),
        (DeclineBody = "application/x-www-form-urlencoded"),
        (DeclineBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "It was declined", body = ApprovalJson<'static>),
        CustomerOnly, ApprovalPath, Sent<DeclineBody>,
        (status = 409, description = "It can be answered no more", body = Detail<'static>),
    )
)]
pub(crate) async fn decline(
    State(site): State<Site>,
    CustomerOnly(actor): CustomerOnly,
    ApprovalPath(id): ApprovalPath,
    Sent(DeclineBody { why }): Sent<DeclineBody>,
) -> ApiResult {
    let desk = site.desk.clone();
    let why = why.unwrap_or_default();
    let approval = apart(async move { desk.approvals().decline(&actor, id, &why).await }).await?;
    json(StatusCode::OK, &ApprovalJson::of(&approval))
}
