//! Support PINs: issue, redeem, revoke, list.

pub(crate) mod shown;

use domain::{
    Actor, Cursor, Error, EventData, FieldErrors, LoginKind, Page, Pin, PinCount, PinId, PinLength, PinLife, PinRecord,
    PinState, Result, Role, Timestamp, UserId,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, DerivePartialModel, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    QuerySelect as _, RelationTrait as _, Select,
    sea_query::{Expr, JoinType, LockType, Query, SimpleExpr},
};

use crate::{
    rooms::{
        Inner,
        sessions::{self, LoggedIn},
        throttle::{Attempt, ClientAddress},
    },
    store::{
        db::Tx,
        entities::{Pins as Table, Users, pins, users},
        fault::OrRefuse as _,
        names::staff_name_of,
        page,
        random::random,
    },
    trail::events::NewEvent,
};

/// Use cases of Support PINs.
pub struct Pins<'a>(pub(crate) &'a Inner);

/// PINs to issue.
#[derive(Debug, Clone)]
pub struct NewPins {
    /// For this customer.
    pub user_id: UserId,
    /// Seconds until they expire, see [`PinLife`]; the desk's default when none.
    pub ttl: Option<i64>,
    /// How many, see [`PinCount`].
    pub count: u32,
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
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
struct Owner {
    username: String,
    name: String,
}

/// What the desk knows of a PIN, with its owner, and with its issuer's name for staff.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct PinRow {
    id: PinId,
    user_id: UserId,
    issued_at: Timestamp,
    expires_at: Timestamp,
    redeemed_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    #[sea_orm(nested)]
    owner: Owner,
    #[sea_orm(from_expr = "staff_name_of(ISSUER)")]
    issued_by: Option<String>,
}

/// What [`records`] call the people who issued PINs.
const ISSUER: &str = "issuer";

/// Selects [`PinRow`]s.
fn records() -> Select<Table> {
    Table::find().join(JoinType::InnerJoin, pins::Relation::Owner.def()).join_as(
        JoinType::LeftJoin,
        pins::Relation::Issuer.def(),
        ISSUER,
    )
}

impl PinRow {
    fn into_record(self, at: Timestamp) -> PinRecord {
        let state = match (self.redeemed_at, self.revoked_at) {
            (Some(_), _) => PinState::Redeemed,
            (None, Some(_)) => PinState::Revoked,
            _ if self.expires_at <= at => PinState::Expired,
            _ => PinState::Issued,
        };
        PinRecord {
            id: self.id,
            user_id: self.user_id,
            username: self.owner.username,
            name: self.owner.name,
            issued_by: self.issued_by,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            redeemed_at: self.redeemed_at,
            revoked_at: self.revoked_at,
            state,
        }
    }
}

/// Neither redeemed nor revoked.
fn unused() -> Condition {
    Condition::all().add(pins::COLUMN.redeemed_at.is_null()).add(pins::COLUMN.revoked_at.is_null())
}

/// Only PINs that can be redeemed, if their owner is active.
pub(crate) fn can_be_redeemed(at: Timestamp) -> Condition {
    unused().add(pins::COLUMN.expires_at.gt(at))
}

/// Revokes those that can be redeemed of some PINs, in a transaction; how many it were.
async fn revoke(tx: &Tx, which: SimpleExpr, at: Timestamp) -> Result<u64> {
    let revoked = pins::ActiveModel { revoked_at: Set(Some(at)), ..Default::default() };
    let revoke = Table::update_many().set(revoked).filter(which).filter(can_be_redeemed(at));
    Ok(revoke.exec(tx).await.or_refuse()?.rows_affected)
}

/// Revokes a person's PINs that could still be redeemed, in a transaction.
pub(crate) async fn revoke_all(tx: &Tx, user: UserId, at: Timestamp) -> Result<()> {
    revoke(tx, pins::COLUMN.user_id.eq(user), at).await.map(|_| ())
}

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

/// PINs that may be issued, as far as that can be told without their customer.
struct Order {
    user_id: UserId,
    life: PinLife,
    count: PinCount,
}

