//! A ticket and its files, as a ticket's page and a customer's own list read them. These are asked for more often than
//! anything else ([`Hot`]): their text is made once, and not by the query builder for each call.

use domain::{
    AttachmentId, CategoryId, Cursor, EventId, FileKind, Key, Priority, Result, Status, TicketId, Timestamp, UserId,
};
use sea_orm::{DerivePartialModel, FromQueryResult, Statement, Value, sea_query::SelectStatement};

use crate::store::{db::Hot, entities::Attachments, hot::hot_row, names::staff_name, reach::Own};

hot_row! {
    /// A ticket with its owner and who has it.
    #[derive(FromQueryResult)]
    pub(crate) struct TicketRow {
        pub(crate) id: TicketId,
        pub(crate) title: String,
        pub(crate) description: String,
        pub(crate) priority: Priority,
        pub(crate) category_id: CategoryId,
        pub(crate) category: String,
        pub(crate) status: Status,
        pub(crate) created_at: Timestamp,
        pub(crate) updated_at: Timestamp,
        pub(crate) worked_on_at: Option<Timestamp>,
        pub(crate) requester_id: UserId,
        pub(crate) requester_username: String,
        pub(crate) requester_name: String,
        pub(crate) assignee_id: Option<UserId>,
        pub(crate) assignee_username: Option<String>,
        pub(crate) assignee_name: Option<String>,
    }
}

/// One ticket.
pub(crate) async fn ticket(db: &impl Hot, id: TicketId) -> Result<Option<TicketRow>> {
    db.hot_one(&tickets_where("t.id = $1"), [id.into()]).await
}

/// Several tickets, `these` being their numbers as rows; those that there are.
pub(crate) async fn tickets(db: &impl Hot, these: &SelectStatement) -> Result<Vec<TicketRow>> {
    let Statement { sql, values, .. } = db.get_database_backend().build(these);
    let sql = tickets_where(&format!("t.id IN ({sql}) ORDER BY t.id"));
    db.hot(&sql, values.map_or_else(Vec::new, |values| values.0)).await
}

/// Selects [`TicketRow`]s.
fn tickets_where(which: &str) -> String {
    format!(
        "SELECT t.id, t.title, t.description, t.priority, t.category_id, c.name AS category, t.status, t.created_at,
        t.updated_at, t.worked_on_at, t.requester_id, u.username AS requester_username, u.name AS requester_name,
        t.assignee_id, s.username AS assignee_username, {} AS assignee_name
    FROM tickets t JOIN categories c ON c.id = t.category_id JOIN users u ON u.id = t.requester_id
    LEFT JOIN users s ON s.id = t.assignee_id WHERE {which}",
        staff_name("s")
    )
}

hot_row! {
    /// A ticket of the customer who reads it: what they know of it, without looking at people.
    #[derive(FromQueryResult)]
    pub(crate) struct OwnTicket {
        pub(crate) id: TicketId,
        pub(crate) title: String,
        pub(crate) description: String,
        pub(crate) priority: Priority,
        pub(crate) category: String,
        pub(crate) status: Status,
        pub(crate) created_at: Timestamp,
        pub(crate) updated_at: Timestamp,
    }
}

/// The rows of a page of a customer's own tickets, and one more, for [`domain::Page::from_rows`].
pub(crate) async fn own_tickets(db: &impl Hot, own: Own, cursor: Cursor, limit: usize) -> Result<Vec<OwnTicket>> {
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut values: Vec<Value> = vec![own.requester.into(), rows.into()];
    let (beyond, direction) = match cursor {
        Cursor::First => ("", "DESC"),
        Cursor::Before(Key { id, .. }) => {
            values.push(id.into());
            ("AND t.id < $3", "DESC")
        }
        Cursor::After(Key { id, .. }) => {
            values.push(id.into());
            ("AND t.id > $3", "ASC")
        }
    };
    let only = only(own, &mut values);
    let page = format!(
        "SELECT t.id, t.title, t.description, t.priority, c.name AS category, t.status, t.created_at, t.updated_at
         FROM tickets t JOIN categories c ON c.id = t.category_id
         WHERE {only} t.requester_id = $1 {beyond} ORDER BY t.id {direction} LIMIT $2"
    );
    db.hot(&page, values).await
}

