//! A ticket's timeline: what happened to it, and what its customer's PINs and sessions did while it was open, page by page.

use std::collections::HashMap;

use domain::{Actor, Attachment, Cursor, Event, EventId, EventKind, Key, Page, Result, TicketId, Timestamp};
use sea_orm::{FromQueryResult, Value};
use serde::Deserialize;

use crate::{
    rooms::attachments::{self, AttachmentRow},
    store::{
        db::{Db, Sql as _},
        names::staff_name,
    },
};

/// Kinds that are about the customer and not about one ticket.
const OF_CUSTOMER: &str = "'pin_issued', 'pin_redeemed', 'pin_revoked', 'session_ended', 'token_reused'";

#[derive(FromQueryResult, Deserialize)]
struct Row {
    id: i64,
    kind: String,
    from_value: Option<String>,
    to_value: Option<String>,
    actor_id: Option<i64>,
    actor_name: Option<String>,
    actor_role: Option<String>,
    to_user_id: Option<i64>,
    from_name: Option<String>,
    to_name: Option<String>,
    body: Option<String>,
    at: i64,
}

const COLUMNS: &str =
    "id, kind, from_value, to_value, actor_id, actor_name, actor_role, to_user_id, from_name, to_name,
    body, at";

/// The ticket whose timeline is read.
pub(crate) struct Subject {
    pub(crate) ticket: TicketId,
    pub(crate) requester: i64,
    /// From here to there, what happens to the customer belongs to the ticket (microseconds).
    pub(crate) opened: i64,
    pub(crate) until: i64,
}

/// A page of a ticket's timeline, newest first, in the reader's view: to a customer, staff are "Support", and nothing
/// internal is there. The caller has seen to it that the reader may see the ticket.
pub(crate) async fn read(
    db: &Db,
    reader: &Actor,
    subject: &Subject,
    cursor: Cursor,
    limit: usize,
) -> Result<Page<Event>> {
    let mut values: Vec<Value> =
        vec![subject.ticket.0.into(), subject.requester.into(), subject.opened.into(), subject.until.into()];
    let (bound, direction) = match cursor {
        Cursor::First => (None, "DESC"),
        Cursor::Before(Key { id, .. }) => (Some((id, "<")), "DESC"),
        Cursor::After(Key { id, .. }) => (Some((id, ">")), "ASC"),
    };
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1).into());
    let bound = bound.map_or_else(String::new, |(id, sign)| {
        values.push(id.into());
        format!("AND e.id {sign} $6")
    });
    let internal = if reader.role.is_staff() { "" } else { "AND NOT e.is_internal" };
    // Each half stops at the limit by its own index; together they are at most twice as much to sort.
    let half = |condition: &str| {
        format!(
            "SELECT * FROM (SELECT e.id, e.kind, e.from_value, e.to_value, e.actor_id, e.from_user_id, e.to_user_id,
                e.message_id, e.at FROM events e
             WHERE {condition} {bound} ORDER BY e.id {direction} LIMIT $5) AS half"
        )
    };
    let sql = format!(
        "SELECT e.id, e.kind, e.from_value, e.to_value, e.actor_id, {} AS actor_name, u.role AS actor_role, e.to_user_id,
            {} AS from_name, {} AS to_name, m.body, e.at
         FROM ({} UNION ALL {}) AS e LEFT JOIN users u ON u.id = e.actor_id LEFT JOIN messages m ON m.id = e.message_id
            LEFT JOIN users f ON f.id = e.from_user_id LEFT JOIN users t ON t.id = e.to_user_id
         ORDER BY e.id {direction} LIMIT $5",
        staff_name("u"),
        staff_name("f"),
        staff_name("t"),
        half(&format!("e.ticket_id = $1 {internal}")),
        half(&format!("e.user_id = $2 AND e.kind IN ({OF_CUSTOMER}) AND e.at >= $3 AND e.at <= $4")),
    );
    let rows: Vec<Row> = db.json_rows(COLUMNS, &sql, values).await?;
    let page = Page::from_rows(rows, limit, cursor, |row| row.id);
    let mut files = files(db, reader, subject.ticket, &page.items).await?;
    Ok(Page {
        older: page.older,
        newer: page.newer,
        items: page.items.into_iter().filter_map(|row| event(reader, row, &mut files)).collect(),
    })
}

/// The files that came with these events.
async fn files(db: &Db, reader: &Actor, ticket: TicketId, rows: &[Row]) -> Result<HashMap<i64, Vec<Attachment>>> {
    let mut files: HashMap<i64, Vec<Attachment>> = HashMap::new();
    let (Some(first), Some(last)) = (rows.iter().map(|row| row.id).min(), rows.iter().map(|row| row.id).max()) else {
        return Ok(files);
    };
    for row in attachments::of_events(db, reader, ticket, EventId(first), EventId(last)).await? {
        if let Some(event) = row.event_id {
            files.entry(event.0).or_default().push(AttachmentRow::into_attachment(row));
        }
    }
    Ok(files)
}

fn event(reader: &Actor, row: Row, files: &mut HashMap<i64, Vec<Attachment>>) -> Option<Event> {
    let by_staff = row.actor_role.as_deref() != Some("customer");
    let is_own = row.actor_id.is_some() && row.actor_id == reader.id.map(|id| id.0);
    // Names are not unique; events from before people were noted by their ids have nothing else.
    let is_taken = row.kind == EventKind::AssigneeChanged.as_str()
        && match row.to_user_id {
            Some(to) => row.actor_id == Some(to),
            None => row.to_value.is_some() && row.to_value == row.actor_name,
        };
    let actor_name = match (by_staff, reader.role.is_staff()) {
        (true, false) => Some("Support".to_owned()),
        _ if is_own => Some("You".to_owned()),
        _ => row.actor_name,
    };
    let Some(kind) = row.kind.parse::<EventKind>().ok() else {
        tracing::error!(
            event = row.id,
            kind = row.kind,
            "the database holds a kind of event that this version does not know"
        );
        return None;
    };
    Some(Event {
        id: EventId(row.id),
        kind,
        from: row.from_name.or(row.from_value),
        // Who takes a ticket is called the same as who did it.
        to: if is_taken { actor_name.clone() } else { row.to_name.or(row.to_value) },
        actor_name,
        by_staff,
        is_own,
        is_taken,
        body: row.body,
        files: files.remove(&row.id).unwrap_or_default(),
        at: Timestamp::from_micros(row.at),
    })
}
