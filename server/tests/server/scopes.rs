//! PINs for one ticket, for reading alone, for dropping files: what their sessions get by REST and on pages.

use domain::{Actor, Cursor, Purpose, Role, ScopeDraft, TicketId};
use http::Method;
use serde_json::{Value, json as value};

use crate::harness::{Client, World, form, json, png, urlencoded};

fn of(ticket: TicketId) -> ScopeDraft {
    ScopeDraft { ticket: Some(ticket), ..ScopeDraft::default() }
}

fn can(words: &str) -> ScopeDraft {
    ScopeDraft { can: Some(words.parse().unwrap()), ..ScopeDraft::default() }
}

async fn log_in(world: &World, pin: &str) -> (Client, Value) {
    let reply = world.anonymous().post("/api/users/login/", &json(&value!({ "pin": pin }))).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answer = reply.json();
    let mut client = world.anonymous();
    client.bearer = Some(answer["access"].as_str().unwrap().to_owned());
    (client, answer)
}

#[tokio::test]
async fn whoever_logs_in_learns_who_they_are_and_what_for() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await.id;
    let (ana, answer) = log_in(&world, &world.pin("ana").await).await;
    let whole = value!({
        "ticket": null, "can": ["read", "reply", "upload", "delegate"], "until": null, "purpose": "login", "label": ""
    });
    assert_eq!(answer["scope"], whole);
    let id = answer["user"]["id"].clone();
    assert_eq!(answer["user"], value!({"id": id, "username": "ana", "name": "Name of ana"}));
    let me = ana.get("/api/users/me/").await;
    let expected = value!({"id": id, "username": "ana", "name": "Name of ana", "role": "customer", "scope": whole});
    assert_eq!((me.status.as_u16(), me.json()), (200, expected));
    assert_eq!(me.header("cache-control"), "no-store");

    let narrow = ScopeDraft { stays: Some(8 * 3600), label: "the lawyer".into(), ..of(ticket) };
    let (lawyer, answer) = log_in(&world, &world.pin_for("ana", narrow).await).await;
    let until = world.clock.now().plus_seconds(8 * 3600).to_string();
    let scope = value!({
        "ticket": ticket, "can": ["read", "reply", "upload"], "until": until, "purpose": "login", "label": "the lawyer"
    });
    assert_eq!(answer["scope"], scope);
    assert_eq!(lawyer.get("/api/users/me").await.json()["scope"], scope);
    // It is not in the tokens: their claims are what they were.
    for name in ["access", "refresh"] {
        let token = answer[name].as_str().unwrap();
        let claims = data_encoding::BASE64URL_NOPAD.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        assert_eq!(names, ["exp", "iat", "jti", "sid", "token_type", "user_id"]);
    }

    for (role, name) in [(Role::Agent, "agnes"), (Role::Admin, "adam")] {
        let me = world.staff(name, role).await.get("/api/users/me/").await.json();
        assert_eq!((&me["role"], &me["scope"]), (&value!(role.as_str()), &whole));
    }
    let nobody = world.anonymous().get("/api/users/me/").await;
    assert_eq!((nobody.status.as_u16(), nobody.header("www-authenticate")), (401, "Bearer"));
}

