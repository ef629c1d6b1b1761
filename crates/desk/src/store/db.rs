//! Connections and transactions on SQLite and PostgreSQL.
//!
//! SQLite has one writer: a pool of one connection that begins every transaction as `BEGIN IMMEDIATE`, so a
//! transaction that reads and then writes never finds the database busy; readers have connections of their own.
//! Statements are written once with `$1` placeholders, which both databases read.
//!
//! Every call of the database goes through here: what fails becomes one of two errors ([`crate::store::fault`]) and is remembered
//! ([`Health`]), nothing waits for ever, and no text with a null character gets as far as a database.

mod connect;
mod durable;
mod hot;
pub(crate) mod load;
mod look;
mod pools;
pub(crate) mod snapshot;
mod sql;
mod tx;

use std::{
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use domain::{Error, Result, UserId};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _, ExecResult,
    QueryResult, QuerySelect as _, SqliteTransactionMode, Statement, StatementBuilder, TransactionOptions,
    TransactionTrait, Value,
    sea_query::{Expr, ExprTrait as _, Func, Query, SelectStatement},
    sqlx::PgPool,
};
use tokio::sync::Semaphore;
use tracing::{Instrument as _, trace};

use self::{connect::Lost, durable::Durable, sql::Ignored};
pub use self::{connect::without_password, pools::Connections};
pub(crate) use self::{
    hot::Hot,
    sql::{Scalar, Sql},
    tx::Tx,
};
use crate::{
    DeskConfig, OpenError,
    store::{
        entities::{Users, users},
        fault::{self, OrRefuse, Trouble},
        health::Health,
        hot::Pool,
        signal::Signal,
        tally::Tally,
    },
};

/// A place in PostgreSQL's space of advisory locks, for migrations.
const MIGRATION_LOCK: i64 = 0x5049_4E44;
/// The target under which each statement's text is traced; a test reads them there and looks at their plans.
const SQL: &str = "desk::sql";
/// A statement that takes longer was not worth waiting for; the database may not answer at all.
const STATEMENT_TIME: Duration = Duration::from_secs(15);
/// How long beginning a transaction may take when nobody waits for it any more.
const BEGIN_TIME: Duration = Duration::from_secs(60);
/// How long a write waits for another process that writes into the same SQLite file.
const BUSY_TIME: Duration = Duration::from_secs(5);
/// How long a start waits for another one that brings the database to this version.
const MIGRATION_TIME: Duration = Duration::from_secs(60);
/// How long one statement of a start may take that indexes what is there: of some million documents it takes hours.
const INDEX_TIME: Duration = Duration::from_secs(6 * 3600);
/// How long a request waits for what it writes by the way.
const BY_THE_WAY_TIME: Duration = Duration::from_millis(500);
/// How long a request waits to write what it can do without.
const SOON: Duration = Duration::from_secs(1);
/// So many such writes may be under way.
const BY_THE_WAY: usize = 8;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    /// On SQLite. First, so that it is closed first: the last one to close the file tidies it up, and must be able to write.
    hot: Option<Arc<Pool>>,
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// On SQLite, where it has a log.
    durable: Option<Arc<Durable>>,
    hears: Arc<dyn Fn(Signal) + Send + Sync>,
    health: Arc<Health>,
    lost: Arc<Lost>,
    by_the_way: Arc<Semaphore>,
    newest_event: Arc<AtomicI64>,
    tally: Arc<Tally>,
}

impl Db {
    /// Connects. On SQLite, where there is one process, `hears` is told each signal.
    pub(crate) async fn open(
        config: &DeskConfig,
        health: &Arc<Health>,
        hears: Arc<dyn Fn(Signal) + Send + Sync>,
    ) -> Result<Self, OpenError> {
        let url = url(config);
        let failed = |cause| cannot_open(&url, &cause);
        let lost = Arc::new(Lost::default());
        let (hot, read, write, durable) = if url.starts_with("sqlite:") {
            if url.contains(":memory:") || url.contains("mode=memory") {
                return Err(OpenError(
                    "a database in memory would be another one for each connection: name a file".into(),
                ));
            }
            let file = config.database_url.is_none().then(|| config.data_dir.join("pindesk.db"));
            let path = connect::sqlite_file(&url, file.clone()).map_err(failed)?;
            // Looking changes the file, so not where nothing may be written.
            let durable = (!url.contains("mode=ro")).then(|| Durable::of(&path)).flatten();
            let syncs = durable.is_none();
            let sqlite = |connections| connect::sqlite(&url, file.clone(), connections, BUSY_TIME, syncs);
            let write = Database::connect(sqlite(1)).await.map_err(failed)?;
            let readers = std::thread::available_parallelism().map_or(4, |cores| cores.get().clamp(2, 16) as u32);
            let hot = Some(Arc::new(Pool::new(&path, readers as usize)));
            (hot, Database::connect(sqlite(readers)).await.map_err(failed)?, write, durable.map(Arc::new))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = connect::postgres(&url, config.database_connections, &lost);
            let both = Database::connect(options).await.map_err(failed)?;
            (None, both.clone(), both, None)
        } else {
            return Err(OpenError(format!(
                "cannot open the database ({}): give PINDESK_DATABASE_URL as sqlite://… or postgres://…",
                without_password(&url)
            )));
        };
        Ok(Self {
            hot,
            read,
            write,
            durable,
            hears,
            health: Arc::clone(health),
            lost,
            by_the_way: Arc::new(Semaphore::new(BY_THE_WAY)),
            newest_event: Arc::default(),
            tally: Arc::default(),
        })
    }

