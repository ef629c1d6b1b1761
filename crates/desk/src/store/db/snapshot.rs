//! A database as it was at one moment, whatever is written meanwhile: one transaction that reads, on a connection of its own.
//! Its tables are looked up, because a backup may be made of a database that is not at this version.

use futures::{Stream, StreamExt as _};
use sea_orm::{
    AccessMode, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    Statement, StreamTrait as _, TransactionOptions, TransactionTrait as _, TryGetable, Value,
};

use super::{BUSY_TIME, cannot_open, connect, url};
use crate::{
    DeskConfig, OpenError,
    store::{
        archive::{Column, Table},
        raw::{backup as raw, ids},
    },
};

/// See the module.
pub(crate) struct Snapshot {
    tx: DatabaseTransaction,
    connection: DatabaseConnection,
    url: String,
}

/// A table and its primary key.
pub(crate) struct Shape {
    pub(crate) table: Table,
    key: Vec<String>,
}

/// A file that a row of the snapshot names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedFile {
    pub(crate) ticket: domain::TicketId,
    pub(crate) stored_name: String,
    pub(crate) size: i64,
    pub(crate) sha256: Option<String>,
}

/// A row of files, read.
type ReadFile = Box<dyn Fn(&str) -> Result<NamedFile, OpenError> + Send>;

impl NamedFile {
    /// How rows of this table are read, if they name files.
    pub(crate) fn reader(table: &Table) -> Option<ReadFile> {
        if table.name != "attachments" {
            return None;
        }
        let place = |name: &str| table.columns.iter().position(|column| column.name == name);
        let (ticket, stored_name, size, sha256) =
            (place("ticket_id")?, place("stored_name")?, place("size")?, place("sha256"));
        Some(Box::new(move |row| {
            let values: Vec<serde_json::Value> = serde_json::from_str(row)
                .map_err(|cause| OpenError(format!("a row of attachments cannot be read: {cause}")))?;
            let number = |at: usize| values.get(at).and_then(serde_json::Value::as_i64);
            let text = |at: usize| values.get(at).and_then(|value| value.as_str().map(ToOwned::to_owned));
            let file = || {
                Some(Self {
                    ticket: domain::TicketId(number(ticket)?),
                    stored_name: text(stored_name)?,
                    size: number(size)?,
                    sha256: sha256.and_then(text),
                })
            };
            file().ok_or_else(|| OpenError("a row of attachments is not what it should be".to_owned()))
        }))
    }
}

/// The file of an SQLite database; none on PostgreSQL.
pub(crate) fn sqlite_path(config: &DeskConfig) -> Result<Option<std::path::PathBuf>, OpenError> {
    let url = url(config);
    if !url.starts_with("sqlite:") {
        return Ok(None);
    }
    let file = config.database_url.is_none().then(|| config.data_dir.join("pindesk.db"));
    connect::sqlite_file(&url, file).map(Some).map_err(|cause| cannot_open(&url, &cause))
}

/// # Errors
/// There is no desk, as far as that can be told without asking a database.
pub(crate) fn require_desk(config: &DeskConfig) -> Result<(), OpenError> {
    match sqlite_path(config)? {
        Some(path) if !path.exists() => Err(OpenError(format!("there is no desk: {} is not there", path.display()))),
        _ => Ok(()),
    }
}

impl Snapshot {
    /// Begins. It makes no database where there is none.
    ///
    /// # Errors
    /// There is no desk in it, or it cannot be read.
    pub(crate) async fn begin(config: &DeskConfig) -> Result<Self, OpenError> {
        require_desk(config)?;
        let none =
            || OpenError(format!("there is no desk in the database ({})", super::without_password(&url(config))));
        Self::begin_if_any(config).await?.ok_or_else(none)
    }

