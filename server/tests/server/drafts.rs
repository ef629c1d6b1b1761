//! Drafts, and sending once: by REST, by forms without script, by script.

use domain::Role;
use http::Method;
use serde_json::{Value, json as value};

use crate::harness::{Client, Reply, World, form, json, png, urlencoded};

async fn put(client: &Client, place: &str, fields: &Value) -> Reply {
    client.send(Method::PUT, &format!("/api/drafts/{place}/"), Some(&json(fields))).await
}

/// The value of the page's first hidden key.
fn key_in(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"idempotency_key\"").expect("the page has a key");
    let (_, rest) = rest.split_once("value=\"").expect("the key has a value");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_program_keeps_a_draft() {
    let world = World::new().await;
    let (ana, ben) = (world.api("ana").await, world.api("ben").await);
    let id = world.ticket("ana").await.id;
    let place = format!("reply-{id}");
    let empty = value!({"fields": {}, "saved_at": null});
    assert_eq!(ana.get(&format!("/api/drafts/{place}/")).await.json(), empty);
    let kept = put(&ana, &place, &value!({"body": "Dear all\n"})).await;
    assert_eq!((kept.status.as_u16(), &kept.json()["fields"]), (200, &value!({"body": "Dear all\n"})));
    assert!(kept.json()["saved_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(ana.get(&format!("/api/drafts/{place}")).await.json(), kept.json());
    assert_eq!(put(&ben, &place, &value!({"body": "x"})).await.status, 404);
    assert_eq!(put(&ana, &place, &value!({"title": "x"})).await.status, 400);
    assert_eq!(put(&ana, &place, &value!({"body": ["x"]})).await.json(), value!({"body": ["Not a valid string."]}));
    assert_eq!(put(&ana, &format!("note-{id}"), &value!({"body": "x"})).await.status, 403);
    for nowhere in ["reply", "reply-x", "reply-4711", "Ticket"] {
        assert_eq!(put(&ana, nowhere, &value!({"body": "x"})).await.status, 404, "{nowhere}");
    }
    assert_eq!(put(&ana, &place, &value!({"body": " "})).await.json(), empty);
    put(&ana, &place, &value!({"body": "x"})).await;
    assert_eq!(ana.send(Method::DELETE, &format!("/api/drafts/{place}/"), None).await.status, 204);
    assert_eq!(ana.get(&format!("/api/drafts/{place}/")).await.json(), empty);
}

#[tokio::test]
async fn a_program_that_tries_again_opens_one_ticket() {
    let world = World::new().await;
    let ana = world.api("ana").await.with_header("idempotency-key", "0f-A");
    let body = json(&value!({"title": "T", "description": "D"}));
    put(&ana, "ticket", &value!({"title": "T"})).await;
    let first = ana.post("/api/tickets/", &body).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let second = ana.post("/api/tickets/", &body).await;
    assert_eq!((second.status.as_u16(), second.json()), (201, first.json()));
    assert_eq!(second.header("location"), first.header("location"));
    let quoted = world.api("ana").await.with_header("idempotency-key", "\"0f-A\"");
    assert_eq!(quoted.post("/api/tickets/", &body).await.json(), first.json());
    let other = ana.post("/api/tickets/", &form(&[("title", "T"), ("description", "D")], &[("a.png", &png(99))])).await;
    assert_eq!(other.status, 409);
    assert!(other.json()["detail"].as_str().unwrap().contains("other words"));
    assert_eq!(world.files_on_disk(), 0);
    assert_eq!(put(&ana, "ticket", &value!({"title": "T"})).await.status, 409, "a save that comes late");
    assert_eq!(ana.get("/api/drafts/ticket/").await.json()["saved_at"], Value::Null);
    assert_eq!(ana.get("/api/tickets/").await.json().as_array().unwrap().len(), 1);
    let bad = world.api("ana").await.with_header("idempotency-key", "a b");
    assert_eq!(bad.post("/api/tickets/", &body).await.json()["idempotency_key"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn script_saves_and_what_is_sent_is_gone() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let page = ana.get("/tickets/new").await.text();
    assert!(page.contains("form=\"discard-ticket\""), "{page}");
    let key = key_in(&page);
    assert_eq!(key.len(), 32);
    assert_ne!(key_in(&ana.get("/tickets/new").await.text()), key);
    let typed = format!("place=ticket&idempotency_key={key}&title=Prin&description=%3Cb%3E&priority=High&category=");
    let saved = ana.post("/fn/save_draft", &urlencoded(&typed)).await;
    assert_eq!(saved.status, 200);
    assert!(saved.json().as_str().unwrap().ends_with('Z'));
    // Another browser of the same person goes on.
    let page = world.browser("ana").await.get("/tickets/new").await.text();
    assert!(page.contains("value=\"Prin\"") && page.contains("&lt;b&gt;"), "{page}");
    assert!(page.contains("value=\"High\" selected"), "{page}");
    assert!(!world.browser("ben").await.get("/tickets/new").await.text().contains("value=\"Prin\""));
    let ticket = form(&[("idempotency_key", &key), ("title", "Printer"), ("description", "x")], &[]);
    assert_eq!(ana.post("/fn/create_ticket", &ticket).await.status, 200);
    let late = ana.post("/fn/save_draft", &urlencoded(&typed)).await;
    assert_eq!((late.status.as_u16(), late.json()), (200, Value::Null));
    assert!(!ana.get("/tickets/new").await.text().contains("value=\"Prin\""));
    assert_eq!(world.anonymous().post("/fn/save_draft", &urlencoded(&typed)).await.status, 401);
}

#[tokio::test]
async fn a_form_pressed_twice_opens_one_ticket() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let key = key_in(&ana.get("/tickets/new").await.text());
    let send = async |title: &str| {
        let body = form(&[("idempotency_key", &key), ("title", title), ("description", "x")], &[("a.png", &png(99))]);
        ana.post("/tickets/new?fn=create_ticket", &body).await
    };
    // A refusal keeps the key.
    assert_eq!(key_in(&send(" ").await.text()), key);
    let first = send("Printer").await;
    assert_eq!(first.status, 303);
    let second = send("Printer").await;
    assert_eq!((second.status.as_u16(), second.header("location")), (303, first.header("location")));
    // Back, and sent with other words: the page keeps them, says what happened, and the next try counts.
    let third = send("Plotter").await;
    assert_eq!(third.status, 409);
    let page = third.text();
    assert!(page.contains("with other words") && page.contains("value=\"Plotter\""), "{page}");
    let new_key = key_in(&page);
    assert_ne!(new_key, key);
    assert_eq!(world.files_on_disk(), 1);
    let body = form(&[("idempotency_key", &new_key), ("title", "Plotter"), ("description", "x")], &[]);
    let fourth = ana.post("/tickets/new?fn=create_ticket", &body).await;
    assert_ne!(fourth.header("location"), first.header("location"));
}

#[tokio::test]
async fn without_script_a_button_saves_and_shows() {
    let world = World::new().await;
    let (ana, agent) = (world.browser("ana").await, world.staff("agnes", Role::Agent).await);
    let id = world.ticket("ana").await.id;
    let own = format!("/tickets/{id}");
    // The form's other fields come along.
    let typed = |kind: &str| {
        urlencoded(&format!(
            "id={id}&idempotency_key=k-{kind}&body=A%0D%0A**bold**&attachments=a&attachments=b&place={kind}-{id}"
        ))
    };
    let reply = ana.post(&format!("{own}?fn=save_draft"), &typed("reply")).await;
    assert_eq!(reply.header("location"), format!("{own}?preview=reply#composer"), "{}", reply.text());
    let page = ana.get(&format!("{own}?preview=reply")).await.text();
    assert!(page.contains("A\n**bold**</textarea>") && page.contains("<strong>bold</strong>"), "{page}");
    let reply = ana.post(&format!("{own}?fn=save_draft"), &typed("note")).await;
    assert_eq!(reply.status, 403);
    let work = format!("/admin/tickets/{id}");
    let reply = agent.post(&format!("{work}?fn=save_draft"), &typed("note")).await;
    assert_eq!(reply.header("location"), format!("{work}?preview=note#composer"), "{}", reply.text());
    let page = agent.get(&work).await.text();
    assert_eq!(page.matches("A\n**bold**</textarea>").count(), 1, "the note, not the reply");
    let discard = urlencoded(&format!("place=reply-{id}"));
    let reply = ana.post(&format!("{own}?fn=discard_draft"), &discard).await;
    assert_eq!(reply.header("location"), format!("{own}#composer"));
    assert!(!ana.get(&own).await.text().contains("**bold**</textarea>"));
    // What is too much is refused and stands there again.
    let endless = urlencoded(&format!("place=ticket&title=Kept&description={}", "x".repeat(100_001)));
    let reply = ana.post("/tickets/new?fn=save_draft", &endless).await;
    assert_eq!(reply.status, 400);
    let page = reply.text();
    assert!(page.contains("value=\"Kept\"") && page.contains("characters at most"), "{}", page.len());
}
