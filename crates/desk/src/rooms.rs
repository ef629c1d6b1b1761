//! The deeds, a room for each kind. Every deed takes who asks, authorises, acts in one transaction and records an
//! event.

pub(crate) mod approvals;
pub(crate) mod attachments;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod callers;
pub(crate) mod cards;
pub(crate) mod categories;
pub(crate) mod checks;
pub(crate) mod delegations;
pub(crate) mod doctor;
pub(crate) mod drafts;
pub(crate) mod drops;
pub(crate) mod existing;
pub(crate) mod export;
pub(crate) mod factors;
pub(crate) mod figures;
pub(crate) mod hashes;
pub(crate) mod holds;
pub(crate) mod import;
pub(crate) mod intake;
pub(crate) mod known;
pub(crate) mod ledger;
pub(crate) mod live;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod pictures;
pub(crate) mod pins;
pub(crate) mod recoveries;
pub(crate) mod restore;
pub(crate) mod retention;
pub(crate) mod returns;
pub(crate) mod scratch;
pub(crate) mod sealed;
pub(crate) mod search;
pub(crate) mod sent;
pub(crate) mod sessions;
pub(crate) mod storage;
pub(crate) mod sweep;
pub(crate) mod throttle;
pub(crate) mod tickets;
pub(crate) mod tokens;
pub(crate) mod totals;
pub(crate) mod turns;
pub(crate) mod upgrade;
pub(crate) mod upkeep;
pub(crate) mod vouching;

use std::sync::Arc;

use domain::Timestamp;

use crate::{
    DeskConfig,
    store::{db::Db, files::Storage, health::Health, keys::Keys, lock::FolderLock, notes::Seen},
    trail::hub::Hub,
};

/// The target of the log's lines about who was let in and who was refused. Never what was typed.
pub const SECURITY: &str = "security";

/// Takes the address off the lines of the log about this request: it comes from somebody without an identity. The server's span for
/// a request has it as its field `client`.
pub(crate) fn withhold_address() {
    tracing::Span::current().record("client", "withheld");
}

/// What every room works with.
pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) hub: Arc<Hub>,
    pub(crate) storage: Storage,
    pub(crate) keys: Keys,
    pub(crate) config: DeskConfig,
    pub(crate) turns: turns::Turns,
    pub(crate) health: Arc<Health>,
    pub(crate) totals: totals::Totals,
    /// Why this process made no backup the last time it tried.
    pub(crate) not_made: parking_lot::Mutex<Option<backup::own::BackupFailure>>,
    /// Last, so that the folder is free when all else is closed.
    pub(crate) _lock: FolderLock,
}

impl Drop for Inner {
    fn drop(&mut self) {
        Seen { event: self.db.newest_event() }.note(&self.config.data_dir);
    }
}

impl Inner {
    /// The moment, by the desk's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.config.clock.now()
    }
}
