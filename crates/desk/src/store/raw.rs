//! SQL as text, where the query builder is no help: each statement with its reason, beside the rows that it gives.

pub(crate) mod tickets;