    /// Brings the database to this version, in one transaction, so that processes that start together do it one after the
    /// other, and all or nothing: what the caller still makes of what is there goes in before it is committed.
    pub(crate) async fn migrate(&self, config: &DeskConfig) -> Result<Tx, OpenError> {
        let failed = |cause| cannot_open(&url(config), &cause);
        let start = std::time::Instant::now();
        let tx = loop {
            match self.begin_raw().await {
                Err(cause)
                    if Trouble::of_database(&cause) == Some(Trouble::Busy) && start.elapsed() < MIGRATION_TIME => {}
                other => break other.map_err(failed)?,
            }
        };
        if !self.is_sqlite() {
            let lock = self.statement("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK.into()]);
            tx.execute_raw(lock).await.map_err(failed)?;
        }
        Migrator::up(&tx, None).await.map_err(failed)?;
        Ok(Tx::new(self, tx).with_time_for(INDEX_TIME))
    }

    /// Whether the desk is in use.
    pub(crate) async fn has_people(&self) -> Result<bool, OpenError> {
        let anybody = Users::find().select_only().column(users::Column::Id);
        let someone = anybody.into_tuple::<UserId>().one(self).await.or_refuse();
        someone.map(|id| id.is_some()).map_err(|_| OpenError("cannot read the database; the log says why".to_owned()))
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

    /// Ids as one parameter.
    pub(crate) fn ids(ids: impl IntoIterator<Item = i64>) -> Value {
        let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
        format!("[{}]", ids.join(",")).into()
    }

    /// Ids as the rows of a subquery with one parameter: one statement, however many they are.
    pub(crate) fn rows_of(&self, ids: impl IntoIterator<Item = i64>) -> SelectStatement {
        let (ids, value) = (Expr::val(Self::ids(ids)), Expr::col("value"));
        let (function, ids, id) = if self.is_sqlite() {
            ("json_each", ids, value)
        } else {
            ("json_array_elements_text", ids.cast_as("JSON"), value.cast_as("BIGINT"))
        };
        Query::select().expr(id).from_function(Func::cust(function).arg(ids), "ids").take()
    }

    #[expect(clippy::disallowed_methods, reason = "`Sql`, with a limit of its own for its time")]
    fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.write.get_database_backend(), sql, values)
    }