#[tokio::test]
async fn a_session_for_one_ticket_gets_404_for_every_other() {
    let world = World::new().await;
    let (own, other) = (world.ticket("ana").await, world.ticket("ana").await);
    let staff = world.staff("agnes", Role::Agent).await;
    staff.post(&format!("/api/tickets/{}/replies/", other.id), &urlencoded("body=About+the+drum")).await;
    let (program, browser) = (world.api_for("ana", of(own.id)).await, world.browser_for("ana", of(own.id)).await);
    let nowhere = TicketId(4711);
    for client in [&program, &browser] {
        for (method, path, content) in [
            (Method::GET, "/api/tickets/{id}/", None),
            (Method::GET, "/api/tickets/{id}/timeline/", None),
            (Method::GET, "/api/tickets/{id}/download/", None),
            (Method::POST, "/api/tickets/{id}/replies/", Some(form(&[("body", "Hello")], &[("a.png", &png(100))]))),
            (Method::POST, "/api/tickets/{id}/changes/", Some(urlencoded("title=Mine"))),
            (Method::POST, "/api/tickets/{id}/changes/", Some(urlencoded("status=Closed"))),
            (Method::GET, "/api/drafts/reply-{id}/", None),
            (Method::PUT, "/api/drafts/reply-{id}/", Some(urlencoded("body=Half"))),
            (Method::DELETE, "/api/drafts/reply-{id}/", None),
        ] {
            let answer = async |id: TicketId| {
                let path = path.replace("{id}", &id.to_string());
                let reply = client.send(method.clone(), &path, content.as_ref()).await;
                (reply.status.as_u16(), reply.text())
            };
            let refused = answer(other.id).await;
            assert_eq!(refused, answer(nowhere).await, "{method} {path}");
            assert_eq!(refused, (404, value!({"detail": "Not found."}).to_string()), "{method} {path}");
        }
        assert_eq!(client.get(&other.attachments[0].path()).await.status, 404);
        assert_eq!(client.get(&own.attachments[0].path()).await.status, 200);
        let ids =
            |list: &Value| list.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>();
        assert_eq!(ids(&client.get("/api/tickets/").await.json()), [own.id.0]);
        assert_eq!(client.get("/api/tickets/?limit=1").await.header("link"), "", "there is no next page");
        for query in ["drum", &other.id.to_string()] {
            let found = client.get(&format!("/api/search/?q={query}")).await.json();
            assert_eq!(found, value!({"results": [], "has_more": false}), "{query}");
        }
        // A signature is made for its own file alone, and opens that alone.
        let list = client.get("/api/tickets/").await.json();
        let url = list[0]["attachments"][0]["file"].as_str().unwrap().replace("http://127.0.0.1:8000", "");
        assert_eq!(world.anonymous().get(&url).await.status, 200);
        let (_, signature) = url.split_once('?').unwrap();
        let elsewhere = format!("{}?{signature}", other.attachments[0].path());
        assert_eq!(client.get(&elsewhere).await.status, 404);
        assert_eq!(world.anonymous().get(&elsewhere).await.status, 403);
        let opened = client.post("/api/tickets/", &json(&value!({"title": "T", "description": "D"}))).await;
        assert_eq!(opened.status, 403);
        let sentence = opened.json()["detail"].as_str().unwrap().to_owned();
        assert!(sentence.contains(&format!("#{}", own.id)) && sentence.contains("PIN"), "{sentence}");
        // Its own is open to it.
        assert_eq!(client.get(&format!("/api/tickets/{}/", own.id)).await.status, 200);
        let reply = form(&[("body", "Hello")], &[("a.png", &png(100))]);
        assert_eq!(client.post(&format!("/api/tickets/{}/replies/", own.id), &reply).await.status, 201);
    }
    // Pages, and what they call.
    let page = browser.get("/tickets").await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains(&format!("/tickets/{}\"", other.id)), "it is in no list");
    assert_eq!(browser.get(&format!("/tickets/{}", own.id)).await.status, 200);
    assert_eq!(browser.get(&format!("/tickets/{}", other.id)).await.status, 404);
    assert_eq!(browser.get("/tickets/new").await.status, 403);
    let text = page.text();
    let counts = text.split("<span class=\"count\">").skip(1).map(|rest| rest.split('<').next().unwrap());
    let counts: Vec<&str> = counts.filter(|count| *count != "0").collect();
    assert_eq!(counts, ["1", "1"], "one in all, and that has a status");
    // What happens to the other one is none of its business.
    let happened = world.desk.live().newest(&Actor::command_line()).await.unwrap();
    let (parts, _) = browser.open(&format!("/live?last={happened}")).await;
    assert_eq!(parts.status, 200);
}

#[tokio::test]
async fn what_a_session_may_not_is_403_with_a_sentence() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let replies = format!("/api/tickets/{id}/replies/");
    let (words, files) = (form(&[("body", "Hello")], &[]), form(&[("body", "Here")], &[("a.png", &png(100))]));
    let large = form(&[("body", "Here")], &[("a.png", &png(6 * 1024 * 1024))]);
    let before = world.files_on_disk();
    for (scope, expected) in [
        (can("read"), [403, 403, 403]),
        (can("reply"), [201, 403, 403]),
        (can("upload"), [403, 403, 403]),
        (can("reply,upload"), [201, 201, 413]),
    ] {
        for scope in [ScopeDraft { ticket: Some(id), ..scope.clone() }, scope] {
            let client = world.api_for("ana", scope.clone()).await;
            for (body, expected) in [&words, &files, &large].into_iter().zip(expected) {
                let reply = client.post(&replies, body).await;
                assert_eq!(reply.status, expected, "{scope:?} {}", reply.text());
                if expected == 403 {
                    assert!(reply.json()["detail"].as_str().unwrap().contains("Support"), "{}", reply.text());
                }
            }
            assert_eq!(client.get(&format!("/api/tickets/{id}/")).await.status, 200, "who is let in may read");
        }
    }
    assert_eq!(world.files_on_disk(), before + 2, "what was refused left nothing");
    // Files alone ask for no right to write.
    let (alone, nothing) = (form(&[], &[("a.png", &png(100))]), form(&[("body", " ")], &[]));
    for (scope, expected) in
        [("read", [403, 403]), ("reply", [403, 400]), ("upload", [201, 400]), ("reply,upload", [201, 400])]
    {
        let client = world.api_for("ana", can(scope)).await;
        for (body, expected) in [&alone, &nothing].into_iter().zip(expected) {
            assert_eq!(client.post(&replies, body).await.status, expected, "{scope}");
        }
    }
    // An empty field for files is none.
    let client = world.browser_for("ana", can("reply")).await;
    let id = id.to_string();
    let empty = form(&[("id", &id), ("body", "Hello")], &[("", b"")]);
    assert_eq!(client.post("/fn/reply", &empty).await.status, 200);
    let read = world.api_for("ana", can("read")).await;
    assert_eq!(read.post(&format!("/api/tickets/{id}/changes/"), &urlencoded("status=Closed")).await.status, 403);
    assert_eq!(read.post("/api/tickets/", &urlencoded("title=a&description=b")).await.status, 403);
}

