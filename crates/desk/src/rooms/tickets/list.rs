//! Lists of tickets, and how many there are.

use std::collections::HashMap;

use domain::{
    Actor, AssigneeFilter, Attachment, COUNTED_TICKETS, Cursor, Key, Page, Result, Status, StatusCount, Ticket,
    TicketFilter, TicketId, TicketOrder, TicketRow, UserId,
};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, JoinType, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, RelationTrait as _, Select,
    sea_query::{Asterisk, BinOper, Expr, Func, IntoCondition as _, Query as Built, SimpleExpr},
};

use super::Tickets;
use crate::store::{
    db::{Db, Hot as _},
    entities::{Attachments, Categories, Tickets as Table, attachments, categories, tickets, unread, users},
    names::staff_name_of,
    page,
    raw::tickets::{self as raw, Listed},
    reach::Reach,
};

/// What a query calls the person who has a ticket; `users` is its owner.
const ASSIGNEE: &str = "assignee";

/// The number of a ticket's files.
fn files(which: Option<SimpleExpr>) -> SimpleExpr {
    let its = Expr::col((Attachments, attachments::Column::TicketId)).equals((Table, tickets::Column::Id));
    let count = Func::count(Expr::col(Asterisk));
    SimpleExpr::from(Built::select().expr(count).from(Attachments).and_where(its).and_where_option(which).take())
}

impl From<Listed> for TicketRow {
    fn from(row: Listed) -> Self {
        Self {
            id: row.id,
            title: row.title,
            priority: row.priority,
            category: row.category,
            status: row.status,
            attachments: row.attachments.unsigned_abs(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            requester_id: row.requester_id,
            requester_name: row.requester_name,
            assignee_name: row.assignee_name,
            is_unread: row.is_unread,
        }
    }
}

/// Selects [`Listed`] for `reader`, of the tickets that a query is narrowed to afterwards.
fn listed(reader: &Actor) -> Select<Table> {
    use tickets::Column::{CreatedAt, Id, Priority, RequesterId, Status, Title, UpdatedAt};

    let user = reader.id.unwrap_or(UserId(0));
    let of_reader = tickets::Relation::Unread
        .def()
        .on_condition(move |_, marks| Expr::col((marks, unread::Column::UserId)).eq(user).into_condition());
    let query = Table::find()
        .inner_join(Categories)
        .join(JoinType::InnerJoin, tickets::Relation::Requester.def())
        .join(JoinType::LeftJoin, of_reader)
        .select_only()
        .columns([Id, Title, Priority])
        .column_as(categories::Column::Name, "category")
        .columns([Status, CreatedAt, UpdatedAt, RequesterId])
        .column_as(users::Column::Name, "requester_name")
        .expr_as(unread::Column::EventId.is_not_null(), "is_unread");
    if reader.role.can_work_tickets() {
        query
            .join_as(JoinType::LeftJoin, tickets::Relation::Assignee.def(), ASSIGNEE)
            .expr_as(staff_name_of(ASSIGNEE), "assignee_name")
            .expr_as(files(None), "attachments")
    } else {
        query
            .expr_as(Expr::val(None::<String>), "assignee_name")
            .expr_as(files(Some(attachments::COLUMN.is_internal.eq(false))), "attachments")
    }
}

/// The rows of a query that [`listed`] began.
async fn read(db: &Db, query: Select<Table>) -> Result<Vec<TicketRow>> {
    let rows: Vec<Listed> = db.hot_built(&query.into_query()).await?;
    Ok(rows.into_iter().map(Into::into).collect())
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
        use tickets::Column::{Id, UpdatedAt};

        let query = listed(actor).filter(narrow(actor, filter)?);
        let is_changed = filter.order == TicketOrder::Changed;
        let query = match filter.order {
            TicketOrder::Newest => page::by_id(query, Id, cursor, limit),
            TicketOrder::Changed => page::by_moment(query, UpdatedAt, Id, cursor, limit),
        };
        let rows = read(&self.0.db, query).await?;
        let key = |row: &TicketRow| Key { at: is_changed.then_some(row.updated_at.as_micros()), id: row.id.0 };
        Ok(Page::from_rows(rows, limit, cursor, key))
    }

