//! Failed logins are counted in the database, so that the limit holds for every process and across restarts.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use domain::{Error, Result};

use crate::{
    Inner,
    db::{Scalar, Tx},
    events::now,
};

/// What counts as one client address: an IPv4 address, or an IPv6 /64.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientAddress(String);

impl ClientAddress {
    /// The key of an address; an IPv4 address inside IPv6 counts as itself.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("{}/64", Ipv6Addr::from(u128::from(v6) >> 64 << 64)),
        })
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Waits while too many attempts from everywhere fail, a right one too, so that guessing does not pay and nobody is
/// locked out by others: a second, and one more for each time the limit was passed again, up to five.
pub(crate) async fn slow_down(desk: &Inner) -> Result<()> {
    let since = now(desk).plus_seconds(-60).as_micros();
    let failures = desk.db.one::<Scalar>("SELECT COUNT(*) FROM failed_logins WHERE at > $1", [since.into()]).await?;
    let failures = failures.map_or(0, |count| count.0);
    let limit = i64::from(desk.config.failures_per_minute).max(1);
    if failures > limit {
        tokio::time::sleep(Duration::from_secs((failures / limit).clamp(1, 5).unsigned_abs())).await;
    }
    Ok(())
}

/// Lets an attempt pass, or says how long its address has to wait. Attempts of one address are looked at one after
/// the other until the transaction ends, so that simultaneous ones cannot slip through together.
pub(crate) async fn admit(desk: &Inner, tx: &Tx, client: &ClientAddress) -> Result<()> {
    tx.serialise(client.as_str()).await?;
    let window = desk.config.failure_window;
    let at = now(desk);
    let recent: Vec<Scalar> = tx
        .all(
            "SELECT at FROM failed_logins WHERE client = $1 AND at > $2 ORDER BY at DESC LIMIT $3",
            [
                client.as_str().into(),
                at.plus_seconds(-window).as_micros().into(),
                i64::from(desk.config.failures_per_client).into(),
            ],
        )
        .await?;
    let limit = desk.config.failures_per_client as usize;
    match recent.get(limit.saturating_sub(1)) {
        // The attempt is looked at again when the oldest of the failures that fill the limit has left the window.
        Some(oldest) => {
            let over = domain::Timestamp::from_micros(oldest.0).plus_seconds(window);
            let micros = over.as_micros().saturating_sub(at.as_micros()).max(1).unsigned_abs();
            let retry_after = micros.div_ceil(1_000_000);
            tracing::warn!(target: crate::SECURITY, event = "locked_out", retry_after, "an address has to wait");
            Err(Error::TooManyAttempts { retry_after })
        }
        None => Ok(()),
    }
}

/// Counts a failed attempt.
pub(crate) async fn record_failure(desk: &Inner, tx: &Tx, client: &ClientAddress) -> Result<()> {
    tx.execute(
        "INSERT INTO failed_logins (client, at) VALUES ($1, $2)",
        [client.as_str().into(), now(desk).as_micros().into()],
    )
    .await?;
    Ok(())
}

/// Forgets failures that no rule looks at any more.
pub(crate) async fn forget_old(desk: &Inner) -> Result<()> {
    let keep = desk.config.failure_window.max(60);
    desk.db
        .execute("DELETE FROM failed_logins WHERE at < $1", [now(desk).plus_seconds(-keep).as_micros().into()])
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_64_is_one_client() {
        let of = |address: &str| ClientAddress::of(address.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
