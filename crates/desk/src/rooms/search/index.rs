//! The index: one document for each event that brought text. Written in the transaction that writes the event.

use std::collections::{BTreeSet, HashMap};

use domain::{EventId, EventKind, Result, TicketId, UserId};
use sea_orm::{
    ColumnTrait as _, DerivePartialModel, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _, Select, Value,
};

use super::words::terms;
use crate::store::{
    db::{Scalar, Sql as _, Tx},
    entities::{Attachments, Events, attachments, events, tickets},
    fault::OrRefuse as _,
    raw::search::{self, BUCKET_BITS, index as raw},
};

/// Documents that one statement writes.
const AT_ONCE: usize = 100;
/// Documents that are read at a time when a database is indexed that has none.
const BATCH: u64 = 1000;

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
    for (table, is_internal) in [(raw::PUBLIC, false), (raw::INTERNAL, true)] {
        let documents: Vec<&Document<'_>> =
            documents.iter().filter(|document| document.is_internal == is_internal).collect();
        for documents in documents.chunks(AT_ONCE) {
            let values = documents.iter().flat_map(|document| -> [Value; 5] {
                let blanks = |words: BTreeSet<String>| words.into_iter().collect::<Vec<_>>().join(" ");
                [
                    document.event.into(),
                    blanks(terms([document.title])).into(),
                    blanks(terms([document.body])).into(),
                    blanks(terms(document.files.iter().copied())).into(),
                    owner(document.requester).into(),
                ]
            });
            tx.sql_run(&raw::write_sqlite(table, documents.len()), values.collect::<Vec<_>>()).await?;
        }
    }
    Ok(())
}

async fn index_postgres(tx: &Tx, documents: &[Document<'_>]) -> Result<()> {
    for documents in documents.chunks(AT_ONCE) {
        let values = documents.iter().flat_map(|document| -> [Value; 5] {
            [
                document.event.into(),
                document.ticket.into(),
                document.requester.into(),
                document.is_internal.into(),
                tsvector(document).into(),
            ]
        });
        tx.sql_run(&raw::write_postgres(documents.len()), values.collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// The word that stands for an owner on SQLite.
pub(super) fn owner(requester: UserId) -> String {
    format!("u{requester}")
}

/// Where a word of the index is on PostgreSQL: between its bucket and itself.
pub(super) const ANYWHERE: char = ':';
pub(super) const IN_TITLE: char = '=';

/// A document as PostgreSQL reads a `tsvector`, which it then does not take apart by rules of its own. Words are
/// letters, digits and marks, so nothing in them needs quoting.
fn tsvector(document: &Document<'_>) -> String {
    let bucket = document.event.0 >> BUCKET_BITS;
    let all = [document.title, document.body].into_iter().chain(document.files.iter().copied());
    let mut words: Vec<String> = Vec::new();
    for (place, terms) in [(IN_TITLE, terms([document.title])), (ANYWHERE, terms(all))] {
        words.extend(terms.into_iter().map(|term| format!("'{bucket:x}{place}{term}'")));
    }
    words.join(" ")
}

/// Indexes a ticket's title and description as they are now.
pub(crate) async fn reindex_opening(tx: &Tx, ticket: TicketId) -> Result<()> {
    let openings = sources()
        .filter(events::COLUMN.ticket_id.eq(ticket))
        .filter(events::COLUMN.kind.eq(EventKind::TicketOpened))
        .into_partial_model()
        .all(tx);
    write(tx, &openings.await.or_refuse()?).await
}

/// Forgets a ticket. Call it before the ticket's row is deleted.
pub(crate) async fn forget(tx: &Tx, ticket: TicketId) -> Result<()> {
    for statement in raw::forget(tx.is_sqlite()) {
        tx.sql_run(statement, [ticket.into()]).await?;
    }
    Ok(())
}

/// Counted up when documents are indexed in another way than before: all are indexed anew when a desk is opened.
const VERSION: i64 = 1;

/// Indexes everything, if nothing is yet or it was by another version. Each document is written with its event ever
/// after, so there is no other time to look.
pub(crate) async fn index_existing(tx: &Tx) -> Result<()> {
    let known: Option<Scalar> = tx.sql_one(raw::version(tx.is_sqlite()), []).await?;
    if known.is_some_and(|known| known.0 == VERSION) {
        return Ok(());
    }
    index_all(tx).await
}

/// Indexes everything, whatever there is of an index.
pub(crate) async fn index_all(tx: &Tx) -> Result<()> {
    let (clear, finish) = raw::anew(tx.is_sqlite());
    for statement in clear {
        tx.sql_run(statement, []).await?;
    }
    write_all(tx).await?;
    for statement in finish.iter().chain(&[raw::FORGET_VERSION]) {
        tx.sql_run(statement, []).await?;
    }
    tx.sql_run(raw::NOTE_VERSION, [VERSION.into()]).await?;
    Ok(())
}

async fn write_all(tx: &Tx) -> Result<()> {
    use EventKind::{FilesAdded, FilesDropped, FilesReleased, Noted, Replied, TicketOpened};

    let mut last = EventId(0);
    loop {
        let sources: Vec<Source> = sources()
            .filter(events::COLUMN.id.gt(last))
            .filter(events::COLUMN.kind.is_in([TicketOpened, Replied, Noted, FilesAdded, FilesDropped, FilesReleased]))
            .limit(BATCH)
            .into_partial_model()
            .all(tx)
            .await
            .or_refuse()?;
        let Some(newest) = sources.last() else { return Ok(()) };
        last = newest.id;
        write(tx, &sources).await?;
        tracing::info!(documents = sources.len(), "indexed for the search");
    }
}

/// An event with what it brought.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Events")]
struct Source {
    id: EventId,
    ticket_id: TicketId,
    is_internal: bool,
    #[sea_orm(from_expr = "tickets::COLUMN.requester_id.into_expr()")]
    requester_id: UserId,
    #[sea_orm(from_expr = "search::title()")]
    title: String,
    #[sea_orm(from_expr = "search::body()")]
    body: String,
}

/// The events of tickets that are there, oldest first, joined for a [`Source`].
fn sources() -> Select<Events> {
    Events::find()
        .join(JoinType::InnerJoin, events::Relation::Tickets.def())
        .join(JoinType::LeftJoin, events::Relation::Messages.def())
        .order_by_asc(events::COLUMN.id)
}

/// Writes the documents of events that are by their ids, oldest first.
async fn write(tx: &Tx, sources: &[Source]) -> Result<()> {
    let (Some(first), Some(last)) = (sources.first(), sources.last()) else { return Ok(()) };
    let names: Vec<(EventId, String)> = Attachments::find()
        .select_only()
        .columns([attachments::Column::EventId, attachments::Column::Name])
        .filter(attachments::COLUMN.event_id.between(first.id, last.id))
        .order_by_asc(attachments::COLUMN.id)
        .into_tuple()
        .all(tx)
        .await
        .or_refuse()?;
    let mut files: HashMap<EventId, Vec<&str>> = HashMap::new();
    for (event, name) in &names {
        files.entry(*event).or_default().push(name);
    }
    let documents: Vec<Document<'_>> = sources
        .iter()
        .map(|source| Document {
            event: source.id,
            ticket: source.ticket_id,
            requester: source.requester_id,
            is_internal: source.is_internal,
            title: &source.title,
            body: &source.body,
            files: files.remove(&source.id).unwrap_or_default(),
        })
        .collect();
    index(tx, &documents).await
}
