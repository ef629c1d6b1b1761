//! PINs for customers who are marked as sensitive: one of staff asks for one, another one confirms it, and whoever asked issues it
//! and sees it once. What was asked for is never changed: who wants another PIN asks anew, and that is confirmed anew.

use domain::{Actor, Error, LedgerData, PinId, PinRequest, PinRequestId, Result, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, sea_query::LockType,
};

use super::{
    Pins,
    order::{NewPins, Order, Second},
    shown::wait_to_be_shown,
};
use crate::{
    rooms::{Inner, person::require_person},
    store::{
        db::Tx,
        entities::{PinRequests as Table, Users, pin_requests},
        fault::OrRefuse as _,
        names::shown_names,
        scopes::Kept,
    },
    trail::ledger::NewEntry,
};

/// Seconds that requests are kept, whatever became of them.
const KEPT: i64 = 90 * 24 * 3600;
/// Seconds in which what comes once more is the same form.
const SAME_FORM: i64 = 30;

const OVER: &str = "This request is over: it was issued, withdrawn or asked for anew, or it waited for more than a day. Look at what is \
                    asked for now.";

/// Those that can still be confirmed or issued.
fn open(at: Timestamp) -> Condition {
    Condition::all()
        .add(pin_requests::COLUMN.done_at.is_null())
        .add(pin_requests::COLUMN.asked_at.gt(at.plus_seconds(-PinRequest::LIFE)))
}

/// How many wait for staff.
pub(crate) async fn waiting(desk: &Inner) -> Result<u64> {
    Table::find().filter(open(desk.now())).count(&desk.db).await.or_refuse()
}

/// Forgets those of long ago: what became of them is in the ledger.
pub(crate) async fn forget_old(desk: &Inner) -> Result<()> {
    let old = pin_requests::COLUMN.asked_at.lt(desk.now().plus_seconds(-KEPT));
    desk.db.write(Table::delete_many().filter(old).as_query()).await?;
    Ok(())
}

