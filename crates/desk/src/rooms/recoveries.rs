//! Somebody lost their access and asks for it. The request sends nothing and tells nothing; staff make sure who it is, say how, and
//! issue a PIN. For customers who are marked as sensitive two of staff are needed.

use domain::{
    Actor, CallerOutcome, EndReason, Error, EventData, LedgerData, PinId, RECOVERY_HOW_MAX_CHARS, Recovery,
    RecoveryAnswer, RecoveryCheck, RecoveryDraft, RecoveryId, RecoveryState, Result, Role, Timestamp, UserId,
    check_line,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};

use crate::{
    rooms::{Inner, known::checked_at, person::require_person, pins, sessions::ending, throttle::ClientAddress},
    store::{
        db::Tx,
        entities::{CallerChecks, Recoveries as Table, Users, caller_checks, recoveries, users},
        fault::OrRefuse as _,
        names::shown_names,
    },
    trail::{
        events::{By, NewEvent},
        ledger::{Cause, NewEntry, from_address},
    },
};

/// Requests of one address in a day: somebody who mistypes their number asks again.
const OF_ADDRESS: u64 = 3;
/// Requests of one network in a day: an office, or a provider's customers behind one address.
const OF_NETWORK: u64 = 20;
/// Requests that wait: more than staff look through in a day would hide those that are true.
const OPEN_MAX: u64 = 200;
const DAY: i64 = 24 * 3600;
/// Requests that a page shows of those that are done.
const DONE_SHOWN: u64 = 50;

/// Use cases of lost access.
pub struct Recoveries<'a>(pub(crate) &'a Inner);

