//! REST: tickets.

use domain::Role;
use http::Method;
use serde_json::{Value, json as value};

use server::router::Part;

use crate::harness::{World, form, json, png, raw, urlencoded};

#[tokio::test]
async fn a_ticket_is_opened_and_read() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let reply = ana
        .post(
            "/api/tickets/",
            &form(
                &[
                    ("title", " Printer "),
                    ("description", "On fire"),
                    ("priority", "urgent"),
                    ("category", "bug"),
                    ("status", "Closed"),
                ],
                &[("a b.png", &png(3000))],
            ),
        )
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let ticket = reply.json();
    let keys: Vec<&String> = ticket.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 9, "{keys:?}");
    assert_eq!(ticket["title"], "Printer");
    assert_eq!(ticket["priority"], "Urgent");
    assert_eq!(ticket["category"], "Bug");
    assert_eq!(ticket["status"], "Open");
    assert!(ticket["created_at"].as_str().unwrap().ends_with('Z'));
    let file = &ticket["attachments"][0];
    assert_eq!(file["name"], "a b.png");
    assert_eq!(file["size"], 3000);
    assert_eq!(file["content_type"], "image/png");
    assert!(file["file"].as_str().unwrap().starts_with("http://127.0.0.1:8000/media/tickets/"));
    let id = ticket["id"].as_i64().unwrap();
    assert_eq!(reply.header("location"), format!("/api/tickets/{id}/"));
    for path in [format!("/api/tickets/{id}/"), format!("/api/tickets/{id}")] {
        let read = ana.get(&path).await;
        assert_eq!((read.status.as_u16(), &read.json()["title"]), (200, &value!("Printer")));
    }
    for path in ["/api/tickets/", "/api/tickets"] {
        assert_eq!(ana.get(path).await.json().as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn json_and_urlencoded_bodies_with_defaults() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    for body in [
        json(&value!({"title": "A", "description": "B", "priority": null, "category": null, "attachments": []})),
        json(&value!({"title": "A", "description": "B", "priority": "", "category": "", "attachments": null})),
        urlencoded("title=A&description=B"),
        json(&value!({"title": 5, "description": 7.5})),
    ] {
        let reply = ana.post("/api/tickets/", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        assert_eq!(reply.json()["priority"], "Medium");
        assert_eq!(reply.json()["category"], "Other");
        assert_eq!(reply.json()["attachments"], value!([]));
    }
}

#[tokio::test]
async fn field_errors() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let required = "This field is required.";
    for (body, expected) in [
        (json(&value!({})), value!({"title": [required], "description": [required]})),
        (form(&[], &[]), value!({"title": [required], "description": [required]})),
        (
            json(&value!({"title": null, "description": {}})),
            value!({"title": ["This field may not be null."], "description": ["Not a valid string."]}),
        ),
        (
            json(&value!({"title": " ", "description": "x", "priority": false})),
            value!({"title": ["This field may not be blank."], "priority": ["Not a valid string."]}),
        ),
        (
            json(&value!({"title": "x".repeat(201), "description": "x"})),
            value!({"title": ["Ensure this field has no more than 200 characters."]}),
        ),
    ] {
        let reply = ana.post("/api/tickets/", &body).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (400, expected));
    }
    let reply = ana.post("/api/tickets/", &json(&value!({"title": "a", "description": "b", "priority": "soon"}))).await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["priority"][0].as_str().unwrap().contains("not a valid choice"));
    let reply =
        ana.post("/api/tickets/", &json(&value!({"title": "a", "description": "b", "attachments": ["a.png"]}))).await;
    assert!(reply.json()["attachments"][0].as_str().unwrap().contains("not a file"), "{}", reply.text());
    let reply = ana.post("/api/tickets/", &raw("application/xml", "<a/>")).await;
    assert_eq!(reply.status, 415);
    assert_eq!(ana.get("/api/tickets/").await.json(), value!([]));
}

#[tokio::test]
async fn not_mine_and_not_there_are_the_same() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await;
    let ben = world.api("ben").await;
    let not_mine = ben.get(&format!("/api/tickets/{}/", ticket.id)).await;
    for path in ["/api/tickets/999999/", "/api/tickets/x/", "/api/tickets/-1/"] {
        let missing = ben.get(path).await;
        assert_eq!((missing.status, missing.text()), (not_mine.status, not_mine.text()), "{path}");
    }
    assert_eq!((not_mine.status.as_u16(), not_mine.json()), (404, value!({"detail": "Not found."})));
    assert_eq!(ben.get("/api/tickets/").await.json(), value!([]));
}

#[tokio::test]
async fn without_a_good_token() {
    let world = World::new().await;
    let nobody = world.anonymous();
    for (method, path) in
        [(Method::GET, "/api/tickets/"), (Method::POST, "/api/tickets/"), (Method::GET, "/api/tickets/1/")]
    {
        let reply = nobody.send(method, path, None).await;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        assert!(reply.json()["detail"].is_string());
    }
    let mut forged = world.anonymous();
    forged.bearer = Some("a.b.c".into());
    let reply = forged.get("/api/tickets/").await;
    assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (401, &value!("token_not_valid")));
    let ana = world.api("ana").await;
    let lower = world.anonymous().with_header("authorization", format!("bearer {}", ana.bearer.clone().unwrap()));
    assert_eq!(lower.get("/api/tickets/").await.status, 200, "the scheme's case does not matter");
    world.clock.advance(601);
    assert_eq!(ana.get("/api/tickets/").await.status, 401, "an access token lives ten minutes");
}

