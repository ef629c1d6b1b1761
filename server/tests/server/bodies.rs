//! Bodies as clients of every kind write them, and as nobody should.

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use domain::Role;
use futures::stream;
use http::Method;
use serde_json::json as value;

use crate::harness::{Client, Content, Reply, World, form, json, png, raw, urlencoded};

const FIELDS: &[(&str, &str)] = &[("title", "T"), ("description", "D")];

/// A form with the usual fields and one file, whose part's head goes on with `parameters`.
fn with_file(parameters: impl AsRef<[u8]>, file: &[u8]) -> Content {
    let usual = form(FIELDS, &[]);
    let end = b"--XX--\r\n";
    let start = usual.bytes.strip_suffix(end).unwrap();
    let head = [b"--XX\r\nContent-Disposition: form-data; ", parameters.as_ref(), b"\r\n\r\n"].concat();
    Content { bytes: [start, &head, file, b"\r\n", end].concat().into(), ..usual }
}

async fn names(client: &Client, content: &Content) -> Vec<String> {
    let reply = client.post("/api/tickets/", content).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let files = reply.json()["attachments"].as_array().unwrap().clone();
    files.iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect()
}

/// Sends a body that breaks off with an error after `bytes`.
async fn broken(client: &Client, method: Method, path: &str, content_type: &str, bytes: Bytes) -> Reply {
    let chunks = stream::iter([Ok(bytes), Err(std::io::Error::other("the client has gone"))]);
    let request = Request::builder().method(method).uri(path).header("content-type", content_type);
    client.request(request.header("host", "127.0.0.1:8000").body(Body::from_stream(chunks)).unwrap()).await
}

#[tokio::test]
async fn files_are_taken_under_the_names_of_a_list() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    for field in ["attachments", "attachments[]", "attachments[0]", "attachments[12]"] {
        let content = with_file(format!("name=\"{field}\"; filename=\"a.png\""), &png(100));
        assert_eq!(names(&ana, &content).await, ["a.png"], "{field}");
    }
}

#[tokio::test]
async fn a_file_under_another_name_is_refused_by_name() {
    let world = World::new().await;
    let (api, browser, staff) =
        (world.api("ana").await, world.browser("ana").await, world.staff("adam", Role::Admin).await);
    for (field, shown) in [
        ("name=file; ", "came under the name \"file\""),
        ("name=\"files[]\"; ", "came under the name \"files[]\""),
        ("name=\"attachments[x]\"; ", "came under the name \"attachments[x]\""),
        ("name=title; ", "came under the name \"title\""),
        ("name=\"\"; ", "came without the name of a field"),
        ("", "came without the name of a field"),
    ] {
        let content = with_file(format!("{field}filename=\"a.png\""), &png(100));
        let reply = api.post("/api/tickets/", &content).await;
        assert_eq!(reply.status, 400, "{field}: {}", reply.text());
        let said = reply.json()["attachments"][0].as_str().unwrap_or_default().to_owned();
        assert!(said.contains(shown) && said.ends_with("Send files under the name attachments."), "{said}");
        let reply = browser.post("/tickets/new?fn=create_ticket", &content).await;
        assert_eq!(reply.status, 400, "{field}");
        assert!(reply.text().contains("Send files under the name attachments."), "{}", reply.text());
        assert_eq!(browser.post("/fn/create_ticket", &content).await.status, 400);
    }
    assert_eq!(api.get("/api/tickets/").await.json(), value!([]));
    let ticket = world.ticket("ben").await;
    let files = world.files_on_disk();
    let content = with_file("name=file; filename=a.png", &png(100));
    for path in [
        format!("/api/tickets/{}/changes/", ticket.id),
        format!("/api/tickets/{}/replies/", ticket.id),
        format!("/api/tickets/{}/notes/", ticket.id),
    ] {
        let reply = staff.post(&path, &content).await;
        assert_eq!(reply.status, 400, "{path}");
        assert!(reply.json()["attachments"][0].as_str().is_some_and(|said| said.contains("\"file\"")), "{path}");
    }
    let pin = world.pin("ana").await;
    let file = form(&[("pin", &pin)], &[("a.png", &png(100))]);
    assert_eq!(world.anonymous().post("/api/users/login/", &file).await.status, 400);
    assert_eq!(world.files_on_disk(), files);
}

