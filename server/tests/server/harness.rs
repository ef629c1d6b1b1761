//! A whole site in this process: a desk on a temporary SQLite database, the router, and clients of every kind.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Request,
};
use data_encoding::BASE32_NOPAD;
use desk::{ClientAddress, Clock, Desk, DeskConfig, LoggedIn, MadeToken, NewPins};
use domain::{Actor, LoginKind, Person, PersonDraft, Role, ScopeDraft, Ticket, TicketId, TokenDraft};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Method, StatusCode, header, response::Parts};
use serde_json::Value;
use server::{Peer, Site, config::Settings, metrics, router::router};
use sha1::Sha1;
use tower::ServiceExt as _;

/// Longer than anything here should take on a machine that is busy.
pub const LONG: Duration = Duration::from_secs(60);

pub const PASSWORD: &str = "correct horse battery";

/// A site for one test.
pub struct World {
    pub desk: Desk,
    pub clock: Clock,
    pub data: tempfile::TempDir,
    router: Router,
    metrics: Router,
    count: AtomicU32,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.desk.data_dir = data.path().to_owned();
        change(&mut settings);
        let clock = Clock::fixed();
        let config = DeskConfig { clock: clock.clone(), ..settings.desk.clone() };
        let desk = Desk::open(config).await.unwrap();
        let site = Site::new(desk.clone(), settings, SocketAddr::from(([127, 0, 0, 1], 8000)));
        let metrics = metrics::router(site.clone());
        Self { desk, clock, data, router: router(site), metrics, count: AtomicU32::new(0) }
    }

    /// How many wait for the clock to be moved.
    pub fn waiting(&self) -> usize {
        let Clock::Fixed(clock) = &self.clock else { panic!("nobody waits for the machine's clock here") };
        clock.receiver_count()
    }

    /// A number that is new each time, for names.
    pub fn number(&self) -> u32 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Who asks where the metrics are.
    pub fn prometheus(&self) -> Client {
        Client { router: self.metrics.clone(), ..self.anonymous() }
    }

    /// Somebody without credentials.
    pub fn anonymous(&self) -> Client {
        Client {
            router: self.router.clone(),
            cookies: Mutex::default(),
            bearer: None,
            peer: SocketAddr::from(([192, 0, 2, 1], 4711)),
            headers: Vec::new(),
        }
    }

    pub async fn customer(&self, username: &str) -> Person {
        let users = self.desk.users();
        let draft =
            PersonDraft { username: username.into(), name: format!("Name of {username}"), email: String::new() };
        match users.by_username(&Actor::command_line(), username).await {
            Ok(known) => known,
            Err(_) => users.create_customer(&Actor::command_line(), &draft).await.unwrap(),
        }
    }

    pub async fn pin(&self, username: &str) -> String {
        self.pin_for(username, ScopeDraft::default()).await
    }

    /// A PIN that opens this.
    pub async fn pin_for(&self, username: &str, scope: ScopeDraft) -> String {
        let new = NewPins { scope, ..NewPins::one(self.customer(username).await.id) };
        self.desk.pins().issue(&Actor::command_line(), new).await.unwrap()[0].pin.to_string()
    }

    async fn redeem(&self, username: &str, scope: ScopeDraft, kind: LoginKind) -> LoggedIn {
        let pin = self.pin_for(username, scope).await;
        let client = ClientAddress::of([192, 0, 2, 1].into());
        self.desk.pins().redeem(&pin, &client, kind).await.unwrap()
    }

    /// A customer's program.
    pub async fn api(&self, username: &str) -> Client {
        self.api_for(username, ScopeDraft::default()).await
    }

    /// A program of somebody who was let in for this.
    pub async fn api_for(&self, username: &str, scope: ScopeDraft) -> Client {
        let login = self.redeem(username, scope, LoginKind::Api).await;
        Client { bearer: Some(login.tokens.access), ..self.anonymous() }
    }

    /// A token of a member of staff's, and a program that has it.
    pub async fn program(&self, username: &str, role: Role, is_read_only: bool) -> (MadeToken, Client) {
        let owner = self.staff_member(username, role).await;
        let draft = TokenDraft { name: "Phone system".into(), ttl: Some(90 * 24 * 3600), is_read_only };
        let made = self.desk.api_tokens().make_for(&Actor::command_line(), owner.id, &draft).await.unwrap();
        let client = Client { bearer: Some(made.token.clone()), ..self.anonymous() };
        (made, client)
    }

    /// A customer's browser.
    pub async fn browser(&self, username: &str) -> Client {
        self.browser_for(username, ScopeDraft::default()).await
    }

    /// A browser of somebody who was let in for this, and was told so.
    pub async fn browser_for(&self, username: &str, scope: ScopeDraft) -> Client {
        let login = self.redeem(username, scope, LoginKind::Browser).await;
        self.desk.sessions().welcome(&login.actor).await.unwrap();
        self.anonymous().with_cookies(&login)
    }

    /// A browser of somebody who was let in for this, and went past the page that says so.
    pub async fn hasty_browser_for(&self, username: &str, scope: ScopeDraft) -> Client {
        let login = self.redeem(username, scope, LoginKind::Browser).await;
        self.anonymous().with_cookies(&login)
    }

    /// A member of staff.
    pub async fn staff_member(&self, username: &str, role: Role) -> Person {
        let users = self.desk.users();
        let draft = PersonDraft { username: username.into(), ..PersonDraft::default() };
        match users.by_username(&Actor::command_line(), username).await {
            Ok(known) => known,
            Err(_) => users.create_staff(&Actor::command_line(), &draft, role, PASSWORD).await.unwrap(),
        }
    }

    /// A member of staff's browser.
    pub async fn staff(&self, username: &str, role: Role) -> Client {
        self.staff_member(username, role).await;
        let client = ClientAddress::of([192, 0, 2, 1].into());
        let login = self.desk.users().log_in(username, PASSWORD, &client, LoginKind::Browser).await.unwrap();
        self.anonymous().with_cookies(&login)
    }

    /// A member of staff who has a second factor, and the app that shows its codes.
    pub async fn with_factor(&self, username: &str, role: Role) -> (Person, App) {
        let member = self.staff_member(username, role).await;
        let (users, factors) = (self.desk.users(), self.desk.factors());
        let client = ClientAddress::of([192, 0, 2, 1].into());
        let login = users.log_in(username, PASSWORD, &client, LoginKind::Browser).await.unwrap().actor;
        factors.begin(&login, (PASSWORD, desk::GivenFactor::code("")), &client).await.unwrap();
        let app = App::of(&factors.waiting(&login).await.unwrap().unwrap().text);
        factors.confirm(&login, &app.code(self), &client).await.unwrap();
        // The next code counts.
        self.clock.advance(30);
        (member, app)
    }

    /// A ticket of `username`, with a file.
    pub async fn ticket(&self, username: &str) -> Ticket {
        let client = self.api(username).await;
        let reply = client
            .post("/api/tickets/", &form(&[("title", "T"), ("description", "D")], &[("a.png", &png(2000))]))
            .await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let id = TicketId(reply.json()["id"].as_i64().unwrap());
        self.desk.tickets().get(&Actor::command_line(), id).await.unwrap()
    }

    /// How many files of tickets there are on the disk.
    pub fn files_on_disk(&self) -> usize {
        fn count(dir: &std::path::Path) -> usize {
            let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
            entries
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_none_or(|extension| extension != "lock"))
                .map(|path| if path.is_dir() { count(&path) } else { 1 })
                .sum()
        }
        count(&self.data.path().join("media"))
    }
}

