//! Connections and transactions on SQLite and PostgreSQL.
//!
//! SQLite has one writer: a pool of one connection that begins every transaction as `BEGIN IMMEDIATE`, so a
//! transaction that reads and then writes never finds the database busy; readers have connections of their own.
//! Statements are written once with `$1` placeholders, which both databases read.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{Error, Result};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    FromQueryResult, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
    sqlx::{
        self, Connection,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use serde::de::DeserializeOwned;
use tracing::trace;

use crate::{
    DeskConfig, OpenError,
    fault::{OrFault, internal},
    live::{CHANNEL, Hub, Listener, Signal},
    search,
};

/// A place in PostgreSQL's space of advisory locks, for migrations.
const MIGRATION_LOCK: i64 = 0x5049_4E44;
/// The target under which each statement's text is traced; a test reads them there and looks at their plans.
const SQL: &str = "desk::sql";
/// Parameters of one statement that inserts many rows; SQLite takes 32,766, PostgreSQL 65,535.
const PARAMETERS: usize = 2000;
/// A connection that does not answer within this time is not used again.
const RELEASE_TIME: Duration = Duration::from_secs(10);

pub(crate) struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    hub: Arc<Hub>,
}

impl Db {
    pub(crate) async fn open(config: &DeskConfig) -> Result<Self, OpenError> {
        let url = match &config.database_url {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", config.data_dir.join("pindesk.db").display()),
        };
        let failed = |cause: DbErr| {
            OpenError(format!(
                "cannot open the database ({}): {cause}. Check PINDESK_DATABASE_URL.",
                without_password(&url)
            ))
        };
        let hub = Arc::new(Hub::new(config.clock.clone()));
        let db = if url.starts_with("sqlite:") {
            if url.contains(":memory:") || url.contains("mode=memory") {
                return Err(OpenError(
                    "a database in memory would be another one for each connection: name a file".into(),
                ));
            }
            // A path of our own goes in as it is; in an address `?` and `%` would mean something else.
            let file = config.database_url.is_none().then(|| config.data_dir.join("pindesk.db"));
            let sqlite = |connections| sqlite(&url, file.clone(), connections);
            let write = Database::connect(sqlite(1)).await.map_err(failed)?;
            let readers = std::thread::available_parallelism().map_or(4, |cores| cores.get().clamp(2, 16) as u32);
            let read = Database::connect(sqlite(readers)).await.map_err(failed)?;
            Self { read, write, hub }
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let mut options = ConnectOptions::new(&url);
            options
                .max_connections(20)
                .acquire_timeout(Duration::from_secs(5))
                .sqlx_logging(false)
                .test_before_acquire_if_idle_for(Duration::from_secs(30))
                .map_sqlx_postgres_pool_opts(|pool| {
                    pool.after_release(|connection, _| Box::pin(may_be_used_again(connection)))
                });
            let both = Database::connect(options).await.map_err(failed)?;
            Self { read: both.clone(), write: both, hub }
        } else {
            return Err(OpenError(format!(
                "cannot open the database ({}): give PINDESK_DATABASE_URL as sqlite://… or postgres://…",
                without_password(&url)
            )));
        };
        db.migrate().await.map_err(|cause| OpenError(format!("cannot bring the database to this version: {cause}")))?;
        Ok(db)
    }

