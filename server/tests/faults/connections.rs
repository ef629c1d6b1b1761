//! Connections that break off, trickle, never end, are not read, or come by the thousand.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::{
    Client, Folder, Form, Server,
    client::answer,
    server::{is_release, tickets},
    until, within,
};

const MULTIPART: &str = "multipart/form-data; boundary=XX";
/// In which others are to be answered: what they ask takes milliseconds, and the machine may be busy.
const SOON: Duration = Duration::from_secs(3);

/// So that the test itself can hold what it opens.
fn raise_open_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(8192);
    assert!(wanted >= 4096, "these tests open thousands of connections: raise the hard limit of open files");
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).unwrap();
}

/// Somebody who gets pages while others misbehave.
fn assert_answered_soon(other: &Client, path: &str) {
    let start = Instant::now();
    assert_eq!(other.get(path).status, 200, "{path}");
    assert!(start.elapsed() < SOON, "{path} was answered after {:?}", start.elapsed());
}

/// A request that is sent up to the byte `at` of what it promises, and then broken off.
fn cut(client: &Client, path: &str, body: &[u8], at: usize, promised: usize, says_goodbye: bool) {
    let mut stream = client.connect().unwrap();
    stream.write_all(client.head("POST", path, MULTIPART, promised).as_bytes()).unwrap();
    stream.write_all(&body[..at]).unwrap();
    if says_goodbye {
        // The other direction stays open; what comes there is no success.
        stream.shutdown(Shutdown::Write).unwrap();
        if let Ok(answer) = answer(&mut stream) {
            assert!(answer.status >= 400, "{path} {at}/{promised}: {} {}", answer.status, answer.text());
        }
    }
}

#[test]
fn cut_bodies_leave_nothing() {
    let folder = Folder::new();
    let pins = folder.pins("ana", 2);
    let server = folder.serve();
    server.wait_ready();
    let (ana, browser) = (server.customer(&pins[0]), server.browser(&pins[1]));
    let id = ana.post_form("/api/tickets/", &Form::ticket("Whole").png("a.png", 5000)).id();
    let files = Folder::files(&folder.path()).len();
    let form = Form::ticket("Cut").text("body", "Cut").png("a.png", 150_000).png("b.png", 50_000);
    let body = form.bytes();
    let replies = format!("/api/tickets/{id}/replies/");
    let replied = format!("/tickets/{id}?fn=reply");
    let addresses =
        [("/api/tickets/", &ana), (&replies, &ana), ("/tickets/new?fn=create_ticket", &browser), (&replied, &browser)];
    for (path, client) in addresses {
        for tenth in 0..10 {
            cut(client, path, &body, body.len() * tenth / 10, body.len(), tenth % 2 == 0);
        }
        // Within the last boundary, and behind it where more was promised.
        for says_goodbye in [true, false] {
            cut(client, path, &body, body.len() - 4, body.len(), says_goodbye);
            cut(client, path, &body, body.len(), body.len() + 100, says_goodbye);
        }
        // In the middle of a chunk, and between two of them.
        for rest in [&b"--XX--"[..], b""] {
            let mut stream = client.connect().unwrap();
            let head =
                client.head("POST", path, MULTIPART, 0).replace("content-length: 0", "transfer-encoding: chunked");
            stream.write_all(head.as_bytes()).unwrap();
            write!(stream, "{:x}\r\n", body.len()).unwrap();
            stream.write_all(&body).unwrap();
            write!(stream, "\r\n").unwrap();
            if !rest.is_empty() {
                write!(stream, "1000\r\n").unwrap();
                stream.write_all(rest).unwrap();
            }
        }
    }
    until("no file is left of what broke off", || Folder::files(&folder.path()).len() == files);
    let listed = tickets(&ana);
    assert_eq!(listed.len(), 1, "{listed:?}");
    let timeline = ana.get(&format!("/api/tickets/{id}/timeline/"));
    assert!(!timeline.text().contains("Cut"), "{}", timeline.text());
    // The same, whole, is taken.
    ana.post_form("/api/tickets/", &form).id();
    assert!(!folder.log().contains("panicked"), "{}", folder.log());
}

/// MB.
const MB: usize = 1 << 20;

