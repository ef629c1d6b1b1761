//! What is asked for at every request.

use domain::Result;
use sea_orm::{Statement, StatementBuilder, Value};
use tracing::trace;

use super::{Db, SQL, Sql, Tx, has_null};
use crate::store::hot::HotRow;

/// Queries that are asked for often, and find little by an index.
pub(crate) trait Hot: Sql {
    /// The rows. Outside a transaction, SQLite is read on the thread that asks ([`crate::store::hot`]).
    fn hot<T: HotRow>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send;

    /// The rows of a query that was built.
    fn hot_built<T: HotRow>(&self, query: &impl StatementBuilder) -> impl Future<Output = Result<Vec<T>>> + Send {
        let Statement { sql, values, .. } = self.get_database_backend().build(query);
        async move { self.hot(&sql, values.map_or_else(Vec::new, |values| values.0)).await }
    }

    /// The first row.
    fn hot_one<T: HotRow>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        let rows = self.hot(sql, values);
        async move { Ok(rows.await?.into_iter().next()) }
    }
}

impl Hot for Db {
    fn hot<T: HotRow>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        let statement = self.statement(sql, values);
        async move {
            let values = statement.values.as_ref().map_or(&[][..], |values| &values.0);
            if let Some(pool) = self.hot.as_ref().filter(|_| !has_null(&statement)) {
                match pool.read(&statement.sql, values) {
                    Ok(rows) => {
                        trace!(target: SQL, "{}", statement.sql);
                        return Ok(rows);
                    }
                    // What fails there too is logged there.
                    Err(cause) => tracing::debug!(%cause, "a read was not answered at once; it takes the usual road"),
                }
            }
            self.sql_all(&statement.sql, values.iter().cloned()).await
        }
    }
}

impl Hot for Tx {
    fn hot<T: HotRow>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        self.sql_all(sql, values)
    }
}