    /// Begins, if there is a desk.
    pub(crate) async fn begin_if_any(config: &DeskConfig) -> Result<Option<Self>, OpenError> {
        let url = url(config);
        let failed = |cause: DbErr| cannot_open(&url, &cause);
        if require_desk(config).is_err() {
            return Ok(None);
        }
        let path = sqlite_path(config)?;
        let options = match &path {
            Some(path) => connect::sqlite(&url, Some(path.clone()), 1, BUSY_TIME, true),
            None => connect::postgres(&url, 1, &std::sync::Arc::default()),
        };
        let connection = Database::connect(options).await.map_err(failed)?;
        let options = match connection.get_database_backend() {
            DbBackend::Sqlite => TransactionOptions::default(),
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        let tx = connection.begin_with_options(options).await.map_err(failed)?;
        let snapshot = Self { tx, connection, url: url.clone() };
        // The first question begins it.
        let known: i64 = snapshot.one(raw::has_schema(snapshot.is_sqlite()), []).await?.unwrap_or_default();
        if known == 0 {
            snapshot.end().await;
            return Ok(None);
        }
        Ok(Some(snapshot))
    }

    /// On SQLite, writes a copy of the database as it is now into a file that is not there yet, and ends.
    pub(crate) async fn copy_to(self, file: &std::path::Path) -> Result<(), OpenError> {
        let copy = self.statement(raw::COPY, [file.display().to_string().into()]);
        let Self { tx, connection, url } = self;
        // It cannot be done in a transaction.
        let _ = tx.rollback().await;
        let cannot = |cause: &DbErr| cannot_open(&url, cause);
        connection.execute_raw(copy).await.map_err(|cause| cannot(&cause))?;
        connection.close().await.map_err(|cause| cannot(&cause))
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        ConnectionTrait::get_database_backend(&self.tx) == DbBackend::Sqlite
    }

    #[expect(clippy::disallowed_methods, reason = "as `Sql`, without a limit of time")]
    fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(ConnectionTrait::get_database_backend(&self.tx), sql, values)
    }

    async fn one<T: TryGetable>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>, OpenError> {
        let row = self.tx.query_one_raw(self.statement(sql, values)).await;
        let value = row.and_then(|row| row.map(|row| row.try_get_by_index(0)).transpose());
        value.map_err(|cause| self.failed(&cause))
    }

    /// A number that a query gives, 0 for none.
    pub(crate) async fn number(&self, sql: &str) -> Result<i64, OpenError> {
        Ok(self.one(sql, []).await?.unwrap_or_default())
    }

    fn failed(&self, cause: &DbErr) -> OpenError {
        let what = super::without_password(&self.url);
        match super::Trouble::of_database(cause) {
            Some(trouble) => OpenError(format!("cannot read the database ({what}): {cause}. {}", trouble.sentence())),
            None => OpenError(format!("cannot read the database ({what}): {cause}")),
        }
    }

    /// The migrations that the database has, in order.
    pub(crate) async fn schema(&self) -> Result<Vec<String>, OpenError> {
        let rows = self.tx.query_all_raw(self.statement(raw::SCHEMA, [])).await;
        let names = rows.and_then(|rows| rows.iter().map(|row| row.try_get_by_index(0)).collect());
        names.map_err(|cause| self.failed(&cause))
    }

    /// Whether nobody else has the desk open, as far as the database knows; nobody opens it then until this ends. On SQLite the
    /// folder knows.
    pub(crate) async fn is_alone(&self) -> Result<bool, OpenError> {
        if self.is_sqlite() {
            return Ok(true);
        }
        Ok(self.one::<Option<i32>>(raw::ALONE, [raw::IN_USE_LOCK.into()]).await?.flatten() == Some(1))
    }

    /// Whether the database is at this version.
    pub(crate) async fn is_current(&self) -> Result<bool, OpenError> {
        Ok(self.schema().await? == super::load::known_schema())
    }

    /// What is wrong with the database, in its own words; PostgreSQL looks after itself.
    pub(crate) async fn damage(&self) -> Result<Vec<String>, OpenError> {
        let mut words = self.damage_by(raw::INTEGRITY).await?;
        if !words.is_empty() || !self.is_sqlite() {
            return Ok(words);
        }
        let dangling = self.number(raw::DANGLING).await?;
        if dangling > 0 {
            words.push(format!("{dangling} rows name others that are not there"));
        }
        Ok(words)
    }

