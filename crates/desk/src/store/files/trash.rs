//! Files that belong to no ticket any more are kept for a day: a backup under way may still name them, and so may somebody.

use domain::{Result, TicketId, Timestamp};
use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, path::Path};

use super::{Storage, TICKETS, touch};
use crate::{
    config::Clock,
    store::fault::{OrFault as _, internal},
};

/// Where they are, in the same folders as before.
const TRASH: &str = "trash/tickets";
/// Seconds that they are kept.
const KEEP: i64 = 24 * 3600;

/// Where a file of a ticket is once it was thrown away.
pub(crate) fn trashed(ticket: TicketId, stored_name: &str) -> Path {
    Path::from(TRASH).join(ticket.to_string()).join(stored_name)
}

impl Storage {
    /// Throws a ticket's file away.
    pub(crate) async fn throw_away(&self, file: &Path) -> Result<()> {
        let slot = &self.health.files;
        let rest = file.as_ref().strip_prefix(TICKETS).unwrap_or(file.as_ref());
        let to = Path::from(TRASH).parts().chain(Path::from(rest).parts()).collect();
        let at = self.root.join(file.to_string());
        let folder = at.parent().map(std::path::Path::to_owned);
        // Its day begins now.
        let touched = tokio::task::spawn_blocking(move || touch(&at)).await;
        touched.map_err(|_| internal("a file could not be thrown away"))?.or_fault(slot)?;
        self.store.rename(file, &to).await.or_fault(slot)?;
        if let Some(folder) = folder {
            // One with more files in it stays.
            let _ = tokio::task::spawn_blocking(move || std::fs::remove_dir(folder)).await;
        }
        Ok(())
    }

    /// Throws away the files of a ticket that is gone. What cannot be moved now is swept away later.
    pub(crate) async fn throw_ticket_away(&self, ticket: TicketId) {
        let found: Result<Vec<_>, _> = self.store.list(Some(&super::folder(ticket))).try_collect().await;
        for file in found.unwrap_or_default() {
            if self.throw_away(&file.location).await.is_err() {
                tracing::warn!(file = %file.location, "a file of a ticket that is gone is still there");
            }
        }
    }

    /// Deletes what was thrown away more than a day ago.
    pub(crate) async fn empty_trash(&self) -> Result<()> {
        let before = day_ago(Clock::System.now());
        let slot = &self.health.files;
        let listed: Vec<_> = self.store.list(Some(&Path::from(TRASH))).try_collect().await.or_fault(slot)?;
        for file in listed.into_iter().filter(|file| file.last_modified.timestamp_micros() < before.as_micros()) {
            self.store.delete(&file.location).await.or_fault(slot)?;
        }
        Ok(())
    }
}

/// Files are dated by the machine's clock.
fn day_ago(now: Timestamp) -> Timestamp {
    now.plus_seconds(-KEEP)
}
