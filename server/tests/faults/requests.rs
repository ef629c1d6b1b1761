//! Made-up requests, from the table of routes and from nowhere: none is a fault of the server.

use std::{sync::Mutex, thread};

use crate::support::{Client, Folder, Form, Rounds};

/// Requests of one round.
const REQUESTS: u64 = 20_000;
const SENDERS: u64 = 4;

/// A small generator of numbers, the same ones in each run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[(self.roll() % list.len() as u64) as usize]
    }
}

const METHODS: &[&str] = &["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"];
const VALUES: &[&str] = &[
    "",
    "1",
    "2",
    "0",
    "-1",
    "99999999999999999999",
    "9223372036854775807",
    "1.5",
    "NaN",
    "null",
    "true",
    "%00",
    "a%00b",
    "%ff",
    "%C3%28",
    "%F0%9F%96%A8",
    "..",
    "%2e%2e%2f",
    "%2F",
    "//evil.example",
    "Open",
    "Urgent",
    "me",
    "none",
    "Bug",
    "'",
    "%27%3B--",
    "%25",
    "_",
    "*",
    "SUP-0000-0000",
    "%E2%80%8B",
    "%7B%7D",
    "%5B%5D",
    "x%0D%0AX-Y:%20z",
    "+",
    "NULL",
    "%D8%A3",
    "%E3%83%97%E3%83%AA",
    "ticket",
    "reply-1",
    "note-1",
    "a.png",
];
const KEYS: &[&str] = &[
    "q",
    "limit",
    "cursor",
    "before",
    "after",
    "status",
    "priority",
    "category",
    "customer",
    "assignee",
    "order",
    "next",
    "fn",
    "state",
    "kind",
    "id",
    "token",
    "edit",
    "preview",
    "user",
    "pin",
    "title",
    "description",
    "body",
    "then",
    "name",
    "username",
    "email",
    "user_id",
    "ttl",
    "hours",
    "place",
    "idempotency_key",
    "theme",
    "role",
    "password",
    "is_active",
];
const TYPES: &[&str] = &[
    "",
    "application/json",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=XX",
    "multipart/form-data",
    "text/plain",
    "image/png",
    "*/*",
    "\u{1}",
];
const BODIES: &[&str] = &[
    "",
    "{}",
    "[]",
    "null",
    "{\"title\":\"a\",\"description\":\"b\"}",
    "{\"title\":\"a\\u0000\",\"description\":{}}",
    "{\"pin\":null}",
    "{\"pin\":[\"SUP\"]}",
    "{\"refresh\":\"a.b.c\"}",
    "{\"body\":\"x\",\"then\":\"wait\"}",
    "{\"status\":\"Paused\"}",
    "\u{feff}{\"title\":\"a\",\"description\":\"b\"}",
    "{\"a\":",
    "title=a&description=b",
    "title=%00&description=%ff",
    "id=1&body=x",
    "=",
    "&&&",
    "--XX--\r\n",
    "--XX\r\n\r\nx\r\n--XX--\r\n",
    "--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\na\r\n--XX\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"a.png\"\r\n\r\nGIF89a\r\n--XX--\r\n",
    "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''%ff.pdf\r\n\r\n%PDF-1.4\r\n--XX--\r\n",
];
const HEADERS: &[(&str, &str)] = &[
    ("accept", "application/json"),
    ("range", "bytes=0-"),
    ("range", "bytes=9-1"),
    ("if-none-match", "\"x\""),
    ("origin", "null"),
    ("origin", "http://localhost:5173"),
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-site", "cross-site"),
    ("cookie", "city=Z\u{fc}rich; a; =b; pindesk_access=x"),
    ("idempotency-key", "k"),
    ("idempotency-key", "\u{e9}"),
    ("authorization", "Bearer"),
    ("authorization", "Basic eA=="),
    ("x-forwarded-for", "not an address"),
    ("expect", "100-continue"),
    ("last-event-id", "-5"),
    ("accept-encoding", "br"),
    ("sec-purpose", "prefetch"),
    ("content-encoding", "gzip"),
];

