//! PostgreSQL stops, comes back, crashes, says nothing.

use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    sync::{
        RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{
    Client, Folder, Form, Postgres, Rounds, Server,
    server::{assert_files, assert_kept, tickets},
    until,
};

fn desk(postgres: &Postgres) -> (Folder, Server, Vec<String>) {
    let folder = Folder::new()
        .with("PINDESK_DATABASE_URL", &postgres.url)
        .with("PINDESK_WRITES_PER_MINUTE", "1000000")
        .with("PINDESK_READS_PER_MINUTE", "1000000")
        .with("PINDESK_ACCESS_TOKEN_LIFE", "1d");
    let pins = folder.pins("ana", 2);
    folder.admin("root");
    let server = folder.serve();
    server.wait_ready();
    (folder, server, pins)
}

#[test]
fn stopped_and_started_again() {
    let mut postgres = Postgres::start();
    let (_folder, server, pins) = desk(&postgres);
    let (ana, browser, root) = (server.customer(&pins[0]), server.browser(&pins[1]), server.staff("root"));
    let id = ana.post_form("/api/tickets/", &Form::ticket("Before").png("a.png", 5000)).id();
    let file = ana.get(&format!("/api/tickets/{id}/")).json()["attachments"][0]["file"].as_str().unwrap().to_owned();
    let file = file[file.find("/media/").unwrap()..].to_owned();
    // Many connections, so that many are lost at once.
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert_eq!(ana.get("/api/tickets/").status, 200));
        }
    });

    postgres.order("stop");
    for path in ["/api/tickets/", "/media/nothing", &file, &format!("/api/tickets/{id}/timeline/"), "/api/events/"] {
        let answer = ana.get(path);
        if path != "/media/nothing" {
            answer.assert_unavailable();
        }
    }
    browser.get("/tickets").assert_unavailable();
    root.get("/admin/tickets").assert_unavailable();
    server.client().get("/readyz").assert_unavailable();
    assert_eq!(server.client().get("/healthz").status, 200);
    ana.post_form("/api/tickets/", &Form::ticket("Meanwhile").png("a.png", 5000)).assert_unavailable();
    ana.post_json(&format!("/api/tickets/{id}/replies/"), &json!({ "body": "Hello?" })).assert_unavailable();
    server.client().post_json("/api/users/login/", &json!({ "pin": pins[0] })).assert_unavailable();
    let refused = browser.post_form("/tickets/new?fn=create_ticket", &Form::ticket("Meanwhile"));
    refused.assert_unavailable();
    assert!(refused.text().contains("Meanwhile"), "the words come back: {}", refused.text());
    let refused = root.post_urlencoded("/admin/customers/new?fn=create_customer", "username=meanwhile&name=Meanwhile");
    refused.assert_unavailable();
    assert!(refused.text().contains("value=\"meanwhile\""), "{}", refused.text());
    server.client().post_urlencoded("/admin/login?fn=staff_login", "username=root&password=x").assert_unavailable();

    postgres.order("start");
    // The first that asks finds it back.
    assert_eq!(ana.get("/api/tickets/").status, 200);
    assert_eq!(ana.get(&file).status, 200);
    server.wait_ready();
    let id = ana.post_form("/api/tickets/", &Form::ticket("After").png("a.png", 5000)).id();
    let listed = tickets(&ana);
    assert_eq!(listed.iter().filter(|ticket| ticket["id"] == id).count(), 1);
    assert!(listed.iter().all(|ticket| ticket["title"] != "Meanwhile"), "what was refused is not there: {listed:?}");
    assert_eq!(assert_files(&ana, &listed), 2);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn uploads_while_it_crashes() {
    let mut postgres = Postgres::start();
    let (_folder, server, pins) = desk(&postgres);
    let ana = server.customer(&pins[0]);
    let is_over = AtomicBool::new(false);
    let taken: Vec<i64> = thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let (ana, is_over) = (ana.clone(), &is_over);
                scope.spawn(move || {
                    let mut taken = Vec::new();
                    for number in 0.. {
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                        let form = Form::ticket(&format!("{sender}/{number}")).png("a.png", 2000).png("b.png", 3000);
                        let answer = ana.post_form("/api/tickets/", &form);
                        match answer.status {
                            201 => taken.push(answer.id()),
                            _ => answer.assert_unavailable(),
                        }
                    }
                    taken
                })
            })
            .collect();
        for _ in Rounds::of(1) {
            for (number, order) in ["stop", "crash", "cut", "stop", "cut", "crash"].into_iter().enumerate() {
                thread::sleep(Duration::from_millis(300 + 37 * number as u64));
                postgres.order(order);
                if order != "cut" {
                    postgres.order("start");
                }
            }
        }
        thread::sleep(Duration::from_millis(500));
        is_over.store(true, Ordering::Relaxed);
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    server.wait_ready();
    assert_kept(&ana, &taken);
    let listed = tickets(&ana);
    assert_eq!(assert_files(&ana, &listed), 2 * listed.len());
    assert!(!taken.is_empty());
    println!("{} tickets were confirmed, all are there with their files; {} in all", taken.len(), listed.len());
}