    /// The same, without whether indexes match their tables: every page is read once.
    pub(crate) async fn damage_at_a_glance(&self) -> Result<Vec<String>, OpenError> {
        self.damage_by(raw::QUICK).await
    }

    async fn damage_by(&self, sql: &str) -> Result<Vec<String>, OpenError> {
        if !self.is_sqlite() {
            return Ok(Vec::new());
        }
        let rows = self.tx.query_all_raw(self.statement(sql, [])).await;
        let words: Result<Vec<String>, _> =
            rows.and_then(|rows| rows.iter().map(|row| row.try_get_by_index(0)).collect());
        let mut words = match words {
            Err(cause) if super::Trouble::of_database(&cause) == Some(super::Trouble::Damaged) => {
                return Ok(vec![cause.to_string()]);
            }
            other => other.map_err(|cause| self.failed(&cause))?,
        };
        words.retain(|word| word != "ok");
        Ok(words)
    }

    /// The tables, with the last ids that they gave.
    pub(crate) async fn tables(&self) -> Result<Vec<Shape>, OpenError> {
        let rows = self.tx.query_all_raw(self.statement(raw::columns(self.is_sqlite()), [])).await;
        let rows = rows.map_err(|cause| self.failed(&cause))?;
        let mut shapes: Vec<Shape> = Vec::new();
        let mut places: Vec<(i64, String)> = Vec::new();
        for row in rows {
            let read = || -> Result<(String, String, String, i64), DbErr> {
                let place = match self.is_sqlite() {
                    true => i64::from(row.try_get_by_index::<i32>(3)?),
                    false => row.try_get_by_index(3)?,
                };
                Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?, place))
            };
            let (table, name, of_type, place) = read().map_err(|cause| self.failed(&cause))?;
            if !raw::is_ours(&table) {
                continue;
            }
            let kind = raw::kind(&of_type).ok_or_else(|| {
                OpenError(format!("the column {table}.{name} is of a kind ({of_type}) that is not ours"))
            })?;
            if shapes.last().is_none_or(|last| last.table.name != table) {
                places.clear();
                let table = Table { name: table, columns: Vec::new(), rows: 0, last_id: None, parts: 0 };
                shapes.push(Shape { table, key: Vec::new() });
            }
            let Some(shape) = shapes.last_mut() else { continue };
            if place > 0 {
                places.push((place, name.clone()));
                places.sort();
                shape.key = places.iter().map(|(_, name)| name.clone()).collect();
            }
            shape.table.columns.push(Column { name, kind });
        }
        for shape in &mut shapes {
            let has_id = shape.key == ["id"];
            let sql = if self.is_sqlite() { ids::LAST } else { raw::LAST_ID };
            let ids = has_id.then(|| self.one::<Option<i64>>(sql, [shape.table.name.as_str().into()]));
            shape.table.last_id = match ids {
                Some(last) => last.await?.flatten(),
                None => None,
            };
        }
        Ok(shapes)
    }

    /// The rows of a table, each as a JSON array on one line.
    pub(crate) async fn rows(
        &self,
        shape: &Shape,
    ) -> Result<impl Stream<Item = Result<String, OpenError>> + Send + '_, OpenError> {
        let sql = raw::rows(self.is_sqlite(), &shape.table.name, &shape.table.columns, &shape.key);
        let rows = self.tx.stream_raw(self.statement(&sql, [])).await.map_err(|cause| self.failed(&cause))?;
        Ok(rows.map(|row| row.and_then(|row| row.try_get_by_index(0)).map_err(|cause| self.failed(&cause))))
    }

    /// Ends it, and the connection with it.
    pub(crate) async fn end(self) {
        // It wrote nothing that could be lost.
        let _ = self.tx.rollback().await;
        let _ = self.connection.close().await;
    }
}
