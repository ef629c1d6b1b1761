//! PINs as staff order them: checked, issued, and put in the place of one that was issued before for the same.

use domain::{
    Actor, CallerDeed, EndReason, Error, EventData, FieldErrors, LedgerData, Pin, PinCount, PinId, PinLength, PinLife,
    PinScope, Result, Role, ScopeDraft, Status, TicketId, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, DerivePartialModel, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{LockBehavior, LockType},
};

use super::row::{can_be_redeemed, revoke};
use crate::{
    rooms::{Inner, known::require_known, tickets::lock_name},
    store::{
        db::Tx,
        entities::{Pins as Table, Tickets, Users, pins, users},
        fault::OrRefuse as _,
        random::random,
        scopes::Kept,
    },
    trail::{
        events::NewEvent,
        ledger::{self, Cause, NewEntry},
    },
};

/// PINs to issue.
#[derive(Debug, Clone)]
pub struct NewPins {
    /// For this customer.
    pub user_id: UserId,
    /// Seconds until they expire, see [`PinLife`]; the desk's default when none.
    pub ttl: Option<i64>,
    /// How many, see [`PinCount`].
    pub count: u32,
    /// What they open.
    pub scope: ScopeDraft,
}

impl NewPins {
    /// One for a customer, for all that they may do, that lives as long as the desk's usually do.
    pub fn one(user_id: UserId) -> Self {
        Self { user_id, ttl: None, count: 1, scope: ScopeDraft::default() }
    }
}

/// A PIN in clear, shown once.
#[derive(Debug, Clone)]
pub struct IssuedPin {
    /// Its record.
    pub id: PinId,
    /// The PIN.
    pub pin: Pin,
    /// Whose it is.
    pub username: String,
    /// Their name to show.
    pub name: String,
    /// Until when it can be redeemed.
    pub expires_at: Timestamp,
    /// What it opens.
    pub scope: PinScope,
    /// How many PINs for the same, which nobody had used, were revoked because this one takes their place.
    pub replaced: u64,
}

/// Whether a second one of staff confirmed a PIN, as must be for a customer who is marked as sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Second {
    /// They did.
    Confirmed,
    /// Nobody did.
    Missing,
}

const SENSITIVE: &str =
    "This customer is marked as sensitive: ask for the PIN on their page, and a colleague confirms it.";

/// PINs that may be issued, as far as that can be told without their customer.
pub(super) struct Order {
    pub(super) user_id: UserId,
    pub(super) life: PinLife,
    count: PinCount,
    pub(super) scope: PinScope,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Tickets")]
struct ItsTicket {
    requester_id: UserId,
    status: Status,
}

impl Order {
    pub(super) fn check(desk: &Inner, actor: &Actor, new: &NewPins) -> Result<Self> {
        actor.require_staff()?;
        let mut errors = FieldErrors::default();
        let life = errors.take("ttl", PinLife::from_seconds(new.ttl.unwrap_or(desk.config.pin_ttl)));
        let count = errors.take("count", PinCount::new(new.count));
        let scope = new.scope.check().map_err(|more| errors.0.extend(more.0)).ok();
        let (Some(life), Some(count), Some(scope)) = (life, count, scope) else { return Err(errors.into()) };
        if !count.is_few() && !actor.role.can_issue_many_pins() {
            return Err(Error::forbidden(format!(
                "More than {} PINs at once are for admins. Issue fewer, or ask an admin.",
                PinCount::FEW
            )));
        }
        Ok(Self { user_id: new.user_id, life, count, scope })
    }

    /// One that was ordered before, and stands as it was.
    pub(super) fn again(user_id: UserId, life: i64, scope: PinScope) -> Result<Self> {
        let life = PinLife::from_seconds(life).map_err(|_| Error::Internal)?;
        Ok(Self { user_id, life, count: PinCount::ONE, scope })
    }

    /// Whom they are for, if who orders them knows that it is them, where that is asked for; as [`Order::customer`].
    pub(super) async fn owner(&self, desk: &Inner, tx: &Tx, actor: &Actor) -> Result<users::Model> {
        let owner = self.customer(tx).await?;
        require_known(desk, tx, actor, owner.id, CallerDeed::Pins).await?;
        Ok(owner)
    }

    /// Whom they are for. Locked, so that a deactivation comes before, or after and revokes them; SQLite, which has no
    /// such lock, has one writer. The ticket that they are for is looked at before, and stays as it is until the
    /// transaction ends.
    pub(super) async fn customer(&self, tx: &Tx) -> Result<users::Model> {
        if let Some(ticket) = self.scope.ticket {
            self.check_ticket(tx, ticket).await?;
        }
        let owner = Users::find_by_id(self.user_id).lock(LockType::NoKeyUpdate).one(tx).await.or_refuse()?;
        let owner = owner.filter(|owner| owner.role == Role::Customer).ok_or(Error::NotFound)?;
        if !owner.is_active {
            return Err(Error::conflict("This customer is deactivated. Activate them before issuing a PIN."));
        }
        Ok(owner)
    }

