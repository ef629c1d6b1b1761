//! Keyset paging: a page begins after (or ends before) a known id, so it costs the same wherever it is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The place of a row in its list: an id, behind a moment (microseconds) in lists that are ordered by one. Written as
/// `7` or `1700000000000000-7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The moment, in lists that are ordered by one.
    pub at: Option<i64>,
    /// The row's id.
    pub id: i64,
}

impl From<i64> for Key {
    fn from(id: i64) -> Self {
        Self { at: None, id }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{at}-{}", self.id),
            None => self.id.fmt(f),
        }
    }
}

impl FromStr for Key {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once('-').filter(|(at, _)| !at.is_empty()) {
            Some((at, id)) => Self { at: Some(at.parse()?), id: id.parse()? },
            None => text.parse::<i64>()?.into(),
        })
    }
}

/// Where a page begins. Lists are newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    /// The newest.
    #[default]
    First,
    /// What is older than this row.
    Before(Key),
    /// What is newer than this row, nearest first.
    After(Key),
}

/// A page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// For [`Cursor::Before`]: there are older ones.
    pub older: Option<Key>,
    /// For [`Cursor::After`]: there are newer ones.
    pub newer: Option<Key>,
}

impl<T> Default for Page<T> {
    /// Nothing, and nothing beside it.
    fn default() -> Self {
        Self { items: Vec::new(), older: None, newer: None }
    }
}

impl<T> Page<T> {
    /// Builds a page from up to `limit + 1` rows read in the cursor's direction (ascending for
    /// [`Cursor::After`], descending otherwise); the extra row only tells that there are more.
    pub fn from_rows<K: Into<Key>>(mut rows: Vec<T>, limit: usize, cursor: Cursor, key: impl Fn(&T) -> K) -> Self {
        let key = |row: &T| key(row).into();
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let (has_older, has_newer) = match cursor {
            Cursor::First => (has_more, false),
            Cursor::Before(_) => (has_more, true),
            Cursor::After(_) => {
                rows.reverse();
                (true, has_more)
            }
        };
        Self {
            older: rows.last().filter(|_| has_older).map(&key),
            newer: rows.first().filter(|_| has_newer).map(&key),
            items: rows,
        }
    }

    /// The same page with its items turned into something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), older: self.older, newer: self.newer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_neighbours() {
        let id = |n: &i64| *n;
        let first = Page::from_rows(vec![9, 8, 7], 2, Cursor::First, id);
        assert_eq!((first.items, first.older, first.newer), (vec![9, 8], Some(Key::from(8)), None));
        let last = Page::from_rows(vec![7], 2, Cursor::Before(8.into()), id);
        assert_eq!((last.items, last.older, last.newer), (vec![7], None, Some(Key::from(7))));
        let back = Page::from_rows(vec![8, 9], 2, Cursor::After(7.into()), id);
        assert_eq!((back.items, back.older, back.newer), (vec![9, 8], Some(Key::from(8)), None));
    }

    #[test]
    fn keys_read_as_they_are_written() {
        for key in [Key::from(7), Key { at: Some(1_700_000_000_000_000), id: 7 }] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        assert!("-7-".parse::<Key>().is_err());
    }
}
