//! The access ledger of a ticket and of a customer, page by page or as a file, and the end of all that came of a PIN. For staff.

use axum::{
    extract::{FromRequestParts, State},
    response::Response,
};
use domain::{
    Actor, ExportFormat, FamilyEnded, FieldErrors, LedgerEntry, LedgerOf, Timestamp, no_formula, not_a_choice,
};
use http::{HeaderValue, StatusCode, Uri, header, request::Parts};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    apart,
    paging::{self, Page},
    sent::NoBody,
    wire::json,
};
use crate::{
    extract::{CustomerPath, PinPath, Staff, TicketPath},
    reply::{ApiError, ApiResult, api::Detail},
    site::Site,
};

/// An entry of the access ledger.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct EntryJson<'a> {
    /// They count up without gaps.
    #[schema(example = 31)]
    number: i64,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `pin_issued`, `pin_shown`, `pin_redeemed`, `pin_expired`, `pin_revoked`, `session_began`, `session_ended`, `file_opened`,
    /// `exported`, `caller_checked`, `caller_wrong`, `caller_refused`, `caller_vouched`, `call_began`, `cards_made`, `cards_revoked`, `delegated`, `delegation_ended`, `delegation_switched`,
    /// `files_dropped`, `files_released`, `approval_confirmed`, `approval_declined`, `approval_withdrawn`,
    /// `recovery_asked`, `recovery_answered`, `recovery_confirmed`, `recovery_issued`, `recovery_dismissed`, `pin_asked`, `pin_confirmed`,
    /// `pin_not_issued`, `sensitive_switched`, `token_reused`, `restored`,
    /// `person_added`, `person_changed`, `person_erased`, `person_taken_out`, `ticket_deleted`, `ticket_kept`, `ticket_let_go`, `retention_set`, `retention_acknowledged`, `retention_done`, `password_set`, `api_token_made`, `api_token_revoked`, `category_added`, `category_changed`,
    /// `settings_changed`, `files_moved`, `backup_asked`, `backup_verified`, `backup_taken` or `strays_released`.
    #[schema(example = "pin_issued")]
    kind: &'static str,
    /// What belongs to an entry of its kind; null when nothing does.
    #[schema(required = true, value_type = Option<Object>)]
    data: serde_json::Value,
    /// The same in words.
    #[schema(example = "Eva issued PIN 12 for ticket #7 (read, reply), to be used until 23 Nov 2026, 04:05 UTC.")]
    what: String,
    customer: Option<PersonJson<'a>>,
    /// The number of the ticket that it is about; null for all of the customer's.
    #[schema(required = true)]
    ticket: Option<i64>,
    /// Who did it; null for the command line, for Pindesk itself and for nobody who is known.
    #[schema(required = true)]
    actor: Option<PersonJson<'a>>,
    /// The name of who did it in their place.
    #[schema(required = true)]
    via: Option<&'a str>,
    /// The PIN's record.
    #[schema(required = true)]
    pin: Option<i64>,
    #[schema(required = true)]
    session: Option<&'a str>,
    /// When that session was last seen, while that is kept. RFC 3339, in UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Timestamp>,
    /// Where it came from: after 30 days its network alone.
    #[schema(required = true, example = "192.0.2.7")]
    address: Option<&'a str>,
    /// SHA-256 over this entry, its address left out, and the hash of the one before.
    hash: &'a str,
}

/// Somebody in the ledger.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerPerson)]
pub(crate) struct PersonJson<'a> {
    #[schema(example = 3)]
    id: i64,
    /// To show.
    #[schema(example = "Ana Ruiz")]
    name: &'a str,
}

fn person(id: Option<domain::UserId>, name: Option<&str>) -> Option<PersonJson<'_>> {
    id.map(|id| PersonJson { id: id.0, name: name.unwrap_or_default() })
}

fn data(entry: &LedgerEntry) -> serde_json::Value {
    serde_json::to_value(&entry.data)
        .ok()
        .and_then(|mut json| json.get_mut("data").map(serde_json::Value::take))
        .unwrap_or_default()
}

