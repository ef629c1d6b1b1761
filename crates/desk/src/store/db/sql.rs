//! Statements as text, on the pool and in a transaction alike.

use domain::{Error, Result};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, Value};
use serde::de::DeserializeOwned;

use crate::store::fault::OrRefuse as _;

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
/// Statements written as SQL, for what the query builder cannot say; on the pool and in a transaction alike. `$1` and so on
/// stand for the values.
pub(crate) trait Sql: ConnectionTrait {
    /// The rows of a query.
    fn sql_all<T: FromQueryResult + Send>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        let statement = Statement::from_sql_and_values(self.get_database_backend(), sql, values);
        async move {
            let rows = self.query_all_raw(statement).await.or_refuse()?;
            rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>().or_refuse()
        }
    }

    /// The first row of a query.
    fn sql_one<T: FromQueryResult + Send>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        let statement = Statement::from_sql_and_values(self.get_database_backend(), sql, values);
        async move {
            let row = self.query_one_raw(statement).await.or_refuse()?;
            row.as_ref().map(|row| T::from_query_result(row, "")).transpose().or_refuse()
        }
    }

    /// The number of rows that a statement changed.
    fn sql_run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> impl Future<Output = Result<u64>> + Send {
        let statement = Statement::from_sql_and_values(self.get_database_backend(), sql, values);
        async move { Ok(self.execute_raw(statement).await.or_refuse()?.rows_affected()) }
    }

    /// Rows of a query, put together by the database as one JSON text: the SQLite driver hands each row over from a thread of
    /// its own, and one wake-up is quicker than one for each. `columns` names the query's columns in the order of `T`'s fields.
    fn json_rows<T: DeserializeOwned>(
        &self,
        columns: &str,
        query: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        let sql = match self.get_database_backend() {
            DbBackend::Sqlite => format!("SELECT json_group_array(json_array({columns})) FROM ({query})"),
            _ => format!(
                "SELECT CAST(COALESCE(json_agg(json_build_array({columns})), '[]') AS TEXT) FROM ({query}) AS page"
            ),
        };
        let statement = Statement::from_sql_and_values(self.get_database_backend(), sql, values);
        async move {
            let Some(row) = self.query_one_raw(statement).await.or_refuse()? else { return Ok(Vec::new()) };
            let text: String = row.try_get_by_index(0).or_refuse()?;
            serde_json::from_str(&text).map_err(|cause| {
                tracing::error!(%cause, "rows as JSON could not be read");
                Error::Internal
            })
        }
    }
}

impl<C: ConnectionTrait> Sql for C {}

/// A row that nobody reads.
pub(super) struct Ignored;

impl FromQueryResult for Ignored {
    fn from_query_result(_: &QueryResult, _: &str) -> Result<Self, DbErr> {
        Ok(Self)
    }
}

/// One column of one row, for counts and the like.
pub(crate) struct Scalar(pub(crate) i64);

impl FromQueryResult for Scalar {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        row.try_get_by_index(0).map(Self)
    }
}
