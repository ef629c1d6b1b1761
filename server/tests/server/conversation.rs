//! REST: the conversation on a ticket.

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use domain::Role;
use futures::stream;
use serde_json::{Value, json as value};

use crate::harness::{Client, Content, World, form, json, png, raw, urlencoded};

const ICON: &[u8] = include_bytes!("../../../public/apple-touch-icon.png");

/// A ticket of `ana`, as the beginning of its addresses.
async fn ticket(world: &World) -> String {
    format!("/api/tickets/{}/", world.ticket("ana").await.id)
}

async fn timeline(client: &Client, ticket: &str) -> Vec<Value> {
    let reply = client.get(&format!("{ticket}timeline/")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json().as_array().unwrap().clone()
}

fn says(text: &str) -> Content {
    json(&value!({ "body": text }))
}

fn path_of(file: &Value) -> String {
    let url = file["file"].as_str().unwrap().strip_prefix("http://127.0.0.1:8000").unwrap();
    url.split_once('?').unwrap().0.to_owned()
}

#[tokio::test]
async fn customer_and_agent_talk() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let (ana, agnes) = (world.api("ana").await, world.staff("agnes", Role::Agent).await);
    let reply = agnes
        .post(
            &format!("{ticket}replies/"),
            &form(&[("body", "Try *water*."), ("then", "Wait")], &[("a.png", &png(50))]),
        )
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let entry = reply.json();
    let keys: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["at", "attachments", "body", "body_html", "by", "from", "id", "kind", "to"]);
    assert_eq!((&entry["kind"], &entry["body"]), (&value!("replied"), &value!("Try *water*.")));
    assert_eq!(entry["body_html"], "<p>Try <em>water</em>.</p>\n");
    assert_eq!(entry["by"], value!({"name": "agnes", "is_staff": true}));
    assert_eq!((&entry["from"], &entry["to"]), (&Value::Null, &Value::Null));
    assert!(entry["at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(entry["attachments"][0]["name"], "a.png");
    assert_eq!(ana.get(&ticket).await.json()["status"], "Waiting on Customer");

    let reply = ana.post(&format!("{ticket}replies"), &urlencoded("body=It+is+wet+now")).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["by"]),
        (201, &value!({"name": "Name of ana", "is_staff": false}))
    );
    assert_eq!(ana.get(&ticket).await.json()["status"], "Open", "a reply opens what waited");

    let seen = timeline(&ana, &ticket).await;
    let kinds: Vec<&str> = seen.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[..2], ["status_changed", "replied"]);
    assert_eq!((&seen[0]["from"], &seen[0]["to"]), (&value!("Waiting on Customer"), &value!("Open")));
    assert_eq!((&seen[0]["body"], &seen[0]["body_html"]), (&Value::Null, &Value::Null));
    let opened = seen.iter().find(|entry| entry["kind"] == "ticket_opened").unwrap();
    assert_eq!(opened["attachments"].as_array().unwrap().len(), 1);
    let by_agnes = seen.iter().find(|seen| seen["id"] == entry["id"]).unwrap();
    assert_eq!(by_agnes["by"], value!({"name": "Support", "is_staff": true}), "customers do not learn who");
    assert_eq!(ana.get(&path_of(&by_agnes["attachments"][0])).await.bytes, png(50));
    let login = seen.iter().find(|entry| entry["kind"] == "pin_redeemed").unwrap();
    assert_eq!(login["to"], Value::Null, "the number of a row says nothing");
}

#[tokio::test]
async fn nothing_of_a_note_reaches_the_customer() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let (ana, agnes) = (world.api("ana").await, world.staff("agnes", Role::Agent).await);
    let (before, seen) = (ana.get(&ticket).await.json(), timeline(&ana, &ticket).await);
    world.clock.advance(60);
    let reply =
        agnes.post(&format!("{ticket}notes/"), &form(&[("body", "He is **odd**")], &[("n.png", &png(60))])).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let note = reply.json();
    assert_eq!((&note["kind"], &note["body"]), (&value!("noted"), &value!("He is **odd**")));
    assert_eq!(agnes.post(&format!("{ticket}claim"), &raw("application/json", "")).await.status, 200);

    let after = timeline(&ana, &ticket).await;
    let numbers = |entries: &[Value]| entries.iter().map(|entry| entry["id"].clone()).collect::<Vec<_>>();
    assert_eq!(numbers(&after), numbers(&seen));
    let ticket_after = ana.get(&ticket).await.json();
    assert_eq!(ticket_after["updated_at"], before["updated_at"]);
    assert_eq!(ticket_after["attachments"].as_array().unwrap().len(), 1);
    let file = path_of(&note["attachments"][0]);
    assert_eq!(ana.get(&file).await.status, 404);
    assert_eq!(agnes.get(&file).await.bytes, png(60));
    let kinds: Vec<Value> = timeline(&agnes, &ticket).await.iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds[..2], ["assignee_changed", "noted"]);
    assert_eq!(
        agnes.get(&ticket).await.json()["attachments"].as_array().unwrap().len(),
        1,
        "a ticket's JSON is for all"
    );
}

