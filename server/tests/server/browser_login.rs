//! Logging in from a browser: a form sent twice, cookies that cannot stay, where one is logged in.

use domain::{Actor, Cursor, Role};
use http::Method;

use crate::harness::{Client, PASSWORD, Reply, World, urlencoded};

/// The cookie that a browser gets with the page that logs in.
const BROWSER: &str = "pindesk-browser";

/// Another request of the same browser, sent before any answer came.
fn at_once(world: &World, of: &Client) -> Client {
    let twin = world.anonymous();
    *twin.cookies.lock().unwrap() = of.cookies.lock().unwrap().clone();
    twin
}

/// A browser on a page that logs in.
async fn on_page(world: &World, path: &str) -> Client {
    let browser = world.anonymous().with_header("sec-fetch-site", "same-origin");
    let page = browser.get(path).await;
    assert!(page.text().contains("name=\"from_page\""), "{}", page.text());
    browser
}

async fn send_pin(client: &Client, pin: &str) -> Reply {
    client.post("/?fn=login", &urlencoded(&format!("from_page=1&pin={pin}"))).await
}

async fn sessions(world: &World, username: &str) -> usize {
    let id = world.customer(username).await.id;
    world.desk.sessions().list(&Actor::command_line(), Some(id), Cursor::First, 100).await.unwrap().items.len()
}

#[tokio::test]
async fn a_form_sent_twice_is_one_log_in() {
    let world = World::new().await;
    let browser = on_page(&world, "/").await;
    let key = browser.cookie(BROWSER).unwrap();
    assert_eq!(browser.get("/").await.header("set-cookie"), "", "it keeps the one it has");
    let pin = world.pin("ana").await;
    let clicks: Vec<Client> = (0..3).map(|_| at_once(&world, &browser)).collect();
    for click in &clicks {
        let reply = send_pin(click, &pin).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/welcome"));
        assert_eq!(click.get("/tickets").await.status, 200);
    }
    assert_eq!(sessions(&world, "ana").await, 1);
    // A click that comes when the cookies are there already ends nothing.
    assert_eq!(send_pin(&clicks[0], &pin).await.status, 303);
    assert_eq!(clicks[0].get("/tickets").await.status, 200);

    // Who has the PIN, and the form of another rendering, or the HTML of this one, has nothing.
    let other = on_page(&world, "/").await;
    let guess = world.anonymous();
    guess.set_cookie(BROWSER, &"0".repeat(key.len()));
    for thief in [&world.anonymous(), &other, &guess] {
        let reply = thief.post("/?fn=login", &urlencoded(&format!("pin={pin}"))).await;
        assert_eq!(reply.status, 400, "{}", reply.text());
    }
    assert!(!world.anonymous().get("/").await.text().contains(&key), "no page holds the secret");
    world.clock.advance(31);
    assert_eq!(send_pin(&at_once(&world, &browser), &pin).await.status, 400);
}

#[tokio::test]
async fn many_clicks_at_the_same_moment_open_one_session() {
    let world = World::new().await;
    let browser = on_page(&world, "/").await;
    let pin = world.pin("ana").await;
    let clicks: Vec<Client> = (0..16).map(|_| at_once(&world, &browser)).collect();
    let replies = futures::future::join_all(clicks.iter().map(|click| send_pin(click, &pin))).await;
    assert!(replies.iter().all(|reply| reply.status == 303));
    assert_eq!(sessions(&world, "ana").await, 1);
}