#[tokio::test]
async fn a_file_field_in_which_nothing_was_chosen_counts_for_nothing() {
    let world = World::new().await;
    let (api, browser) = (world.api("ana").await, world.browser("ana").await);
    for field in ["attachments", "attachments[]", "file", ""] {
        let content = with_file(format!("name=\"{field}\"; filename=\"\""), b"");
        assert_eq!(names(&api, &content).await, [""; 0], "{field}");
        assert_eq!(browser.post("/tickets/new?fn=create_ticket", &content).await.status, 303, "{field}");
        let content = with_file(format!("name=\"{field}\"; filename=\"\""), &png(100));
        assert_eq!(api.post("/api/tickets/", &content).await.status, 400, "{field}: a file without a name");
    }
    let pin = world.pin("ana").await;
    let content = form(&[("pin", &pin)], &[("", b"")]);
    assert_eq!(world.anonymous().post("/api/users/login/", &content).await.status, 200);
}

#[tokio::test]
async fn names_of_files_are_read_in_every_form() {
    let world = World::new().await;
    let (api, browser) = (world.api("ana").await, world.browser("ana").await);
    for (parameters, name) in [
        (&b"filename*=UTF-8''M%C3%BCller%20%E5%A0%B1.png"[..], "Müller 報.png"),
        (b"filename*=ISO-8859-1''M%FCller.png", "Müller.png"),
        (b"filename=\"=?utf-8?B?TcO8bGxlci5wbmc=?=\"; filename*=utf-8''M%C3%BCller.png", "Müller.png"),
        (b"filename=\"=?utf-8?B?TcO8bGxlci5wbmc=?=\"", "Müller.png"),
        (b"filename==?utf-8?Q?M=C3=BCller.png?=", "Müller.png"),
        ("filename=\"Müller.png\"".as_bytes(), "Müller.png"),
        (b"filename=\"M\xFCller.png\"", "Müller.png"),
        (b"filename=two words.png", "two words.png"),
        (b"filename=\"a;b.png\"", "a;b.png"),
        (br#"filename="C:\Users\ana\a.png""#, "a.png"),
        (br#"filename="\\server\share\a.png""#, "a.png"),
        (b"filename*=UTF-8''..%2F..%2Fa.png", "a.png"),
    ] {
        let content = with_file([b"name=attachments; ", parameters].concat(), &png(100));
        assert_eq!(names(&api, &content).await, [name], "{}", String::from_utf8_lossy(parameters));
        let reply = browser.post("/tickets/new?fn=create_ticket", &content).await;
        let page = browser.get(reply.header("location")).await.text();
        assert!(page.contains(name), "{name} is on the page");
    }
}

#[tokio::test]
async fn json_may_begin_with_a_byte_order_mark_and_is_utf_8() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let text = r#"{"title": "Tür", "description": "D"}"#;
    let reply = ana.post("/api/tickets/", &raw("application/json", &format!("\u{FEFF}{text}"))).await;
    assert_eq!((reply.status.as_u16(), reply.json()["title"].clone()), (201, value!("Tür")), "{}", reply.text());
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [[&b"\xFF\xFE"[..], &little].concat(), [&b"\xFE\xFF"[..], &big].concat(), little, big] {
        let reply =
            ana.post("/api/tickets/", &Content { content_type: "application/json".into(), bytes: bytes.into() }).await;
        assert_eq!(reply.status, 400);
        assert!(reply.json()["detail"].as_str().unwrap().contains("Send JSON in UTF-8"), "{}", reply.text());
    }
    let pin = world.pin("ana").await;
    let login = raw("application/json", &format!("\u{FEFF}{}", value!({ "pin": pin })));
    assert_eq!(world.anonymous().post("/api/users/login/", &login).await.status, 200);
}

#[tokio::test]
async fn texts_of_a_form_have_a_limit_together() {
    let world = World::new().await;
    let (api, browser) = (world.api("ana").await, world.browser("ana").await);
    let filler = "x".repeat(100 * 1024);
    let three = form(&[("title", &filler), ("description", &filler), ("title", &filler)], &[]);
    let reply = api.post("/api/tickets/", &three).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("This text is too long") && reply.bytes.len() < 1000);
    assert_eq!(browser.post("/tickets/new?fn=create_ticket", &three).await.status, 400);
    // What no form has is passed over.
    let unknown: Vec<(&str, &str)> =
        (0..20).map(|_| ("other", filler.as_str())).chain(FIELDS.iter().copied()).collect();
    assert_eq!(api.post("/api/tickets/", &form(&unknown, &[])).await.status, 201);
    assert_eq!(browser.post("/tickets/new?fn=create_ticket", &form(&unknown, &[])).await.status, 303);
    let long_name = "n".repeat(10_000);
    let reply = api.post("/api/tickets/", &with_file(format!("name={long_name}; filename=a.png"), b"x")).await;
    assert_eq!(reply.status, 400);
    assert!(reply.bytes.len() < 1000, "{}", reply.text());
    let reply = api.post("/api/tickets/", &with_file(format!("name={}", "n".repeat(20_000)), b"x")).await;
    assert_eq!(reply.status, 400, "a part's head has a limit");
}

