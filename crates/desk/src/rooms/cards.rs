//! Cards: PINs in batches, on paper, for people whom nobody knows yet. Until somebody uses one it is nobody's: a customer is
//! made for it then, who has nothing in common with that of another card.

mod list;
mod redeem;
mod sheet;

use domain::{
    Actor, Batch, BatchDraft, BatchId, CardId, CategoryId, Error, EventData, LedgerData, PinCount, Result, SessionId,
    Timestamp,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{LockType, SimpleExpr},
};

pub use self::sheet::Sheet;
pub(crate) use self::{
    redeem::{redeem, void_all},
    sheet::forget_old,
};
use crate::{
    rooms::{Inner, sealed},
    store::{
        db::Tx,
        entities::{Batches, Cards as Table, Categories, batches, cards, categories},
        fault::OrRefuse as _,
        random::random,
    },
    trail::{events::NewEvent, ledger::NewEntry},
};

/// Use cases of cards.
pub struct Cards<'a>(pub(crate) &'a Inner);

/// Neither used nor revoked.
fn unused() -> Condition {
    Condition::all().add(cards::COLUMN.redeemed_at.is_null()).add(cards::COLUMN.revoked_at.is_null())
}

/// The session that makes cards, which alone is shown them.
fn maker(actor: &Actor) -> Result<&SessionId> {
    actor.require_staff()?;
    actor.session.as_ref().ok_or_else(|| Error::forbidden("Cards are made on their page, which prints them."))
}

fn require_many(actor: &Actor, count: PinCount) -> Result<()> {
    if Batch::may_make(actor.role, count) {
        return Ok(());
    }
    Err(Error::forbidden(format!(
        "More than {} cards at once are for admins. Make fewer, or ask an admin.",
        PinCount::FEW
    )))
}

impl Cards<'_> {
    /// Makes a batch of cards, which the session that asks may print once ([`Cards::sheet`]). Staff; more than
    /// [`PinCount::FEW`] cards admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] for the fields of the draft.
    pub async fn make(&self, actor: &Actor, draft: &BatchDraft) -> Result<BatchId> {
        let desk = self.0;
        let sid = maker(actor)?;
        let at = desk.now();
        let checked = draft.check(at);
        let category_id = self.category(&draft.category).await?;
        let (checked, category_id) = match (checked, category_id) {
            (Ok(checked), Ok(category)) => (checked, category),
            (Err(mut errors), Err(sentence)) => {
                errors.add("category", sentence);
                return Err(errors.into());
            }
            (Err(errors), _) => return Err(errors.into()),
            (_, Err(sentence)) => return Err(Error::field("category", sentence)),
        };
        require_many(actor, checked.count)?;
        let tx = desk.db.begin().await?;
        let batch = batches::ActiveModel {
            name: Set(checked.name),
            site: Set(checked.site),
            category_id: Set(category_id),
            can: Set(checked.can),
            expires_at: Set(checked.expires_at),
            stays: Set(checked.stays),
            is_unnamed: Set(draft.is_unnamed),
            made_by: Set(actor.id),
            made_at: Set(at),
            ..Default::default()
        };
        let batch = Batches::insert(batch).exec(&tx).await.or_refuse()?.last_insert_id;
        issue(desk, &tx, (actor, sid), (batch, 1), checked.count.get().into(), at).await?;
        tx.commit().await?;
        Ok(batch)
    }

    /// The category of this name that new tickets may have; or the sentence about it.
    async fn category(&self, name: &str) -> Result<Result<Option<CategoryId>, String>> {
        let name = name.trim();
        if name.is_empty() {
            return Ok(Ok(None));
        }
        let ids = Categories::find().filter(categories::COLUMN.name_key.eq(name.to_lowercase()));
        let ids = ids.filter(categories::COLUMN.is_active.eq(true)).select_only().column(categories::Column::Id);
        let id: Option<CategoryId> = ids.into_tuple().one(&self.0.db).await.or_refuse()?;
        Ok(id.map(Some).ok_or_else(|| "There is no such category. Choose one of the list.".to_owned()))
    }

    /// Makes new cards in the place of those that nobody used, with numbers of their own, and revokes these: their sheet was
    /// lost, or seen by somebody. The session that asks may print them once. Staff; for more than [`PinCount::FEW`] admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] when there are none, or it is too late for them.
    pub async fn make_again(&self, actor: &Actor, id: BatchId) -> Result<()> {
        let desk = self.0;
        let sid = maker(actor)?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        require_time(&tx, id, at).await?;
        let count = revoke(&tx, (actor, id), cards::COLUMN.batch_id.eq(id), at).await?;
        if count == 0 {
            return Err(Error::conflict("No card of this batch is unused. Make a new batch."));
        }
        require_many(actor, PinCount::new(u32::try_from(count).unwrap_or(u32::MAX)).map_err(Error::conflict)?)?;
        let last = Table::find().filter(cards::COLUMN.batch_id.eq(id)).select_only();
        let last: Option<Option<i64>> =
            last.expr_as(cards::COLUMN.number.max(), "last").into_tuple().one(&tx).await.or_refuse()?;
        issue(desk, &tx, (actor, sid), (id, last.flatten().unwrap_or_default() + 1), count, at).await?;
        tx.commit().await
    }

    /// Revokes all cards of a batch that nobody used; how many it were. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] when there are none, or it is too late for them.
    pub async fn revoke_rest(&self, actor: &Actor, id: BatchId) -> Result<u64> {
        actor.require_staff()?;
        let at = self.0.now();
        let tx = self.0.db.begin().await?;
        require_time(&tx, id, at).await?;
        let count = revoke(&tx, (actor, id), cards::COLUMN.batch_id.eq(id), at).await?;
        if count == 0 {
            return Err(Error::conflict("No card of this batch is unused. There is nothing to revoke."));
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Revokes one card that nobody used. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] when it was used or revoked, or it is too late for it.
    pub async fn revoke(&self, actor: &Actor, id: CardId) -> Result<BatchId> {
        actor.require_staff()?;
        let at = self.0.now();
        let tx = self.0.db.begin().await?;
        let card = Table::find_by_id(id).one(&tx).await.or_refuse()?.ok_or(Error::NotFound)?;
        require_time(&tx, card.batch_id, at).await?;
        if revoke(&tx, (actor, card.batch_id), cards::COLUMN.id.eq(id), at).await? == 0 {
            let used = "This card was used already. End the sessions of the customer who came by it instead.";
            let is_used = Table::find_by_id(id).one(&tx).await.or_refuse()?.is_some_and(|card| card.user_id.is_some());
            return Err(Error::conflict(if is_used { used } else { "This card was revoked already." }));
        }
        tx.commit().await?;
        Ok(card.batch_id)
    }
}

