//! API tokens by REST: what opens with one, and every way in which one is refused.

use domain::{Actor, Cursor, Role, TokenDraft};
use http::{Method, Request};
use serde_json::json as value;

use crate::harness::{Client, Reply, World, form, json, png, urlencoded};

fn detail(reply: &Reply) -> String {
    reply.json()["detail"].as_str().unwrap_or_default().to_owned()
}

/// As any bad token is refused.
async fn is_refused(client: &Client) {
    let expected = client.with_bearer("no.token.at-all").get("/api/tickets/").await.json();
    assert_eq!(expected["code"], "token_not_valid");
    for path in ["/api/tickets/", "/api/users/me/", "/api/customers/"] {
        let reply = client.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.header("www-authenticate")), (401, "Bearer"), "{path}");
        assert_eq!(reply.json(), expected);
    }
}

#[tokio::test]
async fn a_program_is_its_owner() {
    let world = World::new().await;
    let (made, program) = world.program("agnes", Role::Agent, false).await;
    let me = program.get("/api/users/me/").await;
    assert_eq!(
        (me.status.as_u16(), &me.json()["username"], &me.json()["role"]),
        (200, &value!("agnes"), &value!("agent"))
    );
    assert_eq!(me.header("cache-control"), "no-store");
    assert_eq!(me.header("set-cookie"), "");
    // The scheme's case does not matter.
    let request = Request::get("/api/users/me/").header("host", "127.0.0.1:8000");
    let request = request.header("authorization", format!("bEARER {}", made.token));
    assert_eq!(world.anonymous().request(request.body(axum::body::Body::empty()).unwrap()).await.status, 200);
    // Tickets, files, talk.
    let ticket = world.ticket("ana").await;
    assert_eq!(program.get(&ticket.attachments[0].path()).await.status, 200);
    let note = form(&[("body", "Called back")], &[("a.png", &png(100))]);
    assert_eq!(program.post(&format!("/api/tickets/{}/notes/", ticket.id), &note).await.status, 201);
    let timeline = program.get(&format!("/api/tickets/{}/timeline/", ticket.id)).await.json();
    assert_eq!(timeline[0]["by"]["name"], "agnes");
    let claimed = program.send(Method::POST, &format!("/api/tickets/{}/claim/", ticket.id), None).await;
    assert_eq!(claimed.status, 200, "{}", claimed.text());
    let (events, _) = program.open("/api/events/").await;
    assert_eq!(events.status, 200);
    // It makes no caller's code, and has nothing to log out of.
    assert_eq!(program.post("/api/caller-code/", &urlencoded("")).await.status, 403);
    let out = json(&value!({"refresh": made.token}));
    assert_eq!(program.post("/api/token/blacklist/", &out).await.status, 401);
    assert_eq!(program.post("/api/token/refresh/", &out).await.status, 401);
    assert_eq!(program.get("/api/users/me/").await.status, 200);
}

#[tokio::test]
async fn pages_know_no_tokens() {
    let world = World::new().await;
    let (made, program) = world.program("adam", Role::Admin, false).await;
    for path in ["/admin", "/admin/customers", "/tickets"] {
        let reply = program.get(path).await;
        assert_eq!(reply.status, 303, "{path}");
        assert!(
            reply.header("location").contains("/admin/login") || reply.header("location").starts_with("/?"),
            "{path}: {}",
            reply.header("location")
        );
    }
    assert_eq!(program.post("/fn/create_customer", &urlencoded("username=eve")).await.status, 401);
    assert_eq!(program.get("/live").await.status, 401);
    // As a cookie it is nothing either.
    let browser = world.anonymous();
    browser.set_cookie("pindesk_access", &made.token);
    browser.set_cookie("pindesk_refresh", &made.token);
    assert_eq!(browser.get("/api/users/me/").await.status, 401);
    let browser = world.anonymous();
    browser.set_cookie("pindesk_access", &made.token);
    assert_eq!(browser.get("/admin").await.status, 303);
}

