//! What is confirmed, as it was when it was asked, and the one sum over exactly that.

use data_encoding::HEXLOWER;
use domain::{ApprovalFile, AttachmentId, Error, Result, TicketId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DerivePartialModel, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use sha2::{Digest as _, Sha256};

use crate::{
    rooms::{Inner, hashes},
    store::{
        db::Tx,
        entities::{Attachments, approvals, attachments},
        fault::{OrRefuse as _, internal},
    },
};

/// What is confirmed.
pub(super) struct Frozen {
    pub(super) ticket: TicketId,
    pub(super) text: String,
    pub(super) amount: String,
    pub(super) files: Vec<ApprovalFile>,
}

impl Frozen {
    /// What a row says now.
    pub(super) fn of(row: &approvals::Model) -> Result<Self> {
        let files = read_files(row)?;
        Ok(Self { ticket: row.ticket_id, text: row.text.clone(), amount: row.amount.clone(), files })
    }

    /// SHA-256 over a JSON array: the ticket's number, the text, the amount, and of each file its name and sum.
    pub(super) fn sha256(&self) -> Result<String> {
        let files: Vec<_> = self.files.iter().map(|file| (&file.name, &file.sha256)).collect();
        let all = serde_json::to_vec(&(self.ticket, &self.text, &self.amount, files));
        let all = all.map_err(|_| internal("a request could not be written as JSON"))?;
        Ok(HEXLOWER.encode(&Sha256::digest(all)))
    }
}

/// The files that a row names.
pub(super) fn read_files(row: &approvals::Model) -> Result<Vec<ApprovalFile>> {
    serde_json::from_str(&row.files).map_err(|_| internal("the files of a request could not be read"))
}

/// The column `files`.
pub(super) fn files_column(files: &[ApprovalFile]) -> Result<String> {
    serde_json::to_string(files).map_err(|_| internal("the files of a request could not be written"))
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Attachments")]
pub(super) struct File {
    id: AttachmentId,
    ticket_id: TicketId,
    stored_name: String,
    name: String,
    sha256: Option<String>,
}

/// Those of some files that the customers of their tickets see.
pub(super) async fn seen(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = AttachmentId>) -> Result<Vec<File>> {
    let files =
        Attachments::find().filter(attachments::COLUMN.is_internal.eq(false)).filter(attachments::COLUMN.id.is_in(ids));
    files.order_by_asc(attachments::COLUMN.id).into_partial_model().all(db).await.or_refuse()
}

/// The files of a ticket that are to be named, in the order of their numbers, each once.
///
/// # Errors
/// [`Error::Invalid`] (`files`) where one is not among those that the customer sees, or was not read yet.
pub(super) async fn files(tx: &Tx, ticket: TicketId, ids: &[AttachmentId]) -> Result<Vec<ApprovalFile>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = seen(tx, ids.iter().copied()).await?;
    found.retain(|file| file.ticket_id == ticket);
    if ids.iter().any(|id| found.iter().all(|file| file.id != *id)) {
        return Err(Error::field("files", "Choose files of this ticket that the customer sees."));
    }
    let named = found.into_iter().map(|File { id, name, sha256, .. }| {
        let sha256 = sha256.ok_or_else(|| {
            Error::field(
                "files",
                format!("“{name}” came with an earlier version and has no checksum yet. Try again in an hour."),
            )
        })?;
        Ok(ApprovalFile { id, name, sha256 })
    });
    named.collect()
}

/// Whether these files are on a ticket and what they were, as the database has it: among those that are [`seen`].
pub(super) fn files_hold(seen: &[File], ticket: TicketId, files: &[ApprovalFile]) -> bool {
    files.iter().all(|file| {
        seen.iter()
            .filter(|it| it.ticket_id == ticket && it.id == file.id)
            .any(|it| it.name == file.name && it.sha256.as_ref() == Some(&file.sha256))
    })
}

/// Whether the bytes of a file are those that they were.
pub(super) async fn file_holds(desk: &Inner, ticket: TicketId, file: &ApprovalFile) -> Result<bool> {
    let found = seen(&desk.db, [file.id]).await?.pop().filter(|found| found.ticket_id == ticket);
    let Some(found) = found else { return Ok(false) };
    let hash = hashes::of_file(desk, ticket, &found.stored_name).await?;
    Ok(hash.is_some_and(|hash| HEXLOWER.encode(&hash) == file.sha256))
}
