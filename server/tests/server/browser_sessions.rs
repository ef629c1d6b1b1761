//! Sessions of browsers: cookies, renewal, rotation, reuse.

use domain::{Actor, Role};
use serde_json::json as value;

use crate::harness::{Client, World, form, json, png, urlencoded};

fn twin(world: &World, of: &Client) -> Client {
    let twin = world.anonymous();
    *twin.cookies.lock().unwrap() = of.cookies.lock().unwrap().clone();
    twin
}

#[tokio::test]
async fn logging_in_sets_cookies_that_script_cannot_read() {
    let world = World::new().await;
    let client = world.anonymous();
    let pin = world.pin("ana").await;
    let reply = client.post("/?fn=login", &urlencoded(&format!("pin={pin}"))).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/welcome"));
    let cookies: Vec<&str> = reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 2);
    for cookie in cookies {
        assert!(
            cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax") && cookie.contains("; Path=/"),
            "{cookie}"
        );
        assert!(!cookie.contains("Secure"));
    }
    assert_eq!(client.get("/tickets").await.status, 200);
    let reply = client.post("/tickets?fn=log_out", &urlencoded("")).await;
    assert_eq!(reply.status, 303);
    assert!(client.cookies.lock().unwrap().is_empty());
    assert_eq!(client.get("/tickets").await.status, 303);
}

#[tokio::test]
async fn over_https_cookies_are_bound_to_the_host() {
    let world = World::with(|settings| settings.public_url = Some("https://desk.example.org".parse().unwrap())).await;
    let client = world.anonymous();
    let pin = world.pin("ana").await;
    let reply = client.post("/?fn=login", &urlencoded(&format!("pin={pin}"))).await;
    for cookie in reply.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-pindesk_") && cookie.ends_with("; Secure"), "{cookie}");
    }
    assert_eq!(client.get("/tickets").await.status, 200);
    assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn an_expired_session_is_renewed_whatever_is_asked() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await;
    let ana = world.browser("ana").await;
    let media = ticket.attachments[0].path();
    for path in ["/tickets", "/api/tickets/", media.as_str()] {
        let before = ana.cookie("pindesk_refresh");
        world.clock.advance(601);
        let reply = ana.get(path).await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.headers.get_all("set-cookie").iter().count(), 2, "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert_ne!(ana.cookie("pindesk_refresh"), before, "the refresh token rotates");
        assert!(ana.get(path).await.header("set-cookie").is_empty(), "{path}");
    }
    world.clock.advance(601);
    let upload = form(&[("title", "T"), ("description", "D")], &[("a.png", &png(500_000))]);
    let reply = ana.post("/fn/create_ticket", &upload).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.headers.get_all("set-cookie").iter().count(), 2);
    // The browser forgets the access cookie when its time is over.
    ana.cookies.lock().unwrap().remove("pindesk_access");
    // One with tokens is for one reader; another does not throw the page that asked out of the browser's memory.
    for cache in ["no-store", "private, no-cache"] {
        let reply = ana.post("/fn/refresh", &urlencoded("")).await;
        assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, cache));
    }
}

#[tokio::test]
async fn several_requests_renew_at_once() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    world.clock.advance(601);
    let tabs: Vec<Client> = (0..8).map(|_| twin(&world, &ana)).collect();
    let replies = futures::future::join_all(tabs.iter().map(|tab| tab.get("/tickets"))).await;
    for reply in &replies {
        assert_eq!(reply.status, 200);
    }
    // All of them ended up with tokens that go on working.
    world.clock.advance(5);
    for tab in &tabs {
        assert_eq!(tab.get("/tickets").await.status, 200);
    }
}

#[tokio::test]
async fn a_stolen_refresh_token_ends_the_session() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let thief = twin(&world, &ana);
    thief.cookies.lock().unwrap().remove("pindesk_access");
    world.clock.advance(601);
    for _ in 0..2 {
        assert_eq!(ana.get("/tickets").await.status, 200);
    }
    world.clock.advance(60);
    let reply = thief.get("/tickets").await;
    assert_eq!(reply.status, 303);
    assert!(thief.cookies.lock().unwrap().is_empty(), "what cannot be renewed is cleared");
    assert_eq!(ana.get("/tickets").await.status, 303, "the whole session is over");
}

#[tokio::test]
async fn a_lost_answer_to_a_renewal_logs_nobody_out() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    for seconds in [601, 60, 3600] {
        world.clock.advance(seconds);
        // The answer with its cookies goes to nobody.
        assert_eq!(twin(&world, &ana).get("/tickets").await.status, 200);
    }
    world.clock.advance(60);
    assert_eq!(ana.get("/tickets").await.status, 200);
    assert_eq!(ana.get("/tickets").await.status, 200);
}

#[tokio::test]
async fn staff_end_a_session_at_once() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let program = world.api("ana").await;
    let id = world.customer("ana").await.id;
    assert_eq!(world.desk.sessions().end_all_of(&Actor::command_line(), id).await, Ok(2));
    assert_eq!(ana.get("/tickets").await.status, 303);
    assert_eq!(program.get("/api/tickets/").await.status, 401);
}

