//! A form that changes several things of many tickets at once: one bulk for each thing, all or none of them carried out.
//! What became of it is kept, so that the page after it can say so, and a form that comes twice counts once.

use domain::{
    Actor, BulkChange, BulkPart, BulkReport, BulkReportId, Error, Result, Role, TicketId, Timestamp, check_bulk,
    check_changes,
};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{Tickets, bulk::change_each, undo::take_back};
use crate::{
    rooms::sent,
    store::{
        db::Tx,
        entities::{
            BulkReports,
            bulk_reports::{self, Model, Parts},
        },
        fault::{OrRefuse as _, internal},
    },
};

const OTHER: &str = "This form was sent already, with other choices. Send it again if you mean it.";
const NOTHING: &str = "This was taken back already, or there is nothing to take back.";

impl Tickets<'_> {
    /// Changes some things of each of some tickets, each as [`Tickets::bulk`] does, in one transaction. Sent once more
    /// under the same `key`, it is what it was the first time. Staff.
    ///
    /// # Errors
    /// As [`Tickets::bulk`]; [`Error::Invalid`] for no change or several of one thing (`form`), and for
    /// `idempotency_key`; [`Error::Conflict`] when something else was sent under the key.
    pub async fn bulk_form(
        &self,
        actor: &Actor,
        tickets: &[TicketId],
        changes: &[BulkChange],
        key: Option<&str>,
    ) -> Result<BulkReport> {
        actor.require_staff()?;
        let tickets = check_bulk(tickets).map_err(|sentence| Error::field("tickets", sentence))?;
        check_changes(changes).map_err(|sentence| Error::field("form", sentence))?;
        let key = sent::checked(key).map_err(|sentence| Error::field("idempotency_key", sentence))?;
        let asked = serde_json::to_string(&(&tickets, changes)).map_err(|_| internal("a bulk could not be written"))?;
        let desk = self.0;
        let tx = desk.db.begin().await?;
        if let Some(known) = earlier(&tx, actor, key).await? {
            // What it came to is confirmed once more, so it is on the disk.
            tx.commit().await?;
            return if known.asked == asked { Ok(known.into()) } else { Err(Error::conflict(OTHER)) };
        }
        let mut parts = Vec::with_capacity(changes.len());
        for change in changes {
            let answer = change_each(desk, &tx, actor, &tickets, change).await?;
            parts.push(BulkPart { change: change.clone(), answer });
        }
        let report = keep(&tx, actor, key, asked, parts, desk.now()).await?;
        tx.commit().await?;
        Ok(report)
    }

    /// Takes back what a form changed, each thing as [`Tickets::undo_bulk`] does, the last first, in one transaction.
    /// Who sent it, and admins.
    ///
    /// # Errors
    /// As [`Tickets::undo_bulk`]; [`Error::NotFound`] for a report that there is not, or that is somebody else's.
    pub async fn undo_bulk_form(&self, actor: &Actor, id: BulkReportId) -> Result<BulkReport> {
        actor.require_staff()?;
        let desk = self.0;
        let tx = desk.db.begin().await?;
        tx.serialise(&format!("bulk report {id}")).await?;
        let before: BulkReport = found(BulkReports::find_by_id(id).one(&tx).await.or_refuse()?, actor)?.into();
        if before.undo_until().is_none() {
            return Err(Error::conflict(NOTHING));
        }
        let mut parts = Vec::new();
        for BulkPart { change, answer } in before.parts.into_iter().rev() {
            if let Some(undo) = answer.undo {
                parts.push(BulkPart { change, answer: take_back(desk, &tx, actor, undo.id).await? });
            }
        }
        let undone = bulk_reports::ActiveModel { undone_at: Set(Some(desk.now())), ..Default::default() };
        BulkReports::update_many().set(undone).filter(bulk_reports::COLUMN.id.eq(id)).exec(&tx).await.or_refuse()?;
        let report = keep(&tx, actor, None, format!("undo {id}"), parts, desk.now()).await?;
        tx.commit().await?;
        Ok(report)
    }

    /// What became of a form. For who sent it, and admins; for a day.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for somebody else's; [`Error::Forbidden`] for customers.
    pub async fn bulk_report(&self, actor: &Actor, id: BulkReportId) -> Result<BulkReport> {
        actor.require_staff()?;
        let row = BulkReports::find_by_id(id).one(&self.0.db).await.or_refuse()?;
        Ok(found(row, actor)?.into())
    }
}

impl From<Model> for BulkReport {
    fn from(row: Model) -> Self {
        Self { id: row.id, parts: row.parts.0, is_undone: row.undone_at.is_some() }
    }
}

fn found(row: Option<Model>, actor: &Actor) -> Result<Model> {
    row.filter(|row| actor.role == Role::Admin || row.user_id == actor.id).ok_or(Error::NotFound)
}

/// What was sent under a key before. Of two at once, the second waits for the first.
async fn earlier(tx: &Tx, actor: &Actor, key: Option<&str>) -> Result<Option<Model>> {
    let (Some(user), Some(key)) = (actor.id, key) else { return Ok(None) };
    tx.serialise(&format!("bulk form {user} {key}")).await?;
    let same =
        BulkReports::find().filter(bulk_reports::COLUMN.user_id.eq(user)).filter(bulk_reports::COLUMN.key.eq(key));
    same.one(tx).await.or_refuse()
}

async fn keep(
    tx: &Tx,
    actor: &Actor,
    key: Option<&str>,
    asked: String,
    parts: Vec<BulkPart>,
    at: Timestamp,
) -> Result<BulkReport> {
    let new = bulk_reports::ActiveModel {
        user_id: Set(actor.id),
        key: Set(key.map(str::to_owned)),
        asked: Set(asked),
        parts: Set(Parts(parts.clone())),
        at: Set(at),
        ..Default::default()
    };
    let id = BulkReports::insert(new).exec(tx).await.or_refuse()?.last_insert_id;
    Ok(BulkReport { id, parts, is_undone: false })
}
