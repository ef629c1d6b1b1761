//! What a desk is opened with, and the seam for time.

use std::{
    fmt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use domain::{CallerDeed, FactorDuty, Timestamp, UploadLimits};
use tokio::sync::watch;

use crate::store::bucket::Bucket;

/// What a desk is opened with. Times are in seconds.
#[derive(Debug, Clone)]
pub struct DeskConfig {
    /// Holds `pindesk.db`, `media/` and the secret.
    pub data_dir: PathBuf,
    /// The bucket that files of tickets are kept in; `<data_dir>/media` when none.
    pub storage: Option<Bucket>,
    /// `sqlite://…` or `postgres://…`; `<data_dir>/pindesk.db` when none.
    pub database_url: Option<String>,
    /// Connections to PostgreSQL that this process makes at most, one of them to listen on. SQLite needs no number.
    pub database_connections: u32,
    /// The server's secret; kept in `<data_dir>/secret` when none is given.
    pub secret: Option<Secret>,
    /// Life of an access token.
    pub access_ttl: i64,
    /// Life of a refresh token.
    pub refresh_ttl: i64,
    /// How long after its rotation an old refresh token is still answered though its successor was used.
    pub rotation_grace: i64,
    /// After which a customer's session ends for good.
    pub session_ttl: i64,
    /// After which a session of staff ends for good.
    pub staff_session_ttl: i64,
    /// After which a session of staff ends that asks for nothing.
    pub staff_idle: i64,
    /// Life of a PIN, unless one is issued with its own.
    pub pin_ttl: i64,
    /// Life of a signed file address.
    pub media_ttl: i64,
    /// What may be attached.
    pub upload: UploadLimits,
    /// Failed logins from one address in [`DeskConfig::failure_window`] before it has to wait.
    pub failures_per_client: u32,
    /// Seconds in which failures count against their address.
    pub failure_window: i64,
    /// Failed logins from one network (IPv4 /24, IPv6 /48) in the window; ten times those of an address when none.
    pub failures_per_network: Option<u32>,
    /// Failed logins to one account in the window, after which only addresses that logged in to it before are let try;
    /// twice those of an address when none.
    pub failures_per_account: Option<u32>,
    /// Failed logins from everywhere in a minute, above which attempts go through one gate.
    pub failures_per_minute: u32,
    /// Attempts that the gate lets through in a second, for all processes together.
    pub attempts_per_second: u32,
    /// Attempts that may wait at the gate.
    pub attempts_waiting: u32,
    /// Seconds after which the desk makes another backup by itself; 0 for never.
    pub backup_every: i64,
    /// So many of the backups that it made by itself are kept.
    pub backup_keep: u32,
    /// The folder of backups; `backups` in the data folder when none.
    pub backup_to: Option<PathBuf>,
    /// Whether a backup is made before an existing database is brought to a newer version.
    pub upgrade_backup: bool,
    /// Seconds that a session for one ticket goes on after that was closed.
    pub access_after_close: i64,
    /// Seconds that entries of the access ledger are kept.
    pub ledger_kept: i64,
    /// Whether the ledger has what staff open, too.
    pub ledger_staff: bool,
    /// Whether a desk that is in use goes on with another secret: a new one where it is missing, or the one that is
    /// there.
    pub new_secret: bool,
    /// What an agent must know the customer for, by a caller's code.
    pub require_caller_code: Vec<CallerDeed>,
    /// Who of staff must have a second factor.
    pub require_second_factor: FactorDuty,
    /// The username whose password alone still logs in, if staff log in elsewhere; everybody's when none.
    pub password_login_for: Option<String>,
    /// The clock.
    pub clock: Clock,
}

impl DeskConfig {
    /// The defaults of the outside contract, over a data folder.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            storage: None,
            database_url: None,
            database_connections: 20,
            secret: None,
            access_ttl: 10 * 60,
            refresh_ttl: 7 * 24 * 3600,
            rotation_grace: 10,
            session_ttl: 30 * 24 * 3600,
            staff_session_ttl: 7 * 24 * 3600,
            staff_idle: 12 * 3600,
            pin_ttl: 24 * 3600,
            media_ttl: 10 * 60,
            upload: UploadLimits::default(),
            failures_per_client: 10,
            failure_window: 10 * 60,
            failures_per_network: None,
            failures_per_account: None,
            failures_per_minute: 60,
            attempts_per_second: 5,
            attempts_waiting: 50,
            backup_every: 0,
            backup_keep: 7,
            backup_to: None,
            upgrade_backup: true,
            access_after_close: 14 * 24 * 3600,
            ledger_kept: 730 * 24 * 3600,
            ledger_staff: false,
            new_secret: false,
            require_caller_code: Vec::new(),
            require_second_factor: FactorDuty::No,
            password_login_for: None,
            clock: Clock::System,
        }
    }

    /// The folder of backups.
    pub(crate) fn backup_folder(&self) -> PathBuf {
        self.backup_to.clone().unwrap_or_else(|| self.data_dir.join("backups"))
    }
}

/// The server's secret. `Debug` hides it.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Characters a given secret must have.
    pub const MIN_CHARS: usize = 32;

    /// Takes a secret from configuration.
    ///
    /// # Errors
    /// A sentence, when it is shorter than [`Secret::MIN_CHARS`] characters.
    pub fn from_text(text: &str) -> Result<Self, String> {
        if text.chars().count() < Self::MIN_CHARS {
            return Err(format!("the secret must have {} characters or more", Self::MIN_CHARS));
        }
        Ok(Self(text.as_bytes().to_vec()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where the time comes from, so that expiry can be tested.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that tests set: microseconds since the Unix epoch.
    Fixed(Arc<watch::Sender<i64>>),
}

impl Clock {
    /// A clock that stands at the machine's time until it is moved.
    pub fn fixed() -> Self {
        Self::Fixed(Arc::new(watch::Sender::new(Self::System.now().as_micros())))
    }

    /// The moment.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|since| i64::try_from(since.as_micros()).ok())
                .unwrap_or_default(),
            Self::Fixed(micros) => *micros.borrow(),
        })
    }

    /// Moves a fixed clock; the machine's stays as it is.
    pub fn advance(&self, seconds: i64) {
        if let Self::Fixed(micros) = self {
            micros.send_modify(|now| *now += seconds * 1_000_000);
        }
    }

    /// Waits for a moment; by a fixed clock, until it is moved there.
    pub(crate) async fn sleep_until(&self, moment: Timestamp) {
        match self {
            Self::System => {
                let micros = moment.as_micros().saturating_sub(self.now().as_micros()).max(0).unsigned_abs();
                tokio::time::sleep(Duration::from_micros(micros)).await;
            }
            // It errs only when the clock is gone, and this is one.
            Self::Fixed(micros) => drop(micros.subscribe().wait_for(|now| *now >= moment.as_micros()).await),
        }
    }
}

/// The desk could not be opened; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);
