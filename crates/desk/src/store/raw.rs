//! Statements that stay SQL, by what they are about, each with the rows it finds and the reason.

pub(crate) mod live;
pub(crate) mod sessions;
pub(crate) mod throttle;
