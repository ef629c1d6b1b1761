//! What staff ask a customer to confirm, and what becomes of it. Each has a PIN of its own that is good for exactly this: its hash is
//! over the text, the amount and the files, so where one of them is another one by a character, no PIN fits any more (what payment
//! law calls dynamic linking). It is typed in a session that sees the ticket, on the page that shows what it is for.

mod decided;
mod frozen;

use domain::{
    Actor, Approval, ApprovalAnswer, ApprovalDraft, ApprovalId, ApprovalState, CallerDeed, EndReason, Error, EventData,
    LedgerData, Pin, PinCount, PinId, PinLength, PinLife, Purpose, Result, Status, TicketId, Timestamp, check_why,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::LockType,
};

use self::{
    decided::{answered, decide},
    frozen::{Frozen, file_holds, files_hold, seen},
};
use crate::{
    rooms::{
        Inner,
        known::require_known,
        pins::{self, can_be_redeemed},
        sessions::require_live,
        throttle::{Attempt, ClientAddress},
        tickets::{self, lock_name},
    },
    store::{
        db::Tx,
        entities::{Approvals as Table, Pins, Users, approvals, pins as pin},
        fault::OrRefuse as _,
        names::shown_names,
        random::random,
        raw::tickets::TicketRow,
    },
    trail::{
        events::NewEvent,
        ledger::{Cause, NewEntry, opens_of_pin},
    },
};

/// What is shown of a ticket.
const SHOWN: u64 = 50;
/// What may wait for an answer at once.
const OPEN_MAX: usize = 10;

const VOID: &str = "This cannot be confirmed any more: something of it is not as it was when you were asked. Ask Support for a new one.";

/// Use cases of confirmations.
pub struct Approvals<'a>(pub(crate) &'a Inner);

/// Something that was just asked, with its PIN in clear, shown once.
#[derive(Debug, Clone)]
pub struct AskedApproval {
    /// What.
    pub approval: Approval,
    /// The PIN.
    pub pin: Pin,
}

