//! A desk to test, and the people in it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use desk::{Bucket, BucketAccess, ClientAddress, Clock, Desk, DeskConfig, FormPart, NewPins, TicketForm};
use domain::{Actor, Error, LiveKind, LiveMessage, LoginKind, PersonDraft, Result, Role, ScopeDraft, UserId};
use futures::{Stream, StreamExt, stream};
use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connection, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tracing::{Event, Subscriber, field::Visit};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
};

/// Longer than anything here should take on a machine that is busy.
const LONG: Duration = Duration::from_secs(60);

/// Of every member of staff.
pub const PASSWORD: &str = "correct horse";

/// Which database a test runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// One body, a test on each database.
macro_rules! on_both_databases {
    ($(async fn $name:ident($bench:ident) $body:block)+) => {$(
        mod $name {
            use super::*;

            pub(super) async fn body($bench: crate::support::Bench) $body

            #[tokio::test]
            async fn sqlite() {
                body(crate::support::Bench::open(crate::support::Database::Sqlite).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                body(crate::support::Bench::open(crate::support::Database::Postgres).await).await;
            }
        }
    )+};
}
pub(crate) use on_both_databases;

/// As [`on_both_databases`], and once more with the files in a bucket.
macro_rules! with_files_anywhere {
    ($(async fn $name:ident($bench:ident) $body:block)+) => {
        crate::support::on_both_databases! { $(async fn $name($bench) $body)+ }
        mod in_a_bucket {
            $(#[tokio::test]
            async fn $name() {
                super::$name::body(crate::support::Bench::on_a_bucket(crate::support::Database::Sqlite).await).await;
            })+
        }
    };
}
pub(crate) use with_files_anywhere;

/// An open desk with a clock that stands still.
pub struct Bench {
    pub desk: Desk,
    pub config: DeskConfig,
    pub folder: TempDir,
    /// Where the files are, if that is a bucket.
    pub bucket: Option<bucket::Server>,
}

impl Bench {
    pub async fn open(database: Database) -> Self {
        Self::prepared(database, async |_, _| {}).await
    }

    /// With the files in a bucket of its own.
    pub async fn on_a_bucket(database: Database) -> Self {
        let server = bucket::Server::start();
        let bucket = in_bucket(&server, "");
        let bench = Self::opened(database, Some(bucket), async |_, _| {}).await;
        Self { bucket: Some(server), ..bench }
    }

    /// Opens a desk over what `prepare` puts into its folder, or with a connection into its database on PostgreSQL.
    pub async fn prepared(
        database: Database,
        prepare: impl AsyncFnOnce(&DeskConfig, Option<&DatabaseConnection>),
    ) -> Self {
        Self::opened(database, None, prepare).await
    }

    async fn opened(
        database: Database,
        storage: Option<Bucket>,
        prepare: impl AsyncFnOnce(&DeskConfig, Option<&DatabaseConnection>),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = DeskConfig::new(folder.path());
        config.clock = Clock::fixed();
        config.storage = storage;
        // One to listen and one for all else: whoever takes a second one while it holds a transaction waits in vain.
        config.database_connections = 2;
        match database {
            Database::Sqlite => prepare(&config, None).await,
            Database::Postgres => {
                let url = new_postgres().await;
                let connection = Connection::connect(&url).await.unwrap();
                prepare(&config, Some(&connection)).await;
                connection.close().await.unwrap();
                config.database_url = Some(url);
            }
        }
        Self { desk: Desk::open(config.clone()).await.unwrap(), config, folder, bucket: None }
    }

    /// Opens the same desk once more, as another process would.
    pub async fn another(&self) -> Desk {
        Desk::open(self.config.clone()).await.unwrap()
    }

    pub fn advance(&self, seconds: i64) {
        self.config.clock.advance(seconds);
    }

    /// How many wait for the clock to be moved.
    pub fn waiting(&self) -> usize {
        let Clock::Fixed(clock) = &self.config.clock else { panic!("nobody waits for the machine's clock here") };
        clock.receiver_count()
    }

    /// A connection of its own to the desk's database: one alone, because settings are a connection's own.
    pub async fn connection(&self) -> DatabaseConnection {
        let file = || format!("sqlite://{}/pindesk.db", self.folder.path().display());
        let mut options = ConnectOptions::new(self.config.database_url.clone().unwrap_or_else(file));
        options.max_connections(1);
        Connection::connect(options).await.unwrap()
    }

    /// Changes the database behind the desk's back.
    pub async fn execute(&self, sql: &str) {
        self.connection().await.execute_unprepared(sql).await.unwrap();
    }

    fn search_tables(&self) -> &'static [&'static str] {
        if self.config.database_url.is_none() { &["search_public", "search_internal"] } else { &["search_docs"] }
    }

    /// How many documents the search has.
    pub async fn documents(&self) -> i64 {
        let connection = self.connection().await;
        let mut documents = 0;
        for table in self.search_tables() {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            let count = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
            documents += count.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap();
        }
        documents
    }

    /// Empties the search's index, as it is in a database from before there was a search.
    pub async fn forget_documents(&self) {
        let connection = self.connection().await;
        for table in self.search_tables() {
            connection.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
        }
    }

    pub async fn customer(&self, username: &str) -> Actor {
        let draft = PersonDraft { username: username.into(), ..PersonDraft::default() };
        let person = self.desk.users().create_customer(&Actor::command_line(), &draft).await.unwrap();
        actor(person.id, Role::Customer, username)
    }

    pub async fn staff(&self, username: &str, role: Role) -> Actor {
        let draft = PersonDraft { username: username.into(), ..PersonDraft::default() };
        let person = self.desk.users().create_staff(&Actor::command_line(), &draft, role, PASSWORD).await.unwrap();
        actor(person.id, role, username)
    }

    /// A session of a member of staff.
    pub async fn log_in_staff(&self, member: &Actor) -> desk::LoggedIn {
        self.desk.users().log_in(&member.username, PASSWORD, &client(8), LoginKind::Browser).await.unwrap()
    }

    pub async fn pin(&self, customer: &Actor) -> String {
        self.pin_for(customer, ScopeDraft::default()).await
    }

    /// A PIN that opens this.
    pub async fn pin_for(&self, customer: &Actor, scope: ScopeDraft) -> String {
        let new = NewPins { scope, ..NewPins::one(customer.id.unwrap()) };
        let issued = self.desk.pins().issue(&Actor::command_line(), new).await.unwrap();
        issued[0].pin.to_string()
    }

    /// PINs that are issued together, so that none takes the place of another one.
    pub async fn pins(&self, customer: &Actor, count: u32) -> Vec<String> {
        let new = NewPins { count, ..NewPins::one(customer.id.unwrap()) };
        let issued = self.desk.pins().issue(&Actor::command_line(), new).await.unwrap();
        issued.iter().map(|issued| issued.pin.to_string()).collect()
    }

    pub async fn log_in(&self, customer: &Actor, kind: LoginKind) -> desk::LoggedIn {
        self.let_in(customer, ScopeDraft::default(), kind).await
    }

    /// A session for this.
    pub async fn let_in(&self, customer: &Actor, scope: ScopeDraft, kind: LoginKind) -> desk::LoggedIn {
        let pin = self.pin_for(customer, scope).await;
        self.desk.pins().redeem(&pin, &client(9), kind).await.unwrap()
    }

    /// Every file of tickets, incoming ones too, without lock files.
    pub fn files(&self) -> Vec<String> {
        fn walk(folder: &std::path::Path, found: &mut Vec<String>) {
            // A folder goes with its last file.
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else if path.extension().is_none_or(|extension| extension != "lock") {
                    found.push(path.to_string_lossy().into_owned());
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.folder.path().join("media"), &mut found);
        walk(&self.folder.path().join("incoming"), &mut found);
        if let Some(bucket) = &self.bucket {
            walk(&bucket.path("media"), &mut found);
        }
        found
    }
}

/// A bucket of a server, or a part of it, for a desk that does not wait long.
pub fn in_bucket(server: &bucket::Server, prefix: &str) -> Bucket {
    let access = BucketAccess {
        endpoint: Some(server.endpoint()),
        key_id: Some(bucket::KEY_ID.to_owned()),
        key: Some(bucket::KEY.to_owned()),
        patience: Duration::from_secs(10),
        ..BucketAccess::default()
    };
    Bucket::parse(&format!("s3://{}/{prefix}", bucket::BUCKET), access).unwrap()
}

fn actor(id: UserId, role: Role, name: &str) -> Actor {
    Actor { id: Some(id), role, username: name.into(), name: name.into(), ..Actor::command_line() }
}

/// Waits until something that is under way has happened; a test that waits in vain fails.
pub async fn until(what: &str, mut has_happened: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !has_happened().await {
        assert!(start.elapsed() < LONG, "it never came to pass: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Tries again until it is done, as where something that ends stands in the way; a test that tries in vain fails.
pub async fn eventually<T, E: std::fmt::Display>(mut deed: impl AsyncFnMut() -> std::result::Result<T, E>) -> T {
    let start = Instant::now();
    loop {
        match deed().await {
            Ok(done) => return done,
            Err(refusal) => assert!(start.elapsed() < LONG, "it was never done: {refusal}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The next message of a stream; none at its end.
pub async fn next(stream: &mut (impl Stream<Item = LiveMessage> + Unpin)) -> Option<LiveMessage> {
    tokio::time::timeout(LONG, stream.next()).await.expect("a message comes")
}

/// Waits until a desk has heard all that was told before: PostgreSQL brings it back a moment later, in the order in
/// which it was told. What comes last is that the sessions of nobody ended, of which nobody else hears.
pub async fn heard_all(desk: &Desk) {
    let nobody = actor(UserId(-1), Role::Customer, "nobody");
    let mut stream = Box::pin(desk.live().subscribe(&nobody, None).await.unwrap());
    desk.sessions().log_out_everywhere(&nobody).await.unwrap();
    assert_eq!(next(&mut stream).await.unwrap().kind, LiveKind::Over);
}

/// A client's address; `last` tells them apart.
pub fn client(last: u8) -> ClientAddress {
    ClientAddress::of([192, 0, 2, last].into())
}

pub async fn new_postgres() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("PINDESK_TEST_POSTGRES_URL")
        .expect("set PINDESK_TEST_POSTGRES_URL, or run `cargo xtask test`, which starts a PostgreSQL for the tests");
    let name = format!("desk_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    let admin = Connection::connect(&server).await.unwrap();
    static SWEPT: OnceCell<()> = OnceCell::const_new();
    SWEPT.get_or_init(|| drop_left_behind(&admin)).await;
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    let (start, _) = server.rsplit_once('/').unwrap();
    format!("{start}/{name}")
}

/// A run leaves some gigabytes in databases; the next one on the same server drops those of runs that are over.
async fn drop_left_behind(admin: &DatabaseConnection) {
    let names =
        Statement::from_string(DbBackend::Postgres, "SELECT datname FROM pg_database WHERE datname LIKE 'desk\\_%'");
    for row in admin.query_all_raw(names).await.unwrap() {
        let name: String = row.try_get_by_index(0).unwrap();
        let process = name.split('_').nth(1).unwrap_or_default();
        if !std::path::Path::new("/proc").join(process).exists() {
            // Another run may be faster.
            let _ = admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

/// A part of a form that tests write.
#[derive(Clone)]
pub enum Part {
    Text(&'static str, String),
    /// A file in chunks.
    File(&'static str, Vec<Bytes>),
    /// A file whose sender goes away after these bytes.
    Broken(&'static str, Bytes),
}

pub fn text(name: &'static str, value: &str) -> Part {
    Part::Text(name, value.into())
}

pub fn file(name: &'static str, bytes: &[u8]) -> Part {
    Part::File(name, bytes.chunks(1000).map(Bytes::copy_from_slice).collect())
}

pub struct Form(pub std::collections::VecDeque<Part>);

pub fn form(parts: impl IntoIterator<Item = Part>) -> Form {
    Form(parts.into_iter().collect())
}

/// A form with a title and a description, and more.
pub fn ticket(more: impl IntoIterator<Item = Part>) -> Form {
    let mut form = form([text("title", "Printer"), text("description", "It prints stripes.")]);
    form.0.extend(more);
    form
}

impl TicketForm for Form {
    async fn next(&mut self) -> Result<Option<FormPart<'_>>> {
        Ok(self.0.pop_front().map(|part| match part {
            Part::Text(name, value) => FormPart::Text { name: name.into(), value },
            Part::File(name, chunks) => {
                FormPart::File { file_name: name.into(), chunks: stream::iter(chunks.into_iter().map(Ok)).boxed() }
            }
            Part::Broken(name, bytes) => FormPart::File {
                file_name: name.into(),
                chunks: stream::iter([Ok(bytes), Err(Error::field("form", "broke off"))]).boxed(),
            },
        }))
    }
}

pub const PNG: &[u8] = b"\x89PNG\r\n\x1A\n and some pixels";
pub const PDF: &[u8] = b"%PDF-1.7 and some text";

pub fn fields_of(refusal: Error) -> Vec<String> {
    refusal.fields().map(|fields| fields.0.keys().cloned().collect()).unwrap_or_default()
}

/// Collects the texts of statements, as they are asked.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Begins to collect, in this thread and until the guard is dropped.
    pub fn collect(&self) -> (tracing::subscriber::DefaultGuard, tracing::Dispatch) {
        // While there is one log alone, a line that another test is the first to come to counts as one that nobody
        // wants.
        let another = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
        let collecting = tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()));
        (collecting, another)
    }

    /// Those since the last time.
    pub fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Message(String);
        impl Visit for Message {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        if event.metadata().target() == "desk::sql" {
            let mut message = Message(String::new());
            event.record(&mut message);
            self.0.lock().unwrap().push(message.0);
        }
    }
}
