//! What a backup asks of a database whose tables it does not know: it may be of an earlier release.

use crate::store::archive::{Column, ColumnKind};

/// Tables that are made from others, or that belong to the database or the migrations.
const NOT_OURS: [&str; 4] = ["seaql_", "sqlite_", "search_", "people_names"];

pub(crate) fn is_ours(table: &str) -> bool {
    !NOT_OURS.iter().any(|other| table.starts_with(other))
}

/// The migrations that were carried out, in order.
pub(crate) const SCHEMA: &str = "SELECT version FROM seaql_migrations ORDER BY version";

/// Whether there is a table of migrations.
pub(crate) const fn has_schema(is_sqlite: bool) -> &'static str {
    if is_sqlite {
        "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'seaql_migrations'"
    } else {
        "SELECT COUNT(*) FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_name = 'seaql_migrations'"
    }
}

/// Each column: its table, its name, its type, its place in the primary key from 1 on or 0.
pub(crate) const fn columns(is_sqlite: bool) -> &'static str {
    if is_sqlite {
        "SELECT m.name, c.name, lower(c.type), c.pk FROM sqlite_schema m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' ORDER BY m.name, c.cid"
    } else {
        "SELECT CAST(c.table_name AS TEXT), CAST(c.column_name AS TEXT), CAST(c.data_type AS TEXT),
            CAST(COALESCE(k.place, 0) AS BIGINT)
         FROM information_schema.columns c
         JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
         LEFT JOIN (SELECT u.table_name AS of_table, u.column_name AS of_column, u.ordinal_position AS place
            FROM information_schema.key_column_usage u JOIN information_schema.table_constraints p
                ON p.constraint_schema = u.constraint_schema AND p.constraint_name = u.constraint_name
                AND p.table_name = u.table_name
            WHERE p.constraint_type = 'PRIMARY KEY' AND u.table_schema = current_schema()) AS k
            ON k.of_table = c.table_name AND k.of_column = c.column_name
         WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
         ORDER BY c.table_name, c.ordinal_position"
    }
}

/// The kind of a column by its type; none for a type that no migration uses.
pub(crate) fn kind(of_type: &str) -> Option<ColumnKind> {
    match of_type {
        "integer" | "bigint" => Some(ColumnKind::Number),
        "boolean" => Some(ColumnKind::Truth),
        "text" | "character varying" | "varchar" => Some(ColumnKind::Text),
        _ => None,
    }
}

/// On PostgreSQL, the last id that the table `$1` gave.
pub(crate) const LAST_ID: &str =
    "SELECT COALESCE(pg_sequence_last_value(CAST(pg_get_serial_sequence($1, 'id') AS REGCLASS)), 0)";

/// On SQLite, what is wrong with the file; `ok` when nothing is.
pub(crate) const INTEGRITY: &str = "PRAGMA integrity_check(10)";
pub(crate) const QUICK: &str = "PRAGMA quick_check(10)";

/// On SQLite, a copy of the database in the file `$1`. As text, because the builder knows no `VACUUM`.
pub(crate) const COPY: &str = "VACUUM INTO $1";

/// On SQLite, rows that name others that are not there.
pub(crate) const DANGLING: &str = "SELECT COUNT(*) FROM pragma_foreign_key_check";

/// The rows of a table, each as a JSON array, in the order of its key.
pub(crate) fn rows(is_sqlite: bool, table: &str, columns: &[Column], key: &[String]) -> String {
    let value = |column: &Column| {
        let name = &column.name;
        match column.kind {
            ColumnKind::Truth if is_sqlite => {
                format!("json(CASE WHEN \"{name}\" IS NULL THEN 'null' WHEN \"{name}\" THEN 'true' ELSE 'false' END)")
            }
            _ => format!("\"{name}\""),
        }
    };
    let values: Vec<_> = columns.iter().map(value).collect();
    let order: Vec<_> = key.iter().map(|name| format!("\"{name}\"")).collect();
    let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", order.join(", ")) };
    let values = values.join(", ");
    if is_sqlite {
        format!("SELECT json_array({values}) FROM \"{table}\"{order}")
    } else {
        format!("SELECT CAST(json_build_array({values}) AS TEXT) FROM \"{table}\"{order}")
    }
}

/// Writes rows into a table: `$1` is a JSON array of them.
pub(crate) fn insert(is_sqlite: bool, table: &str, columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let value = |(at, column): (usize, &Column)| {
        if is_sqlite {
            return format!("json_extract(value, '$[{at}]')");
        }
        let kind = match column.kind {
            ColumnKind::Number => "BIGINT",
            ColumnKind::Truth => "BOOLEAN",
            ColumnKind::Text => "TEXT",
        };
        format!("CAST(value->>{at} AS {kind})")
    };
    let values: Vec<_> = columns.iter().enumerate().map(value).collect();
    let rows = if is_sqlite { "json_each($1)" } else { "json_array_elements(CAST($1 AS JSON)) AS rows(value)" };
    format!("INSERT INTO \"{table}\" ({}) SELECT {} FROM {rows}", names.join(", "), values.join(", "))
}

/// Empties a table.
pub(crate) fn clear(table: &str) -> String {
    format!("DELETE FROM \"{table}\"")
}

/// On PostgreSQL, each table that names another one, and that one.
pub(crate) const REFERENCES: &str = "SELECT CAST(a.relname AS TEXT), CAST(b.relname AS TEXT) FROM pg_constraint c
    JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
    JOIN pg_namespace n ON n.oid = a.relnamespace
    WHERE c.contype = 'f' AND n.nspname = current_schema()";

/// On SQLite, looks whether rows name others that are there only when it is committed.
pub(crate) const LATE_REFERENCES: &str = "PRAGMA defer_foreign_keys = ON";

/// The highest id of a table.
pub(crate) fn highest(table: &str) -> String {
    format!("SELECT COALESCE(MAX(id), 0) FROM \"{table}\"")
}

/// On SQLite, the table `$1` gives ids above `$2` from now on. It may be in the table of ids or not.
pub(crate) const FORGET_SEQUENCE: &str = "DELETE FROM sqlite_sequence WHERE name = $1";
pub(crate) const SET_SEQUENCE: &str = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";
/// On PostgreSQL. It gives nothing where the table gives no ids.
pub(crate) const SET_POSTGRES_SEQUENCE: &str =
    "SELECT setval(CAST(pg_get_serial_sequence($1, 'id') AS REGCLASS), $2) WHERE $2 > 0";

/// On PostgreSQL, whether nobody else has the desk open: takes `$1` for the transaction.
pub(crate) const ALONE: &str = "SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN 1 ELSE 0 END";
/// A process that has the desk open holds it, as long as its connection.
pub(crate) const IN_USE: &str = "SELECT pg_try_advisory_lock_shared($1)";
/// A place in PostgreSQL's space of advisory locks, for processes that have the desk open.
pub(crate) const IN_USE_LOCK: i64 = 0x5049_4E45;

/// On PostgreSQL, the tables and whatever else of ours is in the schema.
pub(crate) const TABLES: &str = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()";

pub(crate) fn make_schema(name: &str) -> String {
    format!("CREATE SCHEMA \"{name}\"")
}

pub(crate) fn move_table(table: &str, schema: &str) -> String {
    format!("ALTER TABLE \"{table}\" SET SCHEMA \"{schema}\"")
}
