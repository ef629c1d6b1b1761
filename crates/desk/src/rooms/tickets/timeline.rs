//! A ticket's timeline: what happened to it, and what its customer's PINs and sessions did while it was open, page by page.

use std::collections::HashMap;

use domain::{
    Actor, Attachment, Cursor, Event, EventId, EventKind, Key, Page, Result, Role, TicketId, Timestamp, UserId,
};

use crate::{
    rooms::attachments::{self, AttachmentRow},
    store::{
        db::{Db, Hot as _},
        raw::timeline::{self, Row, Stretch},
    },
};

/// The ticket whose timeline is read.
pub(crate) struct Subject {
    pub(crate) ticket: TicketId,
    pub(crate) requester: UserId,
    /// From here to there, what happens to the customer belongs to the ticket; without an end as long as it is open.
    pub(crate) opened: Timestamp,
    pub(crate) until: Option<Timestamp>,
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
    let stretch = match cursor {
        Cursor::First => Stretch::Newest,
        Cursor::Before(_) => Stretch::Before,
        Cursor::After(_) => Stretch::After,
    };
    let mut values = vec![
        subject.ticket.into(),
        subject.requester.into(),
        subject.opened.into(),
        subject.until.unwrap_or(Timestamp::from_micros(i64::MAX)).into(),
        i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1).into(),
    ];
    if let Cursor::Before(Key { id, .. }) | Cursor::After(Key { id, .. }) = cursor {
        values.push(id.into());
    }
    let sql = timeline::page(stretch, reader.role.is_staff());
    let rows: Vec<Row> = db.hot(&sql, values).await?;
    let page = Page::from_rows(rows, limit, cursor, |row| row.id.0);
    let mut files = files(db, reader, subject.ticket, &page.items).await?;
    Ok(Page {
        older: page.older,
        newer: page.newer,
        items: page.items.into_iter().filter_map(|row| event(reader, row, &mut files)).collect(),
    })
}

/// The files that came with these events.
async fn files(db: &Db, reader: &Actor, ticket: TicketId, rows: &[Row]) -> Result<HashMap<EventId, Vec<Attachment>>> {
    let mut files: HashMap<EventId, Vec<Attachment>> = HashMap::new();
    let (Some(first), Some(last)) = (rows.iter().map(|row| row.id).min(), rows.iter().map(|row| row.id).max()) else {
        return Ok(files);
    };
    for row in attachments::of_events(db, reader, ticket, first, last).await? {
        if let Some(event) = row.event_id {
            files.entry(event).or_default().push(AttachmentRow::into_attachment(row));
        }
    }
    Ok(files)
}

fn event(reader: &Actor, row: Row, files: &mut HashMap<EventId, Vec<Attachment>>) -> Option<Event> {
    let by_staff = row.actor_role != Some(Role::Customer);
    let is_own = row.actor_id.is_some() && row.actor_id == reader.id;
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
            event = %row.id,
            kind = row.kind,
            "the database holds a kind of event that this version does not know"
        );
        return None;
    };
    Some(Event {
        id: row.id,
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
        at: row.at,
    })
}
