//! Statements that the query builder cannot say, or says at greater length: their text, beside what they give.

pub(crate) mod ids;
pub(crate) mod search;
pub(crate) mod timeline;
pub(crate) mod unread;
