//! Reads of SQLite on the thread that asks, for what is asked for at every request.
//!
//! SQLite's driver for the other statements has a thread for each connection, and hands each statement over to it and each
//! row back: for a read of some microseconds most of the time goes into waking threads. Here the connections are
//! read-only, whoever asks takes one and runs the statement where they are, and nothing waits: what is not there at
//! once (no answer within [`AT_ONCE`], a lock, a fault of any kind) is asked once more on the usual road, which has the
//! patience, the time limits and the one table of causes ([`crate::store::fault`]).
//!
//! Both drivers are linked with one and the same SQLite. It must be so: two of them in one process would take away each
//! other's locks on the file.

mod column;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};
use sea_orm::{FromQueryResult, Value, sea_query::ValueType};

/// A read that takes longer is no business of a thread that many requests share: tens of microseconds are the rule, and only
/// a scan where an index was expected, or a disk that stalls between two pages, comes here.
const AT_ONCE: Duration = Duration::from_millis(20);
/// Steps of SQLite's machine between two looks at the clock: some microseconds, and a few pages that are not in memory.
const STEPS: i32 = 200;
/// Statements that a connection keeps prepared: those of lists have a text for each filter.
const STATEMENTS: usize = 128;

/// A row of a read in [`Pool`]; [`hot_row`] makes it from a struct.
pub(crate) trait HotRow: FromQueryResult + Send {
    /// The names of its columns, in order.
    const COLUMNS: &'static [&'static str];

    /// Reads the columns one after the other.
    fn read(row: &mut Columns<'_>) -> rusqlite::Result<Self>;
}

/// A struct that is a row of a hot read. Its fields are in the order of the columns that are selected, and have their names. For
/// PostgreSQL it derives `FromQueryResult` or `DerivePartialModel`.
macro_rules! hot_row {
    ($(#[$about:meta])* $visible:vis struct $name:ident {
        $($(#[$of_field:meta])* $of:vis $field:ident: $type:ty),+ $(,)?
    }) => {
        $(#[$about])*
        $visible struct $name {
            $($(#[$of_field])* $of $field: $type,)+
        }

        impl $crate::store::hot::HotRow for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn read(row: &mut $crate::store::hot::Columns<'_>) -> rusqlite::Result<Self> {
                Ok(Self { $($field: row.next()?,)+ })
            }
        }
    };
}
pub(crate) use hot_row;

/// The columns of a row that are not read yet.
pub(crate) struct Columns<'row> {
    row: &'row rusqlite::Row<'row>,
    next: usize,
}

impl Columns<'_> {
    /// The next column.
    pub(crate) fn next<T: ValueType>(&mut self) -> rusqlite::Result<T> {
        let at = self.next;
        self.next += 1;
        column::read(self.row.get_ref(at)?, at)
    }

    /// All that are left, of one type.
    pub(crate) fn rest<T: ValueType>(&mut self) -> rusqlite::Result<Vec<T>> {
        let left = self.next..self.row.as_ref().column_count();
        left.map(|_| self.next()).collect()
    }
}

/// The connections that nobody uses at the moment. They are made when they are needed, as many as threads ask at once.
pub(crate) struct Pool {
    file: PathBuf,
    idle: Mutex<Vec<Reader>>,
    kept: usize,
    begun: Instant,
}

struct Reader {
    connection: Connection,
    /// When it breaks off what it does, in microseconds since the pool was made.
    until: Arc<AtomicU64>,
}

impl Pool {
    /// Of a file that is there, or will be when something is read. `kept` connections stay open.
    pub(crate) fn new(file: &Path, kept: usize) -> Self {
        // An absolute path is never taken for an address (`file:…`), nor for another file when the folder changes.
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        Self { file, idle: Mutex::default(), kept, begun: Instant::now() }
    }

    /// The rows of a query. They are what was committed before; when it returns, nothing of the database is held.
    ///
    /// # Errors
    /// Whatever it is: the usual road knows what to do.
    pub(crate) fn read<T: HotRow>(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<T>> {
        let idle = self.idle().pop();
        let reader = idle.map_or_else(|| self.connect(), Ok)?;
        reader.until.store(self.micros().saturating_add(AT_ONCE.as_micros() as u64), Ordering::Relaxed);
        let answer = rows(&reader.connection, sql, values);
        // A connection on which something failed is not used again, unless it was the row or the time.
        let is_sound = answer
            .as_ref()
            .err()
            .is_none_or(|cause| matches!(cause.sqlite_error_code(), None | Some(ErrorCode::OperationInterrupted)));
        let mut idle = self.idle();
        if is_sound && idle.len() < self.kept {
            idle.push(reader);
        }
        answer
    }

    /// Closes the connections that nobody uses.
    pub(crate) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock()
    }

    fn micros(&self) -> u64 {
        self.begun.elapsed().as_micros().try_into().unwrap_or(u64::MAX)
    }

    fn connect(&self) -> rusqlite::Result<Reader> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // This SQLite (STAT4) prepares a statement again at every run if another plan might fit the values of that run, as
        // with every `LIMIT $1`. That took longer than the reads.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let until = Arc::new(AtomicU64::new(u64::MAX));
        let (limit, begun) = (Arc::clone(&until), self.begun);
        let is_over = move || begun.elapsed().as_micros() >= u128::from(limit.load(Ordering::Relaxed));
        connection.progress_handler(STEPS, Some(is_over))?;
        Ok(Reader { connection, until })
    }
}

/// The statement is reset and its read transaction over when this returns.
fn rows<T: HotRow>(connection: &Connection, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    for at in 1..=statement.parameter_count() {
        // `$2` is a name to SQLite, which numbers names as they come; a `?` has none.
        let number = match statement.parameter_name(at) {
            Some(name) => name.get(1..).and_then(|number| number.parse::<usize>().ok()),
            None => Some(at),
        };
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let value = value.ok_or(rusqlite::Error::InvalidParameterCount(at, values.len()))?;
        statement.raw_bind_parameter(at, column::Bound(value))?;
    }
    for (at, name) in T::COLUMNS.iter().enumerate() {
        if statement.column_name(at)? != *name {
            return Err(rusqlite::Error::InvalidColumnName((*name).to_owned()));
        }
    }
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(T::read(&mut Columns { row, next: 0 })?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
