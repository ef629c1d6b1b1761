//! What one session may ask for.

use serde_json::json as value;

use crate::harness::{Client, Reply, World, form, json, urlencoded};

/// Ten changes and twenty readings at once.
async fn strict() -> World {
    World::with(|settings| {
        settings.writes_per_minute = 1;
        settings.reads_per_minute = 2;
        // The clock is moved further than a token lives otherwise.
        settings.desk.access_ttl = 24 * 3600;
    })
    .await
}

fn must_wait(reply: &Reply) -> u64 {
    assert_eq!(reply.status, 429, "{}", reply.text());
    let seconds = reply.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    seconds
}

async fn use_up(client: &Client) {
    for _ in 0..10 {
        let reply = client.post("/fn/set_theme", &urlencoded("theme=dark")).await;
        assert_eq!(reply.status, 200);
    }
}

#[tokio::test]
async fn a_program_that_runs_wild_has_to_wait() {
    let world = strict().await;
    let ana = world.api("ana").await;
    let ticket = json(&value!({"title": "a", "description": "b"}));
    for _ in 0..10 {
        assert_eq!(ana.post("/api/tickets/", &ticket).await.status, 201);
    }
    let refused = ana.post("/api/tickets/", &ticket).await;
    let seconds = must_wait(&refused);
    assert!(refused.json()["detail"].as_str().unwrap().contains("Try again"));
    let tickets = ana.get("/api/tickets/").await;
    assert_eq!(tickets.json().as_array().unwrap().len(), 10, "reading is counted apart");
    // Others, and the same person in another session, are not concerned.
    assert_eq!(world.api("ben").await.post("/api/tickets/", &ticket).await.status, 201);
    assert_eq!(world.api("ana").await.post("/api/tickets/", &ticket).await.status, 201);
    world.clock.advance(i64::try_from(seconds).unwrap());
    assert_eq!(ana.post("/api/tickets/", &ticket).await.status, 201);
    must_wait(&ana.post("/api/tickets/", &ticket).await);
    world.clock.advance(600);
    for _ in 0..10 {
        assert_eq!(ana.post("/api/tickets/", &ticket).await.status, 201);
    }
    must_wait(&ana.post("/api/tickets/", &ticket).await);
}

#[tokio::test]
async fn readings_of_every_kind_count() {
    let world = strict().await;
    let ticket = world.ticket("ana").await;
    let ana = world.browser("ana").await;
    let media = ticket.attachments[0].path();
    for path in ["/tickets", "/tickets/new", "/api/tickets/", media.as_str()].iter().cycle().take(18) {
        assert_eq!(ana.get(path).await.status, 200, "{path}");
    }
    for _ in 0..2 {
        assert_eq!(ana.post("/fn/beat", &urlencoded(&format!("ticket={}&state=viewing", ticket.id))).await.status, 200);
    }
    let page = ana.get("/tickets").await;
    must_wait(&page);
    assert!(page.header("content-type").starts_with("text/html") && page.text().contains("Try again"));
    for path in ["/api/tickets/", media.as_str()] {
        let refused = ana.get(path).await;
        must_wait(&refused);
        assert!(!refused.json()["detail"].as_str().unwrap().is_empty(), "{path}");
    }
    for refused in [ana.get("/live").await, ana.post("/fn/preview", &urlencoded("")).await] {
        must_wait(&refused);
        assert_eq!(refused.json()["error"], "too_many_requests");
    }
    // What is not of the session is not counted. The site's own files are there only after a build for the browser, so
    // this asks for one that never is.
    for path in ["/healthz", "/readyz", "/pkg/nothing"] {
        assert_ne!(ana.get(path).await.status, 429, "{path}");
    }
    assert_eq!(ana.post("/fn/set_theme", &urlencoded("theme=dark")).await.status, 200, "changes are counted apart");
    world.clock.advance(30);
    assert_eq!(ana.get("/tickets").await.status, 200);
}

