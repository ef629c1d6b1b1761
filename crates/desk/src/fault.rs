//! Faults inside become the two errors a caller may see; what went wrong goes to the log.

use domain::Error;
use sea_orm::DbErr;

/// Turns a fault of the machinery into the domain's error, and logs its cause.
pub(crate) trait OrFault<T> {
    /// The value, or [`Error::Unavailable`] when trying again may help, [`Error::Internal`] otherwise.
    fn or_fault(self) -> Result<T, Error>;
}

impl<T> OrFault<T> for Result<T, DbErr> {
    fn or_fault(self) -> Result<T, Error> {
        self.map_err(|cause| {
            tracing::error!(%cause, "the database refused");
            match cause {
                DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Error::Unavailable,
                _ => Error::Internal,
            }
        })
    }
}

impl<T> OrFault<T> for Result<T, object_store::Error> {
    fn or_fault(self) -> Result<T, Error> {
        self.map_err(|cause| {
            tracing::error!(%cause, "the file store refused");
            Error::Unavailable
        })
    }
}

impl<T> OrFault<T> for std::io::Result<T> {
    fn or_fault(self) -> Result<T, Error> {
        self.map_err(|cause| {
            tracing::error!(%cause, "the disk refused");
            Error::Unavailable
        })
    }
}

/// A fault that is none of the above, with a note for the log.
pub(crate) fn internal(note: &'static str) -> Error {
    tracing::error!(note, "a fault inside");
    Error::Internal
}