impl<'a> EntryJson<'a> {
    pub(super) fn of(entry: &'a LedgerEntry) -> Self {
        Self {
            number: entry.number,
            at: entry.at,
            kind: entry.data.kind().as_str(),
            data: data(entry),
            what: entry.sentence(ToOwned::to_owned),
            customer: person(entry.user_id, entry.customer.as_deref()),
            ticket: entry.ticket.map(|ticket| ticket.0),
            actor: person(entry.actor_id, entry.actor.as_deref()),
            via: entry.via.as_deref(),
            pin: entry.pin.map(|pin| pin.0),
            session: entry.session.as_ref().map(|session| session.0.as_str()),
            last_seen_at: entry.last_seen_at,
            address: entry.address.as_deref(),
            hash: &entry.hash,
        }
    }
}

type LedgerPage = Page<500>;

/// Entries in a file, unless it is asked for fewer.
const IN_FILE: usize = 20_000;

/// As what the ledger is wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `csv` or `json` for a file with all of it (up to 20,000 entries when no limit is named); a page as JSON when left out
    #[param(value_type = Option<String>, example = "csv")]
    format: Option<ExportFormat>,
}

impl<S: Sync> FromRequestParts<S> for Wanted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let word = paging::asked(&parts.uri, "format");
        let read = (!word.is_empty()).then(|| word.parse()).transpose();
        let none = || not_a_choice(&word, ["csv", "json"]);
        let format = read.map_err(|_: String| none()).and_then(|format| match format {
            Some(ExportFormat::Zip | ExportFormat::Jsonl) => Err(none()),
            other => Ok(other),
        });
        Ok(Self { format: format.map_err(|sentence| FieldErrors::one("format", sentence))? })
    }
}

async fn answer(site: &Site, actor: &Actor, of: LedgerOf, uri: &Uri, wanted: Wanted, page: LedgerPage) -> ApiResult {
    let ledger = site.desk.ledger();
    let has_limit = !paging::asked(uri, "limit").is_empty();
    let limit = if wanted.format.is_some() && !has_limit { IN_FILE } else { page.limit };
    let found = match wanted.format {
        None => ledger.read(actor, of, page.cursor, limit).await?,
        Some(format) => ledger.export(actor, of, format, page.cursor, limit).await?,
    };
    let mut response = match wanted.format {
        Some(ExportFormat::Csv) => csv(&found.items),
        _ => json(StatusCode::OK, &found.items.iter().map(EntryJson::of).collect::<Vec<_>>())?,
    };
    if let Some(format) = wanted.format {
        let name = match of {
            LedgerOf::Ticket(id) => format!("ledger-ticket-{id}"),
            LedgerOf::Customer(id) => format!("ledger-customer-{id}"),
            LedgerOf::Desk => "ledger".to_owned(),
        };
        let disposition = format!("attachment; filename=\"{name}.{format}\"");
        response.headers_mut().extend(HeaderValue::from_str(&disposition).map(|it| (header::CONTENT_DISPOSITION, it)));
    }
    let list = format!("{}{}/", site.public_url_text, uri.path().trim_end_matches('/'));
    let format = wanted.format.map_or("", ExportFormat::as_str);
    paging::link_next_of(&mut response, &list, &[("format", format)], limit.min(500), found.older);
    Ok(response)
}

