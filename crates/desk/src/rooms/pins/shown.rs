//! PINs between the form that issues them and the page that shows them.
//!
//! The form's answer is a redirect, and an address is no place for a secret. So the PIN waits in the database, sealed
//! under the server's secret, for the one page view that follows: any process of the desk may answer it, the same
//! session must ask within a few minutes, and it is given out once. Each rendering of the form has a key: sent twice,
//! as by a double click, it issues one PIN, and the browser, which shows the answer to the second, shows it.

use domain::{Actor, Error, LedgerData, Pin, PinId, PinRecord, Result, SessionId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, DeleteMany, DerivePartialModel, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _, RelationTrait as _, Select,
    sea_query::{Expr, JoinType},
};

use super::{
    Pins,
    order::{IssuedPin, NewPins, Order, Second},
    row::{PinRow, records, unused},
};
use crate::{
    rooms::{Inner, sealed, sent},
    store::{
        db::Tx,
        entities::{Approvals, Pins as Table, ShownOnce, approvals, pins, shown_once},
        fault::OrRefuse as _,
    },
    trail::ledger::NewEntry,
};

/// Seconds a PIN waits to be shown.
const WAITS: i64 = 5 * 60;
/// Seconds in which a form that comes once more is the same form.
const SAME_FORM: i64 = 30;

/// A PIN that waits, with its hash.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "ShownOnce")]
struct Waiting {
    id: i64,
    sealed: String,
    /// Until when it is given out; the moment at which it was.
    until: Timestamp,
    #[sea_orm(from_expr = "pins::Column::Hash")]
    hash: String,
}

/// Deletes what nobody came for, and what was given out and is not asked for again.
fn forget(desk: &Inner) -> DeleteMany<ShownOnce> {
    ShownOnce::delete_many().filter(shown_once::COLUMN.until.lte(desk.now().plus_seconds(-SAME_FORM)))
}

pub(crate) async fn forget_old(desk: &Inner) -> Result<()> {
    desk.db.write(forget(desk).as_query()).await?;
    Ok(())
}

/// Keeps a PIN for the session that made it, to be shown once.
pub(crate) async fn wait_to_be_shown(
    desk: &Inner,
    tx: &Tx,
    id: PinId,
    pin: &Pin,
    sid: &SessionId,
    form: Option<&str>,
) -> Result<()> {
    let waiting = shown_once::ActiveModel {
        pin_id: Set(id),
        sid: Set(sid.clone()),
        sealed: Set(sealed::seal(desk, pin.symbols().as_bytes())?),
        until: Set(desk.now().plus_seconds(WAITS)),
        form: Set(form.map(str::to_owned)),
        ..Default::default()
    };
    ShownOnce::insert(waiting).exec_without_returning(tx).await.or_refuse()?;
    Ok(())
}

/// Issues one PIN for all that a customer may do, in a transaction, and keeps it for the session that asks, to be shown. Where two of
/// staff are needed, whoever calls this saw to that.
pub(crate) async fn issue_in(desk: &Inner, tx: &Tx, actor: &Actor, user: UserId) -> Result<PinId> {
    let order = Order::check(desk, actor, &NewPins::one(user))?;
    let owner = order.owner(desk, tx, actor).await?;
    let issued = order.issue(desk, tx, actor, &owner, Second::Confirmed).await?.pop().ok_or(Error::Internal)?;
    if let Some(sid) = &actor.session {
        wait_to_be_shown(desk, tx, issued.id, &issued.pin, sid, None).await?;
    }
    Ok(issued.id)
}

