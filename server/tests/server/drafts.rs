//! Drafts, and sending once.

use http::Method;
use serde_json::{Value, json as value};

use crate::harness::{Client, Reply, World, form, json, png};

async fn put(client: &Client, place: &str, fields: &Value) -> Reply {
    client.send(Method::PUT, &format!("/api/drafts/{place}/"), Some(&json(fields))).await
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
