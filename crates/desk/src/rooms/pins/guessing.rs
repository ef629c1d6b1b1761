//! The guessing meter: how many try, and what they may find.

use domain::{Actor, Batch, Guessing, LivePins, Odds, PinLength, Result, Timestamp};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, RelationTrait as _,
    sea_query::{Expr, JoinType},
};

use super::{Pins, row::can_be_redeemed};
use crate::{
    rooms::{Inner, returns, throttle},
    store::{
        entities::{Cards, Pins as Table, batches, cards, pins},
        fault::OrRefuse as _,
    },
};

impl Pins<'_> {
    /// How likely it is that somebody who never stops guessing finds one PIN of this length within so many seconds. Staff.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`]
    pub fn odds(&self, actor: &Actor, length: PinLength, seconds: i64) -> Result<Odds> {
        actor.require_staff()?;
        let one = LivePins { length, count: 1, seconds: seconds.max(0).unsigned_abs() };
        Ok(Odds::of(&[one], throttle::ceiling(self.0)))
    }

    /// What admins are told while so much more failed than usual ([`Guessing::is_unusual`]); nothing otherwise, and nothing
    /// to others. Cheap as long as little fails.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]
    pub async fn alarm(&self, actor: &Actor) -> Result<Option<Guessing>> {
        if actor.require_admin().is_err() || throttle::is_calm(self.0).await? {
            return Ok(None);
        }
        Ok(Some(self.guessing(actor).await?).filter(Guessing::is_unusual))
    }

    /// What the desk sees of those who guess, and how likely it is that they find something before the last PIN that can
    /// be redeemed expires. Admins.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`]
    pub async fn guessing(&self, actor: &Actor) -> Result<Guessing> {
        actor.require_admin()?;
        let desk = self.0;
        let at = desk.now();
        let pressure = throttle::pressure(desk).await?;
        let mut rows: Vec<(Option<i64>, i64, Timestamp)> = Table::find()
            .select_only()
            .column(pins::Column::Symbols)
            .expr_as(pins::COLUMN.id.count(), "pins")
            .expr_as(pins::COLUMN.expires_at.max(), "until")
            .filter(can_be_redeemed(at))
            .group_by(Expr::col((Table, pins::Column::Symbols)))
            .into_tuple()
            .all(&desk.db)
            .await
            .or_refuse()?;
        if let Some((count, Some(until))) = live_cards(desk, at).await? {
            rows.push((Some(Batch::LENGTH.symbols() as i64), count, until));
        }
        let of = |length: PinLength| {
            let is_of = |symbols: Option<i64>| {
                // Before there were others all had eight.
                symbols.map_or(length == PinLength::Eight, |symbols| symbols == length.symbols() as i64)
            };
            let rows = rows.iter().filter(|(symbols, ..)| is_of(*symbols));
            let (counts, ends): (Vec<u64>, Vec<i64>) =
                rows.map(|(_, count, until)| (count.unsigned_abs(), until.seconds_since(at))).unzip();
            let seconds = ends.into_iter().max().map_or(0, i64::unsigned_abs);
            LivePins { length, count: counts.into_iter().sum(), seconds }
        };
        let until = rows.iter().map(|(.., until)| *until).max();
        let codes = returns::live(desk).await?;
        let mut live: Vec<LivePins> = PinLength::ALL.map(of).into_iter().filter(|pins| pins.count > 0).collect();
        if codes > 0 {
            // They do not expire: as long as the others, or a day.
            let seconds = until.map_or(0, |until| until.seconds_since(at)).max(24 * 3600).unsigned_abs();
            live.push(LivePins { length: PinLength::Sixteen, count: codes, seconds });
        }
        Ok(Guessing {
            failures: pressure.failures,
            peak: pressure.peak,
            usual: pressure.usual,
            addresses: pressure.addresses,
            is_gated: pressure.is_gated,
            ceiling: pressure.ceiling,
            until,
            odds: Odds::of(&live, pressure.ceiling),
            live,
        })
    }
}

/// How many cards can be used, and until when the last.
pub(crate) async fn live_cards(desk: &Inner, at: Timestamp) -> Result<Option<(i64, Option<Timestamp>)>> {
    let live = Cards::find()
        .join(JoinType::InnerJoin, cards::Relation::Batches.def())
        .select_only()
        .expr_as(cards::COLUMN.id.count(), "cards")
        .expr_as(batches::COLUMN.expires_at.max(), "until")
        .filter(batches::COLUMN.expires_at.gt(at))
        .filter(cards::COLUMN.redeemed_at.is_null())
        .filter(cards::COLUMN.revoked_at.is_null());
    live.into_tuple().one(&desk.db).await.or_refuse()
}