    /// In one transaction, so that processes that start together migrate one after the other, and all or nothing. What was
    /// written before there was a search is indexed in it.
    async fn migrate(&self) -> Result<(), DbErr> {
        let tx = self.write.begin_with_options(self.writing()).await?;
        if !self.is_sqlite() {
            tx.execute_raw(self.statement("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK.into()])).await?;
        }
        Migrator::up(&tx, None).await?;
        let tx = self.tx(tx);
        let made = async {
            search::index_existing(&tx).await?;
            tx.commit().await
        };
        made.await.map_err(|_| DbErr::Custom("what is there could not be indexed; the log says why".to_owned()))
    }

    fn writing(&self) -> TransactionOptions {
        TransactionOptions {
            sqlite_transaction_mode: self.is_sqlite().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.write.get_database_backend() == DbBackend::Sqlite
    }

    /// What follows `IN` for a parameter that [`Db::ids`] made: one statement, however many they are.
    pub(crate) fn among(&self, parameter: &str) -> String {
        if self.is_sqlite() {
            format!("(SELECT value FROM json_each({parameter}))")
        } else {
            format!("(SELECT CAST(value AS BIGINT) AS value FROM json_array_elements_text(CAST({parameter} AS JSON)))")
        }
    }

    /// Ids as one parameter.
    pub(crate) fn ids(ids: impl IntoIterator<Item = i64>) -> Value {
        let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
        format!("[{}]", ids.join(",")).into()
    }

    fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        trace!(target: SQL, "{sql}");
        Statement::from_sql_and_values(self.write.get_database_backend(), sql, values)
    }

    /// Begins a transaction that may write. Dropping it rolls back.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        Ok(self.tx(self.write.begin_with_options(self.writing()).await.or_fault()?))
    }

    fn tx(&self, tx: DatabaseTransaction) -> Tx {
        Tx { tx, signals: Mutex::default(), hub: Arc::clone(&self.hub) }
    }

    /// What this process knows of the moment.
    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Hears the signals of every process, until what it returns is dropped. Nothing on SQLite, where there is one.
    pub(crate) async fn listen(&self) -> Result<Option<Listener>, OpenError> {
        if self.is_sqlite() {
            return Ok(None);
        }
        let pool = self.write.get_postgres_connection_pool().clone();
        let listener = Listener::start(pool, Arc::clone(&self.hub)).await;
        listener.map(Some).map_err(|cause| OpenError(format!("cannot LISTEN on the database: {cause}")))
    }

    /// Sends a signal that belongs to no transaction.
    pub(crate) async fn signal(&self, signal: Signal) -> Result<()> {
        if self.is_sqlite() {
            self.hub.take(signal);
        } else {
            // It comes back to this process as well, in the order in which all of them hear it.
            let payload = payload(std::slice::from_ref(&signal))?;
            self.execute(NOTIFY, [CHANNEL.into(), payload.into()]).await?;
        }
        Ok(())
    }

    /// Rows of a query outside a transaction.
    pub(crate) async fn all<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>> {
        let rows = self.read.query_all_raw(self.statement(sql, values)).await.or_fault()?;
        rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>().or_fault()
    }

    /// The first row of a query outside a transaction.
    pub(crate) async fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>> {
        let row = self.read.query_one_raw(self.statement(sql, values)).await.or_fault()?;
        row.as_ref().map(|row| T::from_query_result(row, "")).transpose().or_fault()
    }

    /// Rows of a query outside a transaction, put together by the database as one JSON text: the SQLite driver hands
    /// each row over from a thread of its own, and one wake-up is quicker than one for each. `columns` names the
    /// query's columns in the order of `T`'s fields.
    pub(crate) async fn json_rows<T: DeserializeOwned>(
        &self,
        columns: &str,
        query: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>> {
        let sql = if self.is_sqlite() {
            format!("SELECT json_group_array(json_array({columns})) FROM ({query})")
        } else {
            format!("SELECT CAST(COALESCE(json_agg(json_build_array({columns})), '[]') AS TEXT) FROM ({query}) AS page")
        };
        let row = self.read.query_one_raw(self.statement(&sql, values)).await.or_fault()?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let text: String = row.try_get_by_index(0).or_fault()?;
        serde_json::from_str(&text).map_err(|_| internal("rows as JSON could not be read"))
    }

    /// One statement that writes, in a transaction of its own; the number of rows it changed.
    pub(crate) async fn execute(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        Ok(self.write.execute_raw(self.statement(sql, values)).await.or_fault()?.rows_affected())
    }

    pub(crate) async fn ping(&self) -> Result<()> {
        self.read.query_one_raw(self.statement("SELECT 1", [])).await.map(|_| ()).map_err(|_| Error::Unavailable)
    }
}

/// A transaction that may write.
pub(crate) struct Tx {
    tx: DatabaseTransaction,
    /// They go out with the commit.
    signals: Mutex<Vec<Signal>>,
    hub: Arc<Hub>,
}

const NOTIFY: &str = "SELECT pg_notify($1, $2)";
/// Far below the 8000 bytes that a notification may have.
const SIGNALS_PER_NOTIFICATION: usize = 30;

fn payload(signals: &[Signal]) -> Result<String> {
    serde_json::to_string(signals).map_err(|_| internal("signals could not be written as JSON"))
}

impl Tx {
    fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        trace!(target: SQL, "{sql}");
        Statement::from_sql_and_values(self.tx.get_database_backend(), sql, values)
    }

    pub(crate) async fn all<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>> {
        let rows = self.tx.query_all_raw(self.statement(sql, values)).await.or_fault()?;
        rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>().or_fault()
    }

    pub(crate) async fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>> {
        let row = self.tx.query_one_raw(self.statement(sql, values)).await.or_fault()?;
        row.as_ref().map(|row| T::from_query_result(row, "")).transpose().or_fault()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.tx.get_database_backend() == DbBackend::Sqlite
    }

    /// The number of rows a statement changed.
    pub(crate) async fn execute(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        Ok(self.tx.execute_raw(self.statement(sql, values)).await.or_fault()?.rows_affected())
    }

    /// Inserts many rows with few statements, of one text as far as they are full.
    pub(crate) async fn insert_all(&self, table: &str, columns: &[&str], rows: Vec<Vec<Value>>) -> Result<()> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<_> = rows.by_ref().take((PARAMETERS / columns.len()).max(1)).collect();
            let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
            for row in 0..chunk.len() {
                let numbers: Vec<_> =
                    (1..=columns.len()).map(|column| format!("${}", row * columns.len() + column)).collect();
                sql.push_str(if row == 0 { "(" } else { ", (" });
                sql.push_str(&numbers.join(", "));
                sql.push(')');
            }
            self.execute(&sql, chunk.into_iter().flatten()).await?;
        }
        Ok(())
    }

    /// The next ids of a table, ascending, for rows that name each other before they are written. Nobody else gets them;
    /// on SQLite this holds until the transaction ends, so the rows must be written in it.
    pub(crate) async fn reserve(&self, table: &str, count: usize) -> Result<Vec<i64>> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        if !self.is_sqlite() {
            let sql = "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)";
            let mut ids: Vec<i64> =
                self.all::<Scalar>(sql, [table.into(), count.into()]).await?.into_iter().map(|id| id.0).collect();
            ids.sort_unstable();
            return Ok(ids);
        }
        let last: Option<Scalar> = self.one("SELECT seq FROM sqlite_sequence WHERE name = $1", [table.into()]).await?;
        let last = last.map_or(0, |last| last.0);
        Ok((last + 1..=last + count).collect())
    }

    /// Makes transactions that name the same `what` wait for each other. SQLite's writers do so anyway.
    pub(crate) async fn serialise(&self, what: &str) -> Result<()> {
        if self.tx.get_database_backend() == DbBackend::Postgres {
            self.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [what.into()]).await?;
        }
        Ok(())
    }

    /// Sends a signal when the transaction is committed, and only then.
    pub(crate) fn signal(&self, signal: Signal) {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner).push(signal);
    }

    pub(crate) async fn commit(self) -> Result<()> {
        let signals = std::mem::take(&mut *self.signals.lock().unwrap_or_else(PoisonError::into_inner));
        if self.tx.get_database_backend() == DbBackend::Postgres {
            // The database sends them exactly when it commits, to this process too.
            for some in signals.chunks(SIGNALS_PER_NOTIFICATION) {
                self.execute(NOTIFY, [CHANNEL.into(), payload(some)?.into()]).await?;
            }
            return self.tx.commit().await.or_fault();
        }
        self.tx.commit().await.or_fault()?;
        signals.into_iter().for_each(|signal| self.hub.take(signal));
        Ok(())
    }
}

