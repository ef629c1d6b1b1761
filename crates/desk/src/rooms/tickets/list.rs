//! Lists of tickets, and how many there are.

use domain::{
    Actor, AssigneeFilter, COUNTED_TICKETS, Cursor, Key, Page, Priority, Result, Status, StatusCount, TicketFilter,
    TicketId, TicketOrder, TicketRow, Timestamp, UserId,
};
use sea_orm::FromQueryResult;

use super::Tickets;
use crate::store::{db::Db, listed::Word, names::staff_name, query::Query};

#[derive(FromQueryResult)]
struct ListRow {
    id: i64,
    title: String,
    priority: Word<Priority>,
    category: String,
    status: Word<Status>,
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
            priority: self.priority.0,
            category: self.category,
            status: self.status.0,
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
            t.requester_id, u.name AS requester_name, {} AS assignee_name,
            (SELECT COUNT(*) FROM attachments a WHERE a.ticket_id = t.id {files}) AS attachments,
            EXISTS (SELECT 1 FROM unread r WHERE r.user_id = ? AND r.ticket_id = t.id) AS is_unread
         FROM tickets t JOIN categories c ON c.id = t.category_id JOIN users u ON u.id = t.requester_id
         LEFT JOIN users s ON s.id = t.assignee_id",
        staff_name("s")
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
            let of_status = TicketFilter { status: Some(*status), order: TicketOrder::Newest, ..filter.clone() };
            narrow(&mut query, actor, &of_status)?;
            queries.push(query);
        }
        let counts = Query::counts(queries, &self.0.db, COUNTED_TICKETS + 1).await?;
        Ok(Status::ALL.iter().zip(counts).map(|(status, tickets)| StatusCount { status: *status, tickets }).collect())
    }
}

/// Adds the filter's conditions on `tickets t`: staff see all tickets, everybody else their own.
///
/// SQLite takes any index that fits and keeps no figures on how much each finds. So only the filter that finds least is
/// written for it to see: a customer's tickets are fewer than an assignee's or nobody's, those than a status's, those than a
/// priority's or category's. The others are written as [`unseen`].
pub(crate) fn narrow(query: &mut Query, actor: &Actor, filter: &TicketFilter) -> Result<()> {
    let is_staff = actor.role.can_work_tickets();
    let requester = if is_staff { filter.requester } else { Some(actor.require_customer()?) };
    let assignee = filter.assignee.filter(|_| is_staff);
    let is_changed = filter.order == TicketOrder::Changed;
    if let Some(requester) = requester {
        query.filter("t.requester_id = ?", requester.0);
    }
    if let Some(assignee) = assignee {
        let column = if requester.is_some() { unseen("t.assignee_id") } else { "t.assignee_id" };
        match assignee {
            AssigneeFilter::Unassigned => query.condition(&format!("{column} IS NULL")),
            // Nobody's own tickets are none; the command line has no id.
            AssigneeFilter::Mine => query.filter(&format!("{column} = ?"), actor.id.map_or(0, |id| id.0)),
            AssigneeFilter::Of(id) => query.filter(&format!("{column} = ?"), id.0),
        }
    }
    if let Some(status) = filter.status {
        // With a customer there is an index for the newest, with an assignee for both orders.
        let column = if requester.is_some() && is_changed { unseen("t.status") } else { "t.status" };
        query.filter(&format!("{column} = ?"), status.as_str());
    }
    // With a status there are indexes for the newest.
    let is_narrow = requester.is_some() || assignee.is_some() || (filter.status.is_some() && is_changed);
    let column = |name| if is_narrow { unseen(name) } else { name };
    if let Some(priority) = filter.priority {
        query.filter(&format!("{} = ?", column("t.priority")), priority.as_str());
    }
    if let Some(category) = &filter.category {
        let condition = format!("{} = (SELECT k.id FROM categories k WHERE k.name_key = ?)", column("t.category_id"));
        query.filter(&condition, category.trim().to_lowercase());
    }
    Ok(())
}

/// A column of the filter's, so that no index is chosen for it.
fn unseen(column: &'static str) -> &'static str {
    match column {
        "t.assignee_id" => "(t.assignee_id + 0)",
        "t.category_id" => "(t.category_id + 0)",
        "t.priority" => "(t.priority || '')",
        "t.status" => "(t.status || '')",
        other => other,
    }
}