/// Sends a ticket under a key until it is taken, now at one process and now at the other, as a program does that wants it to
/// be there once.
fn insist(ana: &Client, addresses: &RwLock<[SocketAddr; 2]>, key: &str) -> i64 {
    let form = Form::ticket(key).png("a.png", 2000).png("b.png", 3000).bytes();
    let ana = ana.clone().with("idempotency-key", key);
    for turn in 0.. {
        let address = addresses.read().unwrap()[turn % 2];
        let asked = Client { address, ..ana.clone() };
        match asked.send("POST", "/api/tickets/", "multipart/form-data; boundary=XX", &form) {
            Ok(answer) if answer.status == 201 => return answer.id(),
            Ok(answer) => answer.assert_unavailable(),
            // A process that was killed.
            Err(_) => {}
        }
        thread::sleep(Duration::from_millis(20));
    }
    unreachable!("it ends when it is taken")
}

#[test]
fn two_processes_while_it_comes_and_goes() {
    let mut postgres = Postgres::start();
    let (folder, first, pins) = desk(&postgres);
    let mut second = folder.serve();
    second.wait_ready();
    let ana = first.customer(&pins[0]);
    let addresses = RwLock::new([first.address, second.address]);
    let is_over = AtomicBool::new(false);
    let mut kills = 0;
    let taken: Vec<i64> = thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let (ana, addresses, is_over) = (&ana, &addresses, &is_over);
                scope.spawn(move || {
                    let numbers = (0..).take_while(|_| !is_over.load(Ordering::Relaxed));
                    numbers.map(|number| insist(ana, addresses, &format!("{sender}-{number}"))).collect::<Vec<_>>()
                })
            })
            .collect();
        for _ in Rounds::of(1) {
            for (number, order) in ["stop", "kill", "crash", "cut", "kill", "stop"].into_iter().enumerate() {
                thread::sleep(Duration::from_millis(300 + 37 * number as u64));
                match order {
                    // One of the processes, in the middle of what it does.
                    "kill" => {
                        second.signal("KILL");
                        second = folder.serve();
                        addresses.write().unwrap()[1] = second.address;
                        kills += 1;
                    }
                    "cut" => postgres.order("cut"),
                    order => {
                        postgres.order(order);
                        thread::sleep(Duration::from_millis(200));
                        postgres.order("start");
                    }
                }
            }
        }
        is_over.store(true, Ordering::Relaxed);
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    for server in [&first, &second] {
        server.wait_ready();
        let ana = Client { address: server.address, ..ana.clone() };
        let listed = tickets(&ana);
        assert_eq!(listed.len(), taken.len(), "each key is one ticket");
        assert_kept(&ana, &taken);
        assert_eq!(assert_files(&ana, &listed), 2 * taken.len());
    }
    // Both hear each other again: a stream that was open meanwhile, at one, tells what is sent to the other.
    let mut stream = ana.connect().unwrap();
    stream.write_all(ana.head("GET", "/api/events/", "", 0).as_bytes()).unwrap();
    let mut heard = String::new();
    let mut hears = |words: &str| {
        let since = Instant::now();
        while !heard.contains(words) {
            // It has a heartbeat, so that reading alone would never end.
            assert!(since.elapsed() < Duration::from_secs(60), "no {words} in the stream: {heard}");
            let mut some = [0; 4096];
            let count = stream.read(&mut some).unwrap();
            assert!(count > 0, "the stream ended: {heard}");
            heard.push_str(&String::from_utf8_lossy(&some[..count]));
        }
    };
    hears("200 OK");
    postgres.order("stop");
    postgres.order("start");
    second.wait_ready();
    let id = Client { address: second.address, ..ana.clone() }.post_form("/api/tickets/", &Form::ticket("Heard")).id();
    hears(&format!("\"ticket\":{id}"));
    // What the killed ones left is swept away by the next that starts alone.
    assert_eq!((first.stop(), second.stop()), (Some(0), Some(0)));
    let server = folder.serve();
    server.wait_ready();
    until("files without a ticket are swept away", || Folder::files(&folder.path()).len() == 2 * taken.len());
    println!(
        "two processes, one of them killed {kills} times: {} tickets were insisted on, each is there once with its files",
        taken.len()
    );
}

#[test]
fn silent_for_a_while() {
    let mut postgres = Postgres::start();
    let (_folder, server, pins) = desk(&postgres);
    let ana = server.customer(&pins[0]);
    postgres.order("freeze");
    ana.get("/api/tickets/").assert_unavailable();
    server.client().get("/readyz").assert_unavailable();
    postgres.order("thaw");
    until("it answers again", || ana.get("/api/tickets/").status == 200);
    server.wait_ready();
    ana.post_form("/api/tickets/", &Form::ticket("After").png("a.png", 5000)).id();
}