#[tokio::test]
async fn a_form_that_is_too_much_keeps_what_was_typed() {
    let world = strict().await;
    let ticket = world.ticket("ana").await;
    let ana = world.browser("ana").await;
    use_up(&ana).await;
    let new =
        form(&[("title", "Kept <title>"), ("description", "Kept words")], &[("a.png", &crate::harness::png(3000))]);
    let reply = ana.post("/tickets/new?fn=create_ticket", &new).await;
    must_wait(&reply);
    let page = reply.text();
    assert!(page.contains("Kept &lt;title&gt;") && page.contains("Kept words"), "{page}");
    assert!(page.contains("Try again"), "{page}");
    let edit = format!("/tickets/{}?edit=1&fn=update_ticket", ticket.id);
    let reply = ana.post(&edit, &urlencoded(&format!("id={}&title=Kept+too&description=d", ticket.id))).await;
    must_wait(&reply);
    assert!(reply.text().contains("Kept too"));
    let by_script = ana.post("/fn/create_ticket", &new).await;
    must_wait(&by_script);
    assert_eq!(by_script.json()["error"], "too_many_requests");
    assert_eq!(world.files_on_disk(), 1);
    assert_eq!(world.api("ana").await.get("/api/tickets/").await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_that_is_shown_again_is_a_reading() {
    let world = strict().await;
    let id = world.ticket("ana").await.id;
    let ana = world.browser("ana").await;
    // Neither of these is a change: the one is never counted, the other is refused. Both show the page again.
    let again = async |function: &str| ana.post(&format!("/tickets/{id}?fn={function}"), &urlencoded("")).await;
    for turn in 0..20 {
        let reply = again("set_up").await;
        assert_eq!(reply.status, 404, "{turn}: {}", reply.text());
    }
    must_wait(&again("set_up").await);
    must_wait(&ana.get("/tickets").await);
    // Who may change something, but read no more, does not get the page to read by it.
    must_wait(&again("reply").await);
    let typed = urlencoded(&format!("id={id}&title={}&description=Kept+words", "x".repeat(300)));
    let refused = ana.post(&format!("/tickets/{id}?fn=update_ticket"), &typed).await;
    must_wait(&refused);
    let page = refused.text();
    assert!(page.contains("Kept words") && page.contains("Send it now") && !page.contains("#entry-"), "{page}");
    world.clock.advance(30);
    assert_eq!(again("set_up").await.status, 404);
}

#[tokio::test]
async fn who_is_over_it_can_still_log_out_and_in() {
    let world = strict().await;
    let ana = world.browser("ana").await;
    use_up(&ana).await;
    must_wait(&ana.post("/fn/set_theme", &urlencoded("theme=dark")).await);
    let pin = world.pin("ana").await;
    assert_eq!(ana.post("/?fn=login", &urlencoded(&format!("pin={pin}"))).await.status, 303);
    // A new session has its own.
    use_up(&ana).await;
    assert_eq!(ana.post("/tickets?fn=log_out", &urlencoded("")).await.status, 303);
    assert_eq!(ana.get("/tickets").await.status, 303);
}

#[tokio::test]
async fn a_refusal_does_not_cost_the_session() {
    let world = strict().await;
    let ana = world.browser("ana").await;
    for turn in 0..3 {
        world.clock.advance(601);
        // Renewed on the way, whatever comes of the request itself.
        for _ in 0..21 {
            ana.get("/tickets").await;
        }
        must_wait(&ana.get("/tickets").await);
        let twin = world.anonymous();
        *twin.cookies.lock().unwrap() = ana.cookies.lock().unwrap().clone();
        twin.cookies.lock().unwrap().remove("pindesk_access");
        let refused = twin.get("/tickets").await;
        must_wait(&refused);
        assert_eq!(refused.headers.get_all("set-cookie").iter().count(), 2, "turn {turn}");
        *ana.cookies.lock().unwrap() = twin.cookies.lock().unwrap().clone();
    }
    world.clock.advance(601);
    assert_eq!(ana.get("/tickets").await.status, 200);
}

#[tokio::test]
async fn large_lists_are_not_compressed() {
    let world = World::new().await;
    let ana = world.api("ana").await.with_header("accept-encoding", "br, gzip");
    let long = json(&value!({"title": "a", "description": "long words ".repeat(1800)}));
    for _ in 0..3 {
        assert_eq!(ana.post("/api/tickets/", &long).await.status, 201);
    }
    assert_eq!(ana.get("/api/tickets/").await.header("content-encoding"), "br");
    for _ in 0..60 {
        assert_eq!(ana.post("/api/tickets/", &long).await.status, 201);
    }
    let large = ana.get("/api/tickets/").await;
    assert!(large.bytes.len() > 1024 * 1024);
    assert_eq!(large.header("content-encoding"), "");
    assert_eq!(large.json().as_array().unwrap().len(), 63);
}