#[test]
fn endless_bodies_are_refused_early() {
    let folder = Folder::new();
    let pins = folder.pins("ana", 2);
    folder.admin("root");
    let server = folder.serve();
    server.wait_ready();
    let (nobody, ana, browser) = (server.client(), server.customer(&pins[0]), server.browser(&pins[1]));
    let ticket = Form::ticket("Whole").png("a.png", 5000);
    ana.post_form("/api/tickets/", &ticket).id();
    let (rest, _) = server.memory();
    server.forget_peak();
    let multipart: [&[u8]; 5] = [
        b"--XX\r\nContent-Disposition: form-data; name=\"",
        b"--XX\r\nContent-Disposition: form-data; name=\"pin\"\r\nX-More: ",
        b"--XX\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n",
        b"--XX\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"a.png\"\r\n\r\n\x89PNG\r\n\x1A\n",
        b"nothing of a form",
    ];
    let mut kinds: Vec<(&str, &[u8])> = multipart.map(|first| (MULTIPART, first)).to_vec();
    kinds.push(("application/x-www-form-urlencoded", b"pin="));
    kinds.push(("application/json", b"{\"pin\": \""));
    kinds.push(("text/plain", b""));
    let addresses = [
        (&nobody, "/api/users/login/"),
        (&nobody, "/api/tickets/"),
        (&nobody, "/?fn=login"),
        (&nobody, "/fn/login"),
        (&nobody, "/admin/login?fn=staff_login"),
        (&nobody, "/nowhere"),
        (&ana, "/api/tickets/"),
        (&browser, "/tickets/new?fn=create_ticket"),
        (&browser, "/fn/save_draft"),
    ];
    thread::scope(|scope| {
        for (client, path) in addresses {
            let kinds = &kinds;
            scope.spawn(move || {
                for (kind, first) in kinds {
                    let poured = client.pour(path, kind, first, 100 * MB);
                    let about = format!("{path} {kind} {}", String::from_utf8_lossy(first));
                    // 8 MB are thrown away after the answer, and the kernel's buffers hold some more. Who may send files may
                    // also send 50 MB of a field that no form has: it is skipped.
                    let most = if client.headers.is_empty() { 30 } else { 80 };
                    assert!(poured.sent < most * MB, "{about}: {} bytes were taken", poured.sent);
                    let answer = poured.answer.unwrap_or_else(|| panic!("{about}: no answer"));
                    assert!((400..500).contains(&answer.status), "{about}: {} {}", answer.status, answer.text());
                }
            });
        }
    });
    // Without a length, in chunks.
    let mut stream = nobody.connect().unwrap();
    let head = nobody.head("POST", "/api/users/login/", MULTIPART, 0);
    stream.write_all(head.replace("content-length: 0", "transfer-encoding: chunked").as_bytes()).unwrap();
    let chunk = [b"10000\r\n", &[b'a'; 0x10000][..], b"\r\n"].concat();
    let mut sent = 0;
    while stream.write_all(&chunk).is_ok() {
        sent += chunk.len();
        assert!(sent < 30 * MB, "{sent} bytes were taken in chunks");
    }
    let (now, peak) = server.memory();
    println!("{rest:.1} MB before, {peak:.1} MB at most, {now:.1} MB after endless bodies");
    let bound = if is_release() { 80.0 } else { rest + 80.0 };
    assert!(peak < bound, "{rest:.1} MB before, {peak:.1} MB at most");
    until("nothing is left of them", || Folder::files(&folder.path()).len() == 1);
    assert_eq!(tickets(&ana).len(), 1);
    ana.post_form("/api/tickets/", &ticket).id();
}

const HALF_A_HEAD: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ";
const HALF_A_BODY: &[u8] = b"POST /fn/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
    content-length: 100000\r\n\r\npin=";

/// Sends a byte on each of these connections; those that the server has ended go.
fn trickle(streams: &mut Vec<TcpStream>) {
    streams.retain_mut(|stream| {
        let is_open = stream.write_all(b"x").is_ok();
        // Of what was answered nothing is wanted, but it says that the end has come.
        stream.set_nonblocking(true).unwrap();
        let mut some = [0; 1024];
        let has_ended = matches!(stream.read(&mut some), Ok(0));
        stream.set_nonblocking(false).unwrap();
        is_open && !has_ended
    });
}

