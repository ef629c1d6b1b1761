//! Ids before their rows: each database counts them in a place of its own, which no entity is.

/// On PostgreSQL: takes `$2` ids of the table `$1`, in no order.
pub(crate) const NEXT: &str = "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)";

/// On SQLite: the last id that the table `$1` gave.
pub(crate) const LAST: &str = "SELECT seq FROM sqlite_sequence WHERE name = $1";
