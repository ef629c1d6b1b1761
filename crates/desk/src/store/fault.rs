//! Faults inside become the two errors a caller may see; what went wrong goes to the log. The one table of causes is here.

use std::{error::Error as _, io, path::Path};

use domain::Error;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

use crate::store::health::Slot;

/// Why something cannot be read or written at the moment: what trying again later, or somebody who looks after the machine,
/// can cure. Everything else is a fault of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The database does not answer, or the connection to it was lost.
    Unreachable,
    /// It did not answer in time: another process holds what is needed, there is more to do than gets done, or it is away.
    Busy,
    /// No room on the disk, in the quota, or below a limit on the sizes of files.
    Full,
    /// Nothing may be written: a read-only file system, file or server, or missing permissions.
    ReadOnly,
    /// Too many open files.
    OpenFiles,
    /// The disk fails to read or write.
    Disk,
    /// The bucket of files does not answer, or fails.
    Storage,
    /// It answers, and does not let this desk do what it wants.
    StorageRefuses,
    /// The database's content cannot be read any more.
    Damaged,
}

impl Trouble {
    pub(crate) const ALL: [Self; 9] = [
        Self::Unreachable,
        Self::Busy,
        Self::Full,
        Self::ReadOnly,
        Self::OpenFiles,
        Self::Disk,
        Self::Storage,
        Self::StorageRefuses,
        Self::Damaged,
    ];

    /// What is the matter, in a word or two: for the log, `readyz` and staff.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "The database does not answer",
            Self::Busy => "The database is busy or does not answer",
            Self::Full => "The disk is full",
            Self::ReadOnly => "The disk or the database is read-only",
            Self::OpenFiles => "There are too many open files",
            Self::Disk => "The disk fails",
            Self::Storage => "The file store does not answer",
            Self::StorageRefuses => "The file store refuses the desk",
            Self::Damaged => "The database is damaged",
        }
    }

    /// What whoever looks after the machine can do.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Unreachable => "Start it, or look whether it can be reached.",
            Self::Busy => "Wait a moment; if it stays so, look whether it runs and whether another program holds it.",
            Self::Full => "Make room on it; the desk goes on by itself then.",
            Self::ReadOnly => "Make it writable for the user that Pindesk runs as.",
            Self::OpenFiles => "Raise the limit on open files.",
            Self::Disk => "Look into the system's log, and make a copy of the data.",
            Self::Storage => "Look whether it runs and can be reached; the desk goes on by itself then.",
            Self::StorageRefuses => {
                "Look whether the bucket is there, and whether the key may read, write, list and delete in it."
            }
            Self::Damaged => "Stop the desk and restore a backup.",
        }
    }

    /// For staff: what is the matter, and what to do.
    pub fn sentence(self) -> String {
        format!("{}. {}", self.word(), self.advice())
    }

    /// Of an error of the operating system.
    pub(crate) fn of_io(cause: &io::Error) -> Option<Self> {
        /// `EIO`, `ENFILE` and `EMFILE`, for which there is no kind.
        const IO: i32 = 5;
        const FILES: [i32; 2] = [23, 24];
        use io::ErrorKind::{
            FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull, WriteZero,
        };
        match cause.kind() {
            StorageFull | QuotaExceeded | FileTooLarge | WriteZero => Some(Self::Full),
            ReadOnlyFilesystem | PermissionDenied => Some(Self::ReadOnly),
            _ => match cause.raw_os_error() {
                Some(IO) => Some(Self::Disk),
                Some(code) if FILES.contains(&code) => Some(Self::OpenFiles),
                _ => None,
            },
        }
    }

    /// Of an error of the file store: of a bucket's server by what it answered, of a disk by what the system says.
    fn of_store(cause: &object_store::Error) -> Self {
        const BUCKET: &str = "S3";
        use object_store::Error::{Generic, NotFound, PermissionDenied, Unauthenticated};
        let is_bucket = match cause {
            Generic { store, .. } => *store == BUCKET,
            NotFound { .. } | PermissionDenied { .. } | Unauthenticated { .. } => !is_of_system(cause),
            _ => false,
        };
        match cause {
            _ if !is_bucket => io_errors(cause).find_map(Self::of_io).unwrap_or(Self::Disk),
            Generic { .. } => Self::Storage,
            _ => Self::StorageRefuses,
        }
    }

    /// Of an error of the database or on the way to it.
    pub(crate) fn of_database(cause: &DbErr) -> Option<Self> {
        match cause {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Some(Self::Busy),
            DbErr::Query(RuntimeErr::Internal(words)) if words == LATE => Some(Self::Busy),
            DbErr::ConnectionAcquire(_) => Some(Self::Unreachable),
            DbErr::Conn(RuntimeErr::SqlxError(cause)) => Some(of_driver(cause).unwrap_or(Self::Unreachable)),
            DbErr::Conn(_) => Some(Self::Unreachable),
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => of_driver(cause),
            _ => None,
        }
    }
}