#[tokio::test]
async fn what_only_reads_changes_nothing() {
    let world = World::new().await;
    let (_, reader) = world.program("adam", Role::Admin, true).await;
    let ticket = world.ticket("ana").await;
    let ana = world.customer("ana").await.id;
    for path in [
        "/api/users/me/".to_owned(),
        "/api/tickets/".to_owned(),
        format!("/api/tickets/{}/", ticket.id),
        format!("/api/customers/{ana}/"),
        format!("/api/customers/{ana}/pins/"),
        format!("/api/customers/{ana}/sessions/"),
        "/api/pins/".to_owned(),
        ticket.attachments[0].path(),
    ] {
        assert_eq!(reader.get(&path).await.status, 200, "{path}");
        assert_eq!(reader.send(Method::HEAD, &path, None).await.status, 200, "{path}");
    }
    let before = world.files_on_disk();
    for (method, path, content) in [
        (Method::POST, "/api/customers/".to_owned(), Some(json(&value!({"username": "eve"})))),
        (Method::PATCH, format!("/api/customers/{ana}"), Some(json(&value!({"is_active": false})))),
        (Method::POST, format!("/api/customers/{ana}/pins/"), Some(json(&value!({})))),
        (Method::DELETE, format!("/api/customers/{ana}/sessions/"), None),
        (Method::DELETE, "/api/pins/1/".to_owned(), None),
        (
            Method::POST,
            "/api/tickets/".to_owned(),
            Some(form(&[("title", "a"), ("description", "b"), ("customer", "ana")], &[("a.png", &png(100))])),
        ),
        (Method::POST, format!("/api/tickets/{}/claim/", ticket.id), None),
        (Method::POST, "/api/tickets/4711/claim/".to_owned(), None),
        (Method::PUT, "/api/drafts/ticket/".to_owned(), Some(urlencoded("title=a"))),
        (Method::DELETE, "/api/drafts/ticket/".to_owned(), None),
    ] {
        let reply = reader.send(method.clone(), &path, content.as_ref()).await;
        assert_eq!(reply.status, 403, "{method} {path}");
        assert!(detail(&reply).contains("only reads"), "{method} {path}: {}", reply.text());
    }
    assert_eq!(world.files_on_disk(), before);
    assert!(world.customer("ana").await.is_active);
    let pins = world.desk.pins().list(&Actor::command_line(), None, Some(ana), Cursor::First, 10).await.unwrap();
    assert!(pins.items.iter().all(|pin| pin.issued_by.is_none()), "none is a program's");
}

#[tokio::test]
async fn what_is_wrong_over_or_revoked_is_refused_alike() {
    let world = World::new().await;
    let me = Actor::command_line();
    let (made, program) = world.program("agnes", Role::Agent, false).await;
    for wrong in ["pdk_", "pdk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &made.token[..35], &made.token.to_uppercase()] {
        is_refused(&program.with_bearer(wrong)).await;
    }
    assert_eq!(program.get("/api/users/me/").await.status, 200);
    // Revoked.
    world.desk.api_tokens().revoke(&me, made.record.id).await.unwrap();
    is_refused(&program).await;
    // Its owner is deactivated, and comes back.
    let (_, program) = world.program("agnes", Role::Agent, false).await;
    let agnes = world.staff_member("agnes", Role::Agent).await.id;
    world.desk.users().set_active(&me, agnes, false).await.unwrap();
    is_refused(&program).await;
    world.desk.users().set_active(&me, agnes, true).await.unwrap();
    is_refused(&program).await;
    // Over, to the second.
    let draft = TokenDraft { name: "Short".into(), ttl: Some(60), is_read_only: false };
    let short = world.desk.api_tokens().make_for(&me, agnes, &draft).await.unwrap();
    let program = program.with_bearer(&short.token);
    world.clock.advance(59);
    assert_eq!(program.get("/api/users/me/").await.status, 200);
    world.clock.advance(1);
    is_refused(&program).await;
}

#[tokio::test]
async fn a_demoted_owner_counts_at_once() {
    let world = World::new().await;
    world.staff_member("root", Role::Admin).await;
    let (_, program) = world.program("adam", Role::Admin, false).await;
    let ana = world.customer("ana").await.id;
    let many = json(&value!({"count": 51}));
    let pins = format!("/api/customers/{ana}/pins/");
    assert_eq!(program.post(&pins, &many).await.status, 201);
    let adam = world.staff_member("adam", Role::Admin).await.id;
    world.desk.users().set_role(&Actor::command_line(), adam, Role::Agent).await.unwrap();
    let refused = program.post(&pins, &many).await;
    assert_eq!(refused.status, 403);
    assert!(detail(&refused).contains("for admins"), "{}", refused.text());
    assert_eq!(program.get("/api/users/me/").await.json()["role"], "agent");
    assert_eq!(program.post(&pins, &json(&value!({}))).await.status, 201);
}