impl Recoveries<'_> {
    /// Takes a request of somebody who lost their access. Whatever becomes of it, the answer is the same; one that is too many, of its
    /// address or at all, is left out. Anybody.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `name` and `callback`.
    pub async fn ask(&self, client: &ClientAddress, draft: &RecoveryDraft) -> Result<()> {
        let desk = self.0;
        let RecoveryDraft { name, callback } = draft.check()?;
        let at = desk.now();
        let (address, network) = client.parts();
        let tx = desk.db.begin().await?;
        // Of many at once the last counts the others.
        tx.serialise("recoveries").await?;
        let lately = Table::find().filter(recoveries::COLUMN.at.gt(at.plus_seconds(-DAY)));
        let of_address = lately.clone().filter(recoveries::COLUMN.client.eq(address));
        let of_network = lately.filter(recoveries::COLUMN.network.eq(network));
        let open = Table::find().filter(recoveries::COLUMN.decided_at.is_null());
        for (query, most) in [(of_address, OF_ADDRESS), (of_network, OF_NETWORK), (open, OPEN_MAX)] {
            if query.count(&tx).await.or_refuse()? >= most {
                tracing::warn!(target: crate::rooms::SECURITY, event = "recovery_left_out", "too many ask for their access");
                return Ok(());
            }
        }
        let new = recoveries::ActiveModel {
            name: Set(name),
            callback: Set(callback),
            at: Set(at),
            client: Set(Some(address.to_owned())),
            network: Set(Some(network.to_owned())),
            ..Default::default()
        };
        let recovery = Table::insert(new).exec(&tx).await.or_refuse()?.last_insert_id;
        let by = from_address(None, None, address);
        NewEntry::of_desk(LedgerData::RecoveryAsked { recovery }).note(&tx, by, at);
        tx.commit().await
    }

    /// How many wait for staff, with the PINs that a second one must confirm. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn waiting(&self, actor: &Actor) -> Result<u64> {
        actor.require_staff()?;
        let lost = Table::find().filter(recoveries::COLUMN.decided_at.is_null()).count(&self.0.db).await.or_refuse()?;
        Ok(lost + pins::waiting(self.0).await?)
    }

    /// Those that wait, oldest first, and the newest that are done. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(&self, actor: &Actor) -> Result<(Vec<Recovery>, Vec<Recovery>)> {
        actor.require_staff()?;
        let db = &self.0.db;
        let open = Table::find().filter(recoveries::COLUMN.decided_at.is_null());
        let open = open.order_by_asc(recoveries::COLUMN.id).limit(OPEN_MAX).all(db).await.or_refuse()?;
        let done = Table::find().filter(recoveries::COLUMN.decided_at.is_not_null());
        let done = done.order_by_desc(recoveries::COLUMN.id).limit(DONE_SHOWN).all(db).await.or_refuse()?;
        Ok((shown(db, open).await?, shown(db, done).await?))
    }

    /// Notes who somebody is and how the member of staff who asks made sure of it, and issues the PIN, to be shown once to their
    /// session; for a sensitive customer nothing is issued yet, and a second one of staff must confirm it. It takes the place of
    /// PINs for the same that nobody used. Staff, in person.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for what is done, and for who is no customer; [`Error::Invalid`] for `how` and for
    /// `checked`, where no caller code was checked; [`Error::Conflict`] for a deactivated customer.
    pub async fn answer(&self, actor: &Actor, id: RecoveryId, answer: &RecoveryAnswer) -> Result<Option<PinId>> {
        let desk = self.0;
        let me = require_person(actor)?;
        let how = check_line(&answer.how, RECOVERY_HOW_MAX_CHARS);
        let how = how.map_err(|sentence| Error::field("how", sentence))?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        tx.serialise("recoveries").await?;
        let row = waiting(&tx, id).await?;
        let customer = customer(&tx, answer.customer).await?;
        if answer.checked == RecoveryCheck::CallerCode && checked_at(&tx, me, customer.id, at).await?.is_none() {
            let sentence = "Check the code first, under “Who is calling?”. It counts for 15 minutes.";
            return Err(Error::field("checked", sentence));
        }
        let prepared = recoveries::ActiveModel {
            customer_id: Set(Some(customer.id)),
            checked: Set(Some(answer.checked)),
            how: Set(Some(how.clone())),
            ends_sessions: Set(Some(answer.ends_sessions)),
            prepared_by: Set(Some(me)),
            prepared_at: Set(Some(at)),
            // What was confirmed before was something else.
            confirmed_by: Set(None),
            ..Default::default()
        };
        change(&tx, row.id, prepared).await?;
        let data = LedgerData::RecoveryAnswered { recovery: id, checked: answer.checked, how };
        NewEntry::of_customer(data, customer.id, None).note(&tx, actor, at);
        let pin = if customer.is_sensitive { None } else { Some(issue(desk, &tx, actor, id, at).await?) };
        tx.commit().await?;
        Ok(pin)
    }

    /// Confirms what a colleague found out at a moment about a sensitive customer, who may issue the PIN then. Staff, in person, but
    /// never who found it out.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for that one, too; [`Error::NotFound`]; [`Error::Conflict`] for what nobody answered yet, and where
    /// another answer was given since.
    pub async fn confirm(&self, actor: &Actor, id: RecoveryId, prepared_at: Timestamp) -> Result<()> {
        let desk = self.0;
        let me = require_person(actor)?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        tx.serialise("recoveries").await?;
        let row = waiting(&tx, id).await?;
        let (Some(customer), Some(by)) = (row.customer_id, row.prepared_by) else {
            return Err(Error::conflict("Nobody said yet who this is. Do that first."));
        };
        if by == me {
            return Err(Error::forbidden("You made sure who this is, so another member of staff must confirm it."));
        }
        if row.prepared_at != Some(prepared_at) {
            return Err(Error::conflict(
                "Somebody changed this since you read it. Read it again before you confirm it.",
            ));
        }
        change(&tx, id, recoveries::ActiveModel { confirmed_by: Set(Some(me)), ..Default::default() }).await?;
        let data = LedgerData::RecoveryConfirmed { recovery: id };
        NewEntry::of_customer(data, customer, None).note(&tx, actor, at);
        tx.commit().await
    }

    /// Issues the PIN that a second one of staff confirmed, to be shown once to the session that asks; and for whom. Staff, in person, but not who
    /// confirmed it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Conflict`] where nobody answered or confirmed it.
    pub async fn issue(&self, actor: &Actor, id: RecoveryId) -> Result<(UserId, PinId)> {
        let desk = self.0;
        require_person(actor)?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        tx.serialise("recoveries").await?;
        let customer = waiting(&tx, id).await?.customer_id;
        let pin = issue(desk, &tx, actor, id, at).await?;
        tx.commit().await?;
        // There is no PIN without one.
        Ok((customer.ok_or(Error::Internal)?, pin))
    }

    /// Dismisses a request, with a line of why. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for what is done; [`Error::Invalid`] for `why`.
    pub async fn dismiss(&self, actor: &Actor, id: RecoveryId, why: &str) -> Result<()> {
        let desk = self.0;
        actor.require_staff()?;
        let why = check_line(why, RECOVERY_HOW_MAX_CHARS).map_err(|sentence| Error::field("why", sentence))?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        tx.serialise("recoveries").await?;
        waiting(&tx, id).await?;
        let dismissed = recoveries::ActiveModel { dismissed: Set(Some(why.clone())), ..decided(actor, at) };
        change(&tx, id, dismissed).await?;
        NewEntry::of_desk(LedgerData::RecoveryDismissed { recovery: id, why }).note(&tx, actor, at);
        tx.commit().await
    }

    /// Whether two of staff are needed to issue a PIN for a customer. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no customer.
    pub async fn is_sensitive(&self, actor: &Actor, user: UserId) -> Result<bool> {
        actor.require_staff()?;
        Ok(customer(&self.0.db, user).await?.is_sensitive)
    }

    /// Sets whether that is so. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no customer.
    pub async fn set_sensitive(&self, actor: &Actor, user: UserId, is_sensitive: bool) -> Result<()> {
        let desk = self.0;
        actor.require_admin()?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        customer(&tx, user).await?;
        let set = users::ActiveModel { is_sensitive: Set(is_sensitive), ..Default::default() };
        Users::update_many().set(set).filter(users::COLUMN.id.eq(user)).exec(&tx).await.or_refuse()?;
        NewEntry::of_customer(LedgerData::SensitiveSwitched { is_sensitive }, user, None).note(&tx, actor, at);
        tx.commit().await
    }
}

