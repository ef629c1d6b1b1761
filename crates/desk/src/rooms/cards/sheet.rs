//! The one view of a batch's PINs, to print or to save. They wait for it sealed, for the session that made them.

use domain::{Actor, Batch, BatchId, Error, Pin, Result, SessionId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QueryTrait as _,
    sea_query::Query,
};

use super::{Cards, Table, unused};
use crate::{
    rooms::{Inner, sealed},
    store::{
        db::Tx,
        entities::{Batches, batches, cards},
        fault::OrRefuse as _,
    },
};

/// Seconds that cards wait to be printed.
const WAITS: i64 = 5 * 60;

/// Cards with their PINs in clear, shown once.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Their batch.
    pub batch: Batch,
    /// The number of each and its PIN.
    pub cards: Vec<(i64, Pin)>,
}

/// Lets a session print what is about to be made of a batch, and nothing of before.
pub(super) async fn offer(desk: &Inner, tx: &Tx, id: BatchId, sid: &SessionId) -> Result<()> {
    forget(tx, id).await?;
    let offer = batches::ActiveModel {
        sheet_sid: Set(Some(sid.clone())),
        sheet_until: Set(Some(desk.now().plus_seconds(WAITS))),
        ..Default::default()
    };
    Batches::update_many().set(offer).filter(batches::COLUMN.id.eq(id)).exec(tx).await.or_refuse()?;
    Ok(())
}

async fn forget(tx: &Tx, id: BatchId) -> Result<()> {
    let sealed = cards::ActiveModel { sealed: Set(None), ..Default::default() };
    let sealed = Table::update_many().set(sealed).filter(cards::COLUMN.batch_id.eq(id));
    sealed.filter(cards::COLUMN.sealed.is_not_null()).exec(tx).await.or_refuse()?;
    Ok(())
}

/// Forgets what nobody came for.
pub(crate) async fn forget_old(desk: &Inner) -> Result<()> {
    let late = Query::select()
        .column(batches::Column::Id)
        .from(Batches)
        .and_where(batches::COLUMN.sheet_until.lte(desk.now()))
        .take();
    let sealed = cards::ActiveModel { sealed: Set(None), ..Default::default() };
    let sealed = Table::update_many().set(sealed).filter(cards::COLUMN.sealed.is_not_null());
    desk.db.write(sealed.filter(cards::COLUMN.batch_id.in_subquery(late)).as_query()).await?;
    Ok(())
}

impl Cards<'_> {
    /// Gives the PINs of a batch's new cards out to the session that made them, once; nothing when they were given out already,
    /// or nobody came for them in time. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for no batch.
    pub async fn sheet(&self, actor: &Actor, id: BatchId) -> Result<Option<Sheet>> {
        let desk = self.0;
        let batch = self.batch(actor, id).await?;
        let Some(sid) = &actor.session else { return Ok(None) };
        let at = desk.now();
        let tx = desk.db.begin().await?;
        // Of two that ask at once one changes it.
        let none = batches::ActiveModel { sheet_sid: Set(None), sheet_until: Set(None), ..Default::default() };
        let take = Batches::update_many()
            .set(none)
            .filter(batches::COLUMN.id.eq(id))
            .filter(batches::COLUMN.sheet_sid.eq(sid.clone()))
            .filter(batches::COLUMN.sheet_until.gt(at));
        if take.exec(&tx).await.or_refuse()?.rows_affected == 0 {
            return Ok(None);
        }
        let waiting = Table::find()
            .filter(cards::COLUMN.batch_id.eq(id))
            .filter(cards::COLUMN.sealed.is_not_null())
            .filter(unused())
            .order_by_asc(cards::COLUMN.number);
        let waiting = waiting.all(&tx).await.or_refuse()?;
        forget(&tx, id).await?;
        tx.commit().await?;
        let opened = |card: cards::Model| {
            let symbols = sealed::open(desk, &card.sealed?)?;
            let pin = Pin::parse(str::from_utf8(&symbols).ok()?).ok()?;
            (desk.keys.pin_hash(pin.symbols()) == card.hash).then_some((card.number, pin))
        };
        let cards: Option<Vec<_>> = waiting.into_iter().map(opened).collect();
        Ok(Some(Sheet { batch, cards: cards.ok_or(Error::Internal)? }))
    }
}