#[tokio::test]
async fn fields_have_a_number() {
    let world = World::new().await;
    let (api, browser) = (world.api("ana").await, world.browser("ana").await);
    let many: Vec<(String, &str)> = (0..300).map(|number| (format!("f{number}"), "x")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let encoded: Vec<String> = many.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let object: serde_json::Map<_, _> = many.iter().map(|(name, value)| ((*name).to_owned(), value!(value))).collect();
    for content in [form(&many, &[]), urlencoded(&encoded.join("&")), json(&object.into())] {
        for path in ["/api/tickets/", "/api/users/login/"] {
            let reply = api.post(path, &content).await;
            assert_eq!(reply.status, 400, "{path} {}", content.content_type);
            assert!(reply.text().contains("at most 200 fields"), "{}", reply.text());
        }
    }
    let id = world.ticket("ana").await.id;
    for path in ["/fn/update_ticket", &format!("/tickets/{id}?edit=1&fn=update_ticket")] {
        // Whatever it calls itself: the framework would read it as a form.
        for content in [urlencoded(&encoded.join("&")), raw("text/plain", &encoded.join("&"))] {
            let reply = browser.post(path, &content).await;
            assert_eq!(reply.status, 400, "{path} {}", content.content_type);
            assert!(reply.text().contains("at most 200 fields"), "{}", reply.text());
        }
    }
    let deep = format!("{{\"title\": {}1{}, \"description\": \"D\"}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(api.post("/api/tickets/", &raw("application/json", &deep)).await.status, 400);
}

#[tokio::test]
async fn nothing_is_done_before_the_body_has_come_to_its_end() {
    let world = World::new().await;
    let (api, browser, staff) =
        (world.api("ana").await, world.browser("ana").await, world.staff("adam", Role::Admin).await);
    let whole = form(FIELDS, &[("a.png", &png(100))]);
    for (client, path) in
        [(&api, "/api/tickets/"), (&browser, "/fn/create_ticket"), (&browser, "/tickets/new?fn=create_ticket")]
    {
        let reply = broken(client, Method::POST, path, &whole.content_type, whole.bytes.clone()).await;
        assert_eq!(reply.status, 400, "{path}: the form is whole, and then the connection breaks off");
        let unclosed = whole.bytes.slice(..whole.bytes.len() - 8);
        let content = Content { bytes: unclosed, content_type: whole.content_type.clone() };
        assert_eq!(client.post(path, &content).await.status, 400, "{path}: without the boundary that closes it");
        let epilogue = [&whole.bytes[..], &vec![b'x'; 100_000]].concat();
        let content = Content { bytes: epilogue.into(), content_type: whole.content_type.clone() };
        assert_eq!(client.post(path, &content).await.status, 400, "{path}: with much behind it");
    }
    for (content_type, bytes) in [
        ("application/json", &br#"{"title": "T", "description": "D"}"#[..]),
        ("application/x-www-form-urlencoded", b"title=T&description=D"),
    ] {
        let reply = broken(&api, Method::POST, "/api/tickets/", content_type, bytes.into()).await;
        assert_eq!(reply.status, 400, "{content_type}");
    }
    assert_eq!(api.get("/api/tickets/").await.json(), value!([]));
    assert_eq!(world.files_on_disk(), 0);

    let id = world.ticket("ana").await.id;
    let encoded = "application/x-www-form-urlencoded";
    let draft = format!("/api/drafts/reply-{id}/");
    assert_eq!(api.send(Method::PUT, &draft, Some(&json(&value!({ "body": "Kept" })))).await.status, 200);
    for (client, method, path) in [
        (&api, Method::DELETE, draft.clone()),
        (&staff, Method::POST, format!("/api/tickets/{id}/claim/")),
        (&browser, Method::POST, format!("/tickets/{id}?fn=close_ticket")),
        (&browser, Method::POST, "/fn/close_ticket".to_owned()),
    ] {
        let reply = broken(client, method, &path, encoded, format!("id={id}").into()).await;
        assert_eq!(reply.status, 400, "{path}: {}", reply.text());
    }
    assert!(api.get(&draft).await.text().contains("Kept"));
    assert_eq!(api.get(&format!("/api/tickets/{id}/")).await.json()["status"], "Open");
    assert!(!staff.get(&format!("/api/tickets/{id}/timeline/")).await.text().contains("adam"));
}

#[tokio::test]
async fn whoever_is_logged_out_gets_the_words_back_and_no_more_is_read() {
    let world = World::new().await;
    let nobody = world.anonymous();
    let words = form(&[("title", "Kept title"), ("description", "Kept description")], &[]);
    let reply = nobody.post("/tickets/new?fn=create_ticket", &words).await;
    assert_eq!(reply.status, 401);
    let page = reply.text();
    assert!(page.contains("Kept title") && page.contains("Kept description"), "{page}");
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 64 * 1024])));
    let start = Bytes::from_static(b"--XX\r\nContent-Disposition: form-data; name=other\r\n\r\n");
    let body = Body::from_stream(stream::StreamExt::chain(stream::iter([Ok(start)]), endless));
    let request = Request::post("/fn/create_ticket").header("host", "127.0.0.1:8000");
    let reply = nobody.request(request.header("content-type", &words.content_type).body(body).unwrap()).await;
    assert_eq!((reply.status.as_u16(), reply.header("connection")), (401, "close"));
}