/// The errors of the operating system that an error comes from.
fn io_errors(cause: &object_store::Error) -> impl Iterator<Item = &io::Error> {
    std::iter::successors(cause.source(), |cause| (*cause).source()).filter_map(|cause| cause.downcast_ref())
}

fn is_of_system(cause: &object_store::Error) -> bool {
    io_errors(cause).next().is_some()
}

/// What a call of the database ends with that took too long.
pub(crate) fn late() -> DbErr {
    DbErr::Query(RuntimeErr::Internal(LATE.to_owned()))
}

const LATE: &str = "the database did not answer in time";

fn of_driver(cause: &sqlx::Error) -> Option<Trouble> {
    use sqlx::Error::{BeginFailed, Database, Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    match cause {
        Database(answer) => {
            let code = answer.code()?;
            // An SQLSTATE has five characters, none of SQLite's numbers does.
            if code.len() == 5 { of_sqlstate(&code) } else { of_sqlite(code.parse().ok()?) }
        }
        PoolTimedOut => Some(Trouble::Busy),
        Io(cause) => Some(Trouble::of_io(cause).unwrap_or(Trouble::Unreachable)),
        Tls(_) | Protocol(_) | PoolClosed | WorkerCrashed | BeginFailed => Some(Trouble::Unreachable),
        _ => None,
    }
}

/// By SQLite's result codes; of an extended one the lower byte says what kind it is (sqlite.org/rescode.html).
fn of_sqlite(code: i32) -> Option<Trouble> {
    /// Writing, and making the shared memory larger. It says `FULL` of a full disk only: of a quota and of a limit on the sizes
    /// of files it says these, and a disk that fails says others, too.
    const IOERR_WRITE: i32 = 778;
    const IOERR_SHMSIZE: i32 = 4874;
    if matches!(code, IOERR_WRITE | IOERR_SHMSIZE) {
        return Some(Trouble::Full);
    }
    match code & 0xff {
        // ABORT, BUSY, LOCKED, INTERRUPT, PROTOCOL (locking), SCHEMA
        4 | 5 | 6 | 9 | 15 | 17 => Some(Trouble::Busy),
        // FULL, NOLFS
        13 | 22 => Some(Trouble::Full),
        // PERM, READONLY, AUTH
        3 | 8 | 23 => Some(Trouble::ReadOnly),
        // NOMEM, IOERR
        7 | 10 => Some(Trouble::Disk),
        // CANTOPEN
        14 => Some(Trouble::Unreachable),
        // CORRUPT, NOTADB
        11 | 26 => Some(Trouble::Damaged),
        _ => None,
    }
}

/// By PostgreSQL's error codes (its documentation, appendix A).
fn of_sqlstate(code: &str) -> Option<Trouble> {
    match code {
        // Serialisation failure, unknown completion, deadlock, lock not available, cancelled, idle or transaction time-outs.
        "40001" | "40003" | "40P01" | "55P03" | "57014" | "25P03" | "25P04" => Some(Trouble::Busy),
        "53100" => Some(Trouble::Full),
        "25006" | "42501" => Some(Trouble::ReadOnly),
        "58030" => Some(Trouble::Disk),
        "XX001" | "XX002" => Some(Trouble::Damaged),
        _ => match &code[..2] {
            // Connection, authorisation and which database; the operator stepped in.
            "08" | "28" | "3D" | "57" => Some(Trouble::Unreachable),
            // Memory, connections and other limits; the system around it.
            "53" => Some(Trouble::Busy),
            "58" => Some(Trouble::Disk),
            _ => None,
        },
    }
}

/// Whether a connection to PostgreSQL that was made before was lost; another one may do.
pub(crate) fn is_lost(cause: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = cause else {
        return false;
    };
    match &**cause {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(answer) => {
            answer.code().is_some_and(|code| code.len() == 5 && (code.starts_with("57P") || code.starts_with("08")))
        }
        _ => false,
    }
}

/// `SQLITE_IOERR_FSYNC`: a commit was written and may or may not be found there after a crash.
const SQLITE_NOT_SYNCED: &str = "1034";

/// Whether the database itself refused: what was asked for is not done, and will not be.
pub(crate) fn is_refusal(cause: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) = cause else {
        return false;
    };
    match &**inner {
        sqlx::Error::Database(answer) => answer.code().as_deref() != Some(SQLITE_NOT_SYNCED) && !is_lost(cause),
        _ => false,
    }
}