impl Pins<'_> {
    /// Asks for a PIN for a customer who is marked as sensitive, in place of what was asked for before for them. Another one of staff
    /// must confirm it within a day. Staff, in person.
    ///
    /// # Errors
    /// As [`Pins::issue`]; [`Error::Conflict`] for a customer for whom one of staff is enough, too.
    pub async fn ask(&self, actor: &Actor, new: NewPins) -> Result<PinRequestId> {
        let desk = self.0;
        let me = require_person(actor)?;
        let order = Order::check(desk, actor, &NewPins { count: 1, ..new })?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        // Locked: of two that come at once, the second finds the first.
        let owner = order.owner(desk, &tx, actor).await?;
        if !owner.is_sensitive {
            return Err(Error::conflict("This customer is not marked as sensitive any more. Issue the PIN at once."));
        }
        let kept = Kept::of_pin(&order.scope);
        let new = pin_requests::ActiveModel {
            user_id: Set(owner.id),
            life: Set(order.life.seconds()),
            ticket_id: Set(kept.ticket_id),
            can: Set(kept.can),
            stays: Set(order.scope.stays),
            label: Set(kept.label),
            purpose: Set(kept.purpose),
            asked_by: Set(me),
            asked_at: Set(at),
            ..Default::default()
        };
        let before = Table::find().filter(pin_requests::COLUMN.user_id.eq(owner.id));
        let before = before.filter(pin_requests::COLUMN.done_at.is_null()).one(&tx).await.or_refuse()?;
        if let Some(before) = before {
            let is_same = before.asked_by == me
                && before.confirmed_by.is_none()
                && before.life == order.life.seconds()
                && scope_of(&before) == order.scope
                && (0..SAME_FORM).contains(&at.seconds_since(before.asked_at));
            if is_same {
                tx.commit().await?;
                return Ok(before.id);
            }
            end(&tx, before.id, None, at).await?;
        }
        let id = Table::insert(new).exec(&tx).await.or_refuse()?.last_insert_id;
        let asked = LedgerData::PinAsked { request: id, opens: (&order.scope).into() };
        NewEntry::of_customer(asked, owner.id, order.scope.ticket).note(&tx, actor, at);
        tx.commit().await?;
        Ok(id)
    }

    /// Confirms what a colleague asked for, exactly as it is; for which customer. Staff, in person, but never who asked.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for that one, too; [`Error::NotFound`]; [`Error::Conflict`] for what is over, or was confirmed.
    pub async fn confirm(&self, actor: &Actor, id: PinRequestId) -> Result<UserId> {
        let desk = self.0;
        let me = require_person(actor)?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let (row, customer) = locked(&tx, id, at).await?;
        if row.asked_by == me {
            return Err(Error::forbidden("You asked for this PIN, so another member of staff must confirm it."));
        }
        if row.confirmed_by.is_some() {
            return Err(Error::conflict("A colleague confirmed this already."));
        }
        let confirmed = pin_requests::ActiveModel {
            confirmed_by: Set(Some(me)),
            confirmed_at: Set(Some(at)),
            ..Default::default()
        };
        change(&tx, id, confirmed).await?;
        let data = LedgerData::PinConfirmed { request: id };
        NewEntry::of_customer(data, customer, row.ticket_id).note(&tx, actor, at);
        tx.commit().await?;
        Ok(customer)
    }

    /// Issues a PIN that a colleague confirmed, to be shown once to the session that asks. Who asked for it, in person.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else; [`Error::NotFound`]; [`Error::Conflict`] for what is over or nobody confirmed, and
    /// for a deactivated customer; [`Error::Invalid`] for a ticket that was closed meanwhile.
    pub async fn issue_asked(&self, actor: &Actor, id: PinRequestId) -> Result<(UserId, PinId)> {
        let desk = self.0;
        let me = require_person(actor)?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let (row, customer) = locked(&tx, id, at).await?;
        if row.asked_by != me {
            return Err(Error::forbidden("Who asked for this PIN issues it. Ask for one yourself if they cannot."));
        }
        if row.confirmed_by.is_none() {
            return Err(Error::conflict("Nobody confirmed this yet: another member of staff must do it first."));
        }
        // They knew the customer when they asked.
        let order = Order::again(row.user_id, row.life, scope_of(&row))?;
        let owner = order.customer(&tx).await?;
        let issued = order.issue(desk, &tx, actor, &owner, Second::Confirmed).await?.pop().ok_or(Error::Internal)?;
        end(&tx, id, Some(issued.id), at).await?;
        if let Some(sid) = &actor.session {
            wait_to_be_shown(desk, &tx, issued.id, &issued.pin, sid, None).await?;
        }
        tx.commit().await?;
        Ok((customer, issued.id))
    }

    /// Takes a request back, or declines it; which customer's it was. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Conflict`] for what is over.
    pub async fn withdraw(&self, actor: &Actor, id: PinRequestId) -> Result<UserId> {
        let desk = self.0;
        actor.require_staff()?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let (row, customer) = locked(&tx, id, at).await?;
        end(&tx, id, None, at).await?;
        let data = LedgerData::PinNotIssued { request: id };
        NewEntry::of_customer(data, customer, row.ticket_id).note(&tx, actor, at);
        tx.commit().await?;
        Ok(customer)
    }

    /// What is asked for and waits, oldest first; of one customer or of all. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn asked(&self, actor: &Actor, customer: Option<UserId>) -> Result<Vec<PinRequest>> {
        actor.require_staff()?;
        let db = &self.0.db;
        let of = Condition::all().add_option(customer.map(|customer| pin_requests::COLUMN.user_id.eq(customer)));
        let rows = Table::find().filter(open(self.0.now())).filter(of).order_by_asc(pin_requests::COLUMN.id);
        let rows = rows.limit(SHOWN).all(db).await.or_refuse()?;
        let people = rows.iter().flat_map(|row| [Some(row.user_id), Some(row.asked_by), row.confirmed_by]).flatten();
        let names = shown_names(db, people.collect()).await?;
        let name = |id: UserId| (id, names.get(&id).cloned().unwrap_or_default());
        let shown = |row: pin_requests::Model| PinRequest {
            id: row.id,
            customer: name(row.user_id),
            life: row.life,
            scope: scope_of(&row),
            asked_by: name(row.asked_by),
            asked_at: row.asked_at,
            confirmed_by: row.confirmed_by.map(name),
        };
        Ok(rows.into_iter().map(shown).collect())
    }
}

/// More than staff would look through.
const SHOWN: u64 = 200;

fn scope_of(row: &pin_requests::Model) -> domain::PinScope {
    let kept = Kept { ticket_id: row.ticket_id, can: row.can, label: row.label.clone(), purpose: row.purpose };
    kept.into_pin_scope(row.stays)
}

/// A request that goes on, with its customer locked, so that of several deeds at once the second sees what the first did.
async fn locked(tx: &Tx, id: PinRequestId, at: Timestamp) -> Result<(pin_requests::Model, UserId)> {
    let user = Table::find_by_id(id).one(tx).await.or_refuse()?.ok_or(Error::NotFound)?.user_id;
    Users::find_by_id(user).lock(LockType::NoKeyUpdate).one(tx).await.or_refuse()?.ok_or(Error::NotFound)?;
    let row = Table::find_by_id(id).filter(open(at)).one(tx).await.or_refuse()?;
    Ok((row.ok_or_else(|| Error::conflict(OVER))?, user))
}

async fn change(tx: &Tx, id: PinRequestId, set: pin_requests::ActiveModel) -> Result<()> {
    Table::update_many().set(set).filter(pin_requests::COLUMN.id.eq(id)).exec(tx).await.or_refuse()?;
    Ok(())
}

async fn end(tx: &Tx, id: PinRequestId, pin: Option<PinId>, at: Timestamp) -> Result<()> {
    let done = pin_requests::ActiveModel { done_at: Set(Some(at)), pin_id: Set(pin), ..Default::default() };
    change(tx, id, done).await
}
