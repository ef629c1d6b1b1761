//! The index: one document for each event that brought text. Written in the transaction that writes the event.

use std::collections::{BTreeSet, HashMap};

use domain::{EventId, EventKind, Result, TicketId, UserId};
use sea_orm::{FromQueryResult, Value};

use super::words::terms;
use crate::store::db::{Scalar, Sql as _, Tx};

/// Documents that one statement writes.
const AT_ONCE: usize = 100;
/// Documents that are read at a time when a database is indexed that has none.
const BATCH: i64 = 1000;

/// What an event brought.
pub(crate) struct Document<'a> {
    pub(crate) event: EventId,
    pub(crate) ticket: TicketId,
    /// The ticket's owner, who may find it unless it is internal.
    pub(crate) requester: UserId,
    /// Only staff may find it.
    pub(crate) is_internal: bool,
    /// The ticket's title, for its opening; else empty.
    pub(crate) title: &'a str,
    /// The description, the reply, the note.
    pub(crate) body: &'a str,
    /// Names of the files that came with it.
    pub(crate) files: Vec<&'a str>,
}

/// Writes documents, or writes them anew.
pub(crate) async fn index(tx: &Tx, documents: &[Document<'_>]) -> Result<()> {
    if !tx.is_sqlite() {
        return index_postgres(tx, documents).await;
    }
    for (table, is_internal) in [("search_public", false), ("search_internal", true)] {
        let documents: Vec<&Document<'_>> =
            documents.iter().filter(|document| document.is_internal == is_internal).collect();
        for documents in documents.chunks(AT_ONCE) {
            let values = documents.iter().flat_map(|document| -> [Value; 5] {
                let blanks = |words: BTreeSet<String>| words.into_iter().collect::<Vec<_>>().join(" ");
                [
                    document.event.0.into(),
                    blanks(terms([document.title])).into(),
                    blanks(terms([document.body])).into(),
                    blanks(terms(document.files.iter().copied())).into(),
                    owner(document.requester).into(),
                ]
            });
            let rows = placeholders(documents.len(), 5);
            let sql = format!("INSERT OR REPLACE INTO {table} (rowid, title, body, files, owner) VALUES {rows}");
            tx.sql_run(&sql, values.collect::<Vec<_>>()).await?;
        }
    }
    Ok(())
}

async fn index_postgres(tx: &Tx, documents: &[Document<'_>]) -> Result<()> {
    for documents in documents.chunks(AT_ONCE) {
        let values = documents.iter().flat_map(|document| -> [Value; 5] {
            [
                document.event.0.into(),
                document.ticket.0.into(),
                document.requester.0.into(),
                document.is_internal.into(),
                tsvector(document).into(),
            ]
        });
        let rows = (0..documents.len()).map(|row| {
            let at = |column: usize| row * 5 + column;
            format!("(${}, ${}, ${}, ${}, CAST(${} AS TSVECTOR))", at(1), at(2), at(3), at(4), at(5))
        });
        let sql = format!(
            "INSERT INTO search_docs (event_id, ticket_id, requester_id, is_internal, words) VALUES {}
             ON CONFLICT (event_id) DO UPDATE SET words = EXCLUDED.words",
            rows.collect::<Vec<_>>().join(", ")
        );
        tx.sql_run(&sql, values.collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// The word that stands for an owner on SQLite.
pub(super) fn owner(requester: UserId) -> String {
    format!("u{requester}")
}

/// Events of a bucket, as a power of two. Its index on PostgreSQL hands over all documents that have a word before the newest
/// of them are taken, so each word there is one of its bucket, and a search goes from the newest bucket to older ones. About
/// half of the events have a document. With fewer events in each, rare words would be asked for more often; with more, common
/// words found more often than they are shown. And new documents are written into a small part of the index.
pub(super) const BUCKET_BITS: u32 = 13;

/// Where a word of the index is on PostgreSQL: between its bucket and itself.
pub(super) const ANYWHERE: char = ':';
pub(super) const IN_TITLE: char = '=';

/// A document as PostgreSQL reads a `tsvector`, which it then does not take apart by rules of its own. Words are letters,
/// digits and marks, so nothing in them needs quoting.
fn tsvector(document: &Document<'_>) -> String {
    let bucket = document.event.0 >> BUCKET_BITS;
    let all = [document.title, document.body].into_iter().chain(document.files.iter().copied());
    let mut words: Vec<String> = Vec::new();
    for (place, terms) in [(IN_TITLE, terms([document.title])), (ANYWHERE, terms(all))] {
        words.extend(terms.into_iter().map(|term| format!("'{bucket:x}{place}{term}'")));
    }
    words.join(" ")
}

fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let columns = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", columns.collect::<Vec<_>>().join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Indexes a ticket's title and description as they are now.
pub(crate) async fn reindex_opening(tx: &Tx, ticket: TicketId) -> Result<()> {
    let select = format!("{SOURCE} WHERE e.ticket_id = $1 AND e.kind = $2 ORDER BY e.id");
    let openings: Vec<Source> = tx.sql_all(&select, [ticket.0.into(), EventKind::TicketOpened.as_str().into()]).await?;
    write(tx, &openings).await
}

/// Forgets a ticket. Call it before the ticket's row is deleted.
pub(crate) async fn forget(tx: &Tx, ticket: TicketId) -> Result<()> {
    if !tx.is_sqlite() {
        tx.sql_run("DELETE FROM search_docs WHERE ticket_id = $1", [ticket.0.into()]).await?;
        return Ok(());
    }
    for table in ["search_public", "search_internal"] {
        let sql = format!("DELETE FROM {table} WHERE rowid IN (SELECT id FROM events WHERE ticket_id = $1)");
        tx.sql_run(&sql, [ticket.0.into()]).await?;
    }
    Ok(())
}

/// Counted up when documents are indexed in another way than before: all are indexed anew when a desk is opened.
const VERSION: i64 = 1;

/// Indexes everything, if nothing is yet or it was by another version. Each document is written with its event ever after, so
/// there is no other time to look.
pub(crate) async fn index_existing(tx: &Tx) -> Result<()> {
    let some = if tx.is_sqlite() {
        "(EXISTS (SELECT 1 FROM search_public) OR EXISTS (SELECT 1 FROM search_internal))"
    } else {
        "EXISTS (SELECT 1 FROM search_docs)"
    };
    let known = format!("SELECT version FROM search_version WHERE {some}");
    let known: Option<Scalar> = tx.sql_one(&known, []).await?;
    if known.is_some_and(|known| known.0 == VERSION) {
        return Ok(());
    }
    let (clear, finish): (&[&str], &[&str]) = if tx.is_sqlite() {
        let clear = &[
            "INSERT INTO search_public (search_public) VALUES ('delete-all')",
            "INSERT INTO search_internal (search_internal) VALUES ('delete-all')",
        ];
        (clear, &[])
    } else {
        // Building an index of what is there takes a part of the time of writing each document into it.
        let clear = &["TRUNCATE search_docs", "DROP INDEX search_docs_words"];
        // Without the list of what is not yet in the index: each search would read it from end to end.
        (clear, &["CREATE INDEX search_docs_words ON search_docs USING GIN (words) WITH (fastupdate = off)"])
    };
    for statement in clear {
        tx.sql_run(statement, []).await?;
    }
    write_all(tx).await?;
    for statement in finish.iter().chain(&["DELETE FROM search_version"]) {
        tx.sql_run(statement, []).await?;
    }
    tx.sql_run("INSERT INTO search_version (version) VALUES ($1)", [VERSION.into()]).await?;
    Ok(())
}

async fn write_all(tx: &Tx) -> Result<()> {
    let mut last = 0;
    loop {
        let select = format!(
            "{SOURCE} WHERE e.id > $1 AND e.kind IN ('ticket_opened', 'replied', 'noted', 'files_added')
             ORDER BY e.id LIMIT $2"
        );
        let sources: Vec<Source> = tx.sql_all(&select, [last.into(), BATCH.into()]).await?;
        let Some(newest) = sources.last() else { return Ok(()) };
        last = newest.id;
        write(tx, &sources).await?;
        tracing::info!(documents = sources.len(), "indexed for the search");
    }
}

/// An event with what it brought.
#[derive(FromQueryResult)]
struct Source {
    id: i64,
    ticket_id: i64,
    requester_id: i64,
    is_internal: bool,
    title: String,
    body: String,
}

const SOURCE: &str = "SELECT e.id, t.id AS ticket_id, t.requester_id, e.is_internal,
        CASE WHEN e.kind = 'ticket_opened' THEN t.title ELSE '' END AS title,
        COALESCE(m.body, CASE WHEN e.kind = 'ticket_opened' THEN t.description ELSE '' END) AS body
    FROM events e JOIN tickets t ON t.id = e.ticket_id LEFT JOIN messages m ON m.id = e.message_id";

#[derive(FromQueryResult)]
struct FileName {
    event_id: i64,
    name: String,
}

/// Writes the documents of events that are by their ids, oldest first.
async fn write(tx: &Tx, sources: &[Source]) -> Result<()> {
    let (Some(first), Some(last)) = (sources.first(), sources.last()) else { return Ok(()) };
    let names: Vec<FileName> = tx
        .sql_all(
            "SELECT event_id, name FROM attachments WHERE event_id BETWEEN $1 AND $2 ORDER BY id",
            [first.id.into(), last.id.into()],
        )
        .await?;
    let mut files: HashMap<i64, Vec<&str>> = HashMap::new();
    for file in &names {
        files.entry(file.event_id).or_default().push(&file.name);
    }
    let documents: Vec<Document<'_>> = sources
        .iter()
        .map(|source| Document {
            event: EventId(source.id),
            ticket: TicketId(source.ticket_id),
            requester: UserId(source.requester_id),
            is_internal: source.is_internal,
            title: &source.title,
            body: &source.body,
            files: files.remove(&source.id).unwrap_or_default(),
        })
        .collect();
    index(tx, &documents).await
}
