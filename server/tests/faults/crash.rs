//! The server is killed, as by a power cut, while people send.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use serde_json::json;

use crate::support::{
    Client, Folder, Form, Rounds,
    server::{assert_files, assert_kept, tickets},
    until,
};

/// What was answered with 201.
#[derive(Default)]
struct Taken {
    tickets: Vec<i64>,
    replies: Vec<String>,
}

/// Sends tickets with files, and replies, until told to end; a server that is gone is no answer.
fn send(ana: &Client, name: &str, is_over: &AtomicBool) -> Taken {
    let mut taken = Taken::default();
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let form = Form::ticket(&format!("{name}/{number}")).png("a.png", 100_000).png("b.png", 3000);
        let Ok(answer) = ana.send("POST", "/api/tickets/", "multipart/form-data; boundary=XX", &form.bytes()) else {
            continue;
        };
        let id = answer.id();
        taken.tickets.push(id);
        let body = format!("reply {name}/{number}");
        let path = format!("/api/tickets/{id}/replies/");
        let reply = ana.send("POST", &path, "application/json", json!({ "body": body }).to_string().as_bytes());
        if reply.is_ok_and(|reply| reply.status == 201) {
            taken.replies.push(body);
        }
    }
    taken
}

#[test]
fn nothing_confirmed_is_lost() {
    let folder = Folder::new()
        .with("PINDESK_WRITES_PER_MINUTE", "1000000")
        .with("PINDESK_READS_PER_MINUTE", "1000000")
        .with("PINDESK_ACCESS_TOKEN_LIFE", "1d");
    let pins = folder.pins("ana", 1);
    let mut server = folder.serve();
    server.wait_ready();
    let token = server.customer(&pins[0]).headers;
    let ana = |address| Client { headers: token.clone(), ..Client::new(address) };
    let mut taken = Taken::default();
    let mut kills = 0;
    for round in Rounds::of(5) {
        let is_over = AtomicBool::new(false);
        let client = ana(server.address);
        thread::scope(|scope| {
            let senders: Vec<_> = (0..3)
                .map(|sender| {
                    let (client, is_over) = (&client, &is_over);
                    scope.spawn(move || send(client, &format!("{round}.{sender}"), is_over))
                })
                .collect();
            thread::sleep(Duration::from_millis(400 + 113 * (round % 7)));
            server.signal("KILL");
            is_over.store(true, Ordering::Relaxed);
            for sender in senders {
                let one = sender.join().unwrap();
                taken.tickets.extend(one.tickets);
                taken.replies.extend(one.replies);
            }
        });
        kills += 1;
        drop(server);
        server = folder.serve();
        server.wait_ready();
    }
    let ana = ana(server.address);
    assert!(!taken.tickets.is_empty() && !taken.replies.is_empty());
    assert_kept(&ana, &taken.tickets);
    let listed = tickets(&ana);
    let files = assert_files(&ana, &listed);
    assert_eq!(files, 2 * listed.len(), "a ticket has both its files");
    until("files without a ticket are swept away", || Folder::files(&folder.path()).len() == files);
    // Each reply is on the ticket that it names.
    let said: Vec<String> = taken
        .tickets
        .iter()
        .flat_map(|id| {
            let timeline = ana.get(&format!("/api/tickets/{id}/timeline/")).json();
            let entries = timeline.as_array().unwrap().clone();
            entries.into_iter().filter_map(|entry| entry["body"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        })
        .collect();
    for reply in &taken.replies {
        assert!(said.contains(reply), "{reply} was answered with 201");
    }
    println!(
        "killed {kills} times: {} tickets and {} replies were confirmed, all are there; {} tickets in all, {files} files",
        taken.tickets.len(),
        taken.replies.len(),
        listed.len()
    );
}