/// Whether a connection that comes back to its pool sits in no transaction; one that may is closed. After a full disk SQLite
/// rolls back by itself, the driver's `ROLLBACK` is refused and it goes on counting a transaction: every later one would
/// be a savepoint in it, answered as committed and kept by nobody. The ping waits for the rollback that dropping a
/// transaction only begins.
async fn may_be_used_again<C: Connection>(connection: &mut C) -> Result<bool, sqlx::Error> {
    match tokio::time::timeout(RELEASE_TIME, connection.ping()).await {
        Ok(answer) => answer.map(|()| !connection.is_in_transaction()),
        Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}

fn sqlite(url: &str, file: Option<PathBuf>, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(if file.is_some() { "sqlite://pindesk.db" } else { url });
    options
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_pool_opts(|pool| pool.after_release(|connection, _| Box::pin(may_be_used_again(connection))))
        .map_sqlx_sqlite_opts(move |options| {
            let options = match &file {
                Some(file) => options.filename(file),
                None => options,
            };
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // Safe against a crash of the program; after a power cut the last moments may be missing, never torn.
                .synchronous(SqliteSynchronous::Normal)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
                .statement_cache_capacity(256)
        });
    options
}

/// A database's address for a message: what stands between `//` and `@` may be a password.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => url.to_owned(),
    }
}

/// One column of one row, for counts and the like.
pub(crate) struct Scalar(pub(crate) i64);

impl FromQueryResult for Scalar {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        row.try_get_by_index(0).map(Self)
    }
}
