//! Files without a row: thrown away, unless the database may be older than they are.

use std::collections::{BTreeSet, HashSet};

use domain::{Actor, AttachmentId, HoldReason, LedgerData, Result, Role, TicketId, Timestamp, UserId};
use object_store::path::Path;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::{
    rooms::Inner,
    store::{
        db::Tx,
        entities::{Attachments, SweepHold, Users, attachments, sweep_hold, users},
        fault::OrRefuse as _,
        files::shelf::place,
        notes::{self, Seen},
    },
    trail::ledger::NewEntry,
};

/// Folders looked at with one query.
const FOLDERS: usize = 500;
/// Rows read with one query.
const ROWS: u64 = 5000;

/// Why files without a row are kept, and which they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: HoldReason,
    /// The files, as in `tickets/7/….png`.
    pub files: Vec<String>,
    /// Members of staff who may come in, by name: one who was deactivated since the database was as it is now may again.
    pub staff: Vec<(UserId, String)>,
}

/// Keeps files without a row until an admin says otherwise.
pub(crate) async fn hold(tx: &Tx, reason: HoldReason, at: Timestamp) -> Result<()> {
    SweepHold::delete_many().exec(tx).await.or_refuse()?;
    let hold = sweep_hold::ActiveModel { id: Set(1), since: Set(at), reason: Set(reason) };
    SweepHold::insert(hold).exec_without_returning(tx).await.or_refuse()?;
    Ok(())
}

/// Looks, when the desk is opened, whether the database is older than the files beside it: somebody may have put it back. Then
/// files are kept. Ids go on above those of folders, because they name them.
pub(crate) async fn look(desk: &Inner) -> Result<()> {
    let folder = desk.storage.tickets().await?.last().map_or(0, |ticket| ticket.0);
    let seen: Seen = notes::read(&desk.config.data_dir, notes::SEEN).unwrap_or_default();
    let (ticket, event) = (desk.db.last_id("tickets").await?, desk.db.last_id("events").await?);
    // Of a ticket that was not committed there may be a folder, which tells nothing of the database.
    let is_older = seen.event > event;
    if is_older || folder > ticket {
        let tx = desk.db.begin().await?;
        if is_older && SweepHold::find_by_id(1).one(&tx).await.or_refuse()?.is_none() {
            hold(&tx, HoldReason::OlderDatabase, desk.now()).await?;
            tracing::warn!(
                "the database is older than the files beside it: files without a row are kept until an admin says otherwise"
            );
        }
        for (table, last, before) in [("tickets", folder, ticket), ("events", seen.event, event)] {
            if last > before {
                tx.give_above(table, last).await.or_refuse()?;
            }
        }
        tx.commit().await?;
    }
    note(desk).await
}

/// Notes how far the desk has come.
async fn note(desk: &Inner) -> Result<()> {
    Seen { event: desk.db.last_id("events").await? }.note(&desk.config.data_dir);
    Ok(())
}

/// Throws away files without a row.
pub(crate) async fn run(desk: &Inner) -> Result<()> {
    note(desk).await?;
    if SweepHold::find_by_id(1).one(&desk.db).await.or_refuse()?.is_some() {
        return Ok(());
    }
    for file in without_row(desk).await? {
        // What could not be moved is in the log, and waits for the next time.
        if desk.storage.throw_away(&file).await.is_ok() {
            tracing::info!(%file, "a file without a ticket was swept away");
        }
    }
    Ok(())
}

/// Files without a row.
pub(crate) async fn without_row(desk: &Inner) -> Result<Vec<Path>> {
    if desk.storage.shelf().is_bucket() {
        return without_row_in_bucket(desk).await;
    }
    let mut found = Vec::new();
    let tickets = desk.storage.tickets().await?;
    for folders in tickets.chunks(FOLDERS) {
        let (Some(first), Some(last)) = (folders.first(), folders.last()) else { continue };
        // Listed before the rows are read: a file that gets its row in between is kept.
        let mut files = Vec::new();
        for ticket in folders {
            files.extend(desk.storage.settled_files(*ticket).await?);
        }
        let rows: Vec<(TicketId, String)> = Attachments::find()
            .select_only()
            .column(attachments::Column::TicketId)
            .column(attachments::Column::StoredName)
            .filter(attachments::COLUMN.ticket_id.between(*first, *last))
            .into_tuple()
            .all(&desk.db)
            .await
            .or_refuse()?;
        let known: HashSet<_> = rows.into_iter().map(|(ticket, name)| place(ticket, &name)).collect();
        found.extend(files.into_iter().filter(|file| !known.contains(file)));
    }
    Ok(found)
}

/// The same of a bucket, where a file's place does not say whose it is.
async fn without_row_in_bucket(desk: &Inner) -> Result<Vec<Path>> {
    let shelf = desk.storage.shelf();
    // Listed before the rows are read, as above.
    let mut found: BTreeSet<Path> = desk.storage.settled_in_bucket().await?.into_iter().collect();
    let mut last = AttachmentId(0);
    while !found.is_empty() {
        let rows: Vec<(AttachmentId, TicketId, String)> = Attachments::find()
            .select_only()
            .columns([attachments::Column::Id, attachments::Column::TicketId, attachments::Column::StoredName])
            .filter(attachments::COLUMN.id.gt(last))
            .order_by_asc(attachments::COLUMN.id)
            .limit(ROWS)
            .into_tuple()
            .all(&desk.db)
            .await
            .or_refuse()?;
        let Some((newest, ..)) = rows.last() else { break };
        last = *newest;
        for (_, ticket, name) in &rows {
            found.remove(&shelf.place(*ticket, name));
        }
    }
    Ok(found.into_iter().collect())
}

/// Why files without a row are kept, if they are. Admins.
pub(crate) async fn held(desk: &Inner, actor: &Actor) -> Result<Option<Held>> {
    actor.require_admin()?;
    let Some(hold) = SweepHold::find_by_id(1).one(&desk.db).await.or_refuse()? else { return Ok(None) };
    let files = without_row(desk).await?.iter().map(|file| shown(file.as_ref())).collect();
    let staff = active_staff(&desk.db).await?;
    Ok(Some(Held { since: hold.since, reason: hold.reason, files, staff }))
}

/// Members of staff who may come in, by name.
pub(crate) async fn active_staff(db: &impl ConnectionTrait) -> Result<Vec<(UserId, String)>> {
    let staff = Users::find()
        .select_only()
        .columns([users::Column::Id, users::Column::Username, users::Column::Name])
        .filter(users::COLUMN.role.ne(Role::Customer))
        .filter(users::COLUMN.is_active.eq(true))
        .order_by_asc(users::Column::UsernameKey);
    let staff: Vec<(UserId, String, String)> = staff.into_tuple().all(db).await.or_refuse()?;
    Ok(staff.into_iter().map(|(id, username, name)| (id, if name.is_empty() { username } else { name })).collect())
}

fn shown(file: &str) -> String {
    file.strip_prefix("media/").unwrap_or(file).to_owned()
}

/// Files without a row may go from now on. Admins.
pub(crate) async fn confirm(desk: &Inner, actor: &Actor) -> Result<()> {
    actor.require_admin()?;
    let tx = desk.db.begin().await?;
    if SweepHold::delete_many().exec(&tx).await.or_refuse()?.rows_affected > 0 {
        NewEntry::of_desk(LedgerData::StraysReleased).note(&tx, actor, desk.now());
    }
    tx.commit().await?;
    tracing::info!(by = actor.username, "files without a row may be swept away again");
    Ok(())
}
