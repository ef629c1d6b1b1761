//! A restore's files in a bucket. What is there stays: its names are random, so nothing is in the way of anything, and what no row
//! names is kept until an admin says otherwise.

use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path as StorePath;

use crate::{
    Bucket, DeskConfig, OpenError,
    store::{
        archive::Archive,
        files::{carry::Upload, mark, shelf::Shelf},
        health::Health,
        keys::Keys,
    },
};

/// Bytes that are read of the backup at once.
const READ: usize = 256 * 1024;

/// Sends the files of a backup.
pub(super) async fn put_files(config: &DeskConfig, bucket: &Bucket, archive: &Arc<Archive>) -> Result<(), OpenError> {
    let shelf = Shelf::open(config, &Arc::<Health>::default())?;
    let name = bucket.to_string();
    // Where there is no secret yet, whatever is marked is another desk's.
    let has_secret = config.secret.is_some() || config.data_dir.join("secret").exists();
    let keys = has_secret.then(|| Keys::load(config, true)).transpose()?;
    mark::require_free(&shelf, &name, keys.as_ref()).await?;
    for (number, member) in archive.manifest.members.iter().enumerate() {
        let Some(path) = member.name.strip_prefix("media/tickets/") else { continue };
        // Names are ours; one that leads elsewhere is not.
        let path = StorePath::parse(path).map_err(|cause| OpenError(format!("{}: {cause}", member.name)))?;
        let parts: Vec<_> = path.parts().collect();
        let [_, stored] = parts.as_slice() else {
            return Err(OpenError(format!("{} is no file of a ticket", member.name)));
        };
        // No ticket is named in a bucket's places.
        let place = shelf.place(domain::TicketId(0), stored.as_ref());
        let mut upload = Upload::new(&shelf.store, place);
        let (pieces, mut arrives) = tokio::sync::mpsc::channel(2);
        let reads = Arc::clone(archive);
        let reading = tokio::task::spawn_blocking(move || {
            use std::io::Read as _;
            let mut from = reads.read(number);
            loop {
                let mut piece = vec![0; READ];
                let count = from.read(&mut piece)?;
                piece.truncate(count);
                if count == 0 || pieces.blocking_send(Bytes::from(piece)).is_err() {
                    return Ok::<_, std::io::Error>(());
                }
            }
        });
        let sent = async {
            while let Some(piece) = arrives.recv().await {
                upload.put(piece).await?;
            }
            reading.await.unwrap_or_else(|cause| Err(std::io::Error::other(cause)))
        };
        let sent = sent.await;
        let sent = upload.end(sent).await;
        sent.map_err(|cause| OpenError(format!("{} could not be written to {name}: {cause}", member.name)))?;
    }
    Ok(())
}

/// Notes where the restored desk has its files.
pub(super) async fn settle(config: &DeskConfig, keys: &Keys) -> Result<(), OpenError> {
    let Some(bucket) = &config.storage else { return Ok(()) };
    let (shelf, name) = (Shelf::open(config, &Arc::<Health>::default())?, bucket.to_string());
    mark::leave(&shelf, &name, keys).await?;
    mark::note(config, Some(&name))
}
