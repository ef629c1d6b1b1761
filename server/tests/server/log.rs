//! What the log tells of who was let in and who was refused: who, from where, and never what was typed.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

use desk::NewPins;
use domain::{Actor, Role};
use serde_json::{Value, json as value};
use tracing_subscriber::{fmt::MakeWriter, prelude::*};

use crate::harness::{Client, World, json, until, urlencoded};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn start(&self, level: tracing::Level) -> tracing::subscriber::DefaultGuard {
        // While there is one log alone, a line that another test is the first to come to, without a log, counts as one that
        // nobody wants.
        static ANOTHER: LazyLock<tracing::Dispatch> =
            LazyLock::new(|| tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new()));
        LazyLock::force(&ANOTHER);
        let layer = tracing_subscriber::fmt::layer().json().with_writer(self.clone());
        let filter = tracing_subscriber::filter::LevelFilter::from_level(level);
        tracing_subscriber::registry().with(layer.with_filter(filter)).set_default()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines about an event of security, as JSON.
    fn of(&self, event: &str) -> Vec<Value> {
        let lines: Vec<Value> = self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.into_iter().filter(|line| line["target"] == "security" && line["fields"]["event"] == event).collect()
    }

    /// The one line about it, which names where it came from.
    fn one(&self, event: &str, from: &str) -> Value {
        let lines = self.of(event);
        assert_eq!(lines.len(), 1, "{event}: {lines:?}");
        assert_eq!(lines[0]["span"]["client"], from, "{event}");
        assert_eq!(lines[0]["span"]["id"].as_str().unwrap().len(), 16);
        lines[0]["fields"].clone()
    }
}

#[tokio::test]
async fn log_ins_and_their_refusals() {
    let world = World::with(|settings| settings.desk.failures_per_client = 3).await;
    let staff = world.staff_member("adam", Role::Admin).await;
    let (ana, pin) = (world.customer("ana").await, world.pin("ana").await);
    let log = Log::default();
    let _guard = log.start(tracing::Level::INFO);

    let login = world.anonymous().from("203.0.113.7").post("/?fn=login", &urlencoded(&format!("pin={pin}"))).await;
    assert_eq!(login.status, 303);
    let line = log.one("logged_in", "203.0.113.7");
    assert_eq!((line["user"].as_i64(), line["username"].as_str()), (Some(ana.id.0), Some("ana")));

    let nobody = world.anonymous().from("2001:db8::9");
    let typed = "username=adam&password=hush-hush-hush";
    assert_eq!(nobody.post("/admin/login?fn=staff_login", &urlencoded(typed)).await.status, 400);
    assert_eq!(log.one("login_refused", "2001:db8::9")["user"].as_i64(), Some(staff.id.0));
    for path in ["/?fn=login", "/api/users/login/"] {
        let typed = urlencoded("pin=SUP-ABCD-WXYZ&username=some-secret");
        assert_eq!(nobody.post(path, &typed).await.status, 400, "{path}");
    }
    assert_eq!(log.of("login_refused").len(), 3);
    assert!(log.of("locked_out").is_empty());
    assert_eq!(nobody.post("/?fn=login", &urlencoded("pin=SUP-ABCD-WXYZ")).await.status, 429);
    log.one("locked_out", "2001:db8::9");

    let text = log.text();
    for secret in [pin.as_str(), "hush", "ABCD", "some-secret", &pin[4..8]] {
        assert!(!text.contains(secret), "{secret} is in the log: {text}");
    }
}

