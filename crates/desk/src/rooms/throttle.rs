//! Limits on guessing, counted in the database, so that they hold for every process and across restarts.
//!
//! - An address, its network and the account that is tried have so many failures in a window of time; over it, attempts
//!   are refused unseen, right ones too.
//! - When too many attempts fail everywhere, all of them go through one gate that lets few through in a second, in the
//!   order in which they came, and has few places to wait. A limit for each address alone bounds nothing for who has
//!   many.

mod meter;

use std::{net::IpAddr, time::Duration};

use domain::{Error, Result, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, Value,
};
use tokio::sync::{Mutex, MutexGuard};

pub(crate) use self::meter::{ceiling, forget_old, is_calm, pressure};
use crate::{
    rooms::Inner,
    store::{
        addresses,
        db::{Sql as _, Tx},
        entities::{FailedLogins, LoginGate, Sessions, failed_logins, sessions},
        fault::OrRefuse as _,
        raw::throttle::{CLAIM, COUNTS, Claimed, Counts},
    },
};

/// Seconds that clocks of different machines may be apart. A failure further ahead is from before the clock was set
/// back.
const SKEW: i64 = 60;
/// How long an attempt waits for those before it, as long as a statement does: where the database does not answer,
/// whoever comes is told so, and nobody gathers.
const TURN_TIME: Duration = Duration::from_secs(15);

/// Where an attempt comes from, as far as counting goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientAddress {
    client: String,
    network: String,
}

impl ClientAddress {
    /// An IPv4 address, or an IPv6 /64, which is what one subscriber has; an IPv4 address inside IPv6 counts as itself.
    pub fn of(address: IpAddr) -> Self {
        let (client, network) = addresses::kept(address);
        Self { client, network }
    }

    /// The address and its network as texts.
    pub(crate) fn parts(&self) -> (&str, &str) {
        (&self.client, &self.network)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.client
    }
}

/// Who tries to log in, and as whom.
pub(crate) struct Attempt<'a> {
    client: &'a ClientAddress,
    account: Option<Account>,
}

/// The account that a password is tried for. One that does not exist is treated like one that does.
struct Account {
    /// What failures call it.
    name: String,
    /// Whose it is; no person has 0.
    user: UserId,
}

impl<'a> Attempt<'a> {
    /// With a Support PIN.
    pub(crate) fn with_pin(client: &'a ClientAddress) -> Self {
        Self { client, account: None }
    }

    /// With a password for the account of a username, given by its key, and of a person, if there is one.
    pub(crate) fn with_password(
        desk: &Inner,
        client: &'a ClientAddress,
        username_key: &str,
        user: Option<UserId>,
    ) -> Self {
        // A password is typed into the wrong field now and then: what was typed is not kept.
        let name = desk.keys.keyed_hash("account", username_key);
        Self { client, account: Some(Account { name, user: user.unwrap_or(UserId(0)) }) }
    }