impl Pins<'_> {
    /// Issues one PIN and keeps it for the session that asks, to be shown. Sent once more within half a minute from the
    /// same rendering of the `form`, it is the same one, and waits once more.
    ///
    /// # Errors
    /// As [`Pins::issue`]; [`Error::Invalid`] for `idempotency_key`, which is the form's.
    pub async fn issue_to_show(&self, actor: &Actor, new: NewPins, form: Option<&str>) -> Result<PinId> {
        let desk = self.0;
        let order = Order::check(desk, actor, &NewPins { count: 1, ..new })?;
        let form = sent::checked(form).map_err(|sentence| Error::field("idempotency_key", sentence))?;
        let until = desk.now().plus_seconds(WAITS);
        let tx = desk.db.begin().await?;
        // Locked: of two forms that come at once, the second finds what the first issued.
        let owner = order.owner(desk, &tx, actor).await?;
        if let (Some(sid), Some(form)) = (&actor.session, form)
            && let Some(id) = just_issued(desk, &tx, &order, sid, form).await?
        {
            let again = shown_once::ActiveModel { until: Set(until), ..Default::default() };
            let again = ShownOnce::update_many().set(again).filter(shown_once::COLUMN.pin_id.eq(id));
            again.exec(&tx).await.or_refuse()?;
            tx.commit().await?;
            return Ok(id);
        }
        let issued = order.issue(desk, &tx, actor, &owner, Second::Missing).await?.pop().ok_or(Error::Internal)?;
        forget(desk).exec(&tx).await.or_refuse()?;
        if let Some(sid) = &actor.session {
            wait_to_be_shown(desk, &tx, issued.id, &issued.pin, sid, form).await?;
        }
        tx.commit().await?;
        Ok(issued.id)
    }

    /// Gives a PIN out to the session that issued it, once; nothing when it was given out already, is over, or cannot
    /// be redeemed any more.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`], [`domain::Error::Unavailable`]
    pub async fn show_once(&self, actor: &Actor, id: PinId) -> Result<Option<IssuedPin>> {
        actor.require_staff()?;
        self.take(actor, id).await
    }

    /// As [`Pins::show_once`], for whoever may ask: it waits for the session that made it.
    pub(crate) async fn take(&self, actor: &Actor, id: PinId) -> Result<Option<IssuedPin>> {
        let desk = self.0;
        let Some(sid) = &actor.session else { return Ok(None) };
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let waiting = with_pins()
            .filter(shown_once::COLUMN.pin_id.eq(id))
            .filter(shown_once::COLUMN.sid.eq(sid.clone()))
            .into_partial_model::<Waiting>();
        let waiting = waiting.one(&tx).await.or_refuse()?;
        let Some(waiting) = waiting.filter(|waiting| at < waiting.until) else { return Ok(None) };
        // Of two that ask at once one changes it.
        let taken = ShownOnce::update_many()
            .set(shown_once::ActiveModel { until: Set(at), ..Default::default() })
            .filter(shown_once::COLUMN.id.eq(waiting.id))
            .filter(shown_once::COLUMN.until.eq(waiting.until));
        let taken = taken.exec(&tx).await.or_refuse()?.rows_affected == 1;
        let row = records().filter(pins::COLUMN.id.eq(id)).into_partial_model::<PinRow>().one(&tx).await.or_refuse()?;
        let record = row.map(|row| row.into_record(at));
        let record = record.filter(|record| taken && record.redeemed_at.is_none() && record.revoked_at.is_none());
        if let Some(record) = &record {
            let shown = NewEntry::of_customer(LedgerData::PinShown, record.user_id, record.scope.ticket);
            shown.pin(Some(id)).note(&tx, actor, at);
        }
        let replaced = match &record {
            Some(record) => replaced_by(&tx, record).await?,
            None => 0,
        };
        // What a PIN is bound to that confirms one thing.
        let sum = Approvals::find().filter(approvals::COLUMN.pin_id.eq(id)).one(&tx).await.or_refuse()?;
        let sum = sum.map(|approval| approval.sha256);
        tx.commit().await?;
        let pin =
            sealed::open(desk, &waiting.sealed).and_then(|symbols| Pin::parse(str::from_utf8(&symbols).ok()?).ok());
        let pin = pin.filter(|pin| {
            let hash = match &sum {
                Some(sum) => desk.keys.approving_hash(pin.symbols(), sum),
                None => desk.keys.pin_hash(pin.symbols()),
            };
            hash == waiting.hash
        });
        Ok(pin.zip(record).map(|(pin, record)| IssuedPin {
            id,
            pin,
            username: record.username,
            name: record.name,
            expires_at: record.expires_at,
            scope: record.scope,
            replaced,
        }))
    }
}

fn with_pins() -> Select<ShownOnce> {
    ShownOnce::find().join(JoinType::InnerJoin, shown_once::Relation::Pins.def())
}

/// How many PINs a new one took the place of.
async fn replaced_by(tx: &Tx, new: &PinRecord) -> Result<u64> {
    let old = Table::find().filter(pins::COLUMN.user_id.eq(new.user_id)).filter(pins::COLUMN.replaced_by.eq(new.id));
    let ids: Vec<PinId> = old.select_only().column(pins::Column::Id).into_tuple().all(tx).await.or_refuse()?;
    Ok(ids.len() as u64)
}

/// What the same form issued a moment ago, as long as it is good for something.
async fn just_issued(desk: &Inner, tx: &Tx, order: &Order, sid: &SessionId, form: &str) -> Result<Option<PinId>> {
    let at = desk.now();
    let lives = Expr::col((Table, pins::Column::ExpiresAt)).sub(Expr::col((Table, pins::Column::IssuedAt)));
    let same = with_pins()
        .filter(shown_once::COLUMN.sid.eq(sid.clone()))
        .filter(shown_once::COLUMN.form.eq(form))
        .filter(order.same())
        .filter(order.scope.stays.map_or_else(|| pins::COLUMN.stays.is_null(), |stays| pins::COLUMN.stays.eq(stays)))
        .filter(pins::COLUMN.issued_at.between(at.plus_seconds(-SAME_FORM), at))
        .filter(lives.eq(order.life.seconds() * 1_000_000))
        .filter(unused());
    same.select_only().column(pins::Column::Id).into_tuple().one(tx).await.or_refuse()
}
