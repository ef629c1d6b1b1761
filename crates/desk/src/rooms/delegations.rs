//! Delegations: a customer lets somebody in, for less than they may do themselves and shorter. It hangs on the session that
//! made it, and on every entry stands who did it and for whom.

use domain::{
    Actor, Can, CanSet, DELEGATIONS_MAX, Delegation, DelegationDraft, EndReason, Error, EventData, FamilyEnded,
    LedgerData, Pin, PinCount, PinId, PinLength, PinLife, Result, Role, SessionId, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DerivePartialModel, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{ExprTrait as _, LockType},
};

use crate::{
    rooms::{
        Inner, person,
        pins::{self, IssuedPin},
        sessions::under_way,
    },
    store::{
        db::Tx,
        entities::{Pins as Table, Sessions, Users, pins as pin, sessions, users},
        fault::OrRefuse as _,
        random::random,
        raw::sessions::Session,
        signal::Signal,
    },
    trail::{
        events::NewEvent,
        ledger::{Cause, NewEntry, opens_of_pin},
    },
};

/// Use cases of delegations.
pub struct Delegations<'a>(pub(crate) &'a Inner);

/// A delegation with its PIN in clear, shown once.
#[derive(Debug, Clone)]
pub struct IssuedDelegation {
    /// Its number.
    pub id: PinId,
    /// The PIN.
    pub pin: Pin,
    /// For whom.
    pub whom: String,
    /// Until when it is good, whether it is used or not.
    pub expires_at: Timestamp,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct Made {
    id: PinId,
    label: Option<String>,
    can: Option<CanSet>,
    issued_at: Timestamp,
    expires_at: Timestamp,
    redeemed_at: Option<Timestamp>,
}

/// A session that a delegation opened.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Sessions")]
struct Opened {
    pin_id: Option<PinId>,
    last_seen_at: Timestamp,
}

/// Who may let others in: a customer from a session that may, that nobody let in, unless staff said no.
fn delegator(actor: &Actor) -> Result<(UserId, &SessionId)> {
    let customer = actor.require_customer()?;
    actor.require_own()?;
    actor.require_can(Can::Delegate)?;
    Ok((customer, actor.session.as_ref().ok_or(Error::Unauthenticated)?))
}

impl Delegations<'_> {
    /// Lets somebody in: a PIN for less than the session that asks may do, and shorter. Customers.
    ///
    /// # Errors
    /// [`Error::Forbidden`] from a session that may not let others in, and for a customer who may not; [`Error::Conflict`]
    /// when as many are in as may be; [`Error::Invalid`] for `for`, `can` and `ttl`.
    pub async fn make(&self, actor: &Actor, draft: &DelegationDraft) -> Result<IssuedDelegation> {
        let (tx, issued) = self.made(actor, draft).await?;
        tx.commit().await?;
        Ok(issued)
    }

    /// As [`Delegations::make`], and keeps the PIN for the session that asks, to be shown once by
    /// [`Delegations::show_once`].
    ///
    /// # Errors
    /// As [`Delegations::make`].
    pub async fn make_to_show(&self, actor: &Actor, draft: &DelegationDraft) -> Result<PinId> {
        let (_, sid) = delegator(actor)?;
        let (tx, issued) = self.made(actor, draft).await?;
        pins::wait_to_be_shown(self.0, &tx, issued.id, &issued.pin, sid, None).await?;
        tx.commit().await?;
        Ok(issued.id)
    }

    /// Gives the PIN of a delegation out to the session that made it, once; nothing when it was given out already, is over, or
    /// cannot be redeemed any more.
    ///
    /// # Errors
    /// [`Error::Forbidden`] from a session that may not let others in.
    pub async fn show_once(&self, actor: &Actor, id: PinId) -> Result<Option<IssuedPin>> {
        delegator(actor)?;
        pins::Pins(self.0).take(actor, id).await
    }