#[tokio::test]
async fn paging() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    for title in ["one", "two", "three", "four", "five"] {
        ana.post("/api/tickets/", &json(&value!({"title": title, "description": "x"}))).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/tickets/?limit=2".to_owned();
    loop {
        let reply = ana.get(&path).await;
        let page = reply.json();
        seen.extend(page.as_array().unwrap().iter().map(|ticket| ticket["title"].as_str().unwrap().to_owned()));
        let link = reply.header("link");
        if link.is_empty() {
            break;
        }
        let (url, rel) = link.split_once("; ").unwrap();
        assert_eq!(rel, "rel=\"next\"");
        path = url.trim_matches(['<', '>']).strip_prefix("http://127.0.0.1:8000").unwrap().to_owned();
    }
    assert_eq!(seen, ["five", "four", "three", "two", "one"]);
    for (query, field, sentence) in [
        ("limit=0", "limit", "Ensure this value is greater than or equal to 1."),
        ("limit=501", "limit", "Ensure this value is less than or equal to 500."),
        ("limit=x", "limit", "A valid integer is required."),
        ("limit=", "limit", "A valid integer is required."),
        ("cursor=x", "cursor", "Take the cursor from the Link header of the page before."),
    ] {
        let reply = ana.get(&format!("/api/tickets/?{query}")).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (400, value!({ field: [sentence] })), "{query}");
    }
}

#[tokio::test]
async fn other_methods_and_addresses() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let reply = ana.send(Method::PUT, "/api/tickets/", None).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (405, value!({"detail": "Method \"PUT\" not allowed."})));
    let allowed = reply.header("allow").to_owned();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    assert_eq!(ana.get("/api/users/login/").await.status, 405);
    assert_eq!(ana.send(Method::DELETE, "/api/tickets/1/", None).await.status, 405);
    assert_eq!(ana.send(Method::HEAD, "/api/tickets/", None).await.status, 200);
    for path in ["/api", "/api/", "/api/nothing", "/api/nothing/here/"] {
        let reply = ana.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (404, value!({"detail": "Not found."})), "{path}");
    }
}

#[tokio::test]
async fn staff_have_no_tickets_of_their_own() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let agent = world.staff("agnes", Role::Agent).await;
    // They see everybody's, and open one for a customer.
    assert_eq!(agent.get("/api/tickets/").await.json()[0]["id"], value!(id));
    let reply = agent.post("/api/tickets/", &json(&value!({"title": "a", "description": "b"}))).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (400, value!({"customer": ["This field is required."]})));
}

#[tokio::test]
async fn the_description_names_every_rest_route() {
    let world = World::new().await;
    let reply = world.anonymous().get("/api/schema/").await;
    let schema = reply.json();
    assert!(schema["openapi"].as_str().unwrap().starts_with("3.1"));
    let described = |path: &str, method: &str| {
        [path.to_owned(), format!("{path}/")].iter().any(|path| schema["paths"][path][method] != Value::Null)
    };
    for route in server::router::routes() {
        let is_call = !matches!(route.part, Part::System | Part::Live)
            && !route.path.starts_with("/api/docs")
            && route.path != "/api/schema";
        for method in route.methods.iter().filter(|_| is_call) {
            assert!(described(&route.path, &method.as_str().to_lowercase()), "{method} {}", route.path);
        }
    }
    let docs = world.anonymous().get("/api/docs/").await;
    assert_eq!(docs.status, 200);
    assert!(!docs.text().contains("http://") && !docs.text().contains("https://"), "whole in itself");
    assert!(docs.header("content-security-policy").contains("script-src 'self'"));
    assert_eq!(
        world.anonymous().get("/api/docs/docs.js").await.header("content-type"),
        "text/javascript; charset=utf-8"
    );
}

#[tokio::test]
async fn pages_elsewhere_may_call_it_with_a_bearer_token_only() {
    let world = World::new().await;
    let mut ana = world.api("ana").await.with_header("origin", "http://localhost:5173");
    let reply = ana.get("/api/tickets/").await;
    assert_eq!(reply.header("access-control-allow-origin"), "http://localhost:5173");
    assert_eq!(reply.header("access-control-allow-credentials"), "");
    let exposed = reply.header("access-control-expose-headers").to_ascii_lowercase();
    assert!(exposed.contains("link") && exposed.contains("retry-after"));
    let preflight = world
        .anonymous()
        .with_header("origin", "http://localhost:5173")
        .with_header("access-control-request-method", "POST")
        .with_header("access-control-request-headers", "authorization,content-type,idempotency-key")
        .send(Method::OPTIONS, "/api/tickets/", None)
        .await;
    assert!(preflight.status.is_success());
    let allowed = preflight.header("access-control-allow-headers");
    assert!(allowed.contains("authorization") && allowed.contains("idempotency-key"), "{allowed}");
    ana = ana.with_header("origin", "https://evil.example");
    assert_eq!(ana.get("/api/tickets/").await.header("access-control-allow-origin"), "");
    // Errors can be read too.
    let reply = world.anonymous().with_header("origin", "http://localhost:5173").get("/api/tickets/").await;
    assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (401, "http://localhost:5173"));

    let public = World::with(|settings| settings.public_url = Some("https://desk.example.org".parse().unwrap())).await;
    let reply = public.anonymous().with_header("origin", "http://localhost:5173").get("/api/schema/").await;
    assert_eq!(reply.header("access-control-allow-origin"), "");
}
