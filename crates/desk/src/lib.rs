//! The support desk itself: use cases, persistence and file storage. No HTTP, no HTML.
//!
//! The only place that decides. Every use case is one function that takes who asks ([`domain::Actor`]), authorises,
//! acts in one transaction and records an event. Callers decode, call, encode.
//!
//! Three floors, arrows only down: `rooms` (the deeds) → `trail` (events, unread marks, word for who listens) → `store`
//! (tables, clock, keys, files).

mod config;
mod offline;
mod rooms;
mod store;
mod trail;

use std::{net::IpAddr, path::Path, sync::Arc};

pub use config::{Clock, DeskConfig, OpenError, Secret};
pub use offline::{back_up, examine, move_files, rehearse_upgrade, restore, verify};
#[cfg(feature = "multipart")]
pub use rooms::intake::MultipartForm;
use rooms::{Inner, existing, restore, search, totals::Totals, turns::Turns, upgrade, upkeep};
pub use rooms::{
    SECURITY,
    approvals::{Approvals, AskedApproval},
    attachments::{Attachments, FileContent, FileFilter},
    audit::Audit,
    backup::{
        BackupMade,
        own::{BackupFailure, BackupFile, BackupOrigin, BackupState, Backups},
    },
    callers::Callers,
    cards::{Cards, Sheet},
    categories::Categories,
    checks::Concern,
    delegations::{Delegations, IssuedDelegation},
    doctor::{Finding, Severity},
    drafts::Drafts,
    drops::Drops,
    export::{Export, ExportFile, PersonCall, PersonDraftKept, PersonExport, PersonRecovery, PersonSession},
    factors::{Factors, GivenFactor, NewAuthenticator, NewPasskey},
    figures::{Figures, LogIns},
    import::{Deed, Import, PastDeed, PastFile, PastPerson, PastTicket},
    intake::{FormPart, NoFiles, TicketForm},
    ledger::Ledger,
    live::Live,
    people::{CustomerChange, Entered, SecondStep, SetUpLink, SignOnTry, SignedOn, UserFilter, Users},
    pins::{IssuedPin, NewPins, Pins},
    recoveries::Recoveries,
    restore::Restored,
    retention::{Retention, RetentionState},
    returns::Returns,
    sessions::{Authenticated, LoggedIn, Sessions},
    storage::FilesMoved,
    sweep::Held,
    throttle::ClientAddress,
    tickets::Tickets,
    tokens::{ApiTokens, MadeToken},
    upgrade::UpgradePlan,
};
pub use store::{
    bucket::{Bucket, BucketAccess},
    db::{Connections, without_password},
    fault::Trouble,
    fold::fold,
    heavy::heavy,
    notes::BackupNote,
    private::is_open_to_others,
    tokens::Tokens,
};
use store::{
    db::Db,
    files::{Storage, mark},
    health::Health,
    keys::Keys,
    lock::FolderLock,
    notes::{self, UnknownProxy},
    private,
    random::random_hex,
};
use trail::{hub::Hub, listener::Listener};

/// The desk. Cheap to clone; all clones share one database and one store.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
    /// Ends with the desk.
    _listener: Option<Arc<Listener>>,
}

