//! Puts the tables of a backup into a database that has none, in one transaction that also brings them to this version.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DbErr, QueryResult, Statement, TryGetable, Value};

use super::{Db, INDEX_TIME, MIGRATION_LOCK, Scalar, Sql as _, Tx, cannot_open, url};
use crate::{
    DeskConfig, OpenError,
    store::{
        archive::{Archive, Manifest, Table},
        raw::{backup as raw, ids},
    },
};

/// Bytes of rows that one statement writes.
const AT_ONCE: usize = 1 << 20;

/// The migrations of this version, in order.
pub(crate) fn known_schema() -> Vec<String> {
    Migrator::migrations().iter().map(|step| step.name().to_owned()).collect()
}

/// How many migrations a backup's tables have had.
///
/// # Errors
/// It is of a later version than this one, or of none that was released: both names are in the sentence.
pub(crate) fn steps(manifest: &Manifest) -> Result<u32, OpenError> {
    let known = known_schema();
    let is_ours = known.len() >= manifest.schema.len() && known.starts_with(&manifest.schema);
    if is_ours {
        return Ok(u32::try_from(manifest.schema.len()).unwrap_or(u32::MAX));
    }
    Err(OpenError(format!(
        "it was made by Pindesk {}, whose database is at {}; this is Pindesk {}, which knows it up to {}. Restore it with that \
         version or a later one",
        manifest.version,
        manifest.schema(),
        env!("CARGO_PKG_VERSION"),
        known.last().map_or("none", String::as_str)
    )))
}

/// The last ids that were given, by their tables.
pub(crate) type LastIds = BTreeMap<String, i64>;

impl Db {
    /// The last id that a table gave; 0 for none.
    pub(crate) async fn last_id(&self, table: &str) -> domain::Result<i64> {
        let sql = if self.is_sqlite() { ids::LAST } else { raw::LAST_ID };
        Ok(self.sql_one::<Scalar>(sql, [table.into()]).await?.map_or(0, |last| last.0))
    }

    /// The newest event that this process committed; 0 for none.
    pub(crate) fn newest_event(&self) -> i64 {
        self.newest_event.load(Ordering::Relaxed)
    }

    /// Begins a transaction whose statements may take hours.
    pub(crate) async fn begin_long(&self) -> domain::Result<Tx> {
        Ok(self.begin().await?.with_time_for(INDEX_TIME))
    }

