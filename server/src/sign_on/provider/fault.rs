//! Why nobody could be let in.

/// The words are for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The provider does not answer.
    Away(String),
    /// What came from it does not hold.
    Refused(String),
}
