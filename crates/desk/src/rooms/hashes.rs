//! The SHA-256 of files: taken as they arrive, and read later of those that came before there was this.

use data_encoding::HEXLOWER;
use domain::{AttachmentId, Result, TicketId};
use futures::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};
use sha2::{Digest as _, Sha256};

use crate::{
    rooms::Inner,
    store::{
        entities::{Attachments, attachments},
        fault::{OrFault as _, OrRefuse as _},
    },
};

/// Files looked for with one query.
const BATCH: u64 = 200;

/// The column `sha256`.
pub(crate) fn column(hash: [u8; 32]) -> Option<String> {
    Some(HEXLOWER.encode(&hash))
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Attachments")]
struct Unhashed {
    id: AttachmentId,
    ticket_id: TicketId,
    stored_name: String,
}

/// Reads the files that have no hash yet, one after the other; each is written at once, so it goes on where it was broken
/// off.
pub(crate) async fn hash_old(desk: &Inner) -> Result<()> {
    let mut last = AttachmentId(0);
    loop {
        let rows: Vec<Unhashed> = Attachments::find()
            .filter(attachments::COLUMN.sha256.is_null())
            .filter(attachments::COLUMN.id.gt(last))
            .order_by_asc(attachments::COLUMN.id)
            .limit(BATCH)
            .into_partial_model()
            .all(&desk.db)
            .await
            .or_refuse()?;
        let Some(newest) = rows.last() else { return Ok(()) };
        last = newest.id;
        for row in rows {
            // One that cannot be read holds up none after it, and is tried again with the next upkeep. The log has the
            // cause.
            let Ok(Some(hash)) = of_file(desk, row.ticket_id, &row.stored_name).await else { continue };
            let hashed = attachments::ActiveModel { sha256: Set(column(hash)), ..Default::default() };
            let update = Attachments::update_many().set(hashed).filter(attachments::COLUMN.id.eq(row.id));
            desk.db.write(&update.into_query()).await?;
        }
    }
}

/// The hash of a file's bytes. None for one that is not there: its ticket was withdrawn meanwhile, or somebody took it out of the
/// folder.
pub(crate) async fn of_file(desk: &Inner, ticket: TicketId, stored_name: &str) -> Result<Option<[u8; 32]>> {
    let (shelf, slot) = (desk.storage.shelf(), desk.storage.shelf().slot());
    let found = match shelf.store.get(&shelf.place(ticket, stored_name)).await {
        Ok(found) => found,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(other) => return Err(other).or_fault(slot),
    };
    let mut bytes = found.into_stream();
    let mut hash = Sha256::new();
    while let Some(chunk) = bytes.try_next().await.or_fault(slot)? {
        hash.update(&chunk);
    }
    Ok(Some(hash.finalize().into()))
}