    /// These tickets, as far as the caller may see them, in no order.
    pub(crate) async fn rows(&self, actor: &Actor, ids: &[TicketId]) -> Result<Vec<TicketRow>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let these = self.0.db.rows_of(ids.iter().map(|id| id.0));
        let query = listed(actor).filter(narrow(actor, &TicketFilter::default())?);
        read(&self.0.db, query.filter(tickets::COLUMN.id.in_subquery(these))).await
    }

    /// As [`Tickets::list`], whole: with their descriptions and their files.
    ///
    /// # Errors
    /// As [`Tickets::list`].
    pub async fn list_whole(
        &self,
        actor: &Actor,
        filter: &TicketFilter,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<Ticket>> {
        let Page { items, older, newer } = self.list(actor, filter, cursor, limit).await?;
        let ids: Vec<TicketId> = items.iter().map(|row| row.id).collect();
        Ok(Page { items: self.whole(actor, &ids).await?, older, newer })
    }

    /// These tickets with their files, in this order, as far as the caller may see them.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] for who may see none.
    pub async fn whole(&self, actor: &Actor, ids: &[TicketId]) -> Result<Vec<Ticket>> {
        let reach = Reach::of(actor)?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let db = &self.0.db;
        let these = db.rows_of(ids.iter().map(|id| id.0));
        let rows = raw::tickets(db, &these).await?;
        let mut files: HashMap<TicketId, Vec<Attachment>> = HashMap::new();
        for file in raw::files_of(db, &these).await? {
            files.entry(file.ticket_id).or_default().push(file.into_attachment());
        }
        let seen = rows.into_iter().filter(|row| reach.has(row.id, row.requester_id));
        let with_files = |row: raw::TicketRow| {
            let (id, own) = (row.id, files.remove(&row.id).unwrap_or_default());
            (id, row.into_ticket(own))
        };
        let mut whole: HashMap<TicketId, Ticket> = seen.map(with_files).collect();
        Ok(ids.iter().filter_map(|id| whole.remove(id)).collect())
    }

    /// How many of the tickets that [`Tickets::list`] would show have each status, leaving the filter's own status
    /// out. Every status once, in order, counted up to one more than [`COUNTED_TICKETS`].
    ///
    /// # Errors
    /// As [`Tickets::list`].
    pub async fn count_by_status(&self, actor: &Actor, filter: &TicketFilter) -> Result<Vec<StatusCount>> {
        let of_status = |status: &Status| {
            let filter = TicketFilter { status: Some(*status), order: TicketOrder::Newest, ..filter.clone() };
            Ok(Table::find().filter(narrow(actor, &filter)?).into_query())
        };
        let queries = Status::ALL.iter().map(of_status).collect::<Result<Vec<_>>>()?;
        let counts = page::counts(&self.0.db, queries, COUNTED_TICKETS + 1).await?;
        Ok(Status::ALL.iter().zip(counts).map(|(status, tickets)| StatusCount { status: *status, tickets }).collect())
    }
}

/// The filter's conditions on `tickets`, of those that somebody may see.
///
/// SQLite takes any index that fits and keeps no figures on how much each finds. So only the filter that finds least is
/// written for it to see: a customer's tickets are fewer than an assignee's or nobody's, those than a status's, those
/// than a priority's or category's. The others are written as [`unseen_number`] and [`unseen_word`].
pub(crate) fn narrow(actor: &Actor, filter: &TicketFilter) -> Result<Condition> {
    use tickets::Column;

    let reach = Reach::of(actor)?;
    let is_staff = reach == Reach::All;
    let requester = reach.requester().or(filter.requester);
    let assignee = filter.assignee.filter(|_| is_staff);
    let is_changed = filter.order == TicketOrder::Changed;
    // With a customer there is an index for the newest, with an assignee for both orders.
    let is_status_seen = requester.is_none() || !is_changed;
    // With a status there are indexes for the newest.
    let is_narrow = requester.is_some() || assignee.is_some() || (filter.status.is_some() && is_changed);
    let number = |column: Column, is_seen| if is_seen { seen(column) } else { unseen_number(column) };
    let word = |column: Column, is_seen| if is_seen { seen(column) } else { unseen_word(column) };
    let has_assignee = |which| {
        let column = number(Column::AssigneeId, requester.is_none());
        match which {
            AssigneeFilter::Unassigned => column.is_null(),
            // Nobody's own tickets are none; the command line has no id.
            AssigneeFilter::Mine => column.eq(actor.id.unwrap_or(UserId(0))),
            AssigneeFilter::Of(id) => column.eq(id),
        }
    };
    let of_category = |name: &String| {
        let key = categories::COLUMN.name_key.eq(name.trim().to_lowercase());
        let id = Built::select().column((Categories, categories::Column::Id)).from(Categories).and_where(key).take();
        number(Column::CategoryId, !is_narrow).eq(SimpleExpr::from(id))
    };
    Ok(reach
        .condition()
        .add_option(requester.filter(|_| is_staff).map(|id| tickets::COLUMN.requester_id.eq(id)))
        .add_option(assignee.map(has_assignee))
        .add_option(filter.status.map(|status| word(Column::Status, is_status_seen).eq(status)))
        .add_option(filter.priority.map(|priority| word(Column::Priority, !is_narrow).eq(priority)))
        .add_option(filter.category.as_ref().map(of_category)))
}

fn seen(column: tickets::Column) -> SimpleExpr {
    Expr::col((Table, column))
}

/// A column of numbers, so that no index is chosen for it.
fn unseen_number(column: tickets::Column) -> SimpleExpr {
    seen(column).add(0i64)
}

/// A column of words, so that no index is chosen for it.
fn unseen_word(column: tickets::Column) -> SimpleExpr {
    seen(column).binary(BinOper::Custom("||"), "")
}
