//! What staff and whoever runs the desk changed in it: page by page, or as a file that is written as it is read. For admins.

use axum::{
    body::Body,
    extract::{FromRequestParts, State},
    response::Response,
};
use bytes::Bytes;
use domain::{AuditFilter, ExportFormat, FieldErrors, LedgerEntry, not_a_choice};
use futures::{StreamExt as _, TryStreamExt as _};
use http::{HeaderValue, StatusCode, Uri, header, request::Parts};
use utoipa::IntoParams;

use super::{
    ledger::{EntryJson, csv_head, csv_line},
    paging::{self, Page},
    wire::json,
};
use crate::{
    extract::Admin,
    reply::{ApiError, ApiResult},
    site::Site,
};

type AuditPage = Page<500>;

/// What is looked for, and as what it is wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditWanted {
    /// By whom: a username of staff
    #[param(example = "eva")]
    who: String,
    /// `people`, `pins`, `sessions`, `tokens`, `settings`, `backups`, `files` or `retention`
    #[param(example = "people")]
    group: String,
    /// The first day, in UTC
    #[param(example = "2026-11-01")]
    from: String,
    /// The last day, in UTC
    #[param(example = "2026-11-30")]
    until: String,
    /// `csv` or `jsonl` (an entry a line) for a file with all that is found; a page as JSON when left out
    #[param(value_type = Option<String>, example = "csv")]
    format: Option<ExportFormat>,
}

impl<S: Sync> FromRequestParts<S> for AuditWanted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let asked = |name| paging::asked(&parts.uri, name);
        let word = asked("format");
        let none = || FieldErrors::one("format", not_a_choice(&word, ["csv", "jsonl"]));
        let format = match word.parse() {
            _ if word.is_empty() => None,
            Ok(format @ (ExportFormat::Csv | ExportFormat::Jsonl)) => Some(format),
            _ => return Err(none().into()),
        };
        Ok(Self { who: asked("who"), group: asked("group"), from: asked("from"), until: asked("until"), format })
    }
}

/// What staff and whoever runs the desk changed in it, newest first: people and roles, PINs, sessions, API tokens, settings, backups.
/// Admins.
#[utoipa::path(
    get, path = "/api/audit/", tag = "Customers", operation_id = "audit",
    security(("bearer" = []), ("cookie" = [])),
    params(AuditWanted, AuditPage),
    responses(
        (status = 200, description = "Entries", content(
            ([EntryJson<'static>] = "application/json"),
            (String = "text/csv"),
            (String = "application/jsonl"),
        ), headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        Admin, AuditPage,
    )
)]
pub(crate) async fn list(
    State(site): State<Site>,
    Admin(actor): Admin,
    uri: Uri,
    wanted: AuditWanted,
    page: AuditPage,
) -> ApiResult {
    let mut errors = FieldErrors::default();
    let who = match wanted.who.as_str() {
        "" => None,
        name => match site.desk.users().member_named(&actor, name).await? {
            Some(id) => Some(id),
            None => errors.take("who", Err(format!("Nobody in the team has the username \"{name}\"."))),
        },
    };
    let group = (!wanted.group.is_empty()).then(|| wanted.group.parse());
    let group = group.and_then(|group| errors.take("group", group));
    let filter = match (AuditFilter { who, group, ..AuditFilter::default() }).between(&wanted.from, &wanted.until) {
        Ok(filter) if errors.is_empty() => filter,
        Ok(_) => return Err(errors.into()),
        Err(more) => {
            errors.0.extend(more.0);
            return Err(errors.into());
        }
    };
    let audit = site.desk.audit();
    let Some(format) = wanted.format else {
        let found = audit.list(&actor, &filter, page.cursor, page.limit).await?;
        let mut response = json(StatusCode::OK, &found.items.iter().map(EntryJson::of).collect::<Vec<_>>())?;
        let list = format!("{}{}/", site.public_url_text, uri.path().trim_end_matches('/'));
        let named =
            [("who", wanted.who.as_str()), ("group", &wanted.group), ("from", &wanted.from), ("until", &wanted.until)];
        paging::link_next_of(&mut response, &list, &named, page.limit, found.older);
        return Ok(response);
    };
    let entries = audit.take_out(&actor, &filter, format).await?;
    let is_csv = format == ExportFormat::Csv;
    let head = if is_csv { csv_head() } else { String::new() };
    let lines = entries.map_ok(move |entries| entries.iter().map(|entry| line(entry, is_csv)).collect::<String>());
    let lines = futures::stream::once(std::future::ready(Ok(head))).chain(lines);
    let mut response = Response::new(Body::from_stream(lines.map_ok(Bytes::from)));
    let kind = if is_csv { "text/csv; charset=utf-8" } else { "application/jsonl" };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"audit.{format}\"");
    response.headers_mut().extend(HeaderValue::from_str(&disposition).map(|it| (header::CONTENT_DISPOSITION, it)));
    Ok(response)
}

fn line(entry: &LedgerEntry, is_csv: bool) -> String {
    if is_csv {
        return csv_line(entry);
    }
    let mut line = serde_json::to_string(&EntryJson::of(entry)).unwrap_or_default();
    line.push('\n');
    line
}