/// An authenticator app (RFC 6238).
pub struct App(Vec<u8>);

impl App {
    /// With a secret as a page shows it.
    pub fn of(text: &str) -> Self {
        Self(BASE32_NOPAD.decode(text.replace(char::is_whitespace, "").as_bytes()).unwrap())
    }

    /// What it shows now.
    pub fn code(&self, world: &World) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).unwrap();
        mac.update(&world.desk.now().as_seconds().div_euclid(30).to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 0xf);
        let number = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// Waits until something that is under way has happened; a test that waits in vain fails.
pub async fn until(what: &str, mut has_happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !has_happened() {
        assert!(start.elapsed() < LONG, "it never came to pass: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A body with its content type.
pub struct Content {
    pub content_type: String,
    pub bytes: Bytes,
}

pub fn json(value: &Value) -> Content {
    Content { content_type: "application/json".into(), bytes: value.to_string().into() }
}

pub fn raw(content_type: &str, text: &str) -> Content {
    Content { content_type: content_type.into(), bytes: text.to_owned().into() }
}

pub fn urlencoded(text: &str) -> Content {
    raw("application/x-www-form-urlencoded", text)
}

/// A `multipart/form-data` body; files go under `attachments`.
pub fn form(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Content {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        bytes
            .extend(format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    for (name, content) in files {
        bytes.extend(
            format!("--XX\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n")
                .into_bytes(),
        );
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"--XX--\r\n");
    Content { content_type: "multipart/form-data; boundary=XX".into(), bytes: bytes.into() }
}

pub fn png(size: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1A\n".to_vec();
    bytes.resize(size, 0);
    bytes
}

/// Somebody who sends requests: keeps cookies as a browser does.
pub struct Client {
    router: Router,
    pub cookies: Mutex<BTreeMap<String, String>>,
    pub bearer: Option<String>,
    pub peer: SocketAddr,
    pub headers: Vec<(&'static str, String)>,
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Client {
    fn with_cookies(self, login: &LoggedIn) -> Self {
        self.set_cookie("pindesk_access", &login.tokens.access);
        self.set_cookie("pindesk_refresh", &login.tokens.refresh);
        self
    }

    /// Somebody else with this bearer token.
    pub fn with_bearer(&self, bearer: &str) -> Self {
        Self {
            router: self.router.clone(),
            cookies: Mutex::default(),
            bearer: Some(bearer.to_owned()),
            peer: self.peer,
            headers: Vec::new(),
        }
    }

    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    pub fn from(mut self, address: &str) -> Self {
        self.peer = SocketAddr::new(address.parse().unwrap(), 4711);
        self
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.into(), value.into());
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, content: &Content) -> Reply {
        self.send(Method::POST, path, Some(content)).await
    }

    pub async fn send(&self, method: Method, path: &str, content: Option<&Content>) -> Reply {
        let mut builder = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8000");
        if let Some(content) = content {
            builder = builder
                .header(header::CONTENT_TYPE, &content.content_type)
                .header(header::CONTENT_LENGTH, content.bytes.len());
        }
        let body = content.map_or_else(Body::empty, |content| Body::from(content.bytes.clone()));
        self.request(builder.body(body).unwrap()).await
    }

    /// Sends a request as it is, with this client's credentials and headers. Of a stream only the head is read.
    pub async fn request(&self, request: Request) -> Reply {
        let (parts, body) = self.answer(request).await;
        let is_stream = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let bytes = if is_stream { Bytes::new() } else { to_bytes(body, usize::MAX).await.unwrap() };
        Reply { status: parts.status, headers: parts.headers, bytes }
    }

    /// The head of an answer and its body, which may go on for long.
    pub async fn open(&self, path: &str) -> (Parts, Body) {
        self.answer(Request::get(path).header(header::HOST, "127.0.0.1:8000").body(Body::empty()).unwrap()).await
    }

    async fn answer(&self, mut request: Request) -> (Parts, Body) {
        if let Some(bearer) = &self.bearer {
            request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {bearer}").parse().unwrap());
        }
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        for (name, value) in &self.headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        request.extensions_mut().insert(Peer(self.peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.lock().unwrap().remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        (parts, body)
    }
}