    /// Begins to load: nobody else has the desk open, and nobody opens it until this is over.
    ///
    /// # Errors
    /// Somebody has.
    pub(crate) async fn begin_to_load(&self, config: &DeskConfig) -> Result<Tx, OpenError> {
        let failed = |cause: &DbErr| cannot_open(&url(config), cause);
        let tx = self.begin_raw().await.map_err(|cause| failed(&cause))?;
        let tx = Tx::new(self, tx).with_time_for(INDEX_TIME);
        if !self.is_sqlite() {
            let alone = one::<i32>(&tx, raw::ALONE, [raw::IN_USE_LOCK.into()]).await.map_err(|cause| failed(&cause))?;
            if alone != Some(1) {
                return Err(OpenError(
                    "Pindesk runs on this database. Stop it first, wherever it runs, and restore again.".to_owned(),
                ));
            }
            let lock = self.statement("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK.into()]);
            tx.execute_raw(lock).await.map_err(|cause| failed(&cause))?;
        }
        Ok(tx)
    }

    /// Closes it, for everybody who has it: SQLite tidies up what is beside its file.
    pub(crate) async fn close(self) -> Result<(), DbErr> {
        if let Some(hot) = self.hot {
            hot.close();
        }
        self.read.close().await?;
        if let Some(durable) = self.durable {
            drop(durable);
        }
        self.write.close().await
    }
}

fn statement(tx: &Tx, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    tx.db.statement(sql, values)
}

async fn one<T: TryGetable>(tx: &Tx, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<T>, DbErr> {
    let row = tx.query_one_raw(statement(tx, sql, values)).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

async fn all<T>(tx: &Tx, sql: &str, read: fn(&QueryResult) -> Result<T, DbErr>) -> Result<Vec<T>, DbErr> {
    tx.query_all_raw(statement(tx, sql, [])).await?.iter().map(read).collect()
}

impl Tx {
    /// On PostgreSQL, the tables that are there, of a desk or of others.
    pub(crate) async fn postgres_tables(&self) -> Result<Vec<String>, OpenError> {
        if self.is_sqlite() {
            return Ok(Vec::new());
        }
        all(self, raw::TABLES, |row| row.try_get_by_index(0)).await.map_err(|cause| cannot_load(&cause))
    }

    /// On PostgreSQL, moves tables into a new schema.
    pub(crate) async fn put_aside(&self, tables: &[String], schema: &str) -> Result<(), OpenError> {
        let moves = tables.iter().map(|table| raw::move_table(table, schema));
        for sql in std::iter::once(raw::make_schema(schema)).chain(moves) {
            self.execute_unprepared(&sql).await.map_err(|cause| cannot_load(&cause))?;
        }
        Ok(())
    }

    /// Makes the tables as the backup has them, fills them, and brings them to this version. Ids go on above those that were
    /// `seen`.
    pub(crate) async fn load(&self, archive: &Arc<Archive>, steps: u32, seen: &LastIds) -> Result<(), OpenError> {
        self.load_rows(archive, steps).await.map_err(|cause| match cause {
            Cannot::Read(cause) => OpenError(format!("cannot read the backup {}: {cause}", archive.path.display())),
            Cannot::Write(cause) => cannot_load(&cause),
            Cannot::Differ(words) => OpenError(format!("{} cannot be restored: {words}", archive.path.display())),
        })?;
        self.raise_ids(&archive.manifest, seen).await.map_err(|cause| cannot_load(&cause))
    }

    async fn load_rows(&self, archive: &Arc<Archive>, steps: u32) -> Result<(), Cannot> {
        Migrator::up(&self.tx, Some(steps)).await?;
        if self.is_sqlite() {
            self.execute_unprepared(raw::LATE_REFERENCES).await?;
        }
        let tables = self.in_order(&archive.manifest.tables).await?;
        // What the migrations wrote themselves.
        for table in tables.iter().rev() {
            self.execute_unprepared(&raw::clear(&table.name)).await?;
        }
        for table in tables {
            self.load_table(archive, table).await?;
        }
        Migrator::up(&self.tx, None).await?;
        Ok(())
    }

    async fn load_table(&self, archive: &Arc<Archive>, table: &Table) -> Result<(), Cannot> {
        let insert = raw::insert(self.is_sqlite(), &table.name, &table.columns);
        let mut written = 0;
        for number in 1..=table.parts {
            let (archive, name) = (Arc::clone(archive), table.name.clone());
            let part = tokio::task::spawn_blocking(move || archive.part(&name, number)).await;
            let part = part.unwrap_or_else(|cause| Err(std::io::Error::other(cause))).map_err(Cannot::Read)?;
            let mut rows = String::new();
            let mut lines = part.lines().peekable();
            while let Some(line) = lines.next() {
                rows.push(if rows.is_empty() { '[' } else { ',' });
                rows.push_str(line);
                if rows.len() >= AT_ONCE || lines.peek().is_none() {
                    rows.push(']');
                    let rows = std::mem::take(&mut rows);
                    written += self.execute_raw(statement(self, &insert, [rows.into()])).await?.rows_affected();
                }
            }
        }
        if written != table.rows {
            return Err(Cannot::Differ(format!("{} has {written} rows instead of {}", table.name, table.rows)));
        }
        Ok(())
    }

    /// The tables, each behind those that it names.
    async fn in_order<'a>(&self, tables: &'a [Table]) -> Result<Vec<&'a Table>, DbErr> {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        if !self.is_sqlite() {
            let read = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
            let references: Vec<(String, String)> = all(self, raw::REFERENCES, read).await?;
            for (table, other) in references.into_iter().filter(|(table, other)| table != other) {
                names.entry(table).or_default().insert(other);
            }
        }
        let (mut waiting, mut ordered): (Vec<&Table>, Vec<&Table>) = (tables.iter().collect(), Vec::new());
        while !waiting.is_empty() {
            let is_late = |table: &&Table| {
                let others = names.get(&table.name);
                others.is_some_and(|others| waiting.iter().any(|other| others.contains(&other.name)))
            };
            let (late, ready): (Vec<_>, Vec<_>) = waiting.iter().copied().partition(is_late);
            if ready.is_empty() {
                return Err(DbErr::Custom("its tables name each other in a circle".to_owned()));
            }
            ordered.extend(ready);
            waiting = late;
        }
        Ok(ordered)
    }

    /// Ids name folders and addresses, so none is given that was given before.
    async fn raise_ids(&self, manifest: &Manifest, seen: &LastIds) -> Result<(), DbErr> {
        for table in &manifest.tables {
            let Some(last) = table.last_id.or_else(|| seen.get(&table.name).copied()) else { continue };
            let highest: i64 = one(self, &raw::highest(&table.name), []).await?.unwrap_or_default();
            let last = last.max(highest).max(seen.get(&table.name).copied().unwrap_or_default());
            self.give_above(&table.name, last).await?;
        }
        Ok(())
    }

    /// The table gives ids above this one from now on.
    pub(crate) async fn give_above(&self, table: &str, last: i64) -> Result<(), DbErr> {
        if self.is_sqlite() {
            self.execute_raw(statement(self, raw::FORGET_SEQUENCE, [table.into()])).await?;
            self.execute_raw(statement(self, raw::SET_SEQUENCE, [table.into(), last.into()])).await?;
        } else {
            self.query_all_raw(statement(self, raw::SET_POSTGRES_SEQUENCE, [table.into(), last.into()])).await?;
        }
        Ok(())
    }
}

enum Cannot {
    Read(std::io::Error),
    Write(DbErr),
    Differ(String),
}

impl From<DbErr> for Cannot {
    fn from(cause: DbErr) -> Self {
        Self::Write(cause)
    }
}

fn cannot_load(cause: &DbErr) -> OpenError {
    let advice = super::Trouble::of_database(cause).map(|trouble| format!(". {}", trouble.sentence()));
    OpenError(format!("cannot write the database: {cause}{}", advice.unwrap_or_default()))
}