/// Every address of the site. One of server functions that ends the callers' own sessions would end the test.
fn addresses() -> Vec<String> {
    let pages = tokio::runtime::Runtime::new().unwrap().block_on(async { server::router::page_paths() });
    let functions = server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned());
    let mut all: Vec<String> = server::router::routes().into_iter().map(|route| route.path).collect();
    all.extend(pages);
    all.extend(functions.filter(|path| !path.contains("log_out") && !path.contains("sessions")));
    all.extend(
        ["/", "//", "/api/%ff", "/API/tickets", "/media/", "/fn/", "/pkg/x.wasm", "/.env", "/%2e%2e/"]
            .map(str::to_owned),
    );
    // What stays open until somebody ends it is another test's.
    all.retain(|path| path != "/live" && path != "/api/events");
    all
}

fn make_up(dice: &mut Dice, addresses: &[String]) -> (String, String, String, String, Vec<(String, String)>) {
    let mut path = String::new();
    let mut rest = dice.of(addresses).as_str();
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        path.push_str(dice.of::<&str>(VALUES));
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    path.push_str(rest);
    if dice.roll().is_multiple_of(8) {
        path.push('/');
    }
    let pairs = |dice: &mut Dice| -> String {
        let count = dice.roll() % 4;
        (0..count).map(|_| format!("{}={}", dice.of(KEYS), dice.of(VALUES))).collect::<Vec<_>>().join("&")
    };
    if dice.roll().is_multiple_of(3) {
        path = format!("{path}?{}", pairs(dice));
    }
    let body = if dice.roll().is_multiple_of(3) { pairs(dice) } else { (*dice.of(BODIES)).to_owned() };
    let headers = (0..dice.roll() % 3).map(|_| *dice.of(HEADERS)).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    ((*dice.of(METHODS)).to_owned(), path, (*dice.of(TYPES)).to_owned(), body, headers)
}

#[test]
fn no_request_is_a_fault() {
    let folder = ["WRITES_PER_MINUTE", "READS_PER_MINUTE", "FAILURES_PER_CLIENT", "FAILURES_PER_MINUTE"]
        .into_iter()
        .fold(Folder::new(), |folder, name| folder.with(&format!("PINDESK_{name}"), "1000000"))
        .with("PINDESK_ACCESS_TOKEN_LIFE", "1d");
    let pins = folder.pins("ana", 2);
    folder.admin("root");
    let server = folder.serve();
    server.wait_ready();
    let ana = server.customer(&pins[0]);
    ana.post_form("/api/tickets/", &Form::ticket("One").png("a.png", 500)).id();
    let callers = [server.client(), ana, server.browser(&pins[1]), server.staff("root")];
    let addresses = addresses();
    let faults = Mutex::new(Vec::new());
    let statuses = Mutex::new(std::collections::BTreeMap::<u16, u64>::new());
    for round in Rounds::of(1) {
        thread::scope(|scope| {
            for sender in 0..SENDERS {
                let (callers, addresses, faults, statuses) = (&callers, &addresses, &faults, &statuses);
                scope.spawn(move || {
                    let mut dice = Dice(round * SENDERS + sender);
                    for _ in 0..REQUESTS / SENDERS {
                        let (method, path, kind, body, headers) = make_up(&mut dice, addresses);
                        let mut caller: Client = dice.of(callers).clone();
                        caller.headers.extend(headers);
                        // A request that cannot be read as HTTP is answered by closing.
                        let Ok(answer) = caller.send(&method, &path, &kind, body.as_bytes()) else { continue };
                        *statuses.lock().unwrap().entry(answer.status).or_default() += 1;
                        if answer.status >= 500 {
                            faults.lock().unwrap().push(format!("{method} {path} {kind} {body}: {}", answer.status));
                        }
                    }
                });
            }
        });
    }
    println!("answers by status: {:?}", statuses.lock().unwrap());
    assert!(statuses.lock().unwrap().len() > 5, "{:?}", statuses.lock().unwrap());
    let faults = faults.into_inner().unwrap();
    assert!(
        faults.is_empty(),
        "{} faults, the first: {:?}\n{}",
        faults.len(),
        &faults[..faults.len().min(10)],
        folder.log()
    );
    assert!(!folder.log().contains("panicked"), "{}", folder.log());
    assert!(server.is_ready());
}
