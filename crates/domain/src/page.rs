//! Keyset paging: a page begins after (or ends before) a known id, so it costs the same wherever it is.

use serde::{Deserialize, Serialize};

/// Where a page begins. Lists are newest first, by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    /// The newest.
    #[default]
    First,
    /// What is older than this id.
    Before(i64),
    /// What is newer than this id, nearest first.
    After(i64),
}

/// A page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// For [`Cursor::Before`]: there are older ones.
    pub older: Option<i64>,
    /// For [`Cursor::After`]: there are newer ones.
    pub newer: Option<i64>,
}

impl<T> Page<T> {
    /// Builds a page from up to `limit + 1` rows read in the cursor's direction (ascending ids for
    /// [`Cursor::After`], descending otherwise); the extra row only tells that there are more.
    pub fn from_rows(mut rows: Vec<T>, limit: usize, cursor: Cursor, id: impl Fn(&T) -> i64) -> Self {
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
            older: rows.last().filter(|_| has_older).map(&id),
            newer: rows.first().filter(|_| has_newer).map(&id),
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
        assert_eq!((first.items, first.older, first.newer), (vec![9, 8], Some(8), None));
        let last = Page::from_rows(vec![7], 2, Cursor::Before(8), id);
        assert_eq!((last.items, last.older, last.newer), (vec![7], None, Some(7)));
        let back = Page::from_rows(vec![8, 9], 2, Cursor::After(7), id);
        assert_eq!((back.items, back.older, back.newer), (vec![9, 8], Some(8), None));
    }
}