/// Turns a failure of the file store or the disk into the error a caller sees, logs its cause and remembers it.
pub(crate) trait OrFault<T> {
    /// The value, or [`Error::Unavailable`].
    fn or_fault(self, slot: &Slot) -> Result<T, Error>;
}

impl<T> OrFault<T> for Result<T, object_store::Error> {
    fn or_fault(self, slot: &Slot) -> Result<T, Error> {
        self.map_err(|cause| of_store(&cause, slot))
    }
}

impl<T> OrFault<T> for io::Result<T> {
    fn or_fault(self, slot: &Slot) -> Result<T, Error> {
        self.map_err(|cause| of_io(&cause, slot))
    }
}

/// What the database refuses or answers, as the error a caller sees. The call itself has noted what is the matter
/// ([`note`]); here its cause goes to the log.
pub(crate) trait OrRefuse<T> {
    /// The value, or [`Error::Unavailable`] for what passes, [`Error::Internal`] for what should not happen, and a sentence
    /// for what no database keeps.
    fn or_refuse(self) -> Result<T, Error>;
}

impl<T> OrRefuse<T> for Result<T, DbErr> {
    fn or_refuse(self) -> Result<T, Error> {
        self.map_err(|cause| {
            if matches!(&cause, DbErr::Custom(words) if words == NULL_CHARACTER) {
                return Error::field("form", NULL_CHARACTER);
            }
            let trouble = Trouble::of_database(&cause);
            tracing::error!(%cause, trouble = trouble.map(Trouble::word), "the database refused");
            if trouble.is_some() { Error::Unavailable } else { Error::Internal }
        })
    }
}

/// Notes what is the matter with the database.
pub(crate) fn note(cause: &DbErr, slot: &Slot) {
    if let Some(trouble) = Trouble::of_database(cause) {
        slot.fails(trouble);
    }
}

/// What a call ends with that would write a null character, which PostgreSQL keeps in no text and SQLite should not.
pub(crate) fn null_character() -> DbErr {
    DbErr::Custom(NULL_CHARACTER.to_owned())
}

const NULL_CHARACTER: &str = "There is a null character (U+0000) in this text. Take it out and send it again.";

