//! Where files of tickets are kept: the data folder, or a bucket.

use std::{fs::File, path::PathBuf, sync::Arc};

use domain::{Result, TicketId, Timestamp};
use object_store::{ObjectStore, ObjectStoreExt as _, local::LocalFileSystem, path::Path};

use crate::{
    DeskConfig, OpenError,
    store::{
        fault::{self, OrFault as _},
        health::{Health, Slot},
    },
};

/// Files of a bucket: their names are enough to tell them apart, so they are sent before it is known which ticket gets them.
const MEDIA: &str = "media";
const TRASH: &str = "trash";

/// The folder of all tickets.
pub(super) const TICKETS: &str = "media/tickets";

/// See the module.
#[derive(Clone)]
pub(crate) struct Shelf {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) health: Arc<Health>,
    /// The data folder, if it is one.
    root: Option<PathBuf>,
}

/// The data folder as a store.
pub(super) fn local(config: &DeskConfig) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let root = &config.data_dir;
    let store = LocalFileSystem::new_with_prefix(root)
        .map_err(|cause| fault::cannot("use the folder", root, &std::io::Error::other(cause)))?
        .with_automatic_cleanup(true)
        // What was answered is on the disk.
        .with_fsync(true);
    Ok(Arc::new(store))
}

pub(super) fn folder(ticket: TicketId) -> Path {
    Path::from(TICKETS).join(ticket.to_string())
}

/// Where an attachment is in the folder, and in a backup.
pub(crate) fn place(ticket: TicketId, stored_name: &str) -> Path {
    folder(ticket).join(stored_name)
}

/// A file's age counts from now on.
#[expect(clippy::disallowed_methods, reason = "the disk has a clock of its own, by which the sweep goes")]
pub(super) fn touch(file: &std::path::Path) -> std::io::Result<()> {
    date(file, std::time::SystemTime::now())
}

/// A file's age counts from a moment on.
pub(super) fn touch_at(file: &std::path::Path, at: Timestamp) -> std::io::Result<()> {
    let since = std::time::Duration::from_micros(at.as_micros().max(0).unsigned_abs());
    date(file, std::time::SystemTime::UNIX_EPOCH + since)
}

fn date(file: &std::path::Path, at: std::time::SystemTime) -> std::io::Result<()> {
    File::options().append(true).open(file)?.set_modified(at)
}

impl Shelf {
    pub(crate) fn open(config: &DeskConfig, health: &Arc<Health>) -> Result<Self, OpenError> {
        let health = Arc::clone(health);
        match &config.storage {
            Some(bucket) => Ok(Self { store: bucket.store()?, health, root: None }),
            None => Ok(Self { store: local(config)?, health, root: Some(config.data_dir.clone()) }),
        }
    }

    pub(crate) fn is_bucket(&self) -> bool {
        self.root.is_none()
    }

    pub(super) fn root(&self) -> Option<&std::path::Path> {
        self.root.as_deref()
    }

    /// What is the matter with it.
    pub(crate) fn slot(&self) -> &Slot {
        if self.is_bucket() { &self.health.bucket } else { &self.health.files }
    }

    /// Below which the files are.
    pub(crate) fn all(&self) -> Path {
        Path::from(if self.is_bucket() { MEDIA } else { TICKETS })
    }

    /// Where an attachment is.
    pub(crate) fn place(&self, ticket: TicketId, stored_name: &str) -> Path {
        if self.is_bucket() { Path::from(MEDIA).join(stored_name) } else { folder(ticket).join(stored_name) }
    }

    /// Below which is what was thrown away.
    pub(super) fn trash(&self) -> Path {
        Path::from(if self.is_bucket() { TRASH } else { "trash/tickets" })
    }

    /// Where an attachment is once it was thrown away.
    pub(crate) fn trashed(&self, ticket: TicketId, stored_name: &str) -> Path {
        let place = self.place(ticket, stored_name);
        self.in_trash(&place)
    }

    /// Where what is at a place goes when it is thrown away.
    pub(super) fn in_trash(&self, place: &Path) -> Path {
        let rest: Vec<_> = place.parts().skip(self.all().parts().count()).collect();
        self.trash().parts().chain(rest).collect()
    }

    /// Lists, writes and deletes: whether a bucket can be used.
    pub(crate) async fn try_out(&self) -> object_store::Result<()> {
        let place = Path::from("looks").join("doctor");
        self.store.list_with_delimiter(Some(&self.trash())).await?;
        self.store.put(&place, vec![b'.'].into()).await?;
        self.store.delete(&place).await
    }

    /// Writes something and deletes it again.
    pub(super) async fn look(&self, name: &str, bytes: usize) -> Result<()> {
        let (place, slot) = (Path::from("looks").join(name), self.slot());
        self.store.put(&place, vec![b'.'; bytes].into()).await.or_fault(slot)?;
        self.store.delete(&place).await.or_fault(slot)?;
        slot.works();
        Ok(())
    }
}
