//! Words of lists (statuses, roles, kinds) as the database keeps them.

use std::fmt;

use domain::{FileKind, LoginKind, Priority, Role, Status};
use sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable};
use serde::{Deserialize, Deserializer, de};

/// A value that the database keeps as a word. A word that its list does not know, which a later version of the program may
/// have written, is never taken for another one: the query fails, and the log says which word it was.
#[derive(Clone)]
pub(crate) struct Word<T>(pub(crate) T);

/// What is kept as a word.
pub(crate) trait Listed: Sized {
    /// What it is called in the log.
    const NAME: &'static str;

    /// The value of a word.
    fn of(word: &str) -> Option<Self>;
}

impl Listed for Status {
    const NAME: &'static str = "status";
    fn of(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

impl Listed for Priority {
    const NAME: &'static str = "priority";
    fn of(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

impl Listed for Role {
    const NAME: &'static str = "role";
    fn of(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

impl Listed for FileKind {
    const NAME: &'static str = "kind of file";
    fn of(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

impl Listed for LoginKind {
    const NAME: &'static str = "kind of session";
    fn of(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

fn unknown<T: Listed>(word: &str) -> String {
    format!("the database holds the {} {word:?}, which this version does not know", T::NAME)
}

impl<T: Listed> TryGetable for Word<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let word = String::try_get_by(row, index)?;
        T::of(&word).map(Self).ok_or_else(|| TryGetError::DbErr(DbErr::Type(unknown::<T>(&word))))
    }
}

impl<'de, T: Listed> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<T: Listed> de::Visitor<'_> for Visitor<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::NAME)
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<T, E> {
                T::of(word).ok_or_else(|| E::custom(unknown::<T>(word)))
            }
        }
        deserializer.deserialize_str(Visitor(std::marker::PhantomData)).map(Self)
    }
}