impl Desk {
    /// Opens the desk: makes the data folder and the secret if they are missing, brings the database to this version
    /// and clears away what a crash left in the incoming files.
    ///
    /// # Errors
    /// [`OpenError`], with a message that says what to do.
    pub async fn open(config: DeskConfig) -> Result<Self, OpenError> {
        private::prepare(&config)?;
        let lock = FolderLock::shared(&config.data_dir)?;
        restore::require_finished(&config.data_dir)?;
        let upgrade = upgrade::prepare(&config).await?;
        let health = Arc::<Health>::default();
        let hub = Arc::new(Hub::new(config.clock.clone()));
        let hears = Arc::clone(&hub);
        let db = Db::open(&config, &health, Arc::new(move |signal| hears.take(signal))).await?;
        let tx = db.migrate(&config).await?;
        let made = async {
            existing::bring_up(&tx).await?;
            store::ledger::head(&tx, config.clock.now()).await?;
            tx.commit().await
        };
        made.await.map_err(|_| OpenError("what is there could not be indexed; the log says why".to_owned()))?;
        drop(upgrade);
        let is_in_use = db.has_people().await?;
        let keys = Keys::load(&config, is_in_use)?;
        keys.recognise(&config, &db, is_in_use).await?;
        let listener = Listener::start(&db, &hub).await?;
        let storage = Storage::open(&config, &health)?;
        mark::recognise(&config, storage.shelf(), &db, &keys).await?;
        let inner = Inner {
            db,
            hub,
            storage,
            keys,
            config,
            turns: Turns::default(),
            health,
            totals: Totals::default(),
            not_made: parking_lot::Mutex::default(),
            _lock: lock,
        };
        let looked = rooms::sweep::look(&inner).await;
        looked
            .map_err(|_| OpenError("the files could not be compared with the database; the log says why".to_owned()))?;
        Ok(Self { inner: Arc::new(inner), _listener: listener.map(Arc::new) })
    }

