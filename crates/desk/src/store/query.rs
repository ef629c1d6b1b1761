//! A list's query put together from its filters. Text comes from the program only; every value is a parameter.

use domain::{Cursor, Result};
use sea_orm::{FromQueryResult, Value};
use serde::de::DeserializeOwned;

use crate::store::db::{Db, Scalar, Sql as _};

pub(crate) struct Query {
    select: String,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Query {
    /// Begins with `SELECT … FROM …`.
    pub(crate) fn new(select: &str) -> Self {
        Self { select: select.to_owned(), conditions: Vec::new(), values: Vec::new() }
    }

    /// Begins with `SELECT … FROM …` in which each `?` stands for `value`.
    pub(crate) fn binding(select: &str, value: impl Into<Value>) -> Self {
        Self { select: select.replace('?', "$1"), conditions: Vec::new(), values: vec![value.into()] }
    }

    /// Begins with `SELECT … FROM …` in which `$1`, `$2` and so on are `values`.
    pub(crate) fn with(select: &str, values: Vec<Value>) -> Self {
        Self { select: select.to_owned(), conditions: Vec::new(), values }
    }

    /// Adds a condition; each `?` in it stands for `value`.
    pub(crate) fn filter(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(condition.replace('?', &format!("${}", self.values.len())));
    }

    /// Adds a condition without a value.
    pub(crate) fn condition(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    fn sql(&self, rest: &str) -> String {
        let conditions = if self.conditions.is_empty() { "1 = 1".to_owned() } else { self.conditions.join(" AND ") };
        format!("{} WHERE {conditions} {rest}", self.select)
    }

    /// The rows of a page by the column `id`, and one more, for [`domain::Page::from_rows`].
    pub(crate) async fn page<T: FromQueryResult + Send>(
        self,
        db: &Db,
        id: &str,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Vec<T>> {
        let (sql, values) = self.into_page(id, cursor, limit);
        db.sql_all(&sql, values).await
    }

    /// As [`Query::page`], with the rows as one JSON text, for lists that are asked for often.
    pub(crate) async fn json_page<T: DeserializeOwned>(
        self,
        db: &Db,
        columns: &str,
        id: &str,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Vec<T>> {
        let (sql, values) = self.into_page(id, cursor, limit);
        db.json_rows(columns, &sql, values).await
    }

    /// The rows of a page by the columns `at` and `id`, and one more, for [`domain::Page::from_rows`].
    pub(crate) async fn page_by<T: FromQueryResult + Send>(
        mut self,
        db: &Db,
        at: &str,
        id: &str,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Vec<T>> {
        let (direction, beyond) = match cursor {
            Cursor::First => ("DESC", None),
            Cursor::Before(key) => ("DESC", Some((key, "<"))),
            Cursor::After(key) => ("ASC", Some((key, ">"))),
        };
        if let Some((key, sign)) = beyond {
            self.values.push(key.at.unwrap_or(i64::MAX).into());
            self.values.push(key.id.into());
            let last = self.values.len();
            self.conditions.push(format!("({at}, {id}) {sign} (${}, ${last})", last - 1));
        }
        self.values.push(rows(limit));
        let sql = self.sql(&format!("ORDER BY {at} {direction}, {id} {direction} LIMIT ${}", self.values.len()));
        db.sql_all(&sql, self.values).await
    }

    fn into_page(mut self, id: &str, cursor: Cursor, limit: usize) -> (String, Vec<Value>) {
        let direction = match cursor {
            Cursor::First => "DESC",
            Cursor::Before(before) => {
                self.filter(&format!("{id} < ?"), before.id);
                "DESC"
            }
            Cursor::After(after) => {
                self.filter(&format!("{id} > ?"), after.id);
                "ASC"
            }
        };
        self.values.push(rows(limit));
        let sql = self.sql(&format!("ORDER BY {id} {direction} LIMIT ${}", self.values.len()));
        (sql, self.values)
    }

    /// Of each query the number of rows it finds, counting no further than `limit`.
    pub(crate) async fn counts(queries: Vec<Self>, db: &Db, limit: u64) -> Result<Vec<u64>> {
        let mut values: Vec<Value> = vec![i64::try_from(limit).unwrap_or(i64::MAX).into()];
        let count = queries.len();
        let mut parts = Vec::with_capacity(count);
        for (number, query) in queries.into_iter().enumerate() {
            let before = values.len();
            // Its values go behind those of the queries before it; the highest first, so that `$1` is not part of `$12`.
            let mut sql = query.sql("");
            for own in (1..=query.values.len()).rev() {
                sql = sql.replace(&format!("${own}"), &format!("$#{}", own + before));
            }
            values.extend(query.values);
            parts.push(format!(
                "SELECT {number} AS part, COUNT(*) AS found FROM ({} LIMIT $1) AS counted",
                sql.replace("$#", "$")
            ));
        }
        let rows: Vec<Part> = db.sql_all(&format!("{} ORDER BY part", parts.join(" UNION ALL ")), values).await?;
        let mut found: Vec<u64> = rows.into_iter().map(|row| row.found.unsigned_abs()).collect();
        // Of what is in no row the database was not asked.
        found.resize(count, 0);
        Ok(found)
    }

    /// The first `limit` rows by `order`.
    pub(crate) async fn first<T: FromQueryResult + Send>(
        mut self,
        db: &Db,
        order: &str,
        limit: usize,
    ) -> Result<Vec<T>> {
        self.values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        db.sql_all(&self.sql(&format!("ORDER BY {order} LIMIT ${}", self.values.len())), self.values).await
    }

    /// As [`Query::first`], with the rows as one JSON text; `columns` names them in the order of `T`'s fields.
    pub(crate) async fn json_first<T: DeserializeOwned>(
        mut self,
        db: &Db,
        columns: &str,
        order: &str,
        limit: usize,
    ) -> Result<Vec<T>> {
        self.values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        let sql = self.sql(&format!("ORDER BY {order} LIMIT ${}", self.values.len()));
        db.json_rows(columns, &sql, self.values).await
    }

    /// The first row, with `rest`.
    pub(crate) async fn one<T: FromQueryResult + Send>(self, db: &Db, rest: &str) -> Result<Option<T>> {
        db.sql_one(&self.sql(rest), self.values).await
    }

    /// The number that the query selects.
    pub(crate) async fn number(self, db: &Db) -> Result<u64> {
        Ok(self.one::<Scalar>(db, "").await?.map_or(0, |number| number.0.unsigned_abs()))
    }
}

#[derive(FromQueryResult)]
struct Part {
    found: i64,
}

/// The rows to read for a page of `limit`: one more tells that there are more.
fn rows(limit: usize) -> Value {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered() {
        let mut query = Query::new("SELECT 1 FROM t");
        query.filter("a = ?", 1i64);
        query.filter("(b = ? OR c = ?)", 2i64);
        assert_eq!(query.sql("LIMIT 1"), "SELECT 1 FROM t WHERE a = $1 AND (b = $2 OR c = $2) LIMIT 1");
    }
}