#[tokio::test]
async fn only_what_takes_files_takes_large_bodies() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await.id;
    let (ana, agent) = (world.api("ana").await, world.staff("agnes", Role::Agent).await);
    let file = form(&[("body", "Look.")], &[("a.png", &png(400_000))]);
    for (client, call) in [(&ana, "replies"), (&agent, "notes")] {
        let reply = client.post(&format!("/api/tickets/{ticket}/{call}/"), &file).await;
        assert_eq!(reply.status, 201, "{call}: {}", reply.text());
    }
    // A file of this size in a call that takes none, and as much text, in each form of a body.
    let text = "x".repeat(300_000);
    let bodies =
        [file, json(&value!({"body": text})), urlencoded(&format!("body={text}")), form(&[("body", &text)], &[])];
    let calls = [
        (&ana, Method::POST, format!("/api/tickets/{ticket}/changes/")),
        (&ana, Method::PUT, format!("/api/drafts/reply-{ticket}/")),
        (&ana, Method::DELETE, format!("/api/drafts/reply-{ticket}/")),
        (&agent, Method::POST, format!("/api/tickets/{ticket}/claim/")),
        (&ana, Method::POST, "/api/token/refresh/".to_owned()),
    ];
    for (client, method, path) in &calls {
        for body in &bodies {
            let reply = client.send(method.clone(), path, Some(body)).await;
            assert_eq!(reply.status, 413, "{method} {path} {}: {}", body.content_type, reply.text());
            assert!(reply.text().contains("256 KB"), "{}", reply.text());
        }
    }
    // Who may not send one is refused before it is read.
    for (client, path, status) in [
        (world.anonymous(), format!("/api/tickets/{ticket}/replies/"), 401),
        (ana, format!("/api/tickets/{ticket}/notes/"), 403),
        (world.program("agnes", Role::Agent, true).await.1, "/api/tickets/".to_owned(), 403),
    ] {
        let reply = client.post(&path, &bodies[0]).await;
        assert_eq!((reply.status.as_u16(), reply.header("connection")), (status, "close"), "{path}");
    }
}