/// Seconds that a request is kept once it is done. Somebody's name and number are in it, and often of nobody whom the desk knows.
const KEEP_DONE: i64 = 90 * DAY;

/// A request has where it came from for a day; the ledger has it as of any other entry. One that is done goes later.
pub(crate) async fn forget_old(desk: &Inner) -> Result<()> {
    let done = Table::delete_many().filter(recoveries::COLUMN.decided_at.lt(desk.now().plus_seconds(-KEEP_DONE)));
    desk.db.write(&done.into_query()).await?;
    let gone = recoveries::ActiveModel { client: Set(None), network: Set(None), ..Default::default() };
    let old = recoveries::COLUMN.at.lt(desk.now().plus_seconds(-DAY));
    let forget = Table::update_many().set(gone).filter(old).filter(recoveries::COLUMN.network.is_not_null());
    desk.db.write(&forget.into_query()).await?;
    Ok(())
}

async fn waiting(tx: &Tx, id: RecoveryId) -> Result<recoveries::Model> {
    let row = Table::find_by_id(id).filter(recoveries::COLUMN.decided_at.is_null()).one(tx).await.or_refuse()?;
    row.ok_or(Error::NotFound)
}

async fn customer(db: &impl ConnectionTrait, id: UserId) -> Result<users::Model> {
    let found = Users::find_by_id(id).filter(users::COLUMN.role.eq(Role::Customer)).one(db).await.or_refuse()?;
    found.ok_or(Error::NotFound)
}

