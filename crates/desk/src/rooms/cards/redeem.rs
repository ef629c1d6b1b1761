//! A card is used: whoever has it becomes a customer of their own.

use std::collections::BTreeMap;

use domain::{
    Batch, BatchId, CanSet, EventData, LedgerData, PersonDraft, Result, Role, Timestamp, UserId, card_number,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _,
    sea_query::{Expr, ExprTrait as _, Query},
};

use super::{Table, unused};
use crate::{
    rooms::{Inner, person},
    store::{
        db::Tx,
        entities::{Batches, Pins, batches, cards, pins},
        fault::OrRefuse as _,
    },
    trail::{events::NewEvent, ledger::NewEntry},
};

/// Uses a card by its hash, in a transaction, and makes the customer who comes by it and the PIN that they used: from then on
/// there is no difference to others. One statement uses it: of any number at once one succeeds.
pub(crate) async fn redeem(desk: &Inner, tx: &Tx, hash: &str, at: Timestamp) -> Result<Option<pins::Model>> {
    let in_time = Query::select()
        .expr(Expr::val(1))
        .from(Batches)
        .and_where(Expr::col((Batches, batches::Column::Id)).equals((Table, cards::Column::BatchId)))
        .and_where(batches::COLUMN.expires_at.gt(at))
        .take();
    let redeem = Table::update_many()
        .set(cards::ActiveModel { redeemed_at: Set(Some(at)), sealed: Set(None), ..Default::default() })
        .filter(cards::COLUMN.hash.eq(hash))
        .filter(unused())
        .filter(Expr::exists(in_time));
    let Some(card) = redeem.exec_with_returning(tx).await.or_refuse()?.pop() else { return Ok(None) };
    let Some(batch) = Batches::find_by_id(card.batch_id).one(tx).await.or_refuse()? else { return Ok(None) };
    let user = match batch.is_unnamed {
        true => person::insert_unnamed(desk, tx, None).await?,
        false => customer(desk, tx, &batch, card.number).await?,
    };
    let used = cards::ActiveModel { user_id: Set(Some(user)), ..Default::default() };
    Table::update_many().set(used).filter(cards::COLUMN.id.eq(card.id)).exec(tx).await.or_refuse()?;
    let pin = pins::ActiveModel {
        user_id: Set(user),
        hash: Set(card.hash),
        issued_by: Set(batch.made_by),
        issued_at: Set(card.made_at),
        expires_at: Set(batch.expires_at),
        redeemed_at: Set(Some(at)),
        symbols: Set(Some(Batch::LENGTH.symbols() as i64)),
        can: Set((batch.can != CanSet::ALL).then_some(batch.can)),
        stays: Set(Some(batch.stays)),
        is_alone: Set(Some(false)),
        ..Default::default()
    };
    Pins::insert(pin).exec_with_returning(tx).await.or_refuse().map(Some)
}

/// The customer who comes by a card.
async fn customer(desk: &Inner, tx: &Tx, batch: &batches::Model, number: i64) -> Result<UserId> {
    let wanted = format!("card-{}-{}", batch.id, card_number(number));
    let mut username = wanted.clone();
    // Somebody may be called so.
    let mut more = 2;
    while person::is_taken(tx, &username, None).await? {
        username = format!("{wanted}-{more}");
        more += 1;
    }
    let draft = PersonDraft { username, name: Batch::name_of(&batch.name, number), email: String::new() };
    person::insert(desk, tx, None, draft.check()?, Role::Customer, None).await
}

/// Revokes every card that nobody used; somebody may have used them since.
pub(crate) async fn void_all(tx: &Tx, at: Timestamp) -> Result<()> {
    let revoked = cards::ActiveModel { revoked_at: Set(Some(at)), sealed: Set(None), ..Default::default() };
    let revoke = Table::update_many().set(revoked).filter(unused());
    let mut counts: BTreeMap<BatchId, u64> = BTreeMap::new();
    for card in revoke.exec_with_returning(tx).await.or_refuse()? {
        *counts.entry(card.batch_id).or_default() += 1;
    }
    for (batch, count) in counts {
        NewEvent::of(EventData::CardsRevoked { batch, count }).record(tx, None, at).await?;
        NewEntry::of_desk(LedgerData::CardsRevoked { batch, count }).note(tx, None, at);
    }
    Ok(())
}