hot_row! {
    /// A ticket in a list, with what its reader may see.
    #[derive(FromQueryResult)]
    pub(crate) struct Listed {
        pub(crate) id: TicketId,
        pub(crate) title: String,
        pub(crate) priority: Priority,
        pub(crate) category: String,
        pub(crate) status: Status,
        pub(crate) created_at: Timestamp,
        pub(crate) updated_at: Timestamp,
        pub(crate) requester_id: UserId,
        pub(crate) requester_name: String,
        pub(crate) is_unread: bool,
        /// Customers are not told who has it.
        pub(crate) assignee_name: Option<String>,
        /// Without those of notes for customers.
        pub(crate) attachments: i64,
    }
}

hot_row! {
    /// A file of a ticket.
    #[derive(Clone, DerivePartialModel)]
    #[sea_orm(entity = "Attachments")]
    pub(crate) struct AttachmentRow {
        pub(crate) id: AttachmentId,
        pub(crate) ticket_id: TicketId,
        pub(crate) event_id: Option<EventId>,
        pub(crate) stored_name: String,
        pub(crate) name: String,
        pub(crate) size: i64,
        pub(crate) kind: FileKind,
        pub(crate) width: Option<i64>,
        pub(crate) height: Option<i64>,
        pub(crate) uploaded_at: Timestamp,
    }
}

/// Selects [`AttachmentRow`]s.
const FILES: &str =
    "SELECT a.id, a.ticket_id, a.event_id, a.stored_name, a.name, a.size, a.kind, a.width, a.height, a.uploaded_at
    FROM attachments a";

/// A ticket's files for everybody, oldest first.
pub(crate) async fn public_files(db: &impl Hot, ticket: TicketId) -> Result<Vec<AttachmentRow>> {
    let sql = format!("{FILES} WHERE a.ticket_id = $1 AND NOT a.is_internal ORDER BY a.id");
    db.hot(&sql, [ticket.into()]).await
}

/// The files for everybody of several tickets, `these` being their numbers as rows: by ticket; those of a ticket oldest first.
pub(crate) async fn files_of(db: &impl Hot, these: &SelectStatement) -> Result<Vec<AttachmentRow>> {
    let Statement { sql, values, .. } = db.get_database_backend().build(these);
    let sql = format!("{FILES} WHERE a.ticket_id IN ({sql}) AND NOT a.is_internal ORDER BY a.ticket_id, a.id");
    db.hot(&sql, values.map_or_else(Vec::new, |values| values.0)).await
}

/// The files for everybody of a customer's own tickets between two, by ticket, newest first; those of a ticket oldest first.
pub(crate) async fn own_files(
    db: &impl Hot,
    own: Own,
    oldest: TicketId,
    newest: TicketId,
) -> Result<Vec<AttachmentRow>> {
    let mut values: Vec<Value> = vec![own.requester.into(), oldest.into(), newest.into()];
    let only = only(own, &mut values);
    let sql = format!(
        "{FILES} JOIN tickets t ON t.id = a.ticket_id
         WHERE {only} t.requester_id = $1 AND t.id BETWEEN $2 AND $3 AND NOT a.is_internal ORDER BY t.id DESC, a.id"
    );
    db.hot(&sql, values).await
}

/// The condition that a ticket `t` is the one that there may be, and its value behind the others.
fn only(own: Own, values: &mut Vec<Value>) -> String {
    let Some(ticket) = own.ticket else { return String::new() };
    values.push(ticket.into());
    format!("t.id = ${} AND", values.len())
}
