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
    // It would be shown without being asked for again, so nothing is given out ahead.
    for page in ["/welcome", "/tickets"] {
        assert_eq!(ahead.get(page).await.status, 425, "{page}");
    }
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
    *ahead.cookies.lock().unwrap() = browser.cookies.lock().unwrap().clone();
    assert_eq!(ahead.get("/tickets").await.status, 200);
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

/// The return code that a page shows.
fn code_on(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("id=\"return-code\"")?;
    Some(rest.split_once('>')?.1.split('<').next()?.trim().to_owned())
}

#[tokio::test]
async fn who_is_unknown_writes_down_the_way_back_before_anything_else() {
    let world = World::new().await;
    let me = Actor::command_line();
    let person = world.desk.users().create_unnamed(&me).await.unwrap();
    let pin = world.desk.pins().issue(&me, desk::NewPins::one(person.id)).await.unwrap()[0].pin.to_string();
    let log_in = async |typed: &str| {
        let browser = world.anonymous().with_header("sec-fetch-site", "same-origin");
        browser.get("/").await;
        let reply = browser.post("/?fn=login", &urlencoded(&format!("from_page=1&pin={typed}"))).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/welcome"), "{typed}");
        browser
    };
    let browser = log_in(&pin).await;
    let page = browser.get("/welcome").await.text();
    let code = code_on(&page).unwrap();
    assert!(page.contains("Unknown person ") && page.contains("once more when you first come back"), "{page}");
    let fields = [("title", "What I saw"), ("description", "It was at night.")];
    let early = browser.post("/tickets/new?fn=create_ticket", &form(&fields, &[])).await;
    assert_eq!((early.status.as_u16(), tickets(&world).await), (409, 0));
    assert!(
        code_on(&early.text()) == Some(code.clone()) && early.text().contains("It was at night."),
        "{}",
        early.text()
    );
    let wrong = browser.post("/welcome?fn=note_return_code", &urlencoded("group=0000")).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("not its last four signs") && code_on(&wrong.text()).is_some(), "{}", wrong.text());
    let group = code.rsplit('-').next().unwrap().to_lowercase();
    let note = urlencoded(&format!("group={group}&next=/tickets/new"));
    let noted = browser.post("/welcome?fn=note_return_code", &note).await;
    assert_eq!((noted.status.as_u16(), noted.header("location")), (303, "/tickets/new"));
    assert_eq!(browser.post("/tickets/new?fn=create_ticket", &form(&fields, &[])).await.status, 303);
    assert_eq!(code_on(&browser.get("/welcome").await.text()), None, "it is shown once");

    let back = log_in(&code.replace('-', "+")).await;
    let page = back.get("/welcome").await.text();
    assert!(code_on(&page) == Some(code.clone()) && page.contains("the last time"), "{page}");
    assert_eq!(back.post("/fn/make_caller_code", &urlencoded("")).await.status, 409);
    assert_eq!(back.post("/welcome?fn=note_return_code", &note).await.status, 303);
    let again = log_in(&code).await;
    assert_eq!(code_on(&again.get("/welcome").await.text()), None);
    assert_eq!(again.post("/fn/make_caller_code", &urlencoded("")).await.status, 200);
    // A program is given it with its tokens, and nobody else is told of any.
    let other = world.desk.users().create_unnamed(&me).await.unwrap();
    let pin = world.desk.pins().issue(&me, desk::NewPins::one(other.id)).await.unwrap()[0].pin.to_string();
    let rest =
        async |pin: &str| world.anonymous().post("/api/users/login/", &json(&value!({ "pin": pin }))).await.json();
    let first = rest(&pin).await;
    let code = first["return_code"].as_str().unwrap().to_owned();
    assert_eq!(rest(&code).await["return_code"], value!(code));
    assert!(rest(&code).await.get("return_code").is_none());
    assert!(rest(&world.pin("ana").await).await.get("return_code").is_none());
    // Staff see no field for who they are.
    let adam = world.staff("adam", Role::Admin).await;
    let page = adam.get(&format!("/admin/customers/{}", other.id)).await.text();
    assert!(page.contains("Nobody knows who this is") && !page.contains("name=\"email\""), "{page}");
    let named = adam.post("/fn/update_customer", &urlencoded(&format!("id={}&username=ana", other.id))).await;
    assert_eq!(named.status, 409);
}
