//! Numbers for who watches the desk from outside. None of them is about a person or a ticket.

use std::time::Duration;

use domain::{Result, Timestamp};
use sea_orm::{EntityTrait as _, QueryFilter as _};

use crate::{
    rooms::{
        Inner,
        pins::{can_be_redeemed, live_cards},
        sessions, totals,
    },
    store::{
        db::Connections,
        entities::Pins,
        notes::{self, BackupNote, LAST_BACKUP, LAST_VERIFIED},
        tally::Attempts,
    },
};

/// Attempts to log in since this process started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogIns {
    /// Who was let in.
    pub let_in: u64,
    /// Whose PIN or password was wrong.
    pub refused: u64,
    /// Who was refused unseen, because too many had failed.
    pub too_many: u64,
}

impl LogIns {
    fn of(attempts: &Attempts) -> Self {
        let Attempts { let_in, refused, too_many } = attempts;
        Self { let_in: let_in.get(), refused: refused.get(), too_many: too_many.get() }
    }
}

/// See the module. What counts from the start of the process only grows.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Attempts with a Support PIN since the start.
    pub pins: LogIns,
    /// Attempts with a password since the start.
    pub passwords: LogIns,
    /// Files taken in since the start.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Transactions begun since the start.
    pub transactions: u64,
    /// How long they waited for their beginning, all together.
    pub transaction_wait: Duration,
    /// Connections to the database.
    pub connections: Vec<Connections>,
    /// PINs that can be redeemed, those on cards too; nothing where the database does not answer.
    pub live_pins: Option<u64>,
    /// Sessions under way; nothing where the database does not answer.
    pub sessions: Option<u64>,
    /// Whether what was last read or written worked.
    pub is_well: bool,
    /// When upkeep was last done to its end by this process, in seconds since 1970.
    pub upkeep_at: Option<i64>,
    /// When the last backup was made.
    pub backup_at: Option<Timestamp>,
    /// When a backup was last verified.
    pub verified_at: Option<Timestamp>,
}

/// Reads them all. It costs a few counts by their indexes.
pub(crate) async fn read(desk: &Inner) -> Figures {
    let tally = desk.db.tally();
    let (transactions, transaction_wait) = tally.begun();
    let noted = |name| notes::read::<BackupNote>(&desk.config.data_dir, name).map(|note| note.at);
    Figures {
        pins: LogIns::of(&tally.pins),
        passwords: LogIns::of(&tally.passwords),
        files: tally.files.get(),
        file_bytes: tally.file_bytes.get(),
        transactions,
        transaction_wait,
        connections: desk.db.connections(),
        live_pins: all_live_pins(desk).await.ok(),
        sessions: sessions::number(desk).await.ok(),
        // After the counts, which may be what finds out.
        is_well: desk.health.trouble().is_none(),
        upkeep_at: tally.upkeep_at(),
        backup_at: noted(LAST_BACKUP),
        verified_at: noted(LAST_VERIFIED),
    }
}

/// How many PINs can be redeemed, those on cards too.
async fn all_live_pins(desk: &Inner) -> Result<u64> {
    let on_cards = live_cards(desk, desk.now()).await?.map_or(0, |(count, _)| count.unsigned_abs());
    Ok(live_pins(desk).await? + on_cards)
}

/// How many PINs can be redeemed, without those on cards.
pub(crate) async fn live_pins(desk: &Inner) -> Result<u64> {
    totals::exactly(&desk.db, Pins::find().filter(can_be_redeemed(desk.now()))).await
}
