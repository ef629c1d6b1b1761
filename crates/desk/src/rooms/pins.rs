//! Support PINs: issue, redeem, revoke, list.

pub(crate) mod asked;
mod guessing;
mod order;
mod row;
pub(crate) mod shown;

use domain::{
    Actor, CallerDeed, Cursor, EndReason, Error, EventData, FamilyEnded, LedgerData, LoginKind, Page, PinId, PinRecord,
    PinState, Result, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, Query, SimpleExpr},
};

pub use self::order::{IssuedPin, NewPins};
pub(crate) use self::row::{can_be_redeemed, end_family, revoke_all, revoke_of_tickets, revoke_one};
pub(crate) use self::shown::{issue_in, wait_to_be_shown};
pub(crate) use self::{asked::waiting, guessing::live_cards};
use self::{
    order::{Order, Second},
    row::{PinRow, records, revoke, unused},
};
use crate::{
    rooms::{
        Inner, cards,
        known::require_known,
        person, returns,
        sessions::{self, LoggedIn},
        throttle::{Attempt, ClientAddress},
        vouching,
    },
    store::{
        db::Tx,
        entities::{Pins as Table, Sessions, Users, pins, sessions as sessions_table, users},
        fault::OrRefuse as _,
        page,
        scopes::Kept,
    },
    trail::{
        events::NewEvent,
        ledger::{self, Cause},
    },
};

/// Use cases of Support PINs.
pub struct Pins<'a>(pub(crate) &'a Inner);

/// Redeems a PIN of an active person by its hash, in a transaction. One statement: of any number at once one succeeds.
async fn redeem(tx: &Tx, hash: &str, at: Timestamp) -> Result<Option<pins::Model>> {
    let owner = Query::select()
        .expr(Expr::val(1))
        .from(Users)
        .and_where(Expr::col((Users, users::Column::Id)).equals((Table, pins::Column::UserId)))
        .and_where(users::COLUMN.is_active.eq(true))
        .take();
    let redeem = Table::update_many()
        .set(pins::ActiveModel { redeemed_at: Set(Some(at)), ..Default::default() })
        .filter(pins::COLUMN.hash.eq(hash))
        .filter(can_be_redeemed(at))
        .filter(Expr::exists(owner));
    Ok(redeem.exec_with_returning(tx).await.or_refuse()?.pop())
}

/// By which of some PINs somebody is in.
pub(crate) async fn in_use(desk: &Inner, which: Vec<PinId>) -> Result<Vec<PinId>> {
    let used = Sessions::find().inner_join(Users).select_only().column(sessions_table::Column::PinId);
    let used = used.filter(sessions_table::COLUMN.pin_id.is_in(which)).filter(sessions::under_way(desk, desk.now()));
    let used: Vec<Option<PinId>> = used.into_tuple().all(&desk.db).await.or_refuse()?;
    Ok(used.into_iter().flatten().collect())
}

/// The name of who comes in by a PIN in their customer's place.
fn delegate(pin: &pins::Model) -> Option<String> {
    pin.parent_sid.as_ref().and(pin.label.clone())
}

/// Revokes every PIN that could be redeemed; which they were. Somebody may have used them since.
pub(crate) async fn void_all(tx: &Tx, at: Timestamp) -> Result<Vec<PinRecord>> {
    let rows: Vec<PinRow> = records()
        .filter(can_be_redeemed(at))
        .order_by_asc(pins::COLUMN.id)
        .into_partial_model()
        .all(tx)
        .await
        .or_refuse()?;
    let cause = Cause::new(None, EndReason::Restored);
    revoke(tx, pins::COLUMN.id.is_not_null(), &cause, None, at).await?;
    let records: Vec<PinRecord> = rows.into_iter().map(|row| row.into_record(at)).collect();
    for record in &records {
        NewEvent::of_user(EventData::PinRevoked, record.user_id).record(tx, None, at).await?;
    }
    Ok(records)
}

/// Lets somebody in by a PIN that was just redeemed, in its transaction. Who is without an identity gets a return code with it, unless it
/// is for less than they are.
async fn enter(
    desk: &Inner,
    tx: &Tx,
    redeemed: pins::Model,
    client: &ClientAddress,
    kind: LoginKind,
) -> Result<LoggedIn> {
    let (at, user) = (desk.now(), redeemed.user_id);
    let address = if person::is_unnamed(tx, user).await? { "" } else { client.as_str() };
    let by = ledger::from_address(Some(user), delegate(&redeemed), address);
    ledger::NewEntry::of_pin(LedgerData::PinRedeemed, &redeemed).note(tx, by, at);
    let event = NewEvent::of_user(EventData::PinRedeemed { pin: redeemed.id }, user);
    event.record(tx, Some(user), at).await?;
    let pins::Model { id, ticket_id, can, label, purpose, stays, parent_sid, expires_at, .. } = redeemed.clone();
    let scope = Kept { ticket_id, can, label, purpose }.into_pin_scope(stays);
    let delegated = parent_sid.map(|parent| (parent, expires_at));
    let proof = sessions::Proof::Pin(sessions::RedeemedPin { id, scope, delegated });
    let opened = sessions::open(desk, tx, user, proof, client, kind).await?;
    let is_whole = ticket_id.is_none() && purpose.is_none() && redeemed.parent_sid.is_none();
    if let (Some(sid), true) = (&opened.actor.session, opened.actor.is_unnamed && is_whole) {
        returns::make(desk, tx, sid, &redeemed, at).await?;
    }
    Ok(opened)
}

