//! Lists of tickets, and how many there are.

use domain::{
    Actor, AssigneeFilter, COUNTED_TICKETS, Cursor, Key, Page, Result, Status, StatusCount, TicketFilter, TicketId,
    TicketOrder, TicketRow, Timestamp, UserId,
};
use sea_orm::FromQueryResult;

use super::Tickets;
use crate::{db::Db, query::Query};

#[derive(FromQueryResult)]
struct ListRow {
    id: i64,
    title: String,
    priority: String,
    category: String,
    status: String,
    attachments: i64,
    created_at: i64,
    updated_at: i64,
    requester_id: i64,
    requester_name: String,
    assignee_name: Option<String>,
    is_unread: bool,
}

impl ListRow {
    fn into_row(self, reader: &Actor) -> TicketRow {
        TicketRow {
            id: TicketId(self.id),
            title: self.title,
            priority: self.priority.parse().unwrap_or_default(),
            category: self.category,
            status: self.status.parse().unwrap_or_default(),
            attachments: self.attachments.unsigned_abs(),
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
            requester_id: UserId(self.requester_id),
            requester_name: self.requester_name,
            assignee_name: self.assignee_name.filter(|_| reader.role.can_work_tickets()),
            is_unread: self.is_unread,
        }
    }
}

/// Selects [`ListRow`]s for `reader`.
fn listed(reader: &Actor) -> Query {
    // Files of notes are not counted for customers.
    let files = if reader.role.can_work_tickets() { "" } else { "AND NOT a.is_internal" };
    let select = format!(
        "SELECT t.id, t.title, t.priority, c.name AS category, t.status, t.created_at, t.updated_at,
            t.requester_id, u.name AS requester_name, s.name AS assignee_name,
            (SELECT COUNT(*) FROM attachments a WHERE a.ticket_id = t.id {files}) AS attachments,
            EXISTS (SELECT 1 FROM unread r WHERE r.user_id = ? AND r.ticket_id = t.id) AS is_unread
         FROM tickets t JOIN categories c ON c.id = t.category_id JOIN users u ON u.id = t.requester_id
         LEFT JOIN users s ON s.id = t.assignee_id"
    );
    Query::binding(&select, reader.id.map_or(0, |id| id.0))
}

impl Tickets<'_> {
    /// Tickets for a list page: a customer's own, or all for staff. In the filter's order.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] for who is neither.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: &TicketFilter,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<TicketRow>> {
        let mut query = listed(actor);
        narrow(&mut query, actor, filter)?;
        let rows: Vec<ListRow> = match filter.order {
            TicketOrder::Newest => query.page(&self.0.db, "t.id", cursor, limit).await?,
            TicketOrder::Changed => query.page_by(&self.0.db, "t.updated_at", "t.id", cursor, limit).await?,
        };
        let key =
            |row: &ListRow| Key { at: (filter.order == TicketOrder::Changed).then_some(row.updated_at), id: row.id };
        Ok(Page::from_rows(rows, limit, cursor, key).map(|row| row.into_row(actor)))
    }

    /// These tickets, as far as the caller may see them, in no order.
    pub(crate) async fn rows(&self, actor: &Actor, ids: &[TicketId]) -> Result<Vec<TicketRow>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = listed(actor);
        query.filter(&format!("t.id IN {}", self.0.db.among("?")), Db::ids(ids.iter().map(|id| id.0)));
        narrow(&mut query, actor, &TicketFilter::default())?;
        let rows: Vec<ListRow> = query.first(&self.0.db, "t.id", ids.len()).await?;
        Ok(rows.into_iter().map(|row| row.into_row(actor)).collect())
    }

    /// How many of the tickets that [`Tickets::list`] would show have each status, leaving the filter's own status
    /// out. Every status once, in order, counted up to one more than [`COUNTED_TICKETS`].
    ///
    /// # Errors
    /// As [`Tickets::list`].
    pub async fn count_by_status(&self, actor: &Actor, filter: &TicketFilter) -> Result<Vec<StatusCount>> {
        let mut queries = Vec::with_capacity(Status::ALL.len());
        for status in Status::ALL {
            let mut query = Query::new("SELECT 1 FROM tickets t");
            narrow(&mut query, actor, &TicketFilter { status: Some(*status), ..filter.clone() })?;
            queries.push(query);
        }
        let counts = Query::counts(queries, &self.0.db, COUNTED_TICKETS + 1).await?;
        Ok(Status::ALL.iter().zip(counts).map(|(status, tickets)| StatusCount { status: *status, tickets }).collect())
    }
}

/// Adds the filter's conditions on `tickets t`: staff see all tickets, everybody else their own.
pub(crate) fn narrow(query: &mut Query, actor: &Actor, filter: &TicketFilter) -> Result<()> {
    if actor.role.can_work_tickets() {
        if let Some(requester) = filter.requester {
            query.filter("t.requester_id = ?", requester.0);
        }
        match filter.assignee {
            Some(AssigneeFilter::Unassigned) => query.condition("t.assignee_id IS NULL"),
            // Nobody's own tickets are none; the command line has no id.
            Some(AssigneeFilter::Mine) => query.filter("t.assignee_id = ?", actor.id.map_or(0, |id| id.0)),
            Some(AssigneeFilter::Of(id)) => query.filter("t.assignee_id = ?", id.0),
            None => {}
        }
    } else {
        query.filter("t.requester_id = ?", actor.require_customer()?.0);
    }
    if let Some(status) = filter.status {
        query.filter("t.status = ?", status.as_str());
    }
    if let Some(priority) = filter.priority {
        query.filter("t.priority = ?", priority.as_str());
    }
    if let Some(category) = &filter.category {
        query.filter(
            "t.category_id = (SELECT k.id FROM categories k WHERE k.name_key = ?)",
            category.trim().to_lowercase(),
        );
    }
    Ok(())
}