#[tokio::test]
async fn a_second_pin_in_the_same_browser_replaces_the_session() {
    let world = World::new().await;
    let (own, other) = (world.ticket("ana").await.id, world.ticket("ana").await.id);
    let ana = world.customer("ana").await.id;
    let me = Actor::command_line();
    let sessions = async || {
        let page = world.desk.sessions().list(&me, Some(ana), Cursor::First, 100).await.unwrap();
        page.items.into_iter().map(|session| session.scope.ticket).collect::<Vec<_>>()
    };
    // The makers of the tickets go.
    world.desk.sessions().end_all_of(&me, ana).await.unwrap();
    let browser = world.anonymous().with_header("sec-fetch-site", "same-origin");
    browser.get("/").await;
    let sees = async || {
        let mut seen = Vec::new();
        for id in [own, other] {
            seen.push(browser.get(&format!("/tickets/{id}")).await.status.as_u16());
        }
        seen
    };
    let enter = async |scope: ScopeDraft| {
        let pin = world.pin_for("ana", scope).await;
        // By the form that every page has that is logged out; a program's call will do as well.
        let reply = browser.post("/fn/login", &urlencoded(&format!("pin={pin}&from_page=1"))).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    };
    for (scope, seen) in [
        (of(own), [200, 404]),
        // Never both.
        (of(other), [404, 200]),
        (can("read"), [200, 200]),
        (of(own), [200, 404]),
        (ScopeDraft { purpose: Purpose::Drop, ..of(own) }, [403, 403]),
        (ScopeDraft::default(), [200, 200]),
        (of(other), [404, 200]),
    ] {
        enter(scope.clone()).await;
        assert_eq!(sees().await, seen, "{scope:?}");
        assert_eq!(sessions().await, [scope.ticket], "the one before is over");
    }
}

#[tokio::test]
async fn who_drops_files_is_let_in_to_nothing_else() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await;
    let scope = ScopeDraft { purpose: Purpose::Drop, label: "the notary".into(), ..of(ticket.id) };
    let (program, answer) = log_in(&world, &world.pin_for("ana", scope.clone()).await).await;
    let until = world.clock.now().plus_seconds(48 * 3600).to_string();
    let expected = value!({
        "ticket": ticket.id, "can": ["upload"], "until": until, "purpose": "drop", "label": "the notary"
    });
    assert_eq!(answer["scope"], expected);
    let browser = world.browser_for("ana", scope).await;
    for client in [&program, &browser] {
        for path in [
            "/api/users/me/".to_owned(),
            "/api/tickets/".to_owned(),
            format!("/api/tickets/{}/", ticket.id),
            format!("/api/tickets/{}/timeline/", ticket.id),
            format!("/api/tickets/{}/download/", ticket.id),
            "/api/search/?q=x".to_owned(),
            "/api/events/".to_owned(),
            "/live".to_owned(),
            ticket.attachments[0].path(),
            "/tickets".to_owned(),
            format!("/tickets/{}", ticket.id),
            "/sessions".to_owned(),
        ] {
            assert_eq!(client.get(&path).await.status, 403, "{path}");
        }
        let reply = form(&[("body", "x")], &[("a.png", &png(100))]);
        assert_eq!(client.post(&format!("/api/tickets/{}/replies/", ticket.id), &reply).await.status, 403);
    }
    // A page says what is the matter, and leads on; its form logs out.
    let page = browser.get("/tickets").await;
    assert!(page.text().contains("adding files") && page.text().contains("href=\"/\""), "{}", page.text());
    assert!(browser.get("/").await.text().contains("name=\"pin\""));
    let out = browser.with_header("sec-fetch-site", "same-origin");
    assert_eq!(out.post("/tickets?fn=log_out", &urlencoded("")).await.status, 303);
    assert!(out.cookie("pindesk_access").is_none());
    // A program logs out with its refresh token, as always.
    let refresh = json(&value!({ "refresh": answer["refresh"] }));
    assert_eq!(world.anonymous().post("/api/token/refresh/", &refresh).await.status, 200);
    assert_eq!(world.anonymous().post("/api/token/blacklist/", &refresh).await.status, 200);
    assert_eq!(program.get("/api/tickets/").await.status, 401);
}

#[tokio::test]
async fn looking_at_an_address_with_a_pin_uses_none_up() {
    let world = World::new().await;
    let pin = world.pin("ana").await;
    let scanner = world.anonymous();
    for path in [format!("/?pin={pin}"), format!("/?fn=login&pin={pin}"), format!("/api/users/login/?pin={pin}")] {
        for method in [Method::GET, Method::HEAD] {
            scanner.send(method, &path, None).await;
        }
    }
    log_in(&world, &pin).await;
}