impl Cards<'_> {
    /// Revokes a card that nobody used by its PIN, as the command line does; its number and the name of its batch. Staff.
    ///
    /// # Errors
    /// As [`Cards::revoke`].
    pub async fn revoke_by_pin(&self, actor: &Actor, typed: &str) -> Result<(i64, String)> {
        actor.require_staff()?;
        let desk = self.0;
        let its = cards::COLUMN.hash.eq(desk.keys.pin_hash(typed));
        let card = Table::find().filter(its).one(&desk.db).await.or_refuse()?.ok_or(Error::NotFound)?;
        let batch = self.revoke(actor, card.id).await?;
        let name = Batches::find_by_id(batch).one(&desk.db).await.or_refuse()?.ok_or(Error::NotFound)?.name;
        Ok((card.number, name))
    }
}

/// A batch whose cards can still be used. Locked, so that of two who make its cards again the second finds what the first
/// made.
async fn require_time(tx: &Tx, id: BatchId, at: Timestamp) -> Result<()> {
    let batch = Batches::find_by_id(id).lock(LockType::Update).one(tx).await.or_refuse()?.ok_or(Error::NotFound)?;
    if at < batch.expires_at {
        return Ok(());
    }
    Err(Error::conflict("It is too late to use these cards, so nobody can. Make a new batch."))
}

/// Revokes those of some cards that nobody used, in a transaction; how many it were.
async fn revoke(tx: &Tx, (actor, batch): (&Actor, BatchId), which: SimpleExpr, at: Timestamp) -> Result<u64> {
    let revoked = cards::ActiveModel { revoked_at: Set(Some(at)), sealed: Set(None), ..Default::default() };
    let revoke = Table::update_many().set(revoked).filter(which).filter(unused());
    let count = revoke.exec(tx).await.or_refuse()?.rows_affected;
    if count > 0 {
        NewEvent::of(EventData::CardsRevoked { batch, count }).record(tx, actor, at).await?;
        NewEntry::of_desk(LedgerData::CardsRevoked { batch, count }).note(tx, actor, at);
    }
    Ok(count)
}

/// Makes so many cards of a batch, numbered from `first`, for the one sheet that shows them.
async fn issue(
    desk: &Inner,
    tx: &Tx,
    (actor, sid): (&Actor, &SessionId),
    (batch, first): (BatchId, i64),
    count: u64,
    at: Timestamp,
) -> Result<()> {
    sheet::offer(desk, tx, batch, sid).await?;
    let mut new = Vec::new();
    for number in (first..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
        let pin = domain::Pin::from_random(Batch::LENGTH, random()?);
        new.push(cards::ActiveModel {
            batch_id: Set(batch),
            number: Set(number),
            hash: Set(desk.keys.pin_hash(pin.symbols())),
            made_at: Set(at),
            sealed: Set(Some(sealed::seal(desk, pin.symbols().as_bytes())?)),
            ..Default::default()
        });
    }
    tx.insert_many(new).await?;
    NewEvent::of(EventData::CardsMade { batch, count }).record(tx, actor, at).await?;
    NewEntry::of_desk(LedgerData::CardsMade { batch, count }).note(tx, actor, at);
    Ok(())
}
