//! What a desk is opened with, and the seam for time.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use domain::{Timestamp, UploadLimits};

/// What a desk is opened with. Times are in seconds.
#[derive(Debug, Clone)]
pub struct DeskConfig {
    /// Holds `pindesk.db`, `media/` and the secret.
    pub data_dir: PathBuf,
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
    /// How long after its rotation an old refresh token is still answered.
    pub rotation_grace: i64,
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
    /// Failed logins from everywhere in a minute before answers slow down.
    pub failures_per_minute: u32,
    /// The clock.
    pub clock: Clock,
}

impl DeskConfig {
    /// The defaults of the outside contract, over a data folder.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            database_url: None,
            database_connections: 20,
            secret: None,
            access_ttl: 10 * 60,
            refresh_ttl: 7 * 24 * 3600,
            rotation_grace: 10,
            pin_ttl: 24 * 3600,
            media_ttl: 10 * 60,
            upload: UploadLimits::default(),
            failures_per_client: 10,
            failure_window: 10 * 60,
            failures_per_minute: 60,
            clock: Clock::System,
        }
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
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at the machine's time until it is moved.
    pub fn fixed() -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(Self::System.now().as_micros())))
    }

    /// The moment.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|since| i64::try_from(since.as_micros()).ok())
                .unwrap_or_default(),
            Self::Fixed(micros) => micros.load(Ordering::SeqCst),
        })
    }

    /// Moves a fixed clock; the machine's stays as it is.
    pub fn advance(&self, seconds: i64) {
        if let Self::Fixed(micros) = self {
            micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }
}

/// The desk could not be opened; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);