#[test]
fn who_trickles_or_reads_nothing_stops_nobody_and_comes_to_an_end() {
    raise_open_files();
    let folder = Folder::new().with("PINDESK_READS_PER_MINUTE", "1000000");
    let pins = folder.pins("ana", 1);
    let server = folder.serve();
    server.wait_ready();
    let ana = server.customer(&pins[0]);
    let id = ana.post_form("/api/tickets/", &Form::ticket("Large").png("a.png", 5 * MB)).id();
    let file = ana.get(&format!("/api/tickets/{id}/")).json()["attachments"][0]["file"].as_str().unwrap().to_owned();
    let file = &file[file.find("/media/").unwrap()..];
    let before = server.open_files();
    // Two addresses, because one has no more than 256 connections.
    let unread: Vec<TcpStream> = (0..450)
        .map(|number| {
            let reader = ana.clone().at([127, 0, 0, 10 + u8::from(number % 2 == 0)]);
            // A small window, so that the file waits in the server.
            let mut stream = reader.connect_with(|socket| socket.set_recv_buffer_size(4096)).unwrap();
            stream.write_all(reader.head("GET", file, "", 0).as_bytes()).unwrap();
            let mut first = [0; 15];
            stream.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 200 OK", "{number}");
            stream
        })
        .collect();
    let mut slow: Vec<TcpStream> = (0..60)
        .map(|number| {
            let mut stream = server.client().at([127, 0, 0, 20]).connect().unwrap();
            stream.write_all(if number % 2 == 0 { HALF_A_HEAD } else { HALF_A_BODY }).unwrap();
            stream
        })
        .collect();
    let open = server.open_files();
    println!("{before} files are open before, {open} with 450 downloads that nobody reads");
    assert!(open < before + 2 * 450 + 60 + 40, "{open}");
    let others = [ana.clone().at([127, 0, 0, 2]), ana.clone()];
    within(Duration::from_secs(180), "they come to an end", || {
        for other in &others {
            assert_answered_soon(other, "/api/tickets/");
            assert_answered_soon(other, "/healthz");
        }
        trickle(&mut slow);
        thread::sleep(Duration::from_millis(900));
        slow.is_empty() && server.open_files() < before + 20
    });
    // They ended without their clients.
    assert_eq!(unread.len(), 450);
    assert_eq!(ana.get(file).body.len(), 5 * MB);
}

/// Keeps asking from somewhere else, until it is over.
fn asks_on<'scope>(scope: &'scope thread::Scope<'scope, '_>, server: &'scope Server, is_over: &'scope AtomicBool) {
    scope.spawn(move || {
        let other = server.client().at([127, 0, 0, 2]);
        while !is_over.load(Ordering::Relaxed) {
            assert_answered_soon(&other, "/");
            assert_answered_soon(&other, "/healthz");
            thread::sleep(Duration::from_millis(100));
        }
    });
}

#[test]
fn a_thousand_slow_connections_of_one_address_stop_nobody() {
    raise_open_files();
    let folder = Folder::new();
    let server = folder.serve();
    server.wait_ready();
    let before = server.open_files();
    let is_over = AtomicBool::new(false);
    let one = server.client().at([127, 0, 0, 3]);
    thread::scope(|scope| {
        asks_on(scope, &server, &is_over);
        let slow: Vec<TcpStream> = (0..1100)
            .map(|number| {
                let mut stream = one.connect().unwrap();
                // One that gave way already takes nothing.
                let _ = stream.write_all([b"", HALF_A_HEAD, HALF_A_BODY][number % 3]);
                stream
            })
            .collect();
        until("the address has its share and no more", || server.open_files() < before + 256 + 40);
        // Others behind the same address come in: who has waited longest gives way.
        for _ in 0..10 {
            assert_answered_soon(&one, "/healthz");
        }
        assert_eq!(slow.len(), 1100);
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn above_its_share_an_address_is_told() {
    const SHARE: usize = 20;
    let folder = Folder::new().with("PINDESK_CONNECTIONS_PER_ADDRESS", SHARE.to_string());
    let pins = folder.pins("ana", 2);
    let server = folder.serve();
    server.wait_ready();
    // Streams of events are no slow clients: they stay. A session has ten.
    let mut streams: Vec<TcpStream> = Vec::new();
    for pin in &pins {
        let ana = server.customer(pin).at([127, 0, 0, 3]);
        for _ in 0..10 {
            let mut stream = ana.connect().unwrap();
            stream.write_all(ana.head("GET", "/api/events/", "", 0).as_bytes()).unwrap();
            let mut first = [0; 15];
            stream.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 200 OK");
            streams.push(stream);
        }
    }
    assert_eq!(streams.len(), SHARE);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        asks_on(scope, &server, &is_over);
        let refused: Vec<_> = (0..15)
            .map(|_| {
                let one = server.client().at(Ipv4Addr::new(127, 0, 0, 3));
                scope.spawn(move || {
                    let start = Instant::now();
                    one.get("/healthz").assert_unavailable();
                    start.elapsed()
                })
            })
            .collect();
        for one in refused {
            // After the few seconds in which a place often becomes free.
            let time = one.join().unwrap();
            assert!(time < Duration::from_secs(15), "it hung for {time:?}");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    streams.pop();
    let one = server.client().at([127, 0, 0, 3]);
    until("a place that is free is given to the next", || one.get("/healthz").status == 200);
}