    /// Begins the transaction in which the attempt is judged; one that fails must be counted in it. Attempts are looked
    /// at one after the other until their transactions end, so that simultaneous ones cannot slip through together. The
    /// guard keeps those of this process in line without a connection each.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`]; [`Error::Unavailable`] when those before it take too long.
    pub(crate) async fn begin<'d>(&self, desk: &'d Inner) -> Result<(Tx, MutexGuard<'d, ()>)> {
        // First without a transaction: who is refused, or has to wait, must not keep others from writing.
        let counts = self.counts(desk).await?;
        refuse(desk, &counts, self.is_known(&desk.db, &counts).await?)?;
        let mut has_waited = counts.desk.is_some();
        if has_waited {
            wait_for_turn(desk, counts.in_network.is_some()).await?;
        }
        loop {
            let turn = turn(&desk.turns.attempts, TURN_TIME).await?;
            let tx = desk.db.begin().await?;
            tx.serialise("attempts").await?;
            let counts: Counts = tx.sql_one(COUNTS, self.values(desk)).await?.ok_or(Error::Internal)?;
            refuse(desk, &counts, self.is_known(&tx, &counts).await?)?;
            if has_waited || counts.desk.is_none() {
                return Ok((tx, turn));
            }
            // Many failed while this one came here. Nothing is held while it waits.
            drop((tx, turn));
            wait_for_turn(desk, counts.in_network.is_some()).await?;
            has_waited = true;
        }
    }

    /// Counts a failure; its id.
    pub(crate) async fn count_failure(&self, desk: &Inner, tx: &Tx) -> Result<i64> {
        let failure = failed_logins::ActiveModel {
            client: Set(hashed(desk, &self.client.client)),
            network: Set(Some(hashed(desk, &self.client.network))),
            account: Set(self.account_name()),
            at: Set(desk.now()),
            ..Default::default()
        };
        Ok(FailedLogins::insert(failure).exec(tx).await.or_refuse()?.last_insert_id)
    }

    fn account_name(&self) -> Option<String> {
        self.account.as_ref().map(|account| account.name.clone())
    }

    async fn counts(&self, desk: &Inner) -> Result<Counts> {
        let counts: Counts = desk.db.sql_one(COUNTS, self.values(desk)).await?.ok_or(Error::Internal)?;
        let at = desk.now();
        let far = at.plus_seconds(SKEW);
        if counts.newest.is_none_or(|newest| newest <= far) {
            return Ok(counts);
        }
        // The clock was set back. What lies ahead happened before this moment, and must not lock anybody out until
        // then.
        let now = failed_logins::ActiveModel { at: Set(at), ..Default::default() };
        let ahead = FailedLogins::update_many().set(now).filter(failed_logins::COLUMN.at.gt(far));
        desk.db.write(ahead.as_query()).await?;
        desk.db.sql_one(COUNTS, self.values(desk)).await?.ok_or(Error::Internal)
    }

    fn values(&self, desk: &Inner) -> [Value; 9] {
        let at = desk.now();
        let limits = Limits::of(desk);
        [
            hashed(desk, &self.client.client).into(),
            at.plus_seconds(-desk.config.failure_window).into(),
            (limits.client - 1).into(),
            hashed(desk, &self.client.network).into(),
            (limits.network - 1).into(),
            self.account_name().into(),
            (limits.account - 1).into(),
            at.plus_seconds(-60).into(),
            // Above the limit, not at it.
            limits.desk.into(),
        ]
    }

    /// Whether somebody logged in to the account from this address before; asked when it matters.
    async fn is_known(&self, db: &impl ConnectionTrait, counts: &Counts) -> Result<bool> {
        let Some(account) = self.account.as_ref().filter(|_| counts.account.is_some()) else { return Ok(false) };
        let before = Sessions::find()
            .filter(sessions::COLUMN.user_id.eq(account.user))
            .filter(sessions::COLUMN.client.eq(&self.client.client));
        let before: Option<i64> =
            before.select_only().column(sessions::Column::Id).into_tuple().one(db).await.or_refuse()?;
        Ok(before.is_some())
    }
}

/// An address as it is counted by: to tell it from others is enough.
fn hashed(desk: &Inner, address: &str) -> String {
    desk.keys.keyed_hash("address", address)
}

/// Waits until it is an attempt's turn in this process.
async fn turn(attempts: &Mutex<()>, time: Duration) -> Result<MutexGuard<'_, ()>> {
    tokio::time::timeout(time, attempts.lock()).await.map_err(|_| {
        tracing::warn!("an attempt to log in waited too long for those before it");
        Error::Unavailable
    })
}

fn refuse(desk: &Inner, counts: &Counts, is_known: bool) -> Result<()> {
    let of_account = counts.account.filter(|_| !is_known);
    let Some(full) = counts.client.into_iter().chain(counts.network).chain(of_account).max() else { return Ok(()) };
    // The attempt is looked at again when that failure has left the window. One that lies ahead is taken as of now.
    let at = desk.now();
    let over = full.min(at).plus_seconds(desk.config.failure_window);
    Err(later(over.as_micros().saturating_sub(at.as_micros())))
}

