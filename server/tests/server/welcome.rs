//! The page that says whose access a browser has: before it was shown nothing is written, and nothing that was typed is lost.

use domain::{Actor, Cursor, Purpose, Role, ScopeDraft, TicketFilter};
use http::Method;
use serde_json::json as value;

use crate::harness::{Client, World, form, json, png, urlencoded};

async fn tickets(world: &World) -> usize {
    let all = world.desk.tickets().list(&Actor::command_line(), &TicketFilter::default(), Cursor::First, 100).await;
    all.unwrap().items.len()
}

/// A browser that logs in by the form of the page and goes past what follows.
async fn hasty(world: &World) -> Client {
    let browser = world.anonymous().with_header("sec-fetch-site", "same-origin");
    browser.get("/").await;
    let pin = world.pin("ana").await;
    let reply = browser.post("/?fn=login", &urlencoded(&format!("from_page=1&pin={pin}"))).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/welcome"));
    browser
}

#[tokio::test]
async fn a_form_that_comes_too_early_is_shown_again_with_whose_access_it_is() {
    let world = World::new().await;
    let browser = hasty(&world).await;
    let fields = [("title", "Broken <door>"), ("description", "It creaks."), ("priority", "High")];
    let early = browser.post("/tickets/new?fn=create_ticket", &form(&fields, &[("a.png", &png(100))])).await;
    let page = early.text();
    assert_eq!((early.status.as_u16(), tickets(&world).await), (409, 0), "{page}");
    assert!(page.contains("You are in as ") && page.contains("Name of ana") && page.contains("Leave"), "{page}");
    for typed in ["Broken &lt;door&gt;", "It creaks.", "value=\"High\"", "type=\"file\""] {
        assert!(page.contains(typed), "{typed} is lost: {page}");
    }
    assert!(page.contains("action=\"/tickets/new?fn=create_ticket\"") && !page.contains(">Go on<"), "{page}");
    // They were told now, and send it from there.
    let sent = browser.post("/tickets/new?fn=create_ticket", &form(&fields, &[])).await;
    assert_eq!((sent.status.as_u16(), tickets(&world).await), (303, 1), "{}", sent.text());
}

#[tokio::test]
async fn a_button_that_is_pressed_too_early_leads_to_the_page_and_back() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let browser = hasty(&world).await;
    assert_eq!(browser.get(&format!("/tickets/{id}")).await.status, 200, "reading goes on");
    let early = browser.post(&format!("/tickets/{id}?fn=close_ticket"), &urlencoded(&format!("id={id}"))).await;
    assert_eq!(early.status, 409);
    assert!(early.text().contains(&format!("href=\"/tickets/{id}\"")) && early.text().contains(">Go on<"));
    let again = browser.post(&format!("/tickets/{id}?fn=close_ticket"), &urlencoded(&format!("id={id}"))).await;
    assert_eq!(again.status, 303);
    // A refusal of another kind is what it always is.
    let browser = hasty(&world).await;
    let wrong = browser.post("/fn/login", &urlencoded("from_page=1&pin=SUP-0000-0000")).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn only_a_page_that_somebody_gets_to_see_counts() {
    let world = World::new().await;
    let browser = hasty(&world).await;
    let write = async || {
        let reply = browser.post("/fn/create_ticket", &form(&[("title", "a"), ("description", "b")], &[])).await;
        (reply.status.as_u16(), reply.text())
    };
    let (status, answer) = write().await;
    assert!(status == 409 && answer.contains("Name of ana") && answer.contains("/welcome"), "{answer}");
    browser.send(Method::HEAD, "/welcome", None).await;
    assert_eq!(write().await.0, 409);
    let ahead = world.anonymous().with_header("sec-purpose", "prefetch");
    *ahead.cookies.lock().unwrap() = browser.cookies.lock().unwrap().clone();
    assert_eq!(ahead.get("/welcome").await.status, 200);
    assert_eq!(write().await.0, 409);
    // Neither does another session of theirs.
    assert_eq!(hasty(&world).await.get("/welcome").await.status, 200);
    assert_eq!(write().await.0, 409);
    // Cookies write nothing by REST either.
    let ticket = json(&value!({"title": "a", "description": "b"}));
    let rest = browser.post("/api/tickets/", &ticket).await;
    assert!(rest.status == 409 && rest.json()["detail"].as_str().unwrap().contains("/welcome"), "{}", rest.text());
    assert_eq!(tickets(&world).await, 0);
    assert_eq!(browser.get("/welcome").await.status, 200);
    assert_eq!((write().await.0, browser.post("/api/tickets/", &ticket).await.status.as_u16()), (200, 201));
    // It stays so when the tokens are renewed.
    world.clock.advance(700);
    assert_eq!(write().await.0, 200);
    // Programs are told with their tokens, and staff know who they are.
    assert_eq!(world.api("ana").await.post("/api/tickets/", &ticket).await.status, 201);
    let adam = world.staff("adam", Role::Admin).await;
    assert_eq!(adam.post("/fn/add_category", &urlencoded("name=New")).await.status, 200);
}

#[tokio::test]
async fn who_drops_files_is_told_first_too() {
    let world = World::new().await;
    let ticket = Some(world.ticket("ana").await.id);
    let scope = ScopeDraft { ticket, purpose: Purpose::Drop, label: "Plans".into(), ..ScopeDraft::default() };
    let browser = world.hasty_browser_for("ana", scope).await.with_header("sec-fetch-site", "same-origin");
    let files = form(&[], &[("a.png", &png(100))]);
    let before = world.files_on_disk();
    let early = browser.post("/drop?fn=drop_files", &files).await;
    let page = early.text();
    assert_eq!((early.status.as_u16(), world.files_on_disk()), (409, before), "{page}");
    assert!(page.contains("You can add files: ") && page.contains("action=\"/drop?fn=drop_files\""), "{page}");
    assert!(!page.contains("Name of ana"), "they do not learn whose it is: {page}");
    assert_eq!(browser.post("/drop?fn=drop_files", &files).await.status, 303);
}
