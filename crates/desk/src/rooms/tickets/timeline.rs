//! A ticket's timeline: what happened to it, and what its customer's PINs and sessions did while it was open, page by
//! page.

use std::collections::{BTreeSet, HashMap};

use domain::{
    Actor, Attachment, Cursor, Event, EventData, EventId, InBulk, Key, Page, Result, Role, TicketId, Timestamp, UserId,
    on_behalf,
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _};

use crate::{
    rooms::attachments::{self, AttachmentRow},
    store::{
        db::{Db, Hot as _},
        entities::{Users, events, users},
        names::staff_name_of,
        raw::timeline::{self, Named, Row, Stretch},
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
/// internal is there; who was let in for less learns nothing of how their customer comes in. The caller has seen to it that
/// the reader may see the ticket.
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
        // No person has 0.
        (if reader.scope.is_narrow() { UserId(0) } else { subject.requester }).into(),
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
    let files = files(db, reader, subject.ticket, &page.items).await?;
    let rows = page.items.into_iter().filter_map(Known::of).collect::<Vec<_>>();
    let names = names(db, &rows).await?;
    let mut told = Told { reader, names, files };
    let items = rows.into_iter().map(|known| told.event(known)).collect();
    Ok(Page { older: page.older, newer: page.newer, items })
}

/// A row with what it says.
struct Known {
    row: Row,
    data: EventData,
    bulk: Option<InBulk>,
}

impl Known {
    /// One that this version does not know is left out, so that the others are shown.
    fn of(row: Row) -> Option<Self> {
        let read = events::read(&row.kind, row.data.as_deref()).inspect_err(|cause| {
            let (event, kind) = (row.id, &row.kind);
            tracing::error!(%event, kind, %cause, "the database holds an event that this version does not know");
        });
        let (data, bulk) = read.ok()?;
        Some(Self { row, data, bulk })
    }
}

/// The names that people in these events have now.
async fn names(db: &Db, rows: &[Known]) -> Result<HashMap<UserId, String>> {
    let holders = rows.iter().flat_map(|known| match &known.data {
        EventData::AssigneeChanged { from, to } => [from.as_ref(), to.as_ref()],
        _ => [None, None],
    });
    let ids: BTreeSet<UserId> = holders.flatten().filter_map(|holder| holder.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let these = users::COLUMN.id.in_subquery(db.rows_of(ids.into_iter().map(|id| id.0)));
    let named = Users::find().select_only().column(users::Column::Id).expr_as(staff_name_of("users"), "name");
    let named: Vec<Named> = db.hot_built(&named.filter(these).into_query()).await?;
    Ok(named.into_iter().map(|named| (named.id, named.name)).collect())
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

/// What a page of events is told with.
struct Told<'a> {
    reader: &'a Actor,
    names: HashMap<UserId, String>,
    files: HashMap<EventId, Vec<Attachment>>,
}

impl Told<'_> {
    fn event(&mut self, Known { row, mut data, bulk }: Known) -> Event {
        let by_staff = row.actor_role != Some(Role::Customer);
        // Of a customer and those whom they let in, each did their own.
        let is_own =
            row.actor_id.is_some() && row.actor_id == self.reader.id && row.via.as_deref() == self.reader.via();
        let is_taken = matches!(&data, EventData::AssigneeChanged { to: Some(to), .. } if match to.id {
            Some(id) => row.actor_id == Some(id),
            // Names are not unique; events from before people were noted by their ids have nothing else.
            None => row.actor_name.as_ref() == Some(&to.name),
        });
        let actor_name = match (by_staff, self.reader.role.is_staff()) {
            (true, false) => Some("Support".to_owned()),
            _ if is_own => Some("You".to_owned()),
            _ => match (&row.via, row.actor_name) {
                (Some(whom), Some(customer)) => Some(on_behalf(whom, &customer)),
                (_, name) => name,
            },
        };
        if let EventData::AssigneeChanged { from, to } = &mut data {
            for holder in [from, &mut *to].into_iter().flatten() {
                if let Some(name) = holder.id.and_then(|id| self.names.get(&id)) {
                    holder.name.clone_from(name);
                }
            }
            // Who takes a ticket is called the same as who did it.
            if let (true, Some(to), Some(name)) = (is_taken, to, &actor_name) {
                to.name.clone_from(name);
            }
        }
        Event {
            id: row.id,
            data,
            // Not even that there was one: it would tell of other people's tickets.
            bulk: bulk.filter(|_| self.reader.role.is_staff()),
            actor_name,
            by_staff,
            is_own,
            is_taken,
            body: row.body,
            files: self.files.remove(&row.id).unwrap_or_default(),
            at: row.at,
        }
    }
}