impl Pins<'_> {
    /// Issues PINs for an active customer. Staff; more than [`domain::PinCount::FEW`] at once admins. One that is issued
    /// alone takes the place of another one that was, for the same customer and scope, and was not redeemed yet: that one is
    /// revoked.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no customer; [`Error::Conflict`] for one who is
    /// deactivated or marked as sensitive (see [`Pins::ask`]; the command line is not asked); [`Error::Invalid`] for `ttl`, `count`, `ticket`, `can`, `stays` and `label`.
    pub async fn issue(&self, actor: &Actor, new: NewPins) -> Result<Vec<IssuedPin>> {
        self.issue_knowing(actor, new, None).await
    }

    /// As [`Pins::issue`]; and how the agent knows a customer who can make no caller code, if they say it, which counts as
    /// [`crate::Callers::vouch`] does. Nothing of it is kept where no PIN is issued.
    ///
    /// # Errors
    /// As both.
    pub async fn issue_knowing(&self, actor: &Actor, new: NewPins, how: Option<&str>) -> Result<Vec<IssuedPin>> {
        let order = Order::check(self.0, actor, &new)?;
        let tx = self.0.db.begin().await?;
        if let Some(how) = how {
            vouching::vouch_in(self.0, &tx, actor, new.user_id, how).await?;
        }
        let owner = order.owner(self.0, &tx, actor).await?;
        let issued = order.issue(self.0, &tx, actor, &owner, Second::Missing).await?;
        tx.commit().await?;
        if how.is_some() {
            vouching::log_vouched(actor, new.user_id);
        }
        Ok(issued)
    }

    /// Redeems what was typed, exactly once, and opens a session: one conditional UPDATE marks the PIN used, so of any
    /// number of simultaneous attempts one succeeds. Every kind of wrong takes the same steps.
    ///
    /// # Errors
    /// [`Error::WrongPin`] whatever is wrong with it; [`Error::TooManyAttempts`], the PIN stays unused then.
    pub async fn redeem(&self, typed: &str, client: &ClientAddress, kind: LoginKind) -> Result<LoggedIn> {
        self.0.db.tally().pins.counted(self.redeem_as(typed, client, kind, None).await)
    }

    /// As [`Pins::redeem`], for a browser, with a secret that only this browser has. Sent once more by it within half a
    /// minute, the PIN that it redeemed leads to the session that it opened; to anybody else it is a used one.
    ///
    /// # Errors
    /// As [`Pins::redeem`].
    pub async fn redeem_in_browser(
        &self,
        typed: &str,
        client: &ClientAddress,
        browser: Option<&str>,
    ) -> Result<LoggedIn> {
        self.0.db.tally().pins.counted(self.redeem_as(typed, client, LoginKind::Browser, browser).await)
    }

    async fn redeem_as(
        &self,
        typed: &str,
        client: &ClientAddress,
        kind: LoginKind,
        browser: Option<&str>,
    ) -> Result<LoggedIn> {
        let desk = self.0;
        let hash = desk.keys.pin_hash(typed);
        let login_key = browser.map(|browser| sessions::login_key(desk, browser, &hash));
        let attempt = Attempt::with_pin(client);
        let (tx, _turn) = attempt.begin(desk).await?;
        let at = desk.now();
        let redeemed = match redeem(&tx, &hash, at).await? {
            None => cards::redeem(desk, &tx, &hash, at).await?,
            redeemed => redeemed,
        };
        let opened = match redeemed {
            Some(redeemed) => Some(enter(desk, &tx, redeemed, client, kind).await?),
            None => match returns::find(&tx, &hash).await? {
                Some(code) => Some(returns::enter(desk, &tx, code, client, kind).await?),
                None => None,
            },
        };
        let Some(logged_in) = opened else {
            if let Some(login_key) = &login_key
                && let Some(opened) = sessions::opened_by(desk, &tx, login_key).await?
            {
                // The session is on the disk, whatever became of the first answer.
                tx.commit().await?;
                return Ok(opened);
            }
            tracing::warn!(target: crate::rooms::SECURITY, event = "login_refused", by = "pin", "refused");
            attempt.count_failure(desk, &tx).await?;
            tx.commit().await?;
            return Err(Error::WrongPin);
        };
        if let Some(login_key) = &login_key {
            sessions::note_login(&tx, &logged_in, login_key).await?;
        }
        sessions::let_in(tx, logged_in, kind).await
    }

    /// Revokes an unused PIN by its record. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] when it was redeemed, revoked or is over.
    pub async fn revoke(&self, actor: &Actor, id: PinId) -> Result<PinRecord> {
        actor.require_staff()?;
        self.revoke_one(actor, pins::COLUMN.id.eq(id)).await
    }

    /// Revokes an unused PIN by itself, as the command line does. Staff.
    ///
    /// # Errors
    /// As [`Pins::revoke`].
    pub async fn revoke_by_pin(&self, actor: &Actor, typed: &str) -> Result<PinRecord> {
        actor.require_staff()?;
        self.revoke_one(actor, pins::COLUMN.hash.eq(self.0.keys.pin_hash(typed))).await
    }

    async fn revoke_one(&self, actor: &Actor, which: SimpleExpr) -> Result<PinRecord> {
        let desk = self.0;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let changed = revoke(&tx, which.clone(), &actor.into(), None, at).await?;
        let row = records().filter(which).into_partial_model::<PinRow>().one(&tx).await.or_refuse()?;
        let row = row.ok_or(Error::NotFound)?;
        let record = row.into_record(at);
        if changed == 0 {
            return Err(Error::conflict(match record.state {
                PinState::Redeemed => "This PIN was redeemed already. End the customer's session instead.",
                PinState::Revoked => "This PIN was revoked already.",
                _ => "This PIN has expired already.",
            }));
        }
        NewEvent::of_user(EventData::PinRevoked, record.user_id).record(&tx, actor, at).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Ends a PIN's whole family at once: the PIN if nobody used it, the sessions that it opened, and the PINs and sessions of
    /// whom these let in. How many ended. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] when nothing of it is left.
    pub async fn end_family(&self, actor: &Actor, id: PinId) -> Result<FamilyEnded> {
        actor.require_staff()?;
        let at = self.0.now();
        let tx = self.0.db.begin().await?;
        let pin = Table::find_by_id(id).one(&tx).await.or_refuse()?.ok_or(Error::NotFound)?;
        require_known(self.0, &tx, actor, pin.user_id, CallerDeed::Sessions).await?;
        let mut ended = end_family(&tx, &pin, &actor.into(), at).await?;
        if returns::ending::end_of(&tx, id, actor.into(), at).await? {
            // It lets somebody in, as a PIN does.
            ended.pins += 1;
        }
        if ended == FamilyEnded::default() {
            return Err(Error::conflict("Nothing of this PIN is left: it cannot be used, and nobody is in by it."));
        }
        if ended.pins > 0 {
            NewEvent::of_user(EventData::PinRevoked, pin.user_id).record(&tx, actor, at).await?;
        }
        if ended.sessions > 0 {
            let what = EventData::SessionEnded { count: ended.sessions };
            NewEvent::of_user(what, pin.user_id).record(&tx, actor, at).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// PINs by state and customer, newest first. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(
        &self,
        actor: &Actor,
        state: Option<PinState>,
        user: Option<UserId>,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<PinRecord>> {
        actor.require_staff()?;
        let at = self.0.now();
        let (pin, unused) = (pins::COLUMN, unused());
        let is = state.map(|state| match state {
            PinState::Issued => can_be_redeemed(at),
            PinState::Expired => unused.add(pin.expires_at.lte(at)),
            PinState::Redeemed => Condition::all().add(pin.redeemed_at.lte(at)),
            PinState::Revoked => Condition::all().add(pin.redeemed_at.is_null()).add(pin.revoked_at.lte(at)),
        });
        let narrowed = Condition::all().add_option(is).add_option(user.map(|user| pin.user_id.eq(user)));
        // Those that can be redeemed are few among many: found by their time and then sorted, not looked for along the
        // ids.
        let id = Expr::col((Table, pins::Column::Id));
        let id = if state == Some(PinState::Issued) { id.add(0i64) } else { id };
        let query = page::by_number(records().filter(narrowed), id, cursor, limit);
        let rows = query.into_partial_model::<PinRow>().all(&self.0.db).await.or_refuse()?;
        let mut page = Page::from_rows(rows, limit, cursor, |row| row.id.0).map(|row| row.into_record(at));
        let in_use = in_use(self.0, page.items.iter().map(|pin| pin.id).collect()).await?;
        page.items.iter_mut().for_each(|pin| pin.is_in_use = in_use.contains(&pin.id));
        Ok(page)
    }
}
