//! Uploads are all or nothing.

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use futures::stream;
use serde_json::json as value;

use crate::harness::{Client, World, form, png};

const FIELDS: &[(&str, &str)] = &[("title", "T"), ("description", "D")];

async fn nothing_is_left(world: &World, client: &Client) {
    assert_eq!(client.get("/api/tickets/").await.json(), value!([]));
    assert_eq!(world.files_on_disk(), 0);
}

#[tokio::test]
async fn a_refused_file_refuses_the_whole_request() {
    let world = World::with(|settings| settings.desk.upload.max_file_bytes = 100_000).await;
    let ana = world.api("ana").await;
    for (files, status, sentence) in [
        (vec![("good.png", png(1000)), ("bad.exe", b"MZ\x90\0".to_vec())], 400, "\"bad.exe\" is not a PDF"),
        (vec![("good.png", png(1000)), ("bad.pdf", png(1000))], 400, "\"bad.pdf\" is a PNG"),
        (vec![("good.png", png(1000)), ("bad.png", png(100_001))], 413, "\"bad.png\" is larger than"),
        (vec![("good.png", png(1000)), ("bad.png", Vec::new())], 400, "\"bad.png\" is empty"),
        (vec![("a.png", png(50)); 11], 400, "one file too many"),
    ] {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let reply = ana.post("/api/tickets/", &form(FIELDS, &files)).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        let said = reply.json()["attachments"][0].as_str().unwrap_or_default().to_owned();
        assert!(said.contains(sentence), "{said}");
        nothing_is_left(&world, &ana).await;
    }
    let reply = ana.post("/api/tickets/", &form(&[("title", "")], &[("good.png", &png(1000))])).await;
    assert_eq!(reply.status, 400);
    nothing_is_left(&world, &ana).await;
}

#[tokio::test]
async fn as_large_and_as_many_as_allowed() {
    let world = World::with(|settings| settings.desk.upload.max_file_bytes = 100_000).await;
    let ana = world.api("ana").await;
    let file = png(100_000);
    let reply = ana.post("/api/tickets/", &form(FIELDS, &vec![("a.png", file.as_slice()); 10])).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.json()["attachments"].as_array().unwrap().len(), 10);
    assert_eq!(world.files_on_disk(), 10);
}

#[tokio::test]
async fn a_request_that_breaks_off_leaves_nothing() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let whole = form(FIELDS, &[("a.png", &png(200_000))]);
    let cut = whole.bytes.slice(..100_000);
    let broken = std::io::Error::other("the client has gone");
    let chunks = stream::iter([Ok::<Bytes, std::io::Error>(cut.clone()), Err(broken)]);
    let request = Request::post("/api/tickets/").header("content-type", &whole.content_type);
    let reply = ana.request(request.body(Body::from_stream(chunks)).unwrap()).await;
    assert_eq!(reply.status, 400);
    nothing_is_left(&world, &ana).await;
    let request = Request::post("/api/tickets/").header("content-type", &whole.content_type);
    let reply = ana.request(request.body(Body::from(cut)).unwrap()).await;
    assert_eq!(reply.status, 400, "a form that ends too early");
    nothing_is_left(&world, &ana).await;
}

#[tokio::test]
async fn a_form_has_an_end() {
    let world = World::with(|settings| {
        settings.desk.upload.max_file_bytes = 1024;
        settings.desk.upload.max_files = 1;
    })
    .await;
    let ana = world.api("ana").await;
    let filler = "x".repeat(200 * 1024);
    let fields: Vec<(&str, &str)> = (0..10).map(|_| ("other", filler.as_str())).collect();
    let reply = ana.post("/api/tickets/", &form(&fields, &[])).await;
    assert_eq!(reply.status, 413, "{}", reply.text());
    nothing_is_left(&world, &ana).await;
}

#[tokio::test]
async fn the_connection_closes_only_when_something_was_left_unread() {
    let world = World::with(|settings| settings.desk.upload.max_file_bytes = 1024).await;
    let ana = world.api("ana").await;
    let reply = ana.post("/api/tickets/", &form(FIELDS, &[("a.png", &png(1000))])).await;
    assert_eq!((reply.status.as_u16(), reply.header("connection")), (201, ""));
    let large = form(FIELDS, &[("a.png", &png(2_000_000))]);
    let chunks = stream::iter(
        large
            .bytes
            .chunks(10_000)
            .map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk)))
            .collect::<Vec<_>>(),
    );
    let request = Request::post("/api/tickets/").header("content-type", &large.content_type);
    let reply = ana.request(request.body(Body::from_stream(chunks)).unwrap()).await;
    assert_eq!((reply.status.as_u16(), reply.header("connection")), (413, "close"));
}
