//! A transaction that may write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use domain::{Error, EventId, Result};
use parking_lot::Mutex;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityName, EntityTrait, ExecResult,
    Iterable as _, QueryResult, Statement, Value,
    sea_query::{OnConflict, SelectStatement},
};
use tracing::{Instrument as _, trace};

use super::{Db, Hot as _, SQL, STATEMENT_TIME, Scalar, Sql as _, has_null, is_query, within};
use crate::store::{
    fault::{self, OrRefuse as _, internal},
    files::guard::Guard,
    hot::HotRow,
    ledger::{self, Entry},
    raw::ids,
    signal::{CHANNEL, Signal},
    tally::Tally,
};

/// Parameters of one statement that inserts many rows; SQLite takes 32,766, PostgreSQL 65,535.
const PARAMETERS: usize = 2000;
/// In the order of the list.
const LOCK_EACH: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended(value, 0)) FROM json_array_elements_text(CAST($1 AS JSON))";
const NOTIFY: &str = "SELECT pg_notify($1, $2)";
/// Far below the 8000 bytes that a notification may have.
const SIGNALS_PER_NOTIFICATION: usize = 30;

fn payload(signals: &[Signal]) -> Result<String> {
    serde_json::to_string(signals).map_err(|_| internal("signals could not be written as JSON"))
}

/// A transaction that may write. It holds the one connection that its request has: whoever asks the [`Db`] for something
/// meanwhile waits for a second one, and many at once wait for each other.
pub(crate) struct Tx {
    pub(super) tx: DatabaseTransaction,
    pub(super) db: Db,
    /// They go out with the commit.
    signals: Mutex<Vec<Signal>>,
    /// What goes into the ledger; written with the commit.
    entries: Mutex<Vec<Entry>>,
    /// Files whose rows it writes; deleted when it is not committed.
    files: Mutex<Vec<Guard>>,
    /// The newest event that it wrote; there or not, it tells whether it was committed.
    event: AtomicI64,
    /// A statement failed. SQLite may have rolled back what came before it, and PostgreSQL answers a commit after it as it
    /// answers any other.
    is_broken: AtomicBool,
    statement_time: Duration,
}

impl Tx {
    pub(super) fn new(db: &Db, tx: DatabaseTransaction) -> Self {
        Self {
            tx,
            db: db.clone(),
            signals: Mutex::default(),
            entries: Mutex::default(),
            files: Mutex::default(),
            event: AtomicI64::new(0),
            is_broken: AtomicBool::new(false),
            statement_time: STATEMENT_TIME,
        }
    }

    pub(super) fn with_time_for(mut self, statement: Duration) -> Self {
        self.statement_time = statement;
        self
    }

    async fn run<T>(&self, deed: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        within(self.statement_time, deed).await.inspect_err(|cause| {
            self.is_broken.store(true, Ordering::Relaxed);
            if fault::is_lost(cause) {
                self.db.lost.note();
            }
            fault::note(cause, &self.db.health.database);
        })
    }

    /// What happened since the process started.
    pub(crate) fn tally(&self) -> Arc<Tally> {
        Arc::clone(self.db.tally())
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.tx.get_database_backend() == DbBackend::Sqlite
    }

    /// Inserts many rows with few statements, of one text as far as they are full. Every row sets the same columns.
    pub(crate) async fn insert_many<A: ActiveModelTrait>(&self, rows: impl IntoIterator<Item = A>) -> Result<()> {
        self.insert(rows, None).await
    }

    /// As [`Tx::insert_many`], where some rows may be there already; `over` says what becomes of those.
    pub(crate) async fn insert_many_over<A: ActiveModelTrait>(
        &self,
        rows: impl IntoIterator<Item = A>,
        over: &OnConflict,
    ) -> Result<()> {
        self.insert(rows, Some(over)).await
    }

