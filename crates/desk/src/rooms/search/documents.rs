//! Asking the database for documents that have the words, newest first: each database in its own way.

use domain::{EventId, Result, UserId};
use sea_orm::Value;

use super::{
    Search, index,
    words::{Syntax, Wanted},
};
use crate::store::{
    db::{Db, Scalar, Sql as _},
    raw::search as raw,
};

/// Buckets that PostgreSQL looks into at first: the newest, which may be nearly empty, and the one before.
const BUCKETS: i64 = 2;
/// How many times more it looks into next.
const GROWTH: i64 = 8;
/// Words of buckets in one statement: looking for them takes time with the square of their number.
const LEXEMES: usize = 96;

/// Where the database looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Title,
    All,
}

/// Words as FTS5 reads them.
const SQLITE: Syntax =
    Syntax { term: |term, begins| format!("\"{term}\"{}", if begins { " *" } else { "" }), and: " AND ", or: " OR " };

/// Words as a `tsquery` has them, each with `#` where its bucket is to stand.
const fn postgres(part: Part) -> Syntax {
    let term: fn(&str, bool) -> String = match part {
        Part::Title => |term, begins| lexeme(index::IN_TITLE, term, begins),
        Part::All => |term, begins| lexeme(index::ANYWHERE, term, begins),
    };
    Syntax { term, and: " & ", or: " | " }
}

fn lexeme(kind: char, term: &str, begins: bool) -> String {
    format!("'#{kind}{term}'{}", if begins { ":*" } else { "" })
}

/// Larger than the id of every document there is.
pub(super) async fn beyond_all(db: &Db) -> Result<EventId> {
    if db.is_sqlite() {
        return Ok(EventId(i64::MAX));
    }
    let newest: Option<Scalar> = db.sql_one(raw::NEWEST, []).await?;
    Ok(EventId(newest.map_or(0, |newest| newest.0 + 1)))
}

impl Search<'_> {
    /// The ids of the newest documents below an id that have every word in `part`, `whole` or by its beginning; newest
    /// first.
    pub(super) async fn newest(&self, part: Part, whole: bool, below: EventId, most: usize) -> Result<Vec<EventId>> {
        if self.db.is_sqlite() {
            return self.sqlite(part, whole, below, most).await;
        }
        let asked = self.expression(whole, &postgres(part));
        let Some(requester) = self.requester else { return self.postgres(&asked, below, most).await };
        let mut found = self.postgres_own(&asked, requester, below, most).await?;
        if found.len() < most {
            let values = [requester.into(), below.into(), (raw::OWN - 1).into()];
            let last: Option<Scalar> = self.db.sql_one(raw::FURTHER_DOWN, values).await?;
            if let Some(last) = last {
                found.extend(self.postgres(&asked, EventId(last.0), most - found.len()).await?);
            }
        }
        Ok(found)
    }

    async fn ids(&self, sql: &str, values: Vec<Value>) -> Result<Vec<EventId>> {
        let rows: Vec<(EventId,)> = self.db.json_rows(raw::IDS, sql, values).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    async fn sqlite(&self, part: Part, whole: bool, below: EventId, most: usize) -> Result<Vec<EventId>> {
        let columns = if part == Part::Title { "title" } else { "{title body files}" };
        let owner = self.requester.map_or_else(String::new, |id| format!("owner : \"{}\" AND ", index::owner(id)));
        let asked = format!("{owner}{columns} : ({})", self.expression(whole, &SQLITE));
        // What only staff may find has no title.
        let sql = raw::sqlite(self.is_staff && part == Part::All);
        self.ids(&sql, vec![asked.into(), below.into(), limit(most)]).await
    }

    /// Among the newest of one customer.
    async fn postgres_own(&self, asked: &str, requester: UserId, below: EventId, most: usize) -> Result<Vec<EventId>> {
        let sql = raw::postgres_own(self.is_staff);
        self.ids(&sql, vec![asked.into(), requester.into(), below.into(), limit(most)]).await
    }

    /// From the newest bucket of the index to older ones until there are enough.
    async fn postgres(&self, asked: &str, below: EventId, most: usize) -> Result<Vec<EventId>> {
        let sql = raw::postgres(self.is_staff, self.requester.is_some());
        let mut last = (below.0 - 1) >> raw::BUCKET_BITS;
        let most_buckets = i64::try_from(LEXEMES / asked.matches('#').count().max(1)).unwrap_or(1).max(1);
        let mut buckets = BUCKETS;
        let mut found: Vec<EventId> = Vec::new();
        while last >= 0 && found.len() < most {
            let first = (last + 1 - buckets.min(most_buckets)).max(0);
            let mut values = vec![asked.into(), below.into(), limit(most - found.len()), first.into(), last.into()];
            values.extend(self.requester.map(Value::from));
            found.extend(self.ids(&sql, values).await?);
            (last, buckets) = (first - 1, buckets.saturating_mul(GROWTH));
        }
        Ok(found)
    }

    /// What a database is asked for: every word.
    fn expression(&self, whole: bool, syntax: &Syntax) -> String {
        let words: Vec<String> = self.wanted.iter().map(|wanted: &Wanted| wanted.expression(whole, syntax)).collect();
        words.join(syntax.and)
    }
}

fn limit(most: usize) -> Value {
    i64::try_from(most).unwrap_or(i64::MAX).into()
}