impl Order {
    fn check(desk: &Inner, actor: &Actor, new: &NewPins) -> Result<Self> {
        actor.require_staff()?;
        let mut errors = FieldErrors::default();
        let life = errors.take("ttl", PinLife::from_seconds(new.ttl.unwrap_or(desk.config.pin_ttl)));
        let count = errors.take("count", PinCount::new(new.count));
        let (Some(life), Some(count)) = (life, count) else { return Err(errors.into()) };
        if !count.is_few() && !actor.role.can_issue_many_pins() {
            return Err(Error::forbidden(format!(
                "More than {} PINs at once are for admins. Issue fewer, or ask an admin.",
                PinCount::FEW
            )));
        }
        Ok(Self { user_id: new.user_id, life, count })
    }

    /// Whom they are for. Locked, so that a deactivation comes before, or after and revokes them; SQLite, which has no
    /// such lock, has one writer.
    async fn owner(&self, tx: &Tx) -> Result<users::Model> {
        let owner = Users::find_by_id(self.user_id).lock(LockType::NoKeyUpdate).one(tx).await.or_refuse()?;
        let owner = owner.filter(|owner| owner.role == Role::Customer).ok_or(Error::NotFound)?;
        if owner.is_active {
            Ok(owner)
        } else {
            Err(Error::conflict("This customer is deactivated. Activate them before issuing a PIN."))
        }
    }

    async fn issue(&self, desk: &Inner, tx: &Tx, actor: &Actor, owner: &users::Model) -> Result<Vec<IssuedPin>> {
        let at = desk.now();
        let expires_at = at.plus_seconds(self.life.seconds());
        let mut issued = Vec::new();
        for _ in 0..self.count.get() {
            let pin = Pin::from_random(PinLength::of(self.life, self.count), random()?);
            let new = pins::ActiveModel {
                user_id: Set(self.user_id),
                hash: Set(desk.keys.pin_hash(pin.symbols())),
                issued_by: Set(actor.id),
                issued_at: Set(at),
                expires_at: Set(expires_at),
                ..Default::default()
            };
            let id = Table::insert(new).exec(tx).await.or_refuse()?.last_insert_id;
            NewEvent::of_user(EventData::PinIssued, self.user_id).record(tx, actor.id, at).await?;
            issued.push(IssuedPin { id, pin, username: owner.username.clone(), name: owner.name.clone(), expires_at });
        }
        Ok(issued)
    }
}

impl Pins<'_> {
    /// Issues PINs for an active customer. Staff; more than [`PinCount::FEW`] at once admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for who is no customer; [`Error::Conflict`] for one who is
    /// deactivated; [`Error::Invalid`] for `ttl` and `count`.
    pub async fn issue(&self, actor: &Actor, new: NewPins) -> Result<Vec<IssuedPin>> {
        let order = Order::check(self.0, actor, &new)?;
        let tx = self.0.db.begin().await?;
        let owner = order.owner(&tx).await?;
        let issued = order.issue(self.0, &tx, actor, &owner).await?;
        tx.commit().await?;
        Ok(issued)
    }

    /// Redeems what was typed, exactly once, and opens a session: one conditional UPDATE marks the PIN used, so of any
    /// number of simultaneous attempts one succeeds. Every kind of wrong takes the same steps.
    ///
    /// # Errors
    /// [`Error::WrongPin`] whatever is wrong with it; [`Error::TooManyAttempts`], the PIN stays unused then.
    pub async fn redeem(&self, typed: &str, client: &ClientAddress, kind: LoginKind) -> Result<LoggedIn> {
        self.redeem_as(typed, client, kind, None).await
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
        self.redeem_as(typed, client, LoginKind::Browser, browser).await
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
        let Some(redeemed) = redeem(&tx, &hash, at).await? else {
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
        let user = redeemed.user_id;
        let event = NewEvent::of_user(EventData::PinRedeemed { pin: redeemed.id }, user);
        event.record(&tx, Some(user), at).await?;
        let logged_in = sessions::open(desk, &tx, user, sessions::Proof::Pin, client, kind).await?;
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
        let changed = revoke(&tx, which.clone(), at).await?;
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
        NewEvent::of_user(EventData::PinRevoked, record.user_id).record(&tx, actor.id, at).await?;
        tx.commit().await?;
        Ok(record)
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
        Ok(Page::from_rows(rows, limit, cursor, |row| row.id.0).map(|row| row.into_record(at)))
    }
}
