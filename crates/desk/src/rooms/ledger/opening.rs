//! Files that are opened, as the ledger has them.

use domain::{Actor, Attachment, LedgerData, Result, Timestamp, UserId};
use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::{
    rooms::Inner,
    store::{
        entities::{Ledger as Table, Tickets, ledger, tickets},
        fault::OrRefuse as _,
    },
    trail::ledger::NewEntry,
};

/// The hour of a moment, counted from the epoch.
pub(crate) fn hour(at: Timestamp) -> i64 {
    at.as_seconds().div_euclid(3600)
}

/// Notes that a file is opened: once in an hour for each session. What staff open only where that is switched on; who comes by a
/// signed address is nobody who is known. A file is given out also while nothing can be written; then the log has it.
pub(crate) async fn opened(desk: &Inner, reader: Option<&Actor>, file: &Attachment) {
    if reader.is_some_and(|reader| reader.role.is_staff()) && !desk.config.ledger_staff {
        return;
    }
    if let Err(cause) = note_opened(desk, reader, file).await {
        tracing::warn!(
            target: crate::rooms::SECURITY,
            event = "unnoted",
            file = file.id.0,
            user = reader.and_then(|reader| reader.id).map(|id| id.0),
            %cause,
            "a file was opened, and that could not be written into the ledger"
        );
    }
}

async fn note_opened(desk: &Inner, reader: Option<&Actor>, file: &Attachment) -> Result<()> {
    let at = desk.now();
    let by = match reader.map(Actor::credential) {
        None => "signed".to_owned(),
        Some(None) => "command line".to_owned(),
        Some(Some(by)) => by.0.clone(),
    };
    let once = format!("file {} {by} {}", file.id, hour(at));
    let known = Table::find().select_only().column(ledger::Column::Number).filter(ledger::COLUMN.once.eq(once.clone()));
    if known.into_tuple::<i64>().one(&desk.db).await.or_refuse()?.is_some() {
        return Ok(());
    }
    let owner = Tickets::find_by_id(file.ticket_id).select_only().column(tickets::Column::RequesterId);
    let Some(owner) = owner.into_tuple::<UserId>().one(&desk.db).await.or_refuse()? else { return Ok(()) };
    let tx = desk.db.begin_soon().await?;
    let entry = NewEntry::of_customer(LedgerData::FileOpened { file: file.id }, owner, Some(file.ticket_id));
    let entry = entry.session(reader.and_then(|reader| reader.session.as_ref())).once(once);
    match reader {
        Some(reader) => entry.note(&tx, reader, at),
        None => entry.note(&tx, None, at),
    }
    tx.commit().await
}