#[tokio::test]
async fn who_is_refused() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let (nobody, ana, ben) = (world.anonymous(), world.api("ana").await, world.api("ben").await);
    let agnes = world.staff("agnes", Role::Agent).await;
    for (call, body) in [
        ("replies/", says("x")),
        ("notes/", says("x")),
        ("changes/", json(&value!({"title": "x"}))),
        ("claim/", json(&value!({}))),
    ] {
        let path = format!("{ticket}{call}");
        let reply = nobody.post(&path, &body).await;
        assert_eq!((reply.status.as_u16(), reply.header("www-authenticate")), (401, "Bearer"), "{call}");
        let for_staff = matches!(call, "notes/" | "claim/");
        let reply = ben.post(&path, &body).await;
        assert_eq!(reply.status, if for_staff { 403 } else { 404 }, "{call}");
        assert!(reply.json()["detail"].is_string());
        let missing = ben.post(&format!("/api/tickets/999999/{call}"), &body).await;
        assert_eq!((missing.status, missing.text()), (reply.status, reply.text()), "{call}");
        if for_staff {
            assert_eq!(ana.post(&path, &body).await.status, 403, "{call}");
        }
        for none in ["999999", "x", "-1"] {
            assert_eq!(agnes.post(&format!("/api/tickets/{none}/{call}"), &body).await.status, 404, "{none} {call}");
        }
        let reply = agnes.get(&path).await;
        assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "POST"), "{call}");
    }
    let reply = ben.post(&format!("{ticket}changes/"), &json(&value!({"status": "x"}))).await;
    assert_eq!(reply.status, 404, "not what is wrong with the change");
    let path = format!("{ticket}timeline/");
    assert_eq!(nobody.get(&path).await.status, 401);
    assert_eq!(ben.get(&path).await.status, 404);
    assert_eq!(agnes.get("/api/tickets/999999/timeline/").await.status, 404);
    assert_eq!(ana.post(&path, &says("x")).await.status, 405);
    let foreign = agnes.with_header("origin", "https://evil.example");
    assert_eq!(foreign.post(&format!("{ticket}replies/"), &says("x")).await.status, 403, "cookies from another site");
    assert_eq!(timeline(&ana, &ticket).await.iter().filter(|entry| entry["body"].is_string()).count(), 0);
}

#[tokio::test]
async fn field_errors_of_a_reply() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let (ana, agnes) = (world.api("ana").await, world.staff("agnes", Role::Agent).await);
    let long = "x".repeat(20_001);
    for call in ["replies/", "notes/"] {
        for (body, sentence) in [
            (json(&value!({})), "This field is required."),
            (form(&[], &[]), "This field is required."),
            (json(&value!({"body": null})), "This field may not be null."),
            (json(&value!({"body": ["x"]})), "Not a valid string."),
            (says(" "), "This field may not be blank."),
            (form(&[("body", " ")], &[]), "This field may not be blank."),
            (says(&long), "Ensure this field has no more than 20000 characters."),
            (form(&[("body", &long)], &[]), "Ensure this field has no more than 20000 characters."),
        ] {
            let reply = agnes.post(&format!("{ticket}{call}"), &body).await;
            assert_eq!((reply.status.as_u16(), reply.json()), (400, value!({ "body": [sentence] })), "{call}");
        }
        let reply = agnes.post(&format!("{ticket}{call}"), &raw("application/xml", "<a/>")).await;
        assert_eq!(reply.status, 415);
        let reply = agnes.post(&format!("{ticket}{call}"), &raw("application/json", "{")).await;
        assert_eq!(reply.status, 400);
        assert!(reply.json()["detail"].is_string());
        let body = json(&value!({"body": "x", "attachments": ["a.png"]}));
        let reply = agnes.post(&format!("{ticket}{call}"), &body).await;
        assert!(reply.json()["attachments"][0].as_str().unwrap().contains("not a file"), "{}", reply.text());
    }
    let reply = agnes.post(&format!("{ticket}replies/"), &json(&value!({"body": "x", "then": "vanish"}))).await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["then"][0].as_str().unwrap().contains("Choose one of: stay, wait, resolve."));
    assert_eq!(timeline(&agnes, &ticket).await.iter().filter(|entry| entry["body"].is_string()).count(), 0);
    // Customers do not choose what becomes of a ticket.
    let reply = ana.post(&format!("{ticket}replies/"), &json(&value!({"body": "x", "then": "resolve"}))).await;
    assert_eq!(reply.status, 201);
    assert_eq!(ana.get(&ticket).await.json()["status"], "Open");
}