#[tokio::test]
async fn the_set_up_form_sent_twice_makes_one_admin_who_is_in() {
    // By the page's form, and by script.
    for by_script in [false, true] {
        let world = World::new().await;
        let token = world.desk.users().set_up_link().await.unwrap().unwrap().token().to_owned();
        let page = format!("/admin/set-up?token={token}");
        let browser = on_page(&world, &page).await;
        let path = if by_script { "/fn/set_up" } else { &format!("{page}&fn=set_up") };
        let form = urlencoded(&format!(
            "from_page=1&token={token}&username=boss&password={0}&password_again={0}",
            PASSWORD.replace(' ', "+")
        ));
        let refused = world.anonymous().post(path, &form).await;
        assert!(refused.status == 400 && refused.text().contains("did not keep"), "{}", refused.text());
        let clicks: Vec<Client> = (0..3).map(|_| at_once(&world, &browser)).collect();
        let mut replies = futures::future::join_all(clicks[..2].iter().map(|click| click.post(path, &form))).await;
        replies.push(clicks[2].post(path, &form).await);
        for (click, reply) in clicks.iter().zip(replies) {
            assert!(matches!(reply.status.as_u16(), 200 | 303), "{path}: {} {}", reply.status, reply.text());
            assert_eq!(click.get("/admin").await.status, 200, "{path}");
        }
        let me = Actor::command_line();
        let boss = world.desk.users().by_username(&me, "boss").await.unwrap();
        let sessions = world.desk.sessions().list(&me, Some(boss.id), Cursor::First, 100).await.unwrap().items;
        assert_eq!(sessions.len(), 1, "{path}");
        // The link is used up for everybody else, and soon for this browser, too.
        let other = on_page(&world, "/").await;
        assert_eq!(other.post(path, &form).await.status, 404, "{path}");
        world.clock.advance(31);
        assert_eq!(at_once(&world, &browser).post(path, &form).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_pin_form_sent_twice_issues_one() {
    let world = World::new().await;
    let adam = world.staff("adam", Role::Admin).await;
    let id = world.customer("ana").await.id;
    let page = format!("/admin/customers/{id}");
    let shown = async |path: &str| {
        let text = adam.get(path).await.text();
        let (_, rest) = text.split_once("id=\"issued-pin\"").unwrap_or_else(|| panic!("{text}"));
        rest.split_once('>').unwrap().1.split('<').next().unwrap().to_owned()
    };
    let issued = async || {
        world.desk.pins().list(&Actor::command_line(), None, Some(id), Cursor::First, 100).await.unwrap().items.len()
    };
    let mut pins = Vec::new();
    // By the page's form, and by script.
    for (number, path) in [format!("{page}?fn=issue_pin"), "/fn/issue_pin".to_owned()].into_iter().enumerate() {
        let text = adam.get(&page).await.text();
        let (_, rest) = text.split_once("name=\"idempotency_key\" value=\"").unwrap_or_else(|| panic!("{text}"));
        let key = rest.split('"').next().unwrap();
        assert_eq!(key.len(), 32);
        let form = urlencoded(&format!("user_id={id}&ttl=3600&idempotency_key={key}"));
        let replies = futures::future::join_all((0..3).map(|_| adam.post(&path, &form))).await;
        let to = replies[0].header("location").to_owned();
        for reply in &replies {
            assert!(matches!(reply.status.as_u16(), 200 | 302 | 303), "{path}: {}", reply.text());
            assert_eq!(reply.header("location"), to, "{path}");
        }
        let pin = shown(&to).await;
        // The first page was under way when the second click came, and was never seen.
        assert_eq!(adam.post(&path, &form).await.header("location"), to);
        assert_eq!(shown(&to).await, pin);
        assert_eq!(issued().await, number + 1);
        pins.push(pin);
    }
    assert_ne!(pins[0], pins[1], "another rendering of the form is meant");
}

#[tokio::test]
async fn where_no_cookie_stays_the_log_in_says_so_and_the_pin_stays_unused() {
    let world = World::with(|settings| settings.desk.failures_per_client = 1).await;
    let pin = world.pin("ana").await;
    for _ in 0..3 {
        let reply = send_pin(&world.anonymous(), &pin).await;
        assert_eq!(reply.status, 400);
        assert!(reply.text().contains("did not keep this site’s cookie"), "{}", reply.text());
        assert!(reply.header("set-cookie").starts_with(BROWSER));
    }
    world.staff_member("adam", Role::Admin).await;
    let form = urlencoded(&format!("from_page=1&username=adam&password={}", PASSWORD.replace(' ', "+")));
    let refused = world.anonymous().post("/admin/login?fn=staff_login", &form).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("did not keep this site’s cookie"));
    assert_eq!(on_page(&world, "/admin/login").await.post("/admin/login?fn=staff_login", &form).await.status, 303);
    // A program sends no page's form, and may do with the cookies what it likes.
    assert_eq!(world.anonymous().post("/?fn=login", &urlencoded(&format!("pin={pin}"))).await.status, 303);
}

#[tokio::test]
async fn a_protected_desk_opened_without_protection_uses_no_pin() {
    let world = World::with(|settings| settings.public_url = Some("https://desk.example.org".parse().unwrap())).await;
    let pin = world.pin("ana").await;
    let plain =
        || world.anonymous().with_header("origin", "http://127.0.0.1:8000").with_header("host", "127.0.0.1:8000");
    let reply = plain().post("/?fn=login", &urlencoded(&format!("pin={pin}"))).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("Open https://desk.example.org"), "{}", reply.text());
    let page = world.anonymous().get("/").await;
    assert!(
        page.header("set-cookie").starts_with("__Host-pindesk-browser=")
            && page.header("set-cookie").ends_with("; Secure")
    );
    let protected = world.anonymous().with_header("origin", "https://desk.example.org");
    protected.get("/").await;
    assert_eq!(send_pin(&protected, &pin).await.status, 303);
}

#[tokio::test]
async fn a_sentence_and_a_keyboard_of_any_script_log_in() {
    let world = World::new().await;
    for write in [
        |pin: &str| format!("Your Support PIN is {pin}. It works once."),
        |pin: &str| pin.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect::<String>(),
        |pin: &str| pin.replace('-', "\u{2011}").to_lowercase(),
    ] {
        let typed = |pin: &str| write(pin);
        let pin = world.pin("ana").await;
        let form = format!("pin={}", form_urlencoded::byte_serialize(typed(&pin).as_bytes()).collect::<String>());
        assert_eq!(world.anonymous().post("/?fn=login", &urlencoded(&form)).await.status, 303, "{}", typed(&pin));
        let pin = world.pin("ana").await;
        let body = crate::harness::json(&serde_json::json!({ "pin": typed(&pin) }));
        assert_eq!(world.anonymous().post("/api/users/login/", &body).await.status, 200, "{}", typed(&pin));
        let pin = world.pin("ana").await;
        world.desk.pins().revoke_by_pin(&Actor::command_line(), &typed(&pin)).await.unwrap();
    }
}

#[tokio::test]
async fn a_customer_sees_where_they_are_logged_in_and_ends_it() {
    let world = World::new().await;
    let (here, there) = (world.browser("ana").await, world.browser("ana").await);
    let program = world.api("ana").await;
    let bens = world.browser("ben").await;
    let page = here.get("/sessions").await.text();
    assert_eq!(page.matches("?fn=end_session").count(), 2, "{page}");
    assert!(page.contains("This is you") && page.contains("?fn=log_out_everywhere"));
    let (_, rest) = page.split_once("name=\"id\" value=\"").unwrap();
    let (newest, _) = rest.split_once('"').unwrap();
    assert_eq!(bens.post("/sessions?fn=end_session", &urlencoded(&format!("id={newest}"))).await.status, 404);
    let reply = here.post("/sessions?fn=end_session", &urlencoded(&format!("id={newest}"))).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/sessions"));
    assert_eq!(program.get("/api/tickets/").await.status, 401);
    assert_eq!(there.get("/tickets").await.status, 200);
    let reply = here.post("/sessions?fn=log_out_everywhere", &urlencoded("")).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/"));
    assert!(here.cookie("pindesk_refresh").is_none());
    for gone in [&here, &there] {
        assert_eq!(gone.get("/tickets").await.status, 303);
    }
    assert_eq!(bens.get("/tickets").await.status, 200);
}

#[tokio::test]
async fn the_pin_form_offers_what_is_configured_and_issues_it() {
    let world = World::with(|settings| settings.desk.pin_ttl = 30 * 60).await;
    let adam = world.staff("adam", Role::Admin).await;
    let id = world.customer("ana").await.id;
    let path = format!("/admin/customers/{id}");
    let page = adam.get(&path).await.text();
    assert!(page.contains("30 minutes"), "{page}");
    let (_, rest) = page.split_once("<option value=\"1800\"").unwrap();
    assert!(rest.split('>').next().unwrap().contains("selected"), "{rest}");
    let send = async |form: &str| {
        adam.post(&format!("{path}?fn=issue_pin"), &urlencoded(&format!("user_id={id}&{form}"))).await
    };
    for (form, seconds) in [("ttl=1800", 1800), ("ttl=129600", 129_600), ("hours=2", 7200), ("", 1800)] {
        let reply = send(form).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        let pins = world.desk.pins().list(&Actor::command_line(), None, Some(id), Cursor::First, 1).await.unwrap();
        assert_eq!(pins.items[0].expires_at.seconds_since(pins.items[0].issued_at), seconds, "{form}");
        let shown = adam.get(reply.header("location")).await.text();
        assert!(shown.contains("id=\"issued-pin\""), "{shown}");
        assert!(!adam.get(reply.header("location")).await.text().contains("id=\"issued-pin\""), "once");
    }
    for wrong in ["ttl=59", "ttl=soon", "hours=99999999999999999999", "ttl=7776001"] {
        let reply = send(wrong).await;
        assert_eq!(reply.status, 400, "{wrong}");
        assert!(
            reply.text().contains("id=\"ttl-error\"") || reply.text().contains("aria-invalid=\"true\""),
            "{wrong}: {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn logging_in_again_ends_the_session_before() {
    let world = World::new().await;
    let browser = world.browser("ana").await;
    let before = at_once(&world, &browser);
    let pin = world.pin("ben").await;
    assert_eq!(send_pin(&browser, &pin).await.status, 303);
    assert_eq!(before.get("/tickets").await.status, 303);
    assert!(browser.get("/tickets").await.text().contains("Name of ben"));
    assert_eq!(browser.send(Method::HEAD, "/tickets", None).await.status, 200);
}