    async fn insert<A: ActiveModelTrait>(
        &self,
        rows: impl IntoIterator<Item = A>,
        over: Option<&OnConflict>,
    ) -> Result<()> {
        let at_once = PARAMETERS / <A::Entity as EntityTrait>::Column::iter().count().max(1);
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut chunk = A::Entity::insert_many(rows.by_ref().take(at_once.max(1)));
            if let Some(over) = over {
                chunk = chunk.on_conflict(over.clone());
            }
            chunk.exec_without_returning(self).await.or_refuse()?;
        }
        Ok(())
    }

    /// Ids as the rows of a subquery ([`Db::rows_of`]).
    pub(crate) fn rows_of(&self, ids: impl IntoIterator<Item = i64>) -> SelectStatement {
        self.db.rows_of(ids)
    }

    /// The next ids of a table, ascending, for rows that name each other before they are written. Nobody else gets them;
    /// on SQLite this holds until the transaction ends, so the rows must be written in it.
    pub(crate) async fn reserve<Id>(&self, table: impl EntityName, id: fn(i64) -> Id, count: usize) -> Result<Vec<Id>> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let table = table.table_name();
        if !self.is_sqlite() {
            let rows: Vec<Scalar> = self.sql_all(ids::NEXT, [table.into(), count.into()]).await?;
            let mut ids: Vec<i64> = rows.into_iter().map(|id| id.0).collect();
            ids.sort_unstable();
            return Ok(ids.into_iter().map(id).collect());
        }
        let last: Option<Scalar> = self.sql_one(ids::LAST, [table.into()]).await?;
        let last = last.map_or(0, |last| last.0);
        Ok((last + 1..=last + count).map(id).collect())
    }

    /// On SQLite, what was there before, of what this transaction does not write itself. There is one writer, so nobody else
    /// writes it either: it is read on the thread that asks, or by a reader, neither of which waits for the writer.
    pub(crate) async fn before<T: HotRow>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Vec<T>>> {
        if self.is_sqlite() { self.db.hot(sql, values).await.map(Some) } else { Ok(None) }
    }

    /// Makes transactions that name the same `what` wait for each other. SQLite's writers do so anyway.
    pub(crate) async fn serialise(&self, what: &str) -> Result<()> {
        if self.tx.get_database_backend() == DbBackend::Postgres {
            self.sql_run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [what.into()]).await?;
        }
        Ok(())
    }

    /// As [`Tx::serialise`] for each of them, in their order: whoever names several names them in one order, or two may
    /// wait for each other.
    pub(crate) async fn serialise_each(&self, what: &[String]) -> Result<()> {
        if self.is_sqlite() {
            return Ok(());
        }
        let names = serde_json::to_string(what).map_err(|_| internal("names could not be written as JSON"))?;
        self.sql_run(LOCK_EACH, [names.into()]).await?;
        Ok(())
    }

    /// Sends a signal when the transaction is committed, and only then.
    pub(crate) fn signal(&self, signal: Signal) {
        self.signals.lock().push(signal);
    }

    /// Writes an entry of the ledger when the transaction is committed, last of all: until it ends nobody else adds any, so
    /// nobody who does waits for something else.
    pub(crate) fn note(&self, entry: Entry) {
        self.entries.lock().push(entry);
    }

    /// Keeps a file if the transaction is committed, and deletes it if not.
    pub(crate) fn keep_file(&self, file: Guard) {
        self.files.lock().push(file);
    }

    /// Notes an event that it wrote.
    pub(crate) fn wrote(&self, event: EventId) {
        self.event.fetch_max(event.0, Ordering::Relaxed);
    }

    /// Commits. Once begun it goes through, whether somebody waits for it or not: what is committed when a client goes away
    /// has its files and its signals.
    ///
    /// # Errors
    /// Nothing is kept then, as far as can be found out. When the database's answer is lost, the newest event tells.
    pub(crate) async fn commit(self) -> Result<()> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(internal("a transaction in which a statement failed was about to be committed"));
        }
        let committed = tokio::spawn(self.finish().in_current_span()).await;
        committed.unwrap_or_else(|_| Err(internal("a commit was broken off")))
    }

    async fn finish(self) -> Result<()> {
        let is_sqlite = self.is_sqlite();
        let entries = std::mem::take(&mut *self.entries.lock());
        ledger::append(&self, entries).await?;
        let signals = std::mem::take(&mut *self.signals.lock());
        if !is_sqlite {
            // The database sends them exactly when it commits, to this process too.
            for some in signals.chunks(SIGNALS_PER_NOTIFICATION) {
                self.sql_run(NOTIFY, [CHANNEL.into(), payload(some)?.into()]).await?;
            }
        }
        // From here on the rows may be there, and a row never lacks its file: what turns out to have none is swept away.
        let files = std::mem::take(&mut *self.files.lock());
        let files: Vec<_> = files.into_iter().filter_map(Guard::release).collect();
        let Self { tx, db, event, statement_time, .. } = self;
        let event = event.into_inner();
        if let Err(cause) = within(statement_time, tx.commit()).await {
            fault::note(&cause, &db.health.database);
            if fault::is_refusal(&cause) {
                for file in files {
                    file.delete().await;
                }
                return Err(cause).or_refuse();
            }
            let trouble = fault::Trouble::of_database(&cause).map(fault::Trouble::word);
            tracing::error!(%cause, trouble, "the database did not say whether it committed");
            db.lost.note();
            if is_sqlite || !is_there(&db, event).await {
                return Err(Error::Unavailable);
            }
            tracing::info!("it was committed all the same: only the answer was lost");
        }
        let kept = match &db.durable {
            Some(durable) => within(statement_time, durable.wait(&db.write, &db.health.database)).await,
            None => Ok(()),
        };
        // Whoever reads sees it, so they are told also where it may not stay.
        if is_sqlite {
            signals.into_iter().for_each(|signal| (db.hears)(signal));
        }
        db.noted(kept).map_err(|cause| {
            tracing::error!(%cause, "what was committed may not be on the disk");
            Error::Unavailable
        })?;
        db.newest_event.fetch_max(event, Ordering::Relaxed);
        db.health.database.works();
        Ok(())
    }
}

/// What is asked, and what is done.
#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.tx.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        trace!(target: SQL, "{}", statement.sql);
        if has_null(&statement) {
            return Err(fault::null_character());
        }
        self.run(self.tx.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(self.tx.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        trace!(target: SQL, "{}", statement.sql);
        if has_null(&statement) {
            return if is_query(&statement) { Ok(None) } else { Err(fault::null_character()) };
        }
        self.run(self.tx.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        trace!(target: SQL, "{}", statement.sql);
        if has_null(&statement) {
            return if is_query(&statement) { Ok(Vec::new()) } else { Err(fault::null_character()) };
        }
        self.run(self.tx.query_all_raw(statement)).await
    }
}

/// Whether an event is there, asked on another connection. Of a transaction without one nobody can tell. Not on SQLite,
/// where another transaction may get the number that this one did not use.
async fn is_there(db: &Db, event: i64) -> bool {
    let found = db.sql_one::<Scalar>("SELECT id FROM events WHERE id = $1", [event.into()]).await;
    event > 0 && matches!(found, Ok(Some(_)))
}