/// The access ledger of a ticket, newest first: what is about it, and what let its customer see all of theirs. Staff.
#[utoipa::path(
    get, path = "/api/tickets/{id}/ledger/", tag = "Tickets", operation_id = "ledger_of_ticket",
    security(("bearer" = []), ("cookie" = [])),
    params(TicketPath, Wanted, LedgerPage),
    responses(
        (status = 200, description = "Entries", content(
            ([EntryJson<'static>] = "application/json"),
            (String = "text/csv"),
        ), headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        Staff, TicketPath, LedgerPage,
    )
)]
pub(crate) async fn of_ticket(
    State(site): State<Site>,
    Staff(actor): Staff,
    TicketPath(id): TicketPath,
    uri: Uri,
    wanted: Wanted,
    page: LedgerPage,
) -> ApiResult {
    answer(&site, &actor, LedgerOf::Ticket(id), &uri, wanted, page).await
}

/// The access ledger of a customer, newest first. Staff.
#[utoipa::path(
    get, path = "/api/customers/{id}/ledger/", tag = "Customers", operation_id = "ledger_of_customer",
    security(("bearer" = []), ("cookie" = [])),
    params(CustomerPath, Wanted, LedgerPage),
    responses(
        (status = 200, description = "Entries", content(
            ([EntryJson<'static>] = "application/json"),
            (String = "text/csv"),
        ), headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        Staff, CustomerPath, LedgerPage,
    )
)]
pub(crate) async fn of_customer(
    State(site): State<Site>,
    Staff(actor): Staff,
    CustomerPath(id): CustomerPath,
    uri: Uri,
    wanted: Wanted,
    page: LedgerPage,
) -> ApiResult {
    answer(&site, &actor, LedgerOf::Customer(id), &uri, wanted, page).await
}

/// How much ended.
#[derive(Serialize, ToSchema)]
#[schema(as = FamilyEnded)]
pub(crate) struct FamilyJson {
    /// PINs that nobody had used.
    #[schema(example = 0)]
    pins: u64,
    #[schema(example = 2)]
    sessions: u64,
}

/// End all that came of a PIN: itself if it was not used, the sessions that it opened, and whom these let in. Staff.
#[utoipa::path(
    delete, path = "/api/pins/{id}/family/", tag = "Customers", operation_id = "end_family",
    security(("bearer" = []), ("cookie" = [])),
    params(PinPath),
    responses(
        (status = 200, description = "It ended", body = FamilyJson),
        Staff, PinPath, NoBody,
        (status = 409, description = "Nothing of it is left", body = Detail<'static>),
    )
)]
pub(crate) async fn end_family(
    State(site): State<Site>,
    Staff(actor): Staff,
    PinPath(id): PinPath,
    _: NoBody,
) -> ApiResult {
    let desk = site.desk.clone();
    let FamilyEnded { pins, sessions } = apart(async move { desk.pins().end_family(&actor, id).await }).await?;
    json(StatusCode::OK, &FamilyJson { pins, sessions })
}

/// The columns of the table.
const COLUMNS: [&str; 15] = [
    "number",
    "at",
    "kind",
    "what",
    "customer_id",
    "customer",
    "ticket",
    "actor_id",
    "actor",
    "via",
    "pin",
    "session",
    "last_seen_at",
    "address",
    "hash",
];

/// The first line of a table (RFC 4180) that a spreadsheet takes for text alone.
pub(super) fn csv_head() -> String {
    format!("{}\r\n", COLUMNS.join(","))
}

/// One of its lines.
pub(super) fn csv_line(entry: &LedgerEntry) -> String {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let cells = [
        entry.number.to_string(),
        entry.at.to_string(),
        entry.data.kind().to_string(),
        entry.sentence(ToOwned::to_owned),
        number(entry.user_id.map(|id| id.0)),
        entry.customer.clone().unwrap_or_default(),
        number(entry.ticket.map(|id| id.0)),
        number(entry.actor_id.map(|id| id.0)),
        entry.actor.clone().unwrap_or_default(),
        entry.via.clone().unwrap_or_default(),
        number(entry.pin.map(|id| id.0)),
        entry.session.as_ref().map(|session| session.0.clone()).unwrap_or_default(),
        entry.last_seen_at.map(|at| at.to_string()).unwrap_or_default(),
        entry.address.clone().unwrap_or_default(),
        entry.hash.clone(),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| self::cell(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

fn csv(entries: &[LedgerEntry]) -> Response {
    let table: String = std::iter::once(csv_head()).chain(entries.iter().map(csv_line)).collect();
    let mut response = Response::new(table.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    response
}

fn cell(text: &str) -> String {
    let text = no_formula(text);
    if text.contains([',', '"', '\n', '\r', ';', '\t', '\'']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, expected) in [
            ("Ana Ruiz", "Ana Ruiz"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