#[tokio::test]
async fn what_is_over_takes_no_reply() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let (ana, agnes) = (world.api("ana").await, world.staff("agnes", Role::Agent).await);
    assert_eq!(ana.post(&format!("{ticket}changes/"), &urlencoded("status=closed")).await.status, 200);
    let reply = ana.post(&format!("{ticket}replies/"), &form(&[("body", "Wait!")], &[("a.png", &png(50))])).await;
    assert_eq!(reply.status, 409);
    assert_eq!(reply.json(), value!({"detail": "This ticket is Closed. Open a new one to go on."}));
    let reply = agnes.post(&format!("{ticket}replies/"), &json(&value!({"body": "x", "then": "resolve"}))).await;
    assert_eq!(reply.status, 409);
    assert!(reply.json()["detail"].as_str().unwrap().contains("Reopen it first"), "{}", reply.text());
    assert_eq!(world.files_on_disk(), 1);
    assert_eq!(agnes.post(&format!("{ticket}replies/"), &says("Bye")).await.status, 201);
}

#[tokio::test]
async fn a_picture_streams_in() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let ana = world.api("ana").await;
    let whole = form(&[("body", "See")], &[("icon.png", ICON)]);
    let chunks: Vec<_> = whole.bytes.chunks(97).map(Bytes::copy_from_slice).map(Ok::<_, std::io::Error>).collect();
    let request = Request::post(format!("{ticket}replies/")).header("content-type", &whole.content_type);
    let reply = ana.request(request.body(Body::from_stream(stream::iter(chunks))).unwrap()).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let file = &reply.json()["attachments"][0];
    assert_eq!((&file["name"], &file["content_type"]), (&value!("icon.png"), &value!("image/png")));
    assert_eq!(file["size"], ICON.len());
    let signed = file["file"].as_str().unwrap().replace("http://127.0.0.1:8000", "");
    assert_eq!(world.anonymous().get(&signed).await.bytes, ICON);
    assert_eq!(ana.get(&ticket).await.json()["attachments"][1], *file, "a reply's file is one of the ticket's");
    let alone = ana.post(&format!("{ticket}replies/"), &form(&[], &[("b.png", ICON)])).await;
    assert_eq!((alone.status.as_u16(), &alone.json()["body"]), (201, &value!("")), "a file may speak for itself");
}

#[tokio::test]
async fn a_refused_file_refuses_the_whole_message() {
    let world = World::with(|settings| {
        settings.desk.upload.max_file_bytes = 100_000;
        settings.desk.upload.max_files = 3;
    })
    .await;
    let ticket = ticket(&world).await;
    let agnes = world.staff("agnes", Role::Agent).await;
    let entries = timeline(&agnes, &ticket).await.len();
    for (call, files, status, sentence) in [
        // The ticket came with one file; notes count apart.
        ("replies/", vec![("a.png", png(50)); 3], 400, "one file too many"),
        ("notes/", vec![("a.png", png(50)); 4], 400, "one file too many"),
        ("replies/", vec![("good.png", png(50)), ("bad.exe", b"MZ\x90\0".to_vec())], 400, "\"bad.exe\" is not a PDF"),
        ("notes/", vec![("good.png", png(50)), ("bad.png", png(100_001))], 413, "\"bad.png\" is larger than"),
    ] {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let reply = agnes.post(&format!("{ticket}{call}"), &form(&[("body", "x")], &files)).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        let said = reply.json()["attachments"][0].as_str().unwrap_or_default().to_owned();
        assert!(said.contains(sentence), "{said}");
        assert_eq!((world.files_on_disk(), timeline(&agnes, &ticket).await.len()), (1, entries), "{call} {sentence}");
    }
    let large = form(&[("body", "x")], &[("a.png", &png(90_000)), ("b.png", &png(90_000))]);
    assert_eq!(agnes.post(&format!("{ticket}replies"), &large).await.status, 201);
    assert_eq!(
        agnes.post(&format!("{ticket}notes"), &form(&[("body", "x")], &[("a.png", &png(90_000))])).await.status,
        201
    );
}