/// Failures that fill each limit; one at least.
struct Limits {
    client: i64,
    network: i64,
    account: i64,
    desk: i64,
    /// What the gate lets through.
    per_second: i64,
}

impl Limits {
    fn of(desk: &Inner) -> Self {
        let config = &desk.config;
        let client = i64::from(config.failures_per_client).max(1);
        let own = |limit: Option<u32>, factor: i64| limit.map_or(client * factor, |limit| i64::from(limit).max(1));
        Self {
            client,
            network: own(config.failures_per_network, 10),
            account: own(config.failures_per_account, 2),
            desk: i64::from(config.failures_per_minute).max(1),
            per_second: i64::from(config.attempts_per_second).max(1),
        }
    }
}

/// Takes the next place in the line at the gate, and waits for its turn, holding nothing. The line is one moment in the
/// database: when who comes next has their turn (the generic cell rate algorithm in its virtual scheduling form, ITU-T
/// I.371). Whose network had no failure finds places when others do not, so that who guesses does not fill them all.
///
/// # Errors
/// [`Error::TooManyAttempts`] when there is no place.
async fn wait_for_turn(desk: &Inner, has_failed: bool) -> Result<()> {
    let config = &desk.config;
    let step = 1_000_000 / Limits::of(desk).per_second;
    let line = step * i64::from(config.attempts_waiting).max(1);
    let open = if has_failed { line / 2 } else { line };
    let at = desk.now().as_micros();
    // Further ahead than the line is long: from before the clock was set back.
    let far = at + line + step + SKEW * 1_000_000;
    // Looked at first: who finds no place must not keep others from writing.
    let gate = LoginGate::find_by_id(1).one(&desk.db).await.or_refuse()?;
    let next = gate.map(|gate| gate.next_at.as_micros());
    if let Some(next) = next.filter(|next| *next > at + open && *next <= far) {
        return Err(later(next - at - open));
    }
    let tx = desk.db.begin().await?;
    let claimed: Option<Claimed> = tx.sql_one(CLAIM, [at, far, step, at + open].map(Value::from)).await?;
    let next = claimed.ok_or_else(|| later(step))?.next_at;
    tx.commit().await?;
    config.clock.sleep_until(Timestamp::from_micros(next.as_micros() - step)).await;
    Ok(())
}

/// Refuses for so many microseconds, in whole seconds.
fn later(micros: i64) -> Error {
    let retry_after = micros.max(1).unsigned_abs().div_ceil(1_000_000);
    tracing::warn!(target: crate::rooms::SECURITY, event = "locked_out", retry_after, "an attempt to log in has to wait");
    Error::TooManyAttempts { retry_after }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> ClientAddress {
        ClientAddress::of(address.parse().unwrap())
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_for_those_before() {
        let attempts = Mutex::new(());
        let first = turn(&attempts, TURN_TIME).await.unwrap();
        assert_eq!(turn(&attempts, Duration::from_millis(20)).await.unwrap_err(), Error::Unavailable);
        drop(first);
        assert!(turn(&attempts, Duration::ZERO).await.is_ok());
    }

    #[test]
    fn a_64_is_one_client() {
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1").client, of("2001:db8:1:3::1").client);
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1").client, of("192.0.2.2").client);
    }

    #[test]
    fn networks_are_wider() {
        assert_eq!(of("2001:db8:1:2::1").network, "2001:db8:1::/48");
        assert_eq!(of("2001:db8:1:ffff::1").network, of("2001:db8:1:2::1").network);
        assert_eq!(of("192.0.2.200").network, "192.0.2.0/24");
        assert_ne!(of("192.0.3.1").network, of("192.0.2.1").network);
    }
}