/// As [`OrRefuse`], of the file store. It fails for reasons of the disk, or of a bucket that does not answer.
fn of_store(cause: &object_store::Error, slot: &Slot) -> Error {
    let trouble = Trouble::of_store(cause);
    tracing::error!(%cause, trouble = trouble.word(), "the file store refused");
    noted(Some(trouble), slot)
}

fn noted(trouble: Option<Trouble>, slot: &Slot) -> Error {
    match trouble {
        Some(trouble) => {
            slot.fails(trouble);
            Error::Unavailable
        }
        None => Error::Internal,
    }
}

/// As [`of_store`], of an error that the file store wrapped into one of the operating system.
fn of_io(cause: &io::Error, slot: &Slot) -> Error {
    let inner = cause.get_ref().and_then(|inner| inner.downcast_ref::<object_store::Error>());
    match inner {
        Some(inner) => of_store(inner, slot),
        None => {
            let trouble = Trouble::of_io(cause).unwrap_or(Trouble::Disk);
            tracing::error!(%cause, trouble = trouble.word(), "the disk refused");
            noted(Some(trouble), slot)
        }
    }
}

/// What a start that fails at a file or folder says: the cause, and what to do.
pub(crate) fn cannot(what: &str, path: &Path, cause: &io::Error) -> crate::OpenError {
    let advice = match Trouble::of_io(cause) {
        Some(Trouble::Full) => "The disk is full: make room on it, and start again.",
        Some(Trouble::OpenFiles) => "Raise the limit on open files, and start again.",
        Some(Trouble::Disk) => "The disk fails: look into the system's log.",
        _ => "Check PINDESK_DATA_DIR and its permissions.",
    };
    crate::OpenError(format!("cannot {what} {}: {cause}. {advice}", path.display()))
}

/// A fault that is none of the above, with a note for the log.
pub(crate) fn internal(note: &'static str) -> Error {
    tracing::error!(note, "a fault inside");
    Error::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_sqlite() {
        for (code, trouble) in [
            (5, Some(Trouble::Busy)),
            (517, Some(Trouble::Busy)),
            (13, Some(Trouble::Full)),
            (778, Some(Trouble::Full)),
            (4874, Some(Trouble::Full)),
            (266, Some(Trouble::Disk)),
            (1032, Some(Trouble::ReadOnly)),
            (14, Some(Trouble::Unreachable)),
            (11, Some(Trouble::Damaged)),
            (1, None),
            (2067, None),
        ] {
            assert_eq!(of_sqlite(code), trouble, "{code}");
        }
    }

    #[test]
    fn what_was_late_is_called_so() {
        assert_eq!(Trouble::of_database(&late()), Some(Trouble::Busy));
        assert!(late().to_string().contains("did not answer in time"), "{}", late());
        assert!(!is_lost(&late()) && !is_refusal(&late()));
    }

    #[test]
    fn codes_of_postgresql() {
        for (code, trouble) in [
            ("57P01", Some(Trouble::Unreachable)),
            ("08006", Some(Trouble::Unreachable)),
            ("53100", Some(Trouble::Full)),
            ("53300", Some(Trouble::Busy)),
            ("25006", Some(Trouble::ReadOnly)),
            ("40P01", Some(Trouble::Busy)),
            ("57014", Some(Trouble::Busy)),
            ("23505", None),
            ("42601", None),
        ] {
            assert_eq!(of_sqlstate(code), trouble, "{code}");
        }
    }

    #[test]
    fn errors_of_the_disk() {
        for (code, trouble) in [
            (28, Some(Trouble::Full)),
            (122, Some(Trouble::Full)),
            (27, Some(Trouble::Full)),
            (30, Some(Trouble::ReadOnly)),
            (13, Some(Trouble::ReadOnly)),
            (24, Some(Trouble::OpenFiles)),
            (5, Some(Trouble::Disk)),
            (2, None),
        ] {
            assert_eq!(Trouble::of_io(&io::Error::from_raw_os_error(code)), trouble, "{code}");
        }
    }
}
