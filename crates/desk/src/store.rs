//! The ground floor: connections and tables, the clock, the keys, the bytes of files. It knows nobody above it.

pub(crate) mod archive;
pub(crate) mod aside;
pub(crate) mod calls;
pub(crate) mod db;
pub(crate) mod disk;
pub(crate) mod entities;
pub(crate) mod fault;
pub(crate) mod files;
pub(crate) mod fold;
pub(crate) mod health;
pub(crate) mod heavy;
pub(crate) mod hot;
pub(crate) mod keys;
pub(crate) mod lock;
pub(crate) mod names;
pub(crate) mod notes;
pub(crate) mod page;
pub(crate) mod parents;
pub(crate) mod private;
pub(crate) mod random;
pub(crate) mod raw;
pub(crate) mod reach;
pub(crate) mod scopes;
pub(crate) mod signal;
pub(crate) mod tally;
pub(crate) mod tokens;