#[tokio::test]
async fn markdown_is_escaped() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let ana = world.api("ana").await;
    let text = "<script>alert(1)</script> [a](javascript:alert(1)) <img src=x onerror=alert(1)>";
    let reply = ana.post(&format!("{ticket}replies/"), &says(text)).await;
    for entry in [reply.json(), timeline(&ana, &ticket).await[0].clone()] {
        assert_eq!(entry["body"], text, "as it was written");
        let html = entry["body_html"].as_str().unwrap();
        assert!(html.contains("&lt;script&gt;"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("href"), "{html}");
    }
}

#[tokio::test]
async fn a_timeline_has_pages() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let agnes = world.staff("agnes", Role::Agent).await;
    for n in 0..5 {
        let call = if n % 2 == 0 { "replies/" } else { "notes/" };
        assert_eq!(agnes.post(&format!("{ticket}{call}"), &says(&n.to_string())).await.status, 201);
    }
    for (reader, expected) in [(&agnes, "4,3,2,1,0"), (&world.api("ana").await, "4,2,0")] {
        let whole = timeline(reader, &ticket).await;
        let (mut seen, mut pages): (Vec<Value>, usize) = (Vec::new(), 0);
        let mut path = format!("{ticket}timeline/?limit=2");
        loop {
            let reply = reader.get(&path).await;
            let page = reply.json();
            assert!(page.as_array().unwrap().len() <= 2);
            seen.extend(page.as_array().unwrap().iter().cloned());
            pages += 1;
            let Some((url, rel)) = reply.header("link").split_once("; ") else { break };
            assert_eq!(rel, "rel=\"next\"");
            path = url.trim_matches(['<', '>']).strip_prefix("http://127.0.0.1:8000").unwrap().to_owned();
        }
        assert_eq!(pages, whole.len().div_ceil(2));
        let numbers = |entries: &[Value]| entries.iter().map(|entry| entry["id"].clone()).collect::<Vec<_>>();
        assert_eq!(numbers(&seen), numbers(&whole));
        let said: Vec<&str> = seen.iter().filter_map(|entry| entry["body"].as_str()).collect();
        assert_eq!(said.join(","), expected);
    }
    for (query, field, sentence) in [
        ("limit=0", "limit", "Ensure this value is greater than or equal to 1."),
        ("limit=201", "limit", "Ensure this value is less than or equal to 200."),
        ("limit=x", "limit", "A valid integer is required."),
        ("cursor=x", "cursor", "Take the cursor from the Link header of the page before."),
    ] {
        let reply = agnes.get(&format!("{ticket}timeline/?{query}")).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (400, value!({ field: [sentence] })), "{query}");
    }
}

#[tokio::test]
async fn what_is_sent_again_is_written_once() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let ana = world.api("ana").await.with_header("idempotency-key", "reply-1");
    let path = format!("{ticket}replies/");
    let first = ana.post(&path, &form(&[("body", "Hello")], &[("a.png", &png(50))])).await;
    let again = ana.post(&path, &form(&[("body", "Hello")], &[("a.png", &png(50))])).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201), "{}", again.text());
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(world.files_on_disk(), 2);
    let mut picture = png(50);
    picture[49] = 1;
    let other = ana.post(&path, &form(&[("body", "Hello")], &[("a.png", &picture)])).await;
    assert_eq!(other.status, 409, "a file of the same name and size");
    let other = ana.post(&path, &says("Something else")).await;
    assert_eq!(other.status, 409);
    assert!(other.json()["detail"].is_string());
    let said = timeline(&ana, &ticket).await;
    assert_eq!(said.iter().filter(|entry| entry["kind"] == "replied").count(), 1);

    let ana = ana.with_header("idempotency-key", "ticket-1");
    let new = json(&value!({"title": "Once", "description": "x"}));
    let (first, again) = (ana.post("/api/tickets/", &new).await, ana.post("/api/tickets/", &new).await);
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(
        (first.json()["id"].clone(), first.header("location")),
        (again.json()["id"].clone(), again.header("location"))
    );
    let list = ana.get("/api/tickets/").await.json();
    assert_eq!(list.as_array().unwrap().len(), 2);

    let agnes = world.staff("agnes", Role::Agent).await.with_header("idempotency-key", "note-1");
    let path = format!("{ticket}notes/");
    let (first, again) = (agnes.post(&path, &says("x")).await, agnes.post(&path, &says("x")).await);
    assert_eq!((first.status.as_u16(), &first.json()["id"]), (201, &again.json()["id"]));
    let agnes = agnes.with_header("idempotency-key", "a b");
    let reply = agnes.post(&path, &says("x")).await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["idempotency_key"][0].as_str().unwrap().contains("letters, digits"), "{}", reply.text());
}