impl Approvals<'_> {
    /// Asks the customer of a ticket to confirm something, with a PIN for that alone that lives for half an hour. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], also where the agent must know first that it is the customer; [`Error::NotFound`];
    /// [`Error::Conflict`] on a closed ticket, for a deactivated customer, and where many wait for an answer already;
    /// [`Error::Invalid`] for `text`, `amount` and `files`.
    pub async fn ask(&self, actor: &Actor, ticket: TicketId, draft: &ApprovalDraft) -> Result<AskedApproval> {
        let (tx, id, _, pin) = self.asked(actor, ticket, draft).await?;
        tx.commit().await?;
        Ok(AskedApproval { approval: self.get(actor, id).await?, pin })
    }

    /// As [`Approvals::ask`], and keeps the PIN for the session that asks, to be shown once by [`crate::Pins::show_once`].
    ///
    /// # Errors
    /// As [`Approvals::ask`].
    pub async fn ask_to_show(&self, actor: &Actor, ticket: TicketId, draft: &ApprovalDraft) -> Result<PinId> {
        let (tx, _, pin_id, pin) = self.asked(actor, ticket, draft).await?;
        if let Some(sid) = &actor.session {
            pins::wait_to_be_shown(self.0, &tx, pin_id, &pin, sid, None).await?;
        }
        tx.commit().await?;
        Ok(pin_id)
    }

    async fn asked(
        &self,
        actor: &Actor,
        ticket: TicketId,
        draft: &ApprovalDraft,
    ) -> Result<(Tx, ApprovalId, PinId, Pin)> {
        let desk = self.0;
        actor.require_staff()?;
        let checked = draft.check();
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let its = tickets::lock(&tx, actor, ticket).await?;
        let (text, amount) = checked?;
        require_open(&its)?;
        // As whoever issues a PIN: a deactivation comes before, or after and revokes it.
        let owner = Users::find_by_id(its.requester_id).lock(LockType::NoKeyUpdate).one(&tx).await.or_refuse()?;
        if !owner.is_some_and(|owner| owner.is_active) {
            return Err(Error::conflict("This customer is deactivated. Activate them before you ask them something."));
        }
        require_known(desk, &tx, actor, its.requester_id, CallerDeed::Pins).await?;
        if self.open_ones(&tx, ticket, at).await? >= OPEN_MAX {
            return Err(Error::conflict(format!(
                "{OPEN_MAX} requests on this ticket wait for an answer already. Take one back first."
            )));
        }
        let files = frozen::files(&tx, ticket, &draft.files).await?;
        let frozen = Frozen { ticket, text, amount, files };
        let sha256 = frozen.sha256()?;
        let life = PinLife::from_seconds(ApprovalDraft::LIFE).map_err(|_| Error::Internal)?;
        let length = PinLength::of(life, PinCount::ONE);
        let secret = Pin::from_random(length, random()?);
        let expires_at = at.plus_seconds(life.seconds());
        let new = pin::ActiveModel {
            user_id: Set(its.requester_id),
            hash: Set(desk.keys.approving_hash(secret.symbols(), &sha256)),
            issued_by: Set(actor.id),
            issued_at: Set(at),
            expires_at: Set(expires_at),
            symbols: Set(Some(length.symbols() as i64)),
            ticket_id: Set(Some(ticket)),
            purpose: Set(Some(Purpose::Approve)),
            is_alone: Set(Some(false)),
            ..Default::default()
        };
        let made = Pins::insert(new).exec_with_returning(&tx).await.or_refuse()?;
        let issued = LedgerData::PinIssued { expires_at, opens: opens_of_pin(&made) };
        NewEntry::of_pin(issued, &made).note(&tx, actor, at);
        let Frozen { text, amount, files, .. } = frozen;
        let new = approvals::ActiveModel {
            ticket_id: Set(ticket),
            text: Set(text),
            amount: Set(amount),
            files: Set(frozen::files_column(&files)?),
            sha256: Set(sha256),
            pin_id: Set(made.id),
            asked_by: Set(actor.id),
            asked_at: Set(at),
            ..Default::default()
        };
        let approval = Table::insert(new).exec(&tx).await.or_refuse()?.last_insert_id;
        NewEvent::of_ticket(EventData::ApprovalAsked { approval }, ticket).record(&tx, actor, at).await?;
        Ok((tx, approval, made.id, secret))
    }

    /// How many of a ticket's wait for an answer.
    async fn open_ones(&self, tx: &Tx, ticket: TicketId, at: Timestamp) -> Result<usize> {
        let theirs = Pins::find()
            .select_only()
            .column(pin::Column::Id)
            .filter(pin::COLUMN.ticket_id.eq(ticket))
            .filter(pin::COLUMN.purpose.eq(Purpose::Approve))
            .filter(can_be_redeemed(at));
        Ok(theirs.into_tuple::<PinId>().all(tx).await.or_refuse()?.len())
    }

    /// What was asked on a ticket, newest first. Whoever sees it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else, and when there is none.
    pub async fn list(&self, actor: &Actor, ticket: TicketId) -> Result<Vec<Approval>> {
        let db = &self.0.db;
        tickets::find(db, actor, ticket).await?;
        let rows = Table::find().filter(approvals::COLUMN.ticket_id.eq(ticket));
        let rows = rows.order_by_desc(approvals::COLUMN.id).limit(SHOWN).all(db).await.or_refuse()?;
        self.shown(db, actor, rows).await
    }

    /// Something that was asked. Whoever sees its ticket.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else, and when there is none.
    pub async fn get(&self, actor: &Actor, id: ApprovalId) -> Result<Approval> {
        let db = &self.0.db;
        let row = self.find(db, actor, id).await?;
        self.shown(db, actor, vec![row]).await?.pop().ok_or(Error::NotFound)
    }

    async fn find(&self, db: &impl ConnectionTrait, actor: &Actor, id: ApprovalId) -> Result<approvals::Model> {
        actor.require_login()?;
        let row = row(db, id).await?;
        tickets::require_seen(db, actor, row.ticket_id).await?;
        Ok(row)
    }

    /// Whether a customer could answer something that was asked: they themselves, in a session that sees the ticket.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for staff, for whom a customer let in and for who may only drop files.
    pub fn require_answering(&self, actor: &Actor) -> Result<()> {
        actor.require_customer()?;
        actor.require_own()
    }

    /// Confirms something by the PIN that was issued for it, once. Its customer, from a session under way that sees the ticket.
    /// A wrong PIN counts and is limited as everywhere.
    ///
    /// # Errors
    /// [`Error::WrongPin`]; [`Error::TooManyAttempts`]; [`Error::Conflict`] for what was answered, was taken back, is over or is
    /// not as it was; [`Error::NotFound`], [`Error::Forbidden`] as [`Approvals::get`] and [`Approvals::require_answering`].
    pub async fn confirm(
        &self,
        actor: &Actor,
        id: ApprovalId,
        typed: &str,
        client: &ClientAddress,
    ) -> Result<Approval> {
        let desk = self.0;
        self.require_answering(actor)?;
        let row = self.find(&desk.db, actor, id).await?;
        // Outside of any transaction: what is on the disk must be what was asked about.
        for file in frozen::read_files(&row)? {
            if !file_holds(desk, row.ticket_id, &file).await? {
                return Err(Error::conflict(VOID));
            }
        }
        let attempt = Attempt::with_pin(client);
        let (tx, _turn) = attempt.begin(desk).await?;
        let at = desk.now();
        let (row, sha256) = self.answerable(&tx, actor, id, at).await?;
        let hash = desk.keys.approving_hash(typed, &sha256);
        let redeem = Pins::update_many()
            .set(pin::ActiveModel { redeemed_at: Set(Some(at)), ..Default::default() })
            .filter(pin::COLUMN.id.eq(row.pin_id))
            .filter(pin::COLUMN.hash.eq(hash))
            .filter(can_be_redeemed(at));
        let Some(redeemed) = redeem.exec_with_returning(&tx).await.or_refuse()?.pop() else {
            tracing::warn!(target: crate::rooms::SECURITY, event = "approval_refused", by = "pin", "refused");
            attempt.count_failure(desk, &tx).await?;
            tx.commit().await?;
            return Err(Error::WrongPin);
        };
        answered(&tx, actor, &row, ApprovalAnswer::Confirmed, None, at).await?;
        let data = LedgerData::ApprovalConfirmed { approval: id, sha256: sha256.clone() };
        NewEntry::of_pin(data, &redeemed).session(actor.session.as_ref()).note(&tx, actor, at);
        let data =
            EventData::ApprovalConfirmed { approval: id, sha256, pin: redeemed.id, session: actor.session.clone() };
        NewEvent::of_ticket(data, row.ticket_id).record(&tx, actor, at).await?;
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// Says that the customer does not confirm something, with a line of `why`, which may be empty. It takes no PIN, and the one
    /// that was issued for it is revoked. Who may confirm it.
    ///
    /// # Errors
    /// As [`Approvals::confirm`], but for the PIN; [`Error::Invalid`] (`why`).
    pub async fn decline(&self, actor: &Actor, id: ApprovalId, why: &str) -> Result<Approval> {
        let desk = self.0;
        self.require_answering(actor)?;
        self.find(&desk.db, actor, id).await?;
        let why = check_why(why).map_err(|sentence| Error::field("why", sentence))?;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let (row, _) = self.answerable(&tx, actor, id, at).await?;
        answered(&tx, actor, &row, ApprovalAnswer::Declined, Some(&why), at).await?;
        let pin = pins::revoke_one(&tx, row.pin_id, &Cause::new(actor, EndReason::Declined), at).await?;
        let entry = LedgerData::ApprovalDeclined { approval: id };
        let entry = NewEntry::of_customer(entry, pin.user_id, Some(row.ticket_id)).pin(Some(pin.id));
        entry.session(actor.session.as_ref()).note(&tx, actor, at);
        let data = EventData::ApprovalDeclined { approval: id, why };
        NewEvent::of_ticket(data, row.ticket_id).record(&tx, actor, at).await?;
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// Takes back what was asked, as long as it was not answered; its PIN is revoked. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Conflict`] for what was answered or taken back already.
    pub async fn withdraw(&self, actor: &Actor, id: ApprovalId) -> Result<TicketId> {
        let desk = self.0;
        actor.require_staff()?;
        let ticket = self.find(&desk.db, actor, id).await?.ticket_id;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        tx.serialise(&lock_name(ticket)).await?;
        let row = self.find(&tx, actor, id).await?;
        decide(&tx, &row, approvals::ActiveModel { decided_at: Set(Some(at)), ..Default::default() }).await?;
        let pin = pins::revoke_one(&tx, row.pin_id, &Cause::new(actor, EndReason::Withdrawn), at).await?;
        let entry = LedgerData::ApprovalWithdrawn { approval: id };
        NewEntry::of_customer(entry, pin.user_id, Some(ticket)).pin(Some(pin.id)).note(&tx, actor, at);
        NewEvent::of_ticket(EventData::ApprovalWithdrawn { approval: id }, ticket).record(&tx, actor, at).await?;
        tx.commit().await?;
        Ok(ticket)
    }

    /// What can be answered now, and the sum of what it says now; in a transaction in which its ticket stays as it is.
    async fn answerable(
        &self,
        tx: &Tx,
        actor: &Actor,
        id: ApprovalId,
        at: Timestamp,
    ) -> Result<(approvals::Model, String)> {
        require_live(self.0, tx, actor).await?;
        let ticket = self.find(tx, actor, id).await?.ticket_id;
        require_open(&tickets::lock(tx, actor, ticket).await?)?;
        let row = self.find(tx, actor, id).await?;
        let sha256 = Frozen::of(&row)?.sha256()?;
        let shown = self.shown(tx, actor, vec![row.clone()]).await?.pop().ok_or(Error::NotFound)?;
        match shown.state {
            ApprovalState::Open if at < shown.expires_at => Ok((row, sha256)),
            ApprovalState::Confirmed => Err(Error::conflict("You confirmed this already.")),
            ApprovalState::Declined => Err(Error::conflict("You said already that you do not confirm this.")),
            ApprovalState::Withdrawn => Err(Error::conflict("Support took this back. There is nothing to confirm.")),
            ApprovalState::Open | ApprovalState::Expired => {
                Err(Error::conflict("The time to confirm this is over. Ask Support for a new one."))
            }
            ApprovalState::Void => Err(Error::conflict(VOID)),
        }
    }

    async fn shown(
        &self,
        db: &impl ConnectionTrait,
        actor: &Actor,
        rows: Vec<approvals::Model>,
    ) -> Result<Vec<Approval>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let at = self.0.now();
        let of_pins = Pins::find().filter(pin::COLUMN.id.is_in(rows.iter().map(|row| row.pin_id)));
        let pins: Vec<pin::Model> = of_pins.all(db).await.or_refuse()?;
        let askers = shown_names(db, rows.iter().filter_map(|row| row.asked_by).collect()).await?;
        let is_staff = actor.role.is_staff();
        let frozen = rows.iter().map(Frozen::of).collect::<Result<Vec<_>>>()?;
        let named: Vec<_> = frozen.iter().flat_map(|frozen| &frozen.files).map(|file| file.id).collect();
        let files = seen(db, named).await?;
        let mut shown = Vec::with_capacity(rows.len());
        for (row, frozen) in rows.into_iter().zip(frozen) {
            let pin = pins.iter().find(|pin| pin.id == row.pin_id).ok_or(Error::Internal)?;
            let state = match (row.answer, row.decided_at) {
                (Some(ApprovalAnswer::Confirmed), _) => ApprovalState::Confirmed,
                (Some(ApprovalAnswer::Declined), _) => ApprovalState::Declined,
                (None, Some(_)) => ApprovalState::Withdrawn,
                _ if pin.revoked_at.is_some() || frozen.sha256()? != row.sha256 => ApprovalState::Void,
                _ if !files_hold(&files, row.ticket_id, &frozen.files) => ApprovalState::Void,
                _ if pin.expires_at <= at => ApprovalState::Expired,
                _ => ApprovalState::Open,
            };
            let asker = row.asked_by.and_then(|id| askers.get(&id).cloned());
            shown.push(Approval {
                id: row.id,
                ticket: row.ticket_id,
                text: frozen.text,
                amount: frozen.amount,
                files: frozen.files,
                sha256: row.sha256,
                asked_by: if is_staff { asker } else { Some("Support".to_owned()) },
                asked_at: row.asked_at,
                expires_at: pin.expires_at,
                state,
                decided_at: row.decided_at,
                why: row.why.unwrap_or_default(),
                pin: pin.id,
                session: row.sid.filter(|_| is_staff),
            });
        }
        Ok(shown)
    }
}

fn require_open(ticket: &TicketRow) -> Result<()> {
    if ticket.status == Status::Closed {
        return Err(Error::conflict("This ticket is closed. Nothing on it can be confirmed any more."));
    }
    Ok(())
}

async fn row(db: &impl ConnectionTrait, id: ApprovalId) -> Result<approvals::Model> {
    Table::find_by_id(id).one(db).await.or_refuse()?.ok_or(Error::NotFound)
}
