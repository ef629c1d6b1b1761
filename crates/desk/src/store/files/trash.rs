//! Files that belong to no ticket any more are kept for a day: a backup under way may still name them, and so may somebody.

use domain::{Result, TicketId, Timestamp};
use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, path::Path};

use super::{
    Storage,
    shelf::{Shelf, folder, touch_at},
};
use crate::{
    config::Clock,
    store::fault::{OrFault as _, internal},
};

/// Seconds that they are kept.
const KEEP: i64 = 24 * 3600;

/// Throws a ticket's file away; one that somebody else just did is thrown away, too.
async fn throw_away(shelf: &Shelf, file: &Path, now: Timestamp) -> Result<()> {
    let to = shelf.in_trash(file);
    let at = shelf.root().map(|root| root.join(file.to_string()));
    if let Some(at) = at.clone() {
        // Its day begins now; in a bucket it does with the copy.
        let touched = tokio::task::spawn_blocking(move || touch_at(&at, now)).await;
        touched.map_err(|_| internal("a file could not be thrown away"))?.or_fault(shelf.slot())?;
    }
    match shelf.store.rename(file, &to).await {
        Err(object_store::Error::NotFound { .. }) if shelf.is_bucket() => {}
        moved => moved.or_fault(shelf.slot())?,
    }
    if let Some(folder) = at.as_deref().and_then(std::path::Path::parent).map(std::path::Path::to_owned) {
        // One with more files in it stays.
        let _ = tokio::task::spawn_blocking(move || std::fs::remove_dir(folder)).await;
    }
    Ok(())
}

async fn throw_each_away(shelf: &Shelf, files: Vec<Path>, now: Timestamp) {
    for file in files {
        if throw_away(shelf, &file, now).await.is_err() {
            tracing::warn!(%file, "a file of a ticket that is gone is still there");
        }
    }
}

impl Storage {
    /// Throws a ticket's file away.
    pub(crate) async fn throw_away(&self, file: &Path) -> Result<()> {
        throw_away(self.shelf(), file, self.clock.now()).await
    }

    /// Throws away the files of a ticket that is gone, which had these names. What cannot be moved now is swept away later.
    pub(crate) async fn throw_ticket_away(&self, ticket: TicketId, names: &[String]) {
        let (shelf, now) = (self.shelf().clone(), self.clock.now());
        if shelf.is_bucket() {
            // Nobody waits for a bucket.
            let files = names.iter().map(|name| shelf.place(ticket, name)).collect();
            tokio::spawn(async move { throw_each_away(&shelf, files, now).await });
            return;
        }
        let found: Result<Vec<_>, _> = shelf.store.list(Some(&folder(ticket))).try_collect().await;
        let files = found.unwrap_or_default().into_iter().map(|file| file.location).collect();
        throw_each_away(&shelf, files, now).await;
    }

    /// Deletes what was thrown away more than a day ago.
    pub(crate) async fn empty_trash(&self) -> Result<()> {
        let (shelf, slot) = (self.shelf(), self.shelf().slot());
        // What is thrown away is dated by the desk's clock, or by the bucket's.
        let now = if shelf.is_bucket() { Clock::System.now() } else { self.clock.now() };
        let before = now.plus_seconds(-KEEP);
        let listed: Vec<_> = shelf.store.list(Some(&shelf.trash())).try_collect().await.or_fault(slot)?;
        for file in listed.into_iter().filter(|file| file.last_modified.timestamp_micros() < before.as_micros()) {
            match shelf.store.delete(&file.location).await {
                // Another process did.
                Err(object_store::Error::NotFound { .. }) => {}
                deleted => deleted.or_fault(slot)?,
            }
        }
        Ok(())
    }
}