    async fn made(&self, actor: &Actor, draft: &DelegationDraft) -> Result<(Tx, IssuedDelegation)> {
        let (customer, sid) = delegator(actor)?;
        let desk = self.0;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        // Of several at once the last counts the others.
        let owner = Users::find_by_id(customer).lock(LockType::NoKeyUpdate).one(&tx).await.or_refuse()?;
        if !owner.is_some_and(|owner| owner.may_delegate) {
            return Err(Error::forbidden("Support has switched this off for you. Ask them to let somebody in."));
        }
        let session = Session::find(&tx, sid).await?;
        let session = session.filter(|session| session.is_live(desk, at)).ok_or(Error::Unauthenticated)?;
        let checked = draft.check(&actor.scope, session.end(desk), at)?;
        if self.alive(&tx, customer, at).await?.len() >= DELEGATIONS_MAX {
            return Err(Error::conflict(format!(
                "{DELEGATIONS_MAX} others are let in already, and that is as many as may be. End one first."
            )));
        }
        let issued = issue(desk, &tx, actor, sid, &checked.whom, checked.can, checked.life, at).await?;
        Ok((tx, issued))
    }

    /// Whom the caller let in and who still may come in or is in, newest first. Customers; of those who see one ticket alone,
    /// what they made themselves.
    ///
    /// # Errors
    /// As [`Delegations::make`], but for what is in a draft.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Delegation>> {
        let (customer, sid) = delegator(actor)?;
        let own = actor.scope.is_narrow().then_some(sid);
        self.alive_of(&self.0.db, customer, own, self.0.now()).await
    }

    /// Whom a customer let in. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list_of(&self, actor: &Actor, customer: UserId) -> Result<Vec<Delegation>> {
        actor.require_staff()?;
        self.alive(&self.0.db, customer, self.0.now()).await
    }

    /// Ends a delegation: its PIN can be redeemed no more, and who came in by it is out. The customer who made it, or staff.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that is over, or is another's; [`Error::Forbidden`] as [`Delegations::make`].
    pub async fn end(&self, actor: &Actor, id: PinId) -> Result<()> {
        let desk = self.0;
        let at = desk.now();
        let may = if actor.role.is_staff() {
            actor.require_staff()?;
            Condition::all()
        } else {
            let (customer, sid) = delegator(actor)?;
            let own = actor.scope.is_narrow().then(|| pin::COLUMN.parent_sid.eq(sid.clone()));
            Condition::all().add(pin::COLUMN.user_id.eq(customer)).add_option(own)
        };
        let tx = desk.db.begin().await?;
        let made = Table::find_by_id(id).filter(pin::COLUMN.parent_sid.is_not_null()).filter(may);
        let made = made.one(&tx).await.or_refuse()?.ok_or(Error::NotFound)?;
        let ended = pins::end_family(&tx, &made, &Cause::new(actor, EndReason::DelegationEnded), at).await?;
        if ended == FamilyEnded::default() {
            return Err(Error::NotFound);
        }
        tx.signal(Signal::Sessions { user: made.user_id });
        let whom = made.label.clone().unwrap_or_default();
        NewEntry::of_pin(LedgerData::DelegationEnded { whom: whom.clone() }, &made).note(&tx, actor, at);
        NewEvent::of_user(EventData::DelegationEnded { whom }, made.user_id).record(&tx, actor, at).await?;
        tx.commit().await
    }

    /// Lets a customer let others in, or does not; who is in by them goes then. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no customer.
    pub async fn allow(&self, actor: &Actor, customer: UserId, may: bool) -> Result<()> {
        actor.require_staff()?;
        let desk = self.0;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        if may && person::is_unnamed(&tx, customer).await? {
            return Err(Error::conflict("Nobody knows who this is, so they let nobody in."));
        }
        let set = users::ActiveModel { may_delegate: Set(may), ..Default::default() };
        let theirs = users::COLUMN.id.eq(customer).and(users::COLUMN.role.eq(Role::Customer));
        if Users::update_many().set(set).filter(theirs).exec(&tx).await.or_refuse()?.rows_affected == 0 {
            return Err(Error::NotFound);
        }
        NewEntry::of_customer(LedgerData::DelegationSwitched { may }, customer, None).note(&tx, actor, at);
        if !may {
            let alive: Vec<_> = self.alive(&tx, customer, at).await?;
            let made = Table::find().filter(pin::COLUMN.id.is_in(alive.iter().map(|alive| alive.id)));
            let made = made.all(&tx).await.or_refuse()?;
            for (alive, made) in
                alive.into_iter().filter_map(|it| made.iter().find(|made| made.id == it.id).map(|made| (it, made)))
            {
                pins::end_family(&tx, made, &Cause::new(actor, EndReason::DelegationEnded), at).await?;
                let whom = alive.whom.clone();
                NewEntry::of_pin(LedgerData::DelegationEnded { whom }, made).note(&tx, actor, at);
                let what = EventData::DelegationEnded { whom: alive.whom };
                NewEvent::of_user(what, customer).record(&tx, actor, at).await?;
            }
            tx.signal(Signal::Sessions { user: customer });
        }
        tx.commit().await
    }

    /// Whether a customer may let others in. Staff, and the customer.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who is no customer; [`Error::Forbidden`].
    pub async fn is_allowed(&self, actor: &Actor, customer: UserId) -> Result<bool> {
        if actor.id != Some(customer) {
            actor.require_staff()?;
        }
        let may = Users::find_by_id(customer).select_only().column(users::Column::MayDelegate);
        may.into_tuple().one(&self.0.db).await.or_refuse()?.ok_or(Error::NotFound)
    }

    async fn alive(&self, db: &impl ConnectionTrait, customer: UserId, at: Timestamp) -> Result<Vec<Delegation>> {
        self.alive_of(db, customer, None, at).await
    }

    /// Those of a customer, or of one session of theirs, that can be used or are in use.
    async fn alive_of(
        &self,
        db: &impl ConnectionTrait,
        customer: UserId,
        own: Option<&SessionId>,
        at: Timestamp,
    ) -> Result<Vec<Delegation>> {
        let opened: Vec<Opened> = Sessions::find()
            .inner_join(Users)
            .filter(sessions::COLUMN.user_id.eq(customer))
            .filter(sessions::COLUMN.parent_sid.is_not_null())
            .filter(under_way(self.0, at))
            .into_partial_model()
            .all(db)
            .await
            .or_refuse()?;
        let in_use = opened.iter().filter_map(|opened| opened.pin_id);
        let alive = Condition::any().add(pins::can_be_redeemed(at)).add(pin::COLUMN.id.is_in(in_use));
        let made: Vec<Made> = Table::find()
            .filter(pin::COLUMN.user_id.eq(customer))
            .filter(pin::COLUMN.parent_sid.is_not_null())
            .filter(Condition::all().add_option(own.map(|sid| pin::COLUMN.parent_sid.eq(sid.clone()))))
            .filter(alive)
            .order_by_desc(pin::COLUMN.id)
            .into_partial_model()
            .all(db)
            .await
            .or_refuse()?;
        let seen = |id| opened.iter().find(|opened| opened.pin_id == Some(id)).map(|opened| opened.last_seen_at);
        Ok(made
            .into_iter()
            .map(|made| Delegation {
                id: made.id,
                whom: made.label.unwrap_or_default(),
                can: made.can.unwrap_or(CanSet::ALL),
                made_at: made.issued_at,
                expires_at: made.expires_at,
                used_at: made.redeemed_at,
                last_seen_at: seen(made.id),
            })
            .collect())
    }
}

