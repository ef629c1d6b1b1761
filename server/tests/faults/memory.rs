//! How much memory the server holds after what takes most of it.

use std::{io::Write as _, net::Ipv4Addr, thread, time::Duration};

use crate::support::{
    Client, Folder, Form, PATIENCE, Rounds, Server,
    server::{is_release, tickets},
    soak, until, within,
};

const MULTIPART: &str = "multipart/form-data; boundary=XX";
const MB: usize = 1 << 20;

/// Does it, and looks at what the server holds afterwards, in MB, and held at most meanwhile.
fn assert_small(server: &Server, bound: f64, what: &str, deed: impl FnOnce()) {
    server.forget_peak();
    deed();
    // Some of it is worked on still when nobody waits for it any more.
    until("the server has nothing to do", || {
        let before = server.worked();
        thread::sleep(Duration::from_secs(1));
        server.worked() <= before + 5 && server.memory().0 < bound
    });
    let (now, peak) = server.memory();
    println!("memory after {what}: {now:.1} MB, at most {peak:.1} MB");
    assert!(peak < 1.5 * bound, "after {what}: {now:.1} MB, at most {peak:.1} MB");
}

/// Sends a ticket until it is taken: a disk that is busy with many others may be a reason to come back.
fn insist(customer: &Client, form: &[u8]) {
    within(5 * PATIENCE, "it is taken", || {
        let answer = customer.send("POST", "/api/tickets/", MULTIPART, form).unwrap();
        if answer.status != 201 {
            answer.assert_unavailable();
        }
        answer.status == 201
    });
}

/// Calls for many at once.
fn at_once<T: Sync>(all: &[T], deed: impl Fn(&T) + Sync) {
    thread::scope(|scope| {
        for one in all {
            scope.spawn(|| deed(one));
        }
    });
}

#[test]
fn stays_small() {
    // A soak sends the largest that is taken; otherwise a tenth of it is enough to see what grows with it.
    let file = if soak().is_some() { 5 * MB } else { MB / 2 };
    let folder = ["WRITES_PER_MINUTE", "READS_PER_MINUTE", "FAILURES_PER_CLIENT", "FAILURES_PER_NETWORK"]
        .into_iter()
        .chain(["FAILURES_PER_ACCOUNT", "FAILURES_PER_MINUTE"])
        .fold(Folder::new(), |folder, name| folder.with(&format!("PINDESK_{name}"), "1000000"))
        .with("PINDESK_ACCESS_TOKEN_LIFE", "1d");
    let pins: Vec<String> = (0..10).flat_map(|number| folder.pins(&format!("customer{number}"), 1)).collect();
    folder.admin("root");
    let server = folder.serve();
    server.wait_ready();
    let (at_rest, _) = server.memory();
    println!("memory at rest: {at_rest:.1} MB");
    let root = server.staff("root");
    let customers: Vec<Client> = pins.iter().map(|pin| server.customer(pin)).collect();
    let addresses: Vec<Client> = (0..200).map(|number| server.client().at(Ipv4Addr::new(127, 1, number, 1))).collect();
    let bound = if is_release() { 80.0 } else { at_rest + 80.0 };
    for _ in Rounds::of(1) {
        let wrong = "username=root&password=wrong";
        let path = "/admin/login?fn=staff_login";
        assert_small(&server, bound, "200 wrong passwords at once", || {
            at_once(&addresses, |somebody| {
                let answer = somebody.post_urlencoded(path, wrong);
                assert!((400..500).contains(&answer.status), "{} {}", answer.status, answer.text());
            });
        });
        assert_small(&server, bound, "200 wrong passwords of whom nobody waits for the answer", || {
            at_once(&addresses, |somebody| {
                let mut stream = somebody.connect().unwrap();
                let head = somebody.head("POST", path, "application/x-www-form-urlencoded", wrong.len());
                stream.write_all(format!("{head}{wrong}").as_bytes()).unwrap();
                thread::sleep(Duration::from_secs(1));
            });
        });
        assert_small(&server, bound, "20 endless forms of nobody", || {
            at_once(&addresses[..20], |somebody| {
                let first = b"--XX\r\nContent-Disposition: form-data; name=\"pin\"\r\nX-More: ";
                let poured = somebody.pour("/api/users/login/", MULTIPART, first, 51 * MB);
                assert!(poured.answer.is_some_and(|answer| (400..500).contains(&answer.status)));
            });
        });
        assert_small(&server, bound, "the largest forms of ten customers at once", || {
            let too_much = Form::ticket("Too much").text("description", &"words ".repeat(40_000)).bytes();
            let texts = Form::default().text("title", &"ü".repeat(200)).text("description", &"ü".repeat(20_000));
            let form = (0..10).fold(texts, |form, number| form.png(&format!("{number}.png"), file)).bytes();
            at_once(&customers, |customer| {
                let answer = customer.send("POST", "/api/tickets/", MULTIPART, &too_much).unwrap();
                assert_eq!(answer.status, 400, "{}", answer.text());
                insist(customer, &form);
            });
        });
        assert_small(&server, bound, "40 uploads of four files at once", || {
            let form = (0..4).fold(Form::ticket("Four"), |form, number| form.png(&format!("{number}.png"), file));
            let form = form.bytes();
            let uploads: Vec<&Client> = customers.iter().cycle().take(40).collect();
            at_once(&uploads, |customer| {
                insist(customer, &form);
            });
        });
        // So that the disk does not fill up.
        for customer in &customers {
            for ticket in tickets(customer) {
                let deleted = root.post_urlencoded("/fn/staff_delete_ticket", &format!("id={}", ticket["id"]));
                assert!(deleted.status < 400, "{} {}", deleted.status, deleted.text());
            }
        }
    }
}
