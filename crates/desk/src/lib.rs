//! The support desk itself: use cases, persistence and file storage. No HTTP, no HTML.
//!
//! The only place that decides. Every use case is one function that takes who asks ([`domain::Actor`]), authorises,
//! acts in one transaction and records an event. Callers decode, call, encode.

mod attachments;
mod categories;
mod config;
mod db;
mod docx;
mod drafts;
mod events;
mod fault;
mod fold;
mod health;
mod heavy;
mod import;
mod intake;
mod keys;
mod listed;
mod live;
mod names;
mod passwords;
mod pictures;
mod pins;
mod private;
mod query;
mod search;
mod sent;
mod sessions;
mod storage;
mod throttle;
mod tickets;
mod timeline;
mod tokens;
mod unread;
mod upkeep;
mod users;

use std::sync::Arc;

pub use attachments::{Attachments, FileContent, FileFilter};
pub use categories::Categories;
pub use config::{Clock, DeskConfig, OpenError, Secret};
pub use db::without_password;
pub use drafts::Drafts;
pub use fault::Trouble;
pub use fold::fold;
pub use heavy::heavy;
pub use import::{Deed, Import, PastDeed, PastFile, PastPerson, PastTicket};
pub use intake::{FormPart, NoFiles, TicketForm};
pub use live::Live;
pub use names::is_same_username;
pub use pins::{IssuedPin, NewPins, Pins};
pub use private::is_open_to_others;
pub use sessions::{Authenticated, LoggedIn, Sessions};
pub use throttle::ClientAddress;
pub use tickets::Tickets;
pub use tokens::Tokens;
pub use users::{SetUpLink, UserFilter, Users};

/// The target of the log's lines about who was let in and who was refused. Never what was typed.
pub const SECURITY: &str = "security";

/// The desk. Cheap to clone; all clones share one database and one store.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) db: db::Db,
    pub(crate) storage: storage::Storage,
    pub(crate) keys: keys::Keys,
    pub(crate) config: DeskConfig,
    pub(crate) users: users::UsersState,
    health: Arc<health::Health>,
    /// Ends with the desk.
    _listener: Option<live::Listener>,
}

impl Desk {
    /// Opens the desk: makes the data folder and the secret if they are missing, brings the database to this version
    /// and clears away what a crash left in the incoming files.
    ///
    /// # Errors
    /// [`OpenError`], with a message that says what to do.
    pub async fn open(config: DeskConfig) -> Result<Self, OpenError> {
        private::prepare(&config)?;
        let health = Arc::default();
        let db = db::Db::open(&config, &health).await?;
        let is_in_use = db.has_people().await?;
        let keys = keys::Keys::load(&config, is_in_use)?;
        keys.recognise(&config, &db, is_in_use).await?;
        let _listener = db.listen().await?;
        let storage = storage::Storage::open(&config, &health)?;
        let users = users::UsersState::default();
        Ok(Self { inner: Arc::new(Inner { db, storage, keys, config, users, health, _listener }) })
    }

    /// Tickets.
    pub fn tickets(&self) -> Tickets<'_> {
        Tickets(&self.inner)
    }

    /// The files of tickets.
    pub fn attachments(&self) -> Attachments<'_> {
        Attachments(&self.inner)
    }

    /// What people typed and did not send yet.
    pub fn drafts(&self) -> Drafts<'_> {
        Drafts(&self.inner)
    }

    /// The list of categories.
    pub fn categories(&self) -> Categories<'_> {
        Categories(&self.inner)
    }

    /// Support PINs.
    pub fn pins(&self) -> Pins<'_> {
        Pins(&self.inner)
    }

    /// Sessions and their tokens.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(&self.inner)
    }

    /// Customers and staff.
    pub fn users(&self) -> Users<'_> {
        Users(&self.inner)
    }

    /// What open pages learn of at once.
    pub fn live(&self) -> Live<'_> {
        Live(&self.inner)
    }

    /// The bulk road into the desk, for the command line.
    pub fn import(&self) -> Import<'_> {
        Import(&self.inner)
    }

    /// What the desk was opened with.
    pub fn config(&self) -> &DeskConfig {
        &self.inner.config
    }

    /// The moment, by the desk's clock.
    pub fn now(&self) -> domain::Timestamp {
        self.inner.config.clock.now()
    }

    /// A new idempotency key: 32 hexadecimal digits from the operating system's random source.
    ///
    /// # Errors
    /// [`domain::Error::Internal`]
    pub fn new_idempotency_key(&self) -> domain::Result<String> {
        keys::random_hex::<16>()
    }

    /// Whether the database answers, and what is written to it and to the files is taken. Looked at twice a second at most.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]; [`Desk::trouble`] says why.
    pub async fn ready(&self) -> domain::Result<()> {
        let look = async {
            self.inner.db.look().await?;
            self.inner.storage.look().await
        };
        self.inner.health.look(look).await
    }

    /// What failed last in the database or the files, until it works again.
    pub fn trouble(&self) -> Option<Trouble> {
        self.inner.health.trouble()
    }

    /// One round of upkeep: removes files without a row, attempts and sessions that no rule needs any more. Call it
    /// at start and every hour.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`] when the database or the disk does not answer.
    pub async fn upkeep(&self) -> domain::Result<()> {
        upkeep::run(&self.inner).await
    }
}