#[tokio::test]
async fn a_token_has_the_measure_of_a_session() {
    let world = World::with(|settings| settings.writes_per_minute = 1).await;
    let (_, program) = world.program("agnes", Role::Agent, false).await;
    let (_, other) = world.program("agnes", Role::Agent, false).await;
    let draft = urlencoded("body=a");
    let place = format!("/api/drafts/note-{}/", world.ticket("ana").await.id);
    for _ in 0..10 {
        assert_eq!(program.send(Method::PUT, &place, Some(&draft)).await.status, 200);
    }
    let over = program.send(Method::PUT, &place, Some(&draft)).await;
    assert_eq!((over.status.as_u16(), over.header("retry-after")), (429, "60"), "{}", over.text());
    assert_eq!(other.send(Method::PUT, &place, Some(&draft)).await.status, 200, "another one has its own");
}

/// The token that a page shows.
fn shown(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("id=\"made-token\"")?;
    let (_, rest) = rest.split_once('>')?;
    Some(rest.split('<').next().unwrap().trim().to_owned())
}

#[tokio::test]
async fn staff_make_and_revoke_them_on_their_page() {
    let world = World::new().await;
    let here = |client: Client| client.with_header("sec-fetch-site", "same-origin");
    let agent = here(world.staff("agnes", Role::Agent).await);
    let admin = here(world.staff("adam", Role::Admin).await);
    let page = format!("/admin/staff/{}", world.staff_member("agnes", Role::Agent).await.id);
    let fresh = agent.get(&page).await.text();
    assert!(fresh.contains("No API tokens") && fresh.contains("New API token"), "{fresh}");
    // What is wrong is said at its field, with what was typed.
    let wrong = agent.post(&format!("{page}?fn=make_api_token"), &urlencoded("name=+&ttl=60&read_only=true")).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("This field may not be blank."), "{}", wrong.text());
    let made = agent
        .post(&format!("{page}?fn=make_api_token"), &urlencoded("name=Phone+%3Cb%3E&ttl=7776000&read_only=true"))
        .await;
    assert_eq!(made.status, 303, "{}", made.text());
    let address = made.header("location").to_owned();
    assert!(address.starts_with(&format!("{page}?token=")) && !address.contains("pdk_"), "{address}");
    let other = here(world.staff("agnes", Role::Agent).await);
    assert!(shown(&other.get(&address).await.text()).is_none(), "another session of theirs");
    let view = agent.get(&address).await;
    assert_eq!(view.header("cache-control"), "no-store");
    let token = shown(&view.text()).unwrap_or_else(|| panic!("{}", view.text()));
    assert!(view.text().contains("Phone &lt;b&gt;") && view.text().contains("API tokens (1)"));
    assert!(agent.get(&address).await.text().contains("This token was shown once."));
    assert!(shown(&agent.get(&page).await.text()).is_none());
    let program = agent.with_bearer(&token);
    assert_eq!(program.get("/api/customers/").await.status, 200);
    assert_eq!(program.post("/api/customers/", &urlencoded("username=eve")).await.status, 403, "it only reads");
    // Admins see that there is one, make none in another's name, and can revoke it; other agents see nothing.
    let seen = admin.get(&page).await.text();
    assert!(seen.contains("API tokens (1)") && seen.contains("Read only") && !seen.contains("New API token"), "{seen}");
    let bob = here(world.staff("bob", Role::Agent).await);
    assert_eq!(bob.get(&page).await.status, 403);
    let revoke = urlencoded("id=1");
    let own = format!("/admin/staff/{}", world.staff_member("bob", Role::Agent).await.id);
    assert_eq!(bob.post(&format!("{own}?fn=revoke_api_token"), &revoke).await.status, 404);
    assert_eq!(program.get("/api/customers/").await.status, 200);
    let revoked = admin.post(&format!("{page}?fn=revoke_api_token"), &revoke).await;
    assert_eq!((revoked.status.as_u16(), revoked.header("location")), (303, &*format!("{page}?done=revoked")));
    assert_eq!(program.get("/api/customers/").await.status, 401);
    assert!(agent.get(&page).await.text().contains("No API tokens"));
}