#[expect(clippy::too_many_arguments, reason = "the columns of a PIN")]
async fn issue(
    desk: &Inner,
    tx: &Tx,
    actor: &Actor,
    parent: &SessionId,
    whom: &str,
    can: CanSet,
    life: PinLife,
    at: Timestamp,
) -> Result<IssuedDelegation> {
    let customer = actor.id.ok_or(Error::Unauthenticated)?;
    let length = PinLength::of(life, PinCount::ONE);
    let code = Pin::from_random(length, random()?);
    let expires_at = at.plus_seconds(life.seconds());
    let new = pin::ActiveModel {
        user_id: Set(customer),
        hash: Set(desk.keys.pin_hash(code.symbols())),
        issued_by: Set(Some(customer)),
        issued_at: Set(at),
        expires_at: Set(expires_at),
        symbols: Set(Some(length.symbols() as i64)),
        ticket_id: Set(actor.scope.ticket),
        can: Set(Some(can)),
        label: Set(Some(whom.to_owned())),
        is_alone: Set(Some(false)),
        parent_sid: Set(Some(parent.clone())),
        ..Default::default()
    };
    let made = Table::insert(new).exec_with_returning(tx).await.or_refuse()?;
    let id = made.id;
    NewEntry::of_pin(LedgerData::Delegated { whom: whom.to_owned() }, &made).session(Some(parent)).note(tx, actor, at);
    let opens = opens_of_pin(&made);
    NewEntry::of_pin(LedgerData::PinIssued { expires_at, opens }, &made).note(tx, actor, at);
    let what = EventData::Delegated { whom: whom.to_owned() };
    NewEvent::of_user(what, customer).record(tx, actor, at).await?;
    Ok(IssuedDelegation { id, pin: code, whom: whom.to_owned(), expires_at })
}