#[tokio::test]
async fn a_bearer_token_leaves_cookies_alone() {
    let world = World::new().await;
    let mut client = world.browser("ana").await;
    client.bearer = Some("a.b.c".into());
    world.clock.advance(601);
    let reply = client.get("/api/tickets/").await;
    assert_eq!((reply.status.as_u16(), reply.header("set-cookie")), (401, ""));
}

#[tokio::test]
async fn requests_from_other_sites_change_nothing() {
    let world = World::new().await;
    let evil = |client: Client| client.with_header("origin", "https://evil.example");
    let ours = |client: Client| client.with_header("origin", "http://127.0.0.1:8000");
    let ticket = json(&value!({"title": "a", "description": "b"}));

    let client = evil(world.browser("ana").await);
    for path in ["/api/tickets/", "/fn/log_out", "/tickets?fn=log_out"] {
        let refused = client.post(path, &ticket).await;
        assert_eq!(refused.status, 403, "{path}");
        // Loading the page of a refused form anew would send it once more.
        assert!(refused.text().contains("Go back and send it again."), "{path}: {}", refused.text());
    }
    assert_eq!(client.get("/tickets").await.status, 200, "reading is the browser's matter");
    // No browser adds a bearer token by itself.
    assert_eq!(evil(world.api("ana").await).post("/api/tickets/", &ticket).await.status, 201);
    assert_eq!(ours(world.browser("ana").await).post("/api/tickets/", &ticket).await.status, 201);
    // Logging somebody in as somebody else is a change too.
    let pin = world.pin("ana").await;
    let login = urlencoded(&format!("pin={pin}"));
    assert_eq!(evil(world.anonymous()).post("/?fn=login", &login).await.status, 403);
    assert_eq!(evil(world.anonymous()).post("/fn/login", &login).await.status, 403);
    let cross = world.anonymous().with_header("sec-fetch-site", "cross-site");
    assert_eq!(cross.post("/?fn=login", &login).await.status, 403);
    assert_eq!(ours(world.anonymous()).post("/?fn=login", &login).await.status, 303);
}

#[tokio::test]
async fn a_deactivated_customer_is_out() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    world.staff_member("adam", Role::Admin).await;
    let id = world.customer("ana").await.id;
    world.desk.users().set_active(&Actor::command_line(), id, false).await.unwrap();
    assert_eq!(ana.get("/tickets").await.status, 303);
}

#[tokio::test]
async fn a_login_leads_to_the_sessions_that_were_asked_for() {
    let world = World::new().await;
    let asked = world.anonymous().get("/sessions").await;
    assert_eq!(asked.header("location"), "/?next=/sessions");
    let pin = world.pin("ana").await;
    let login = urlencoded(&format!("pin={pin}&next=/sessions"));
    assert_eq!(world.anonymous().post("/?fn=login", &login).await.header("location"), "/welcome?next=/sessions");
    let agent = world.staff("ida", Role::Agent).await;
    let id = world.staff_member("ida", Role::Agent).await.id;
    assert_eq!(agent.get("/sessions").await.header("location"), format!("/admin/staff/{id}"));
}

#[tokio::test]
async fn all_sessions_of_a_person_can_be_reached() {
    let world = World::new().await;
    let admin = world.staff("adam", Role::Admin).await;
    let (ana, ida) = (world.customer("ana").await.id, world.staff_member("ida", Role::Agent).await.id);
    for _ in 0..51 {
        world.browser("ana").await;
    }
    let page = admin.get(&format!("/admin/customers/{ana}")).await.text();
    let (_, next) = page.split_once("rel=\"next\" href=\"").expect("a way to older sessions");
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    assert!(next.starts_with(&format!("/admin/customers/{ana}?before=")), "{next}");
    let older = admin.get(&next).await.text();
    assert_eq!(older.matches("End this session").count(), 1, "{older}");
    assert_eq!(admin.get(&format!("/admin/staff/{ida}?before=1")).await.status, 200);
}

#[tokio::test]
async fn a_button_in_a_row_says_of_what() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let ana = world.browser("ana").await;
    world.pin("ana").await;
    let admin = world.staff("adam", Role::Admin).await;
    let customer = world.customer("ana").await.id;
    let which = "<span class=\"visually-hidden\"> the session from 192.0.2.1 since 2";
    let plain = |page: String| page.replace("<!>", "");
    let page = plain(ana.get("/sessions").await.text());
    assert!(page.contains(which), "{page}");
    let page = plain(admin.get("/admin/sessions").await.text());
    assert!(page.contains(which) && page.contains(", of <bdi>Name of ana</bdi></span>"), "{page}");
    let page = plain(admin.get("/admin/pins").await.text());
    assert!(page.contains("<span class=\"visually-hidden\"> the PIN of <bdi>Name of ana</bdi>, issued 2"), "{page}");
    for path in ["", "/tickets", "/customers", "/pins", "/files", "/sessions", "/staff", "/categories"] {
        let page = admin.get(&format!("/admin{path}")).await.text();
        let heads = page.matches("<th ").count() + page.matches("<th>").count();
        assert_eq!(page.matches("<th scope=\"col\"").count(), heads, "/admin{path}");
    }
    assert!(admin.get(&format!("/admin/customers/{customer}")).await.text().contains("<th scope=\"col\""));
    let page = ana.get(&format!("/tickets/{id}")).await.text();
    assert!(page.contains("aria-describedby=\"body-hint\"") && page.contains("id=\"body-hint\""), "{page}");
}