async fn change(tx: &Tx, id: RecoveryId, set: recoveries::ActiveModel) -> Result<()> {
    Table::update_many().set(set).filter(recoveries::COLUMN.id.eq(id)).exec(tx).await.or_refuse()?;
    Ok(())
}

fn decided(actor: &Actor, at: Timestamp) -> recoveries::ActiveModel {
    recoveries::ActiveModel { decided_by: Set(actor.id), decided_at: Set(Some(at)), ..Default::default() }
}

async fn issue(desk: &Inner, tx: &Tx, actor: &Actor, id: RecoveryId, at: Timestamp) -> Result<PinId> {
    let me = require_person(actor)?;
    let row = waiting(tx, id).await?;
    let (Some(user), Some(how)) = (row.customer_id, row.how) else {
        return Err(Error::conflict("Nobody said yet who this is. Do that first."));
    };
    if customer(tx, user).await?.is_sensitive {
        match row.confirmed_by {
            None => {
                return Err(Error::conflict(
                    "This customer is marked as sensitive: another member of staff must confirm first.",
                ));
            }
            Some(by) if by == me => {
                return Err(Error::forbidden("You confirmed this, so another member of staff issues the PIN."));
            }
            Some(_) => {}
        }
    }
    // How staff made sure counts where a caller code is asked for, as for a customer who can make none.
    let known = caller_checks::ActiveModel {
        agent_id: Set(me),
        at: Set(at),
        outcome: Set(CallerOutcome::Vouched),
        customer_id: Set(Some(user)),
        how: Set(Some(how)),
        ..Default::default()
    };
    CallerChecks::insert(known).exec_without_returning(tx).await.or_refuse()?;
    let pin = pins::issue_in(desk, tx, actor, user).await?;
    if row.ends_sessions == Some(true) {
        let ended = ending::end_all(tx, user, None, &Cause::new(actor, EndReason::ByStaff), at).await?;
        if ended > 0 {
            NewEvent::of_user(EventData::SessionEnded { count: ended }, user).record(tx, actor, at).await?;
        }
    }
    change(tx, id, recoveries::ActiveModel { pin_id: Set(Some(pin)), ..decided(actor, at) }).await?;
    let entry = NewEntry::of_customer(LedgerData::RecoveryIssued { recovery: id }, user, None);
    entry.pin(Some(pin)).note(tx, By::from(actor), at);
    Ok(pin)
}

async fn shown(db: &impl ConnectionTrait, rows: Vec<recoveries::Model>) -> Result<Vec<Recovery>> {
    let people =
        rows.iter().flat_map(|row| [row.customer_id, row.prepared_by, row.confirmed_by, row.decided_by]).flatten();
    let names = shown_names(db, people.collect()).await?;
    let name = |id: Option<UserId>| Some((id?, names.get(&id?)?.clone()));
    Ok(rows
        .into_iter()
        .map(|row| Recovery {
            id: row.id,
            state: match (row.pin_id, row.dismissed) {
                (Some(pin), _) => RecoveryState::Issued(pin),
                (None, Some(why)) => RecoveryState::Dismissed(why),
                _ if row.confirmed_by.is_some() => RecoveryState::Confirmed,
                _ if row.prepared_by.is_some() => RecoveryState::Prepared,
                _ => RecoveryState::Open,
            },
            customer: name(row.customer_id),
            checked: row.checked.zip(row.how),
            prepared_by: name(row.prepared_by),
            prepared_at: row.prepared_at,
            confirmed_by: name(row.confirmed_by),
            decided: row
                .decided_at
                .map(|at| (name(row.decided_by).map_or_else(|| "Command line".to_owned(), |(_, name)| name), at)),
            name: row.name,
            callback: row.callback,
            at: row.at,
        })
        .collect())
}