    /// Begins a transaction that may write. Dropping it rolls back.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        // What is left of it must not get worse.
        if self.health.database.trouble() == Some(Trouble::Damaged) {
            return Err(Error::Unavailable);
        }
        let begun = self.timed(self.again(|| self.begin_raw())).await;
        Ok(Tx::new(self, self.noted(begun).or_refuse()?))
    }

    /// As [`Db::begin`], for who can do without: soon, or not at all.
    pub(crate) async fn begin_soon(&self) -> Result<Tx> {
        tokio::time::timeout(SOON, self.begin()).await.unwrap_or(Err(Error::Unavailable))
    }

    /// In a task of its own: one that is broken off between `BEGIN` and its answer leaves PostgreSQL's driver with a
    /// connection in a transaction that it does not know of. So whoever waits goes away sooner than the task, and what it
    /// begins for nobody is rolled back. Only a server that is silent for much longer costs a connection that is given up.
    async fn begin_raw(&self) -> Result<DatabaseTransaction, DbErr> {
        let (write, options) = (self.write.clone(), self.writing());
        let begin = async move { within(BEGIN_TIME, write.begin_with_options(options)).await };
        let begun = tokio::spawn(begin.in_current_span());
        let broken = |_| Err(DbErr::Custom("a transaction could not be begun".to_owned()));
        within(STATEMENT_TIME, async { begun.await.unwrap_or_else(broken) }).await
    }

    /// Does something that has done nothing when its connection was lost, and then once more on another one. Those that
    /// were idle are tested from then on.
    async fn again<T, F: Future<Output = Result<T, DbErr>>>(&self, deed: impl Fn() -> F) -> Result<T, DbErr> {
        let answer = deed().await;
        if self.is_sqlite() || !answer.as_ref().is_err_and(fault::is_lost) {
            return answer;
        }
        self.lost.note();
        deed().await
    }

    fn noted<T>(&self, answer: Result<T, DbErr>) -> Result<T, DbErr> {
        answer.inspect_err(|cause| fault::note(cause, &self.health.database))
    }

    /// Asks outside a transaction; `none` is the answer to a query that looks for a text which is in no row, because no text
    /// with a null character gets into one.
    async fn ask<T, F: Future<Output = Result<T, DbErr>>>(
        &self,
        statement: Statement,
        none: T,
        ask: impl Fn(Statement) -> F,
    ) -> Result<T, DbErr> {
        trace!(target: SQL, "{}", statement.sql);
        // What returns rows may write them first.
        if !is_query(&statement) {
            return Err(DbErr::Custom(NEEDS_TRANSACTION.to_owned()));
        }
        if has_null(&statement) {
            return Ok(none);
        }
        let answer = self.again(|| within(STATEMENT_TIME, ask(statement.clone()))).await;
        // SQLite reads while somebody else holds its writer: that it answers tells nothing of it.
        if answer.is_ok() && !self.is_sqlite() {
            self.health.database.answers();
        }
        self.noted(answer)
    }

    /// The pool, if this is PostgreSQL.
    pub(crate) fn postgres(&self) -> Option<PgPool> {
        (!self.is_sqlite()).then(|| self.write.get_postgres_connection_pool().clone())
    }

    /// Sends a signal that belongs to no transaction.
    pub(crate) async fn signal(&self, signal: Signal) -> Result<()> {
        if self.is_sqlite() {
            (self.hears)(signal);
            return Ok(());
        }
        // It comes back to this process as well, in the order in which all of them hear it.
        let tx = self.begin().await?;
        tx.signal(signal);
        tx.commit().await
    }

    /// One statement that writes, in a transaction of its own; the number of rows it changed.
    pub(crate) async fn write(&self, statement: &impl StatementBuilder) -> Result<u64> {
        let tx = self.begin().await?;
        let changed = tx.execute(statement).await.or_refuse()?.rows_affected();
        tx.commit().await?;
        Ok(changed)
    }

    /// Writes what reading leaves behind and what may be missed: when the database cannot be written to, or somebody else
    /// is writing, whoever reads neither fails nor waits for it.
    pub(crate) async fn by_the_way(&self, statements: Vec<Statement>) {
        let is_alone = self.by_the_way.available_permits() == BY_THE_WAY;
        let Ok(permit) = Arc::clone(&self.by_the_way).try_acquire_owned() else { return };
        let db = self.clone();
        let write = async move {
            let _permit = permit;
            let tx = db.begin().await?;
            if !db.is_sqlite() {
                // Who waits for a row holds a connection that somebody else needs.
                let millis = BY_THE_WAY_TIME.as_millis().to_string();
                tx.sql_all::<Ignored>("SELECT set_config('lock_timeout', $1, true)", [millis.into()]).await?;
            }
            for statement in statements {
                tx.execute_raw(statement).await.or_refuse()?;
            }
            tx.commit().await
        };
        let write = tokio::spawn(write.in_current_span());
        // Mostly it is done by then, and what is read next knows of it. Where one waits already, no other has to.
        if is_alone {
            let _ = tokio::time::timeout(BY_THE_WAY_TIME, write).await;
        }
    }
}

/// The database's address.
fn url(config: &DeskConfig) -> String {
    let file = || format!("sqlite://{}", config.data_dir.join("pindesk.db").display());
    config.database_url.clone().unwrap_or_else(file)
}

/// What a start says that fails at the database: the cause, and what to do.
fn cannot_open(url: &str, cause: &DbErr) -> OpenError {
    let advice = match Trouble::of_database(cause) {
        Some(trouble @ (Trouble::Full | Trouble::Disk | Trouble::Damaged | Trouble::OpenFiles | Trouble::Busy)) => {
            trouble.sentence()
        }
        Some(Trouble::ReadOnly) => {
            "It is read-only: make it and its folder writable for the user that Pindesk runs as.".to_owned()
        }
        _ if url.starts_with("sqlite:") => {
            "Check PINDESK_DATABASE_URL and PINDESK_DATA_DIR, the permissions, and whether there is room on the disk."
                .to_owned()
        }
        _ => "Check PINDESK_DATABASE_URL, and whether the server runs.".to_owned(),
    };
    OpenError(format!("cannot open the database ({}): {cause}. {advice}", without_password(url)))
}

/// Reading, on the pool. What writes needs a transaction.
#[async_trait::async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom(NEEDS_TRANSACTION.to_owned()))
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom(NEEDS_TRANSACTION.to_owned()))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.ask(statement, None, |statement| self.read.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.ask(statement, Vec::new(), |statement| self.read.query_all_raw(statement)).await
    }
}

const NEEDS_TRANSACTION: &str = "what writes needs a transaction";

/// Whether it only looks for something: what has a null character in it is in no row.
fn is_query(statement: &Statement) -> bool {
    ["SELECT", "WITH"].iter().any(|begin| statement.sql.starts_with(begin))
}

/// Whether a text has a null character in it, which PostgreSQL does not keep and SQLite should not.
fn has_null(statement: &Statement) -> bool {
    let values = statement.values.as_ref().map_or(&[][..], |values| &values.0);
    values.iter().any(|value| matches!(value, Value::String(Some(text)) if text.contains('\0')))
}

async fn within<T>(time: Duration, deed: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    tokio::time::timeout(time, deed).await.unwrap_or_else(|_| Err(fault::late()))
}
