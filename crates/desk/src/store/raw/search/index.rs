//! Writing the index of the full-text search. Raw as reading it is ([`super`]).

/// The tables of SQLite: of what everybody may find, and of what only staff may.
pub(crate) const PUBLIC: &str = "search_public";
pub(crate) const INTERNAL: &str = "search_internal";

/// Columns that a row has when it is written, on either database.
const COLUMNS: usize = 5;

/// On SQLite, writes so many documents into a table: id, title, body, names of files, owner.
pub(crate) fn write_sqlite(table: &str, documents: usize) -> String {
    let row = |at: usize| {
        let columns = (1..=COLUMNS).map(|column| format!("${}", at * COLUMNS + column));
        format!("({})", columns.collect::<Vec<_>>().join(", "))
    };
    let rows = (0..documents).map(row).collect::<Vec<_>>().join(", ");
    format!("INSERT OR REPLACE INTO {table} (rowid, title, body, files, owner) VALUES {rows}")
}

/// On PostgreSQL, writes so many documents: id, ticket, owner, whether it is internal, words.
pub(crate) fn write_postgres(documents: usize) -> String {
    let row = |row: usize| {
        let at = |column: usize| row * COLUMNS + column;
        format!("(${}, ${}, ${}, ${}, CAST(${} AS TSVECTOR))", at(1), at(2), at(3), at(4), at(5))
    };
    let rows = (0..documents).map(row).collect::<Vec<_>>().join(", ");
    format!(
        "INSERT INTO search_docs (event_id, ticket_id, requester_id, is_internal, words) VALUES {rows}
         ON CONFLICT (event_id) DO UPDATE SET words = EXCLUDED.words"
    )
}

/// Forgets the documents of the ticket `$1`.
pub(crate) fn forget(is_sqlite: bool) -> &'static [&'static str] {
    if is_sqlite {
        &[
            "DELETE FROM search_public WHERE rowid IN (SELECT id FROM events WHERE ticket_id = $1)",
            "DELETE FROM search_internal WHERE rowid IN (SELECT id FROM events WHERE ticket_id = $1)",
        ]
    } else {
        &["DELETE FROM search_docs WHERE ticket_id = $1"]
    }
}

/// By which version what is indexed was; none when nothing is.
pub(crate) fn version(is_sqlite: bool) -> &'static str {
    if is_sqlite {
        "SELECT version FROM search_version
         WHERE EXISTS (SELECT 1 FROM search_public) OR EXISTS (SELECT 1 FROM search_internal)"
    } else {
        "SELECT version FROM search_version WHERE EXISTS (SELECT 1 FROM search_docs)"
    }
}

/// Notes by which version: the old ones first.
pub(crate) const FORGET_VERSION: &str = "DELETE FROM search_version";
pub(crate) const NOTE_VERSION: &str = "INSERT INTO search_version (version) VALUES ($1)";

/// What is done before and after everything is indexed anew.
pub(crate) const fn anew(is_sqlite: bool) -> (&'static [&'static str], &'static [&'static str]) {
    if is_sqlite {
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
    }
}
