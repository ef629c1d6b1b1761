//! Support PINs: issue, redeem, revoke, list.

pub(crate) mod shown;

use std::ops::RangeInclusive;

use domain::{
    Actor, Cursor, Error, EventKind, FieldErrors, LoginKind, Page, Pin, PinId, PinRecord, PinState, Result, Role,
    Timestamp, UserId,
};
use sea_orm::FromQueryResult;

use crate::{
    rooms::{
        Inner,
        sessions::{self, LoggedIn},
        throttle::{Attempt, ClientAddress},
    },
    store::{
        db::{Scalar, Sql as _, Tx},
        names::staff_name,
        query::Query,
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
    /// Seconds until they expire, see [`NewPins::TTL`]; the desk's default when none.
    pub ttl: Option<i64>,
    /// How many, see [`NewPins::COUNT`].
    pub count: u32,
}

impl NewPins {
    /// Seconds a PIN may live: from a minute to 90 days.
    pub const TTL: RangeInclusive<i64> = 60..=90 * 24 * 3600;
    /// PINs that may be issued at a time.
    pub const COUNT: RangeInclusive<u32> = 1..=1000;
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

#[derive(FromQueryResult)]
struct Owner {
    username: String,
    name: String,
    role: String,
    is_active: bool,
}

#[derive(FromQueryResult)]
struct Redeemed {
    id: i64,
    user_id: i64,
}

#[derive(FromQueryResult)]
struct PinRow {
    id: i64,
    user_id: i64,
    username: String,
    name: String,
    issued_by: Option<String>,
    issued_at: i64,
    expires_at: i64,
    redeemed_at: Option<i64>,
    revoked_at: Option<i64>,
}

/// Selects [`PinRow`]s.
fn pin_sql(rest: &str) -> String {
    format!(
        "SELECT p.id, p.user_id, u.username, u.name, {} AS issued_by, p.issued_at, p.expires_at, p.redeemed_at, p.revoked_at
         FROM pins p JOIN users u ON u.id = p.user_id LEFT JOIN users i ON i.id = p.issued_by {rest}",
        staff_name("i")
    )
}

impl PinRow {
    fn into_record(self, at: Timestamp) -> PinRecord {
        let state = match (self.redeemed_at, self.revoked_at) {
            (Some(_), _) => PinState::Redeemed,
            (None, Some(_)) => PinState::Revoked,
            _ if self.expires_at <= at.as_micros() => PinState::Expired,
            _ => PinState::Issued,
        };
        PinRecord {
            id: PinId(self.id),
            user_id: UserId(self.user_id),
            username: self.username,
            name: self.name,
            issued_by: self.issued_by,
            issued_at: Timestamp::from_micros(self.issued_at),
            expires_at: Timestamp::from_micros(self.expires_at),
            redeemed_at: self.redeemed_at.map(Timestamp::from_micros),
            revoked_at: self.revoked_at.map(Timestamp::from_micros),
            state,
        }
    }
}

/// Revokes a person's PINs that could still be redeemed, in a transaction.
pub(crate) async fn revoke_all(tx: &Tx, user: UserId, at: Timestamp) -> Result<()> {
    tx.sql_run(
        "UPDATE pins SET revoked_at = $1 WHERE user_id = $2 AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > $1",
        [at.as_micros().into(), user.0.into()],
    )
    .await?;
    Ok(())
}

/// PINs that may be issued, as far as that can be told without their customer.
struct Order {
    user_id: UserId,
    /// Seconds.
    ttl: i64,
    count: u32,
}

impl Order {
    fn check(desk: &Inner, actor: &Actor, new: &NewPins) -> Result<Self> {
        actor.require_staff()?;
        let ttl = new.ttl.unwrap_or(desk.config.pin_ttl);
        let mut errors = FieldErrors::default();
        if !NewPins::TTL.contains(&ttl) {
            errors.add("ttl", "Choose a lifetime from 1 minute to 90 days.");
        }
        if !NewPins::COUNT.contains(&new.count) {
            errors.add("count", format!("Issue 1 to {} PINs at a time.", NewPins::COUNT.end()));
        }
        if errors.is_empty() { Ok(Self { user_id: new.user_id, ttl, count: new.count }) } else { Err(errors.into()) }
    }

    /// Whom they are for. Locked, so that a deactivation comes before, or after and revokes them.
    async fn owner(&self, tx: &Tx) -> Result<Owner> {
        let lock = if tx.is_sqlite() { "" } else { " FOR NO KEY UPDATE" };
        let sql = format!("SELECT username, name, role, is_active FROM users WHERE id = $1{lock}");
        let owner: Option<Owner> = tx.sql_one(&sql, [self.user_id.0.into()]).await?;
        let owner = owner.filter(|owner| owner.role == Role::Customer.as_str()).ok_or(Error::NotFound)?;
        if owner.is_active {
            Ok(owner)
        } else {
            Err(Error::conflict("This customer is deactivated. Activate them before issuing a PIN."))
        }
    }

    async fn issue(&self, desk: &Inner, tx: &Tx, actor: &Actor, owner: &Owner) -> Result<Vec<IssuedPin>> {
        let at = desk.now();
        let expires_at = at.plus_seconds(self.ttl);
        let mut issued = Vec::new();
        for _ in 0..self.count {
            let pin = Pin::from_random(random()?);
            let id: Option<Scalar> = tx
                .sql_one(
                    "INSERT INTO pins (user_id, hash, issued_by, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
                    [
                        self.user_id.0.into(),
                        desk.keys.pin_hash(pin.symbols()).into(),
                        actor.id.map(|id| id.0).into(),
                        at.as_micros().into(),
                        expires_at.as_micros().into(),
                    ],
                )
                .await?;
            NewEvent::of_user(EventKind::PinIssued, self.user_id).record(tx, actor.id, at).await?;
            issued.push(IssuedPin {
                id: PinId(id.map_or(0, |id| id.0)),
                pin,
                username: owner.username.clone(),
                name: owner.name.clone(),
                expires_at,
            });
        }
        Ok(issued)
    }
}

impl Pins<'_> {
    /// Issues PINs for an active customer. Staff.
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
        let redeemed: Option<Redeemed> = tx
            .sql_one(
                "UPDATE pins SET redeemed_at = $1
                 WHERE hash = $2 AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > $1
                   AND EXISTS (SELECT 1 FROM users u WHERE u.id = pins.user_id AND u.is_active)
                 RETURNING id, user_id",
                [at.as_micros().into(), hash.into()],
            )
            .await?;
        let Some(Redeemed { id, user_id }) = redeemed else {
            if let Some(login_key) = &login_key
                && let Some(opened) = sessions::opened_by(desk, Some(&tx), login_key).await?
            {
                return Ok(opened);
            }
            tracing::warn!(target: crate::rooms::SECURITY, event = "login_refused", by = "pin", "refused");
            attempt.count_failure(desk, &tx).await?;
            tx.commit().await?;
            return Err(Error::WrongPin);
        };
        let pin = id.to_string();
        let event = NewEvent { to: Some(&pin), ..NewEvent::of_user(EventKind::PinRedeemed, UserId(user_id)) };
        event.record(&tx, Some(UserId(user_id)), at).await?;
        let logged_in = sessions::open(desk, &tx, UserId(user_id), sessions::Proof::Pin, client, kind).await?;
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
        self.revoke_where(actor, "id", id.0.into()).await
    }

    /// Revokes an unused PIN by itself, as the command line does. Staff.
    ///
    /// # Errors
    /// As [`Pins::revoke`].
    pub async fn revoke_by_pin(&self, actor: &Actor, typed: &str) -> Result<PinRecord> {
        actor.require_staff()?;
        self.revoke_where(actor, "hash", self.0.keys.pin_hash(typed).into()).await
    }

    async fn revoke_where(&self, actor: &Actor, column: &str, value: sea_orm::Value) -> Result<PinRecord> {
        let desk = self.0;
        let at = desk.now();
        let tx = desk.db.begin().await?;
        let changed = tx
            .sql_run(
                &format!(
                    "UPDATE pins SET revoked_at = $1
                     WHERE {column} = $2 AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > $1"
                ),
                [at.as_micros().into(), value.clone()],
            )
            .await?;
        let row: PinRow =
            tx.sql_one(&pin_sql(&format!("WHERE p.{column} = $1")), [value]).await?.ok_or(Error::NotFound)?;
        let record = row.into_record(at);
        if changed == 0 {
            return Err(Error::conflict(match record.state {
                PinState::Redeemed => "This PIN was redeemed already. End the customer's session instead.",
                PinState::Revoked => "This PIN was revoked already.",
                _ => "This PIN has expired already.",
            }));
        }
        NewEvent::of_user(EventKind::PinRevoked, record.user_id).record(&tx, actor.id, at).await?;
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
        let mut query = Query::new(&pin_sql(""));
        let micros = at.as_micros();
        match state {
            Some(PinState::Issued) => {
                query.filter("p.redeemed_at IS NULL AND p.revoked_at IS NULL AND p.expires_at > ?", micros);
            }
            Some(PinState::Expired) => {
                query.filter("p.redeemed_at IS NULL AND p.revoked_at IS NULL AND p.expires_at <= ?", micros);
            }
            Some(PinState::Redeemed) => query.filter("p.redeemed_at <= ?", micros),
            Some(PinState::Revoked) => query.filter("p.redeemed_at IS NULL AND p.revoked_at <= ?", micros),
            None => {}
        }
        if let Some(user) = user {
            query.filter("p.user_id = ?", user.0);
        }
        // Those that can be redeemed are few among many: found by their time and then sorted, not looked for along the ids.
        let id = if state == Some(PinState::Issued) { "p.id + 0" } else { "p.id" };
        let rows: Vec<PinRow> = query.page(&self.0.db, id, cursor, limit).await?;
        Ok(Page::from_rows(rows, limit, cursor, |row| row.id).map(|row| row.into_record(at)))
    }
}