    async fn check_ticket(&self, tx: &Tx, id: TicketId) -> Result<()> {
        tx.serialise(&lock_name(id)).await?;
        let ticket: Option<ItsTicket> = Tickets::find_by_id(id).into_partial_model().one(tx).await.or_refuse()?;
        match ticket.filter(|ticket| ticket.requester_id == self.user_id) {
            None => Err(Error::field("ticket", format!("This customer has no ticket #{id}. Choose one of theirs."))),
            Some(ticket) if ticket.status == Status::Closed => Err(Error::field(
                "ticket",
                format!("Ticket #{id} is closed. Reopen it first, or leave the ticket out."),
            )),
            Some(_) => Ok(()),
        }
    }

    pub(super) async fn issue(
        &self,
        desk: &Inner,
        tx: &Tx,
        actor: &Actor,
        owner: &users::Model,
        second: Second,
    ) -> Result<Vec<IssuedPin>> {
        // Whoever runs the program on the server is one, and nobody can be told from another there.
        if owner.is_sensitive && second == Second::Missing && actor.id.is_some() {
            return Err(Error::conflict(SENSITIVE));
        }
        let at = desk.now();
        let expires_at = at.plus_seconds(self.life.seconds());
        let length = PinLength::of(self.life, self.count);
        let is_alone = self.count == PinCount::ONE;
        let before = if is_alone { self.before(tx, at).await? } else { Vec::new() };
        let mut issued = Vec::new();
        for _ in 0..self.count.get() {
            let pin = Pin::from_random(length, random()?);
            let kept = Kept::of_pin(&self.scope);
            let new = pins::ActiveModel {
                user_id: Set(self.user_id),
                hash: Set(desk.keys.pin_hash(pin.symbols())),
                issued_by: Set(actor.id),
                issued_at: Set(at),
                expires_at: Set(expires_at),
                symbols: Set(Some(length.symbols() as i64)),
                ticket_id: Set(kept.ticket_id),
                can: Set(kept.can),
                stays: Set(self.scope.stays),
                label: Set(kept.label),
                purpose: Set(kept.purpose),
                is_alone: Set(Some(is_alone)),
                ..Default::default()
            };
            let made = Table::insert(new).exec_with_returning(tx).await.or_refuse()?;
            let id = made.id;
            let opens = ledger::opens_of_pin(&made);
            NewEntry::of_pin(LedgerData::PinIssued { expires_at, opens }, &made).note(tx, actor, at);
            NewEvent::of_user(EventData::PinIssued, self.user_id).record(tx, actor, at).await?;
            let mut replaced = 0;
            let replaced_cause = Cause::new(actor, EndReason::Replaced);
            for old in &before {
                replaced += revoke(tx, pins::COLUMN.id.eq(*old), &replaced_cause, Some(id), at).await?;
                NewEvent::of_user(EventData::PinRevoked, self.user_id).record(tx, actor, at).await?;
            }
            let (username, name) = (owner.username.clone(), owner.name.clone());
            issued.push(IssuedPin { id, pin, username, name, expires_at, scope: self.scope.clone(), replaced });
        }
        Ok(issued)
    }

    /// PINs that were issued alone for the same, and were not redeemed yet. One that is being redeemed at this moment is
    /// left to whoever redeems it, who waits for the owner: to wait for them in turn would be for ever.
    async fn before(&self, tx: &Tx, at: Timestamp) -> Result<Vec<PinId>> {
        let same = Table::find()
            .filter(self.same())
            .filter(pins::COLUMN.is_alone.eq(true))
            .filter(can_be_redeemed(at))
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        same.select_only().column(pins::Column::Id).into_tuple().all(tx).await.or_refuse()
    }

    /// PINs of this customer that open the same.
    pub(super) fn same(&self) -> Condition {
        let kept = Kept::of_pin(&self.scope);
        let pin = pins::COLUMN;
        Condition::all()
            .add(pin.user_id.eq(self.user_id))
            .add(kept.ticket_id.map_or_else(|| pin.ticket_id.is_null(), |ticket| pin.ticket_id.eq(ticket)))
            .add(kept.can.map_or_else(|| pin.can.is_null(), |can| pin.can.eq(can)))
            .add(kept.label.map_or_else(|| pin.label.is_null(), |label| pin.label.eq(label)))
            .add(kept.purpose.map_or_else(|| pin.purpose.is_null(), |purpose| pin.purpose.eq(purpose)))
    }
}