    /// Tickets.
    pub fn tickets(&self) -> Tickets<'_> {
        Tickets(&self.inner)
    }

    /// What customers are asked to confirm.
    pub fn approvals(&self) -> Approvals<'_> {
        Approvals(&self.inner)
    }

    /// People who lost their access.
    pub fn recoveries(&self) -> Recoveries<'_> {
        Recoveries(&self.inner)
    }

    /// The way back of people without an identity.
    pub fn returns(&self) -> Returns<'_> {
        Returns(&self.inner)
    }

    /// The files of tickets.
    pub fn attachments(&self) -> Attachments<'_> {
        Attachments(&self.inner)
    }

    /// What people typed and did not send yet.
    pub fn drafts(&self) -> Drafts<'_> {
        Drafts(&self.inner)
    }

    /// Others whom customers let in.
    pub fn delegations(&self) -> Delegations<'_> {
        Delegations(&self.inner)
    }

    /// Files that come from outside.
    pub fn drops(&self) -> Drops<'_> {
        Drops(&self.inner)
    }

    /// The list of categories.
    pub fn categories(&self) -> Categories<'_> {
        Categories(&self.inner)
    }

    /// Backups.
    pub fn backups(&self) -> Backups<'_> {
        Backups(&self.inner)
    }

    /// Support PINs.
    pub fn pins(&self) -> Pins<'_> {
        Pins(&self.inner)
    }

    /// Codes by which callers show that they are in.
    pub fn callers(&self) -> Callers<'_> {
        Callers(&self.inner)
    }

    /// Cards: PINs in batches, on paper.
    pub fn cards(&self) -> Cards<'_> {
        Cards(&self.inner)
    }

    /// The access ledger.
    pub fn ledger(&self) -> Ledger<'_> {
        Ledger(&self.inner)
    }

    /// What staff and whoever runs the desk changed in it.
    pub fn audit(&self) -> Audit<'_> {
        Audit(&self.inner)
    }

    /// What goes after a while.
    pub fn retention(&self) -> Retention<'_> {
        Retention(&self.inner)
    }

    /// Notes with which settings the desk is served; what is other than the last time is an entry of the ledger.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`]
    pub async fn note_settings(&self) -> domain::Result<()> {
        rooms::audit::settings::note(&self.inner).await
    }

    /// Notes for the doctor that somebody speaks for others (`X-Forwarded-For`) whom the settings do not name. As a thread that may wait.
    pub fn note_proxy(&self, peer: IpAddr) {
        UnknownProxy { peer, at: self.now() }.note(&self.inner.config.data_dir);
    }

    /// Forgets it: with other settings it may be right now.
    pub fn forget_proxy(&self) {
        let _ = std::fs::remove_file(self.inner.config.data_dir.join(notes::PROXY));
    }

    /// API tokens: what programs of staff call with.
    pub fn api_tokens(&self) -> ApiTokens<'_> {
        ApiTokens(&self.inner)
    }

    /// Second factors of staff.
    pub fn factors(&self) -> Factors<'_> {
        Factors(&self.inner)
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
        self.inner.now()
    }

    /// Closes the database when what uses it is done, as the last thing that is done with a desk: SQLite writes its log into its file
    /// then, so that the file alone is the database.
    ///
    /// # Errors
    /// [`OpenError`]: it could not. The log stays beside the file, and the next start reads it; nothing is lost.
    pub async fn close(&self) -> Result<(), OpenError> {
        self.inner
            .db
            .clone()
            .close()
            .await
            .map_err(|error| OpenError(format!("the database could not be closed: {error}")))
    }

    /// A value for one purpose of a log-in elsewhere: always the same for a text, and nobody finds one without the server's secret.
    pub fn sign_on_value(&self, purpose: &str, text: &str) -> String {
        self.inner.keys.keyed_hash("sign-on", &format!("{purpose} {text}"))
    }

    /// Whether that value is what somebody claims it to be. Compared in a time that tells nothing.
    pub fn is_sign_on_value(&self, purpose: &str, text: &str, claimed: &str) -> bool {
        self.inner.keys.is_keyed_hash("sign-on", &format!("{purpose} {text}"), claimed)
    }

    /// A new idempotency key: 32 hexadecimal digits from the operating system's random source.
    ///
    /// # Errors
    /// [`domain::Error::Internal`]
    pub fn new_idempotency_key(&self) -> domain::Result<String> {
        random_hex::<16>()
    }

    /// Whether the database answers, and what is written to it and to the files is taken. Looked at twice a second at
    /// most.
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

    /// Numbers for who watches the desk: none of them is about a person or a ticket.
    pub async fn figures(&self) -> Figures {
        rooms::figures::read(&self.inner).await
    }

    /// Makes a backup of the desk as it is now, beside whatever is under way. `to` is a file, or a folder that is there or ends
    /// in a slash; `backups` in the data folder when none. Admins.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`]; [`domain::Error::Trouble`] with what stood in the way.
    pub async fn back_up(&self, actor: &domain::Actor, to: Option<&Path>) -> domain::Result<BackupMade> {
        actor.require_admin()?;
        let made = rooms::backup::make(&self.inner.config, &self.inner.storage, to, rooms::backup::PREFIX).await;
        made.map_err(|OpenError(message)| domain::Error::Trouble { message })
    }

    /// Indexes everything anew for the search.
    pub(crate) async fn index_anew(&self) -> domain::Result<()> {
        let tx = self.inner.db.begin_long().await?;
        search::index::index_all(&tx).await?;
        tx.commit().await
    }

    /// What admins should know of their desk: what is missing, short or damaged. Admins.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`]
    pub async fn concerns(&self, actor: &domain::Actor) -> domain::Result<Vec<Concern>> {
        rooms::checks::concerns(&self.inner, actor).await
    }

    /// Why files without a row are kept, if they are. Admins.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`]
    pub async fn held(&self, actor: &domain::Actor) -> domain::Result<Option<Held>> {
        rooms::sweep::held(&self.inner, actor).await
    }

    /// Files without a row may be swept away again. Admins.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`]
    pub async fn confirm_sweep(&self, actor: &domain::Actor) -> domain::Result<()> {
        rooms::sweep::confirm(&self.inner, actor).await
    }

    /// One round of upkeep: removes files without a row, attempts and sessions that no rule needs any more. Call it
    /// at start and every hour.
    ///
    /// # Errors
    /// [`domain::Error::Unavailable`] when the database or the disk does not answer.
    pub async fn upkeep(&self) -> domain::Result<()> {
        self.backups().upkeep().await;
        rooms::checks::run(&self.inner).await;
        upkeep::run(&self.inner).await
    }
}
