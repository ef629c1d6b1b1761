//! How large pictures are, so that pages show only those that do not cost their readers gigabytes.

use std::sync::Arc;

use bytes::Bytes;
use domain::{AttachmentId, FileKind, Measured, PictureSize, Result, TicketId};
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DerivePartialModel, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};

use crate::{
    rooms::Inner,
    store::{
        entities::{Attachments, attachments},
        fault::{OrFault, OrRefuse as _},
        health::Slot,
    },
};

/// Pictures looked at with one query.
const BATCH: u64 = 200;

/// The size of a stored picture, whose first bytes may be given; none for what is no picture or does not say.
pub(crate) async fn measure(
    store: &Arc<dyn ObjectStore>,
    slot: &Slot,
    path: &Path,
    kind: FileKind,
    size: u64,
    start: Bytes,
) -> Result<Option<PictureSize>> {
    let (mut at, mut bytes) = (0, start);
    loop {
        match PictureSize::measure(kind, at, &bytes) {
            Measured::Known(size) => return Ok(Some(size)),
            // Each look is further on than the one before, so it ends.
            Measured::LookAt(next) if next < size => at = next,
            Measured::LookAt(_) | Measured::Unknown => return Ok(None),
        }
        let piece = at..size.min(at + PictureSize::PIECE);
        bytes = store.get_range(path, piece).await.or_fault(slot)?;
    }
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Attachments")]
struct Unmeasured {
    id: AttachmentId,
    ticket_id: TicketId,
    stored_name: String,
    /// As text: a kind that this version does not know holds up no other file.
    kind: String,
}

/// Measures the pictures that were stored before this was asked.
pub(crate) async fn measure_old(desk: &Inner) -> Result<()> {
    let mut last = AttachmentId(0);
    loop {
        let rows: Vec<Unmeasured> = Attachments::find()
            .filter(attachments::COLUMN.width.is_null())
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
            // One that cannot be read holds up none after it, and is looked at again with the next upkeep. The log has
            // the cause.
            let Ok(picture) = measure_row(desk, &row).await else { continue };
            let (width, height) = columns(picture);
            let measured =
                attachments::ActiveModel { width: Set(Some(width)), height: Set(Some(height)), ..Default::default() };
            let update = Attachments::update_many().set(measured).filter(attachments::COLUMN.id.eq(row.id));
            desk.db.write(&update.into_query()).await?;
        }
    }
}

async fn measure_row(desk: &Inner, row: &Unmeasured) -> Result<Option<PictureSize>> {
    let Some(kind) = row.kind.parse::<FileKind>().ok().filter(|kind| kind.is_image()) else { return Ok(None) };
    let (shelf, slot) = (desk.storage.shelf(), desk.storage.shelf().slot());
    let path = shelf.place(row.ticket_id, &row.stored_name);
    // Of the file as it is: a copy that broke off is shorter than what was sent.
    let size = match shelf.store.head(&path).await {
        Ok(about) => about.size,
        // Its ticket was withdrawn meanwhile, or somebody took it out of the folder.
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(other) => return Err(other).or_fault(slot),
    };
    if size == 0 {
        return Ok(None);
    }
    let start = shelf.store.get_range(&path, 0..size.min(PictureSize::PIECE)).await.or_fault(slot)?;
    measure(&shelf.store, slot, &path, kind, size, start).await
}

/// The columns `width` and `height`: zeros for what has no size, null for what was not looked at.
pub(crate) fn columns(picture: Option<PictureSize>) -> (i64, i64) {
    picture.map_or((0, 0), |size| (size.width.into(), size.height.into()))
}

/// The size that the columns say.
pub(crate) fn size(width: Option<i64>, height: Option<i64>) -> Option<PictureSize> {
    let side = |value: Option<i64>| u32::try_from(value?).ok().filter(|side| *side > 0);
    Some(PictureSize { width: side(width)?, height: side(height)? })
}
