//! Changing many tickets at once.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use domain::BulkReportId;
use leptos::prelude::*;

use crate::refusal::Refusal;

/// The assignee of a ticket that nobody has, in forms: there an empty value is one that is not there.
pub const NOBODY: &str = "none";

/// Changes those of status, priority, category and assignee (a member's id, or [`NOBODY`]) that are not empty, of each of
/// the `tickets`. The queue, at the `query` of its address, says what became of it, by the number of the report. A form that comes twice, by its
/// `idempotency_key`, counts once.
///
/// # Errors
/// [`domain::Error::Invalid`] for `tickets`, for what is no choice, and for nothing to change;
/// [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "change_tickets")]
pub async fn change_tickets(
    #[server(default)] tickets: Vec<String>,
    #[server(default)] status: String,
    #[server(default)] priority: String,
    #[server(default)] category: String,
    #[server(default)] assignee: String,
    #[server(default)] query: String,
    #[server(default)] idempotency_key: String,
) -> Result<BulkReportId, Refusal> {
    use crate::request::{answer, caller};
    use domain::{BulkChange, FieldErrors, TicketId};

    let (context, actor) = caller()?;
    answer(actor.require_staff())?;
    let mut errors = FieldErrors::default();
    let number = |text: &String| text.trim().parse().map_err(|_| "Choose tickets by their numbers.".to_owned());
    let tickets: Result<Vec<TicketId>, String> = tickets.iter().map(number).collect();
    let tickets = errors.take("tickets", tickets).unwrap_or_default();
    let filled = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let mut changes = Vec::new();
    let status = filled(status).and_then(|word| errors.take("status", word.parse()));
    changes.extend(status.map(BulkChange::Status));
    let priority = filled(priority).and_then(|word| errors.take("priority", word.parse()));
    changes.extend(priority.map(BulkChange::Priority));
    changes.extend(filled(category).map(BulkChange::Category));
    let assignee = filled(assignee).and_then(|id| {
        let member = if id == NOBODY { Ok(None) } else { id.parse().map(Some) };
        errors.take("assignee", member.map_err(|_| "Choose a member of the team.".to_owned()))
    });
    changes.extend(assignee.map(BulkChange::Assignee));
    if !errors.is_empty() {
        return answer(Err(errors.into()));
    }
    let key = Some(idempotency_key.as_str());
    let report = answer(context.desk.tickets().bulk_form(&actor, &tickets, &changes, key).await)?;
    leptos_axum::redirect(&told_at(&query, report.id));
    Ok(report.id)
}

/// Takes back what was changed by [`change_tickets`], as its report's `id` names it.
///
/// # Errors
/// [`domain::Error::Conflict`] when it is over or was done already; [`domain::Error::NotFound`], also for somebody
/// else's; [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "undo_change")]
pub async fn undo_change(id: String, #[server(default)] query: String) -> Result<BulkReportId, Refusal> {
    use crate::request::{answer, caller};
    use domain::Error;

    let (context, actor) = caller()?;
    answer(actor.require_staff())?;
    let id = answer(id.trim().parse().map_err(|_| Error::NotFound))?;
    let report = answer(context.desk.tickets().undo_bulk_form(&actor, id).await)?;
    leptos_axum::redirect(&told_at(&query, report.id));
    Ok(report.id)
}

/// The queue with a filter, where a report is told.
#[cfg(feature = "ssr")]
fn told_at(query: &str, id: domain::BulkReportId) -> String {
    use crate::addresses::{query_parts, staff, with};

    let mut parts = query_parts(query);
    parts.retain(|(name, _)| !["changed", "done", "fn"].contains(&name.as_str()));
    parts.push(("changed".to_owned(), id.to_string()));
    with(staff::TICKETS, &parts)
}