#[tokio::test]
async fn of_who_has_no_identity_no_address_is_told() {
    let world = World::new().await;
    let me = Actor::command_line();
    let person = world.desk.users().create_unnamed(&me).await.unwrap();
    let pins = NewPins { count: 2, ..NewPins::one(person.id) };
    let pins = world.desk.pins().issue(&me, pins).await.unwrap();
    let log = Log::default();
    let _guard = log.start(tracing::Level::DEBUG);
    let browser = world.anonymous().from("203.0.113.7").with_header("sec-fetch-site", "same-origin");
    assert_eq!(browser.post("/?fn=login", &urlencoded(&format!("pin={}", pins[0].pin))).await.status, 303);
    assert_eq!(browser.get("/welcome").await.status, 200);
    assert_eq!(browser.get("/admin").await.status, 403);
    assert_eq!(browser.post("/fn/make_caller_code", &urlencoded("")).await.status, 409);
    let program = world.anonymous().from("203.0.113.7");
    let tokens = program.post("/api/users/login/", &json(&value!({ "pin": pins[1].pin.to_string() }))).await.json();
    let program = program.with_header("authorization", format!("Bearer {}", tokens["access"].as_str().unwrap()));
    assert_eq!(program.get("/api/tickets/").await.status, 200);
    assert_eq!(program.get("/api/customers/").await.status, 403);
    assert_eq!((log.of("logged_in").len(), log.of("forbidden").len()), (2, 2));
    let text = log.text();
    assert!(text.contains("withheld") && !text.contains("203.0.113.7") && !text.contains("unknown-"), "{text}");
}

#[tokio::test]
async fn who_hangs_up_has_guessed_all_the_same() {
    let world = World::with(|settings| {
        settings.desk.failures_per_client = 4;
        settings.desk.failures_per_minute = 1;
    })
    .await;
    let wrong = urlencoded("pin=SUP-ABCD-WXYZ");
    for path in ["/api/users/login/", "/?fn=login"] {
        let log = Log::default();
        let _guard = log.start(tracing::Level::INFO);
        let client = world.anonymous().from(if path == "/?fn=login" { "192.0.2.7" } else { "198.51.100.7" });
        for _ in 0..3 {
            assert_eq!(client.post(path, &wrong).await.status, 400, "{path}");
        }
        // The fourth waits at the gate, and does not wait for its answer.
        tokio::select! {
            answer = client.post(path, &wrong) => panic!("{path}: {}", answer.status),
            () = until("it waits", || world.waiting() == 1) => {}
        }
        world.clock.advance(61);
        until(&format!("{path}: it is counted"), || log.of("login_refused").len() >= 4).await;
        let right = urlencoded(&format!("pin={}", world.pin("ana").await));
        assert_eq!(client.post(path, &right).await.status, 429, "{path}");
        world.clock.advance(61);
    }
}

#[tokio::test]
async fn what_is_not_theirs_and_what_comes_from_elsewhere() {
    let world = World::new().await;
    let ana = world.browser("ana").await.from("198.51.100.4");
    let log = Log::default();
    // Also where little is logged.
    let _guard = log.start(tracing::Level::WARN);
    assert_eq!(ana.get("/admin/tickets?q=private").await.status, 403);
    let line = log.one("forbidden", "198.51.100.4");
    assert_eq!((line["username"].as_str(), line["path"].as_str()), (Some("ana"), Some("/admin/tickets")));
    assert_eq!(ana.post("/fn/create_customer", &urlencoded("username=x")).await.status, 403);
    assert_eq!(log.of("forbidden").len(), 2);
    let evil = world.anonymous().from("198.51.100.5").with_header("origin", "https://evil.example");
    assert_eq!(evil.post("/?fn=login", &urlencoded("pin=SUP-ABCD-WXYZ")).await.status, 403);
    assert_eq!(log.one("origin_refused", "198.51.100.5")["path"].as_str(), Some("/"));
    assert!(!log.text().contains("ABCD") && !log.text().contains("private"));
}

#[tokio::test]
async fn a_token_that_comes_back() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let thief: Client = world.anonymous().from("198.51.100.6");
    thief.set_cookie("pindesk_refresh", &ana.cookie("pindesk_refresh").unwrap());
    world.clock.advance(601);
    assert_eq!(ana.get("/tickets").await.status, 200);
    world.clock.advance(601);
    // What came in its place is used, so a copy of the first is somebody else's.
    assert_eq!(ana.get("/tickets").await.status, 200);
    world.clock.advance(60);
    let log = Log::default();
    let _guard = log.start(tracing::Level::INFO);
    assert_eq!(thief.get("/tickets").await.status, 303);
    assert_eq!(log.one("token_reused", "198.51.100.6")["username"].as_str(), Some("ana"));
    assert!(!log.text().contains("eyJ"), "no token is in the log");
}
