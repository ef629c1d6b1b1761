//! What the hourly upkeep does to the ledger: it notes what ended by itself, cuts addresses, and removes what is old enough.

use domain::{EndReason, LedgerData, LedgerKind, Result};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Query},
};

use crate::{
    rooms::Inner,
    store::{
        addresses::network_of,
        entities::{Ledger as Table, Pins, Sessions, ledger, pins, sessions},
        fault::OrRefuse as _,
        ledger::{head, remove_before},
    },
    trail::ledger::{Cause, NewEntry, ended},
};

/// Seconds after which of an address only the network is kept.
const KEEP_ADDRESSES: i64 = 30 * 24 * 3600;
/// PINs noted in one transaction.
const BATCH: u64 = 500;

pub(crate) async fn keep(desk: &Inner) -> Result<()> {
    note_expired_pins(desk).await?;
    note_lapsed_sessions(desk).await?;
    cut_addresses(desk).await?;
    let now = desk.now();
    let tx = desk.db.begin().await?;
    let removed = remove_before(&tx, now.plus_seconds(-desk.config.ledger_kept), now).await?;
    let head = head(&tx, now).await?;
    tx.commit().await?;
    if removed > 0 {
        tracing::info!(removed, "entries of the ledger were removed: their time was over");
    }
    // Kept elsewhere, it shows that nobody wrote the ledger anew.
    tracing::info!(
        target: crate::rooms::SECURITY,
        event = "ledger",
        number = head.last_number,
        hash = head.last_hash,
        "the newest entry of the access ledger"
    );
    Ok(())
}

/// PINs that expired unused, since there is a ledger.
async fn note_expired_pins(desk: &Inner) -> Result<()> {
    loop {
        let now = desk.now();
        let tx = desk.db.begin().await?;
        let since = Ord::max(head(&tx, now).await?.since, now.plus_seconds(-desk.config.ledger_kept));
        let noted = Query::select()
            .expr(Expr::val(1))
            .from(Table)
            .and_where(Expr::col((Table, ledger::Column::PinId)).equals((Pins, pins::Column::Id)))
            .and_where(ledger::COLUMN.kind.eq(LedgerKind::PinExpired))
            .take();
        let expired = Pins::find()
            .filter(pins::COLUMN.redeemed_at.is_null())
            .filter(pins::COLUMN.revoked_at.is_null())
            .filter(pins::COLUMN.expires_at.lte(now))
            .filter(pins::COLUMN.expires_at.gt(since))
            .filter(Expr::exists(noted).not())
            .order_by_asc(pins::COLUMN.id)
            .limit(BATCH);
        let expired = expired.all(&tx).await.or_refuse()?;
        for pin in &expired {
            let entry = NewEntry::of_pin(LedgerData::PinExpired { expired_at: pin.expires_at }, pin);
            entry.once(format!("expired {}", pin.id)).note(&tx, None, now);
        }
        tx.commit().await?;
        if (expired.len() as u64) < BATCH {
            return Ok(());
        }
    }
}

/// Sessions of customers whose time was over, since there is a ledger. They are marked, so that each is noted once.
async fn note_lapsed_sessions(desk: &Inner) -> Result<()> {
    let now = desk.now();
    let tx = desk.db.begin().await?;
    let since = head(&tx, now).await?.since;
    let noted = sessions::ActiveModel { end_reason: Set(Some(EndReason::Expired)), ..Default::default() };
    let lapsed = Sessions::update_many()
        .set(noted)
        .filter(sessions::COLUMN.pin_id.is_not_null())
        .filter(sessions::COLUMN.ended_at.is_null())
        .filter(sessions::COLUMN.end_reason.is_null())
        .filter(sessions::COLUMN.expires_at.lte(now))
        .filter(sessions::COLUMN.expires_at.gt(since));
    let lapsed = lapsed.exec_with_returning(&tx).await.or_refuse()?;
    ended(&tx, &lapsed, &Cause::new(None, EndReason::Expired), now);
    tx.commit().await
}

/// Of addresses from before a while only the networks stay: in the ledger and with sessions, which are the two places that keep
/// any for longer than a day.
async fn cut_addresses(desk: &Inner) -> Result<()> {
    let before = desk.now().plus_seconds(-KEEP_ADDRESSES);
    let cut = ledger::ActiveModel { client: Set(None), ..Default::default() };
    let cut = Table::update_many().set(cut).filter(ledger::COLUMN.client.is_not_null());
    desk.db.write(&cut.filter(ledger::COLUMN.at.lte(before)).into_query()).await?;
    let old = Sessions::find().select_only().column(sessions::Column::Client).distinct();
    let old = old.filter(sessions::COLUMN.created_at.lte(before));
    let old: Vec<String> = old.into_tuple().all(&desk.db).await.or_refuse()?;
    for client in old {
        let Some(network) = network_of(&client).filter(|network| *network != client) else { continue };
        let cut = sessions::ActiveModel { client: Set(network), ..Default::default() };
        let cut = Sessions::update_many().set(cut).filter(sessions::COLUMN.client.eq(client));
        desk.db.write(&cut.filter(sessions::COLUMN.created_at.lte(before)).into_query()).await?;
    }
    Ok(())
}
