//! Statements that the query builder cannot say, or says at greater length: their text, beside what they give, each with its
//! reason.

pub(crate) mod backup;
pub(crate) mod doctor;
pub(crate) mod forms;
pub(crate) mod ids;
pub(crate) mod live;
pub(crate) mod search;
pub(crate) mod sessions;
pub(crate) mod throttle;
pub(crate) mod tickets;
pub(crate) mod timeline;
pub(crate) mod tokens;
pub(crate) mod unread;
