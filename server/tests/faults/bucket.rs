//! Files in a bucket: its server is slow, refuses, breaks off or is gone; two processes share it; files move into it and back.

use std::{
    io::{Read as _, Write as _},
    thread,
    time::Duration,
};

use ::bucket::{Mood, Server as Bucket};

use crate::support::{
    Folder, Form, Postgres, Server,
    server::{assert_files, tickets},
    until,
};

/// A folder whose desk has its files there.
fn folder(bucket: &Bucket) -> Folder {
    access(bucket).with("PINDESK_STORAGE_URL", "s3://desk/files")
}

/// A folder whose programs know the bucket's key.
fn access(bucket: &Bucket) -> Folder {
    Folder::new()
        .with("AWS_ENDPOINT", bucket.endpoint())
        .with("AWS_ACCESS_KEY_ID", ::bucket::KEY_ID)
        .with("AWS_SECRET_ACCESS_KEY", ::bucket::KEY)
}

fn file_of(answer: &serde_json::Value, number: usize) -> String {
    let file = answer["attachments"][number]["file"].as_str().unwrap();
    file[file.find("/media/").unwrap()..].to_owned()
}

#[test]
fn gone_for_ten_seconds_in_an_upload() {
    let bucket = Bucket::start();
    let folder = folder(&bucket);
    let pins = folder.pins("ana", 1);
    let server = folder.serve();
    server.wait_ready();
    let ana = server.customer(&pins[0]);
    let before = ana.post_form("/api/tickets/", &Form::ticket("Before").png("a.png", 50_000));
    before.id();
    let before = before.json();
    for mood in [Mood::CutsOff, Mood::Refuses, Mood::Gone] {
        bucket.set(Mood::Slow(Duration::from_millis(500)));
        thread::scope(|scope| {
            let upload =
                scope.spawn(|| ana.post_form("/api/tickets/", &Form::ticket("Meanwhile").png("a.png", 50_000)));
            // It is under way then.
            thread::sleep(Duration::from_millis(200));
            bucket.set(mood);
            // Where nobody listens it takes longer than all that is tried again.
            let away = if mood == Mood::Gone { 10 } else { 1 };
            thread::sleep(Duration::from_secs(away));
            let answer = upload.join().unwrap();
            answer.assert_unavailable();
            assert!(
                !answer.text().contains("desk/files") && !answer.text().contains(::bucket::KEY_ID),
                "{}",
                answer.text()
            );
        });
        let unready = server.client().get("/readyz");
        unready.assert_unavailable();
        assert!(unready.text().contains("file store"), "{}", unready.text());
        // What needs no file goes on.
        assert_eq!(ana.get("/api/tickets/").status, 200);
        bucket.set(Mood::Well);
        server.wait_ready();
        assert_eq!(tickets(&ana).len(), 1, "{mood:?}");
        until("nothing is left in the bucket", || bucket.objects("files/media/").len() == 1);
    }
    let answer = ana.get(&file_of(&before, 0));
    assert_eq!((answer.status, answer.body.len()), (200, 50_000));
    let range = ana.clone().with("range", "bytes=10-19").get(&file_of(&before, 0));
    assert_eq!((range.status, range.body.len()), (206, 10));
    assert_eq!(range.header("content-range"), Some("bytes 10-19/50000"));
    let again = ana.clone().with("if-none-match", answer.header("etag").unwrap()).get(&file_of(&before, 0));
    assert_eq!(again.status, 304);
    let log = folder.log();
    assert!(log.contains("the file store refused"), "{log}");
    assert!(!log.contains(::bucket::KEY) && !log.contains(::bucket::KEY_ID), "{log}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn two_processes_are_one_desk() {
    let (postgres, bucket) = (Postgres::start(), Bucket::start());
    let folders: Vec<Folder> = (0..2)
        .map(|_| {
            folder(&bucket)
                .with("PINDESK_DATABASE_URL", &postgres.url)
                .with("PINDESK_SECRET_KEY", "a secret that both of the processes are given")
        })
        .collect();
    let pins = folders[0].pins("ana", 2);
    folders[0].admin("root");
    let servers: Vec<Server> = folders.iter().map(Folder::serve).collect();
    servers.iter().for_each(Server::wait_ready);
    // A PIN that the one made lets in at the other, and what that says counts for both.
    let there = servers[1].customer(&pins[0]);
    let token = there.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.clone();
    let here = servers[0].client().with("authorization", token);
    let used = servers[0].client().post_json("/api/users/login/", &serde_json::json!({ "pin": pins[0] }));
    assert_eq!(used.status, 400, "{}", used.text());
    let mut events = there.connect().unwrap();
    events.write_all(there.head("GET", "/api/events/", "", 0).as_bytes()).unwrap();
    let opened =
        here.post_form("/api/tickets/", &Form::ticket("Here").png("a.png", 50_000).png("b.png", 9_000_000 / 2));
    let (ticket, id) = (opened.json(), opened.id());
    let mut heard = String::new();
    let mut piece = [0; 4096];
    while !heard.contains(&format!("\"ticket\":{id}")) {
        let count = events.read(&mut piece).unwrap();
        assert!(count > 0, "the stream ended: {heard}");
        heard.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    for number in 0..2 {
        let file = there.get(&file_of(&ticket, number));
        assert_eq!(
            (file.status, file.body.len() as u64),
            (200, ticket["attachments"][number]["size"].as_u64().unwrap())
        );
    }
    // A signed address of the one opens the file at the other for somebody without a log-in.
    assert_eq!(servers[1].client().get(&file_of(&ticket, 0)).status, 200);
    // One is killed in the middle of an upload; the other goes on, and nothing half is there.
    bucket.set(Mood::Slow(Duration::from_millis(700)));
    let mut servers = servers.into_iter();
    let (first, second) = (servers.next().unwrap(), servers.next().unwrap());
    thread::scope(|scope| {
        let upload = scope.spawn(|| {
            let form = Form::ticket("Torn").png("a.png", 50_000).bytes();
            here.send("POST", "/api/tickets/", "multipart/form-data; boundary=XX", &form)
        });
        thread::sleep(Duration::from_millis(300));
        first.kill();
        assert!(upload.join().unwrap().is_err());
    });
    bucket.set(Mood::Well);
    let later = there.post_form("/api/tickets/", &Form::ticket("There").png("c.png", 50_000)).id();
    let listed = tickets(&there);
    assert_eq!(listed.iter().map(|ticket| ticket["id"].as_i64().unwrap()).collect::<Vec<_>>(), [later, id]);
    assert_eq!(assert_files(&there, &listed), 3);
    // It comes back and sees what happened.
    let first = folders[0].serve();
    first.wait_ready();
    let here = first.client().with("authorization", there.headers[0].1.clone());
    assert_eq!(assert_files(&here, &tickets(&here)), 3);
    assert_eq!((first.stop(), second.stop()), (Some(0), Some(0)));
}

#[test]
fn files_move_into_a_bucket_and_back() {
    let bucket = Bucket::start();
    let folder = access(&bucket);
    let pins = folder.pins("ana", 1);
    let server = folder.serve();
    let ana = server.customer(&pins[0]);
    for number in 0..3 {
        ana.post_form("/api/tickets/", &Form::ticket(&format!("No. {number}")).png("a.png", 20_000)).id();
    }
    let beside = folder.output(&["storage", "move", "--to", "s3://desk/files"]);
    assert!(beside.contains("Brought 3 files") && beside.contains("The desk is running"), "{beside}");
    ana.post_form("/api/tickets/", &Form::ticket("Late").png("a.png", 20_000)).id();
    assert_eq!(server.stop(), Some(0));
    let moved = folder.output(&["storage", "move", "--to", "s3://desk/files"]);
    assert!(moved.contains("Brought 1 file (19.5 KB), 3 were there already"), "{moved}");
    assert!(moved.contains("Set PINDESK_STORAGE_URL=s3://desk/files"), "{moved}");
    assert_eq!((bucket.objects("files/media/").len(), Folder::files(&folder.path()).len()), (4, 4));
    let refused = folder.run(&["serve"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("set PINDESK_STORAGE_URL=s3://desk/files"), "{said}");
    let folder = folder.with("PINDESK_STORAGE_URL", "s3://desk/files");
    let server = folder.serve();
    let ana = ana_at(&server, &ana);
    assert_eq!(assert_files(&ana, &tickets(&ana)), 4);
    assert_eq!(server.stop(), Some(0));
    let back = folder.output(&["storage", "move", "--to", "folder"]);
    assert!(back.contains("4 were there already") && back.contains("Take PINDESK_STORAGE_URL away"), "{back}");
    for (place, code) in [("s3://x", 2), ("somewhere", 2), ("s3://desk/files", 1)] {
        assert_eq!(folder.run(&["storage", "move", "--to", place]).status.code(), Some(code), "{place}");
    }
}

/// The same person at a server that was started anew.
fn ana_at(server: &Server, before: &crate::support::Client) -> crate::support::Client {
    crate::support::Client { address: server.address, ..before.clone() }
}
