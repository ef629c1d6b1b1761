//! The full-text search. Raw because it is two dialects of which the query builder knows neither: SQLite has a table of its
//! FTS5 for what everybody may find and one for what only staff may, PostgreSQL a `tsvector` for each document in `search_docs`.

pub(crate) mod index;

use domain::{EventId, EventKind, TicketId};
use sea_orm::{
    ColumnTrait as _, Condition, ExprTrait as _, Order,
    sea_query::{CaseStatement, Expr, Func, Query, SelectStatement, SimpleExpr},
};
use serde::Deserialize;

use crate::store::{
    db::Db,
    entities::{Events, Messages, Tickets, events, messages, tickets},
};

/// Events of a bucket, as a power of two. Its index on PostgreSQL hands over all documents that have a word before the newest
/// of them are taken, so each word there is one of its bucket, and a search goes from the newest bucket to older ones. About
/// half of the events have a document. With fewer events in each, rare words would be asked for more often; with more, common
/// words found more often than they are shown. And new documents are written into a small part of the index.
pub(crate) const BUCKET_BITS: u32 = 13;
/// Of one customer, documents that PostgreSQL looks at one by one, before it asks its index.
pub(crate) const OWN: i64 = 2000;

/// The column of what gives ids of documents ([`EventId`]).
pub(crate) const IDS: &str = "id";

/// On PostgreSQL, the newest document.
pub(crate) const NEWEST: &str = "SELECT event_id FROM search_docs ORDER BY event_id DESC LIMIT 1";

/// On PostgreSQL, of the customer `$1` the document below the id `$2` that is `$3` further down.
pub(crate) const FURTHER_DOWN: &str = "SELECT event_id FROM search_docs WHERE requester_id = $1 AND event_id < $2
    ORDER BY event_id DESC OFFSET $3 LIMIT 1";

/// On SQLite, the ids of the newest `$3` documents below the id `$2` that fit `$1`. Newest first is the order of its index, so
/// it stops at the limit.
pub(crate) fn sqlite(with_internal: bool) -> String {
    let of = |table: &str| {
        format!("SELECT rowid AS id FROM {table} WHERE {table} MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3")
    };
    if !with_internal {
        return of("search_public");
    }
    format!(
        "SELECT id FROM (SELECT * FROM ({}) UNION ALL SELECT * FROM ({})) ORDER BY id DESC LIMIT $3",
        of("search_public"),
        of("search_internal")
    )
}

/// On PostgreSQL, the ids of the newest `$4` documents that fit `$1`, among the newest below the id `$3` of the customer `$2`.
pub(crate) fn postgres_own(with_internal: bool) -> String {
    format!(
        "SELECT event_id AS id
         FROM (SELECT event_id, is_internal, words FROM search_docs WHERE requester_id = $2 AND event_id < $3
            ORDER BY event_id DESC LIMIT {OWN}) AS own
         WHERE words @@ CAST(replace($1, '#', to_hex(event_id >> {BUCKET_BITS})) AS TSQUERY) {}
         ORDER BY event_id DESC LIMIT $4",
        not_internal(with_internal)
    )
}

/// On PostgreSQL, the ids of the newest `$3` documents below the id `$2` that fit `$1`, in the buckets from `$4` to `$5`; of the
/// customer `$6` alone. The words come first, whatever the planner thinks of them: it would go through all documents, newest
/// first, when it takes words for common that are not.
pub(crate) fn postgres(with_internal: bool, of_one: bool) -> String {
    let owner = if of_one { "AND requester_id = $6" } else { "" };
    format!(
        "WITH found AS MATERIALIZED
            (SELECT event_id, requester_id FROM search_docs WHERE words @@
                (SELECT CAST(string_agg(replace($1, '#', to_hex(bucket)), ' | ') AS TSQUERY)
                 FROM generate_series(CAST($4 AS BIGINT), CAST($5 AS BIGINT)) AS bucket) {})
         SELECT event_id AS id FROM found WHERE event_id < $2 {owner} ORDER BY event_id DESC LIMIT $3",
        not_internal(with_internal)
    )
}

fn not_internal(with_internal: bool) -> &'static str {
    if with_internal { "" } else { "AND NOT is_internal" }
}

/// A document that may be shown. Its fields are in the order of [`COLUMNS`].
#[derive(Deserialize)]
pub(crate) struct Candidate {
    /// Its event's.
    pub(crate) id: EventId,
    pub(crate) kind: EventKind,
    pub(crate) ticket_id: TicketId,
    pub(crate) title: String,
    pub(crate) text: String,
}

pub(crate) const COLUMNS: &str = "id, kind, ticket_id, title, body";

/// Selects of these documents the newest `most` whose ticket fits. The documents lead: a database that began with a filter's
/// index would read all its tickets, and SQLite does not begin with what stands on the right of a `CROSS JOIN`. What joins them
/// stands in the `WHERE`, because the builder takes no condition with one.
pub(crate) fn candidates(db: &Db, ids: &[EventId], fits: Condition, with_internal: bool, most: u64) -> SelectStatement {
    let event = Expr::col((Events, events::Column::Id)).equals(("documents", "value"));
    let ticket = Expr::col((Tickets, tickets::Column::Id)).equals((Events, events::Column::TicketId));
    let message = Expr::col((Messages, messages::Column::Id)).equals((Events, events::Column::MessageId));
    let fits = if with_internal { fits } else { fits.add(events::COLUMN.is_internal.eq(false)) };
    Query::select()
        .columns([(Events, events::Column::Id), (Events, events::Column::Kind)])
        .expr_as(Expr::col((Tickets, tickets::Column::Id)), "ticket_id")
        .column((Tickets, tickets::Column::Title))
        .expr_as(body(), "body")
        .from_subquery(db.rows_of(ids.iter().map(|id| id.0)), "documents")
        .cross_join(Events)
        .cross_join(Tickets)
        .left_join(Messages, message)
        .and_where(event)
        .and_where(ticket)
        .cond_where(fits)
        .order_by((Events, events::Column::Id), Order::Desc)
        .limit(most)
        .take()
}

/// The title of an event that opened its ticket; else nothing. Of `events` joined with `tickets`.
pub(crate) fn title() -> SimpleExpr {
    of_opening(tickets::Column::Title)
}

/// What an event brought: a message, a description, or nothing. Of `events` joined with `tickets` and, where there is one, with
/// `messages`.
pub(crate) fn body() -> SimpleExpr {
    let message = Expr::col((Messages, messages::Column::Body));
    Func::coalesce([message, of_opening(tickets::Column::Description)]).into()
}

fn of_opening(column: tickets::Column) -> SimpleExpr {
    let is_opening = events::COLUMN.kind.eq(EventKind::TicketOpened);
    CaseStatement::new().case(is_opening, Expr::col((Tickets, column))).finally("").into()
}
