//! A list's query put together from its filters. Text comes from the program only; every value is a parameter.

use domain::{Cursor, Result};
use sea_orm::{FromQueryResult, Value};
use serde::de::DeserializeOwned;

use crate::db::{Db, Scalar};

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

    /// Adds a condition; each `?` in it stands for `value`.
    pub(crate) fn filter(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(condition.replace('?', &format!("${}", self.values.len())));
    }

    fn sql(&self, rest: &str) -> String {
        let conditions = if self.conditions.is_empty() { "1 = 1".to_owned() } else { self.conditions.join(" AND ") };
        format!("{} WHERE {conditions} {rest}", self.select)
    }

    /// The rows of a page by the column `id`, and one more, for [`domain::Page::from_rows`].
    pub(crate) async fn page<T: FromQueryResult>(
        self,
        db: &Db,
        id: &str,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Vec<T>> {
        let (sql, values) = self.into_page(id, cursor, limit);
        db.all(&sql, values).await
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

    fn into_page(mut self, id: &str, cursor: Cursor, limit: usize) -> (String, Vec<Value>) {
        let direction = match cursor {
            Cursor::First => "DESC",
            Cursor::Before(before) => {
                self.filter(&format!("{id} < ?"), before);
                "DESC"
            }
            Cursor::After(after) => {
                self.filter(&format!("{id} > ?"), after);
                "ASC"
            }
        };
        self.values.push(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1).into());
        let sql = self.sql(&format!("ORDER BY {id} {direction} LIMIT ${}", self.values.len()));
        (sql, self.values)
    }

    /// Every row, with `rest` for grouping and order.
    pub(crate) async fn all<T: FromQueryResult>(self, db: &Db, rest: &str) -> Result<Vec<T>> {
        db.all(&self.sql(rest), self.values).await
    }

    /// The first row, with `rest`.
    pub(crate) async fn one<T: FromQueryResult>(self, db: &Db, rest: &str) -> Result<Option<T>> {
        db.one(&self.sql(rest), self.values).await
    }

    /// The number that the query selects.
    pub(crate) async fn number(self, db: &Db) -> Result<u64> {
        Ok(self.one::<Scalar>(db, "").await?.map_or(0, |number| number.0.unsigned_abs()))
    }
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `text` anywhere.
pub(crate) fn contains(text: &str) -> String {
    let escaped = text.trim().to_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_literal() {
        assert_eq!(contains(" 50%_A\\ "), r"%50\%\_a\\%");
    }

    #[test]
    fn values_are_numbered() {
        let mut query = Query::new("SELECT 1 FROM t");
        query.filter("a = ?", 1i64);
        query.filter("(b = ? OR c = ?)", 2i64);
        assert_eq!(query.sql("LIMIT 1"), "SELECT 1 FROM t WHERE a = $1 AND (b = $2 OR c = $2) LIMIT 1");
    }
}
