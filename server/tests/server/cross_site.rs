//! What a page of another site makes a browser send is never carried out, whatever the address looks like.

use std::collections::BTreeSet;

use domain::Role;
use http::Method;

use crate::harness::{Client, Content, World, form, raw, urlencoded};

/// What browsers say of a request that another site caused.
const FOREIGN: &[&[(&str, &str)]] = &[
    &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site"), ("origin", "http://other.127.0.0.1:8000")],
    &[("referer", "https://evil.example/page?http://127.0.0.1:8000/")],
    &[("origin", "http://127.0.0.1:8001")],
    &[("origin", "http://127.0.0.1:8000.evil.example")],
];

fn foreign(client: Client, headers: &[(&'static str, &'static str)]) -> Client {
    headers.iter().fold(client, |client, (name, value)| client.with_header(name, *value))
}

/// Every address of the site in odd spellings, and some that are none.
fn addresses() -> BTreeSet<String> {
    let mut known: Vec<String> = server::router::routes().into_iter().map(|route| route.path).collect();
    known.extend(server::router::page_paths());
    known.extend(server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()));
    let mut all: BTreeSet<String> = [
        "/media",
        "/media/",
        "/media/x",
        "//media",
        "/healthz/x",
        "/readyz/",
        "/pkg",
        "/pkg/",
        "//api/x",
        "/api",
        "/API/",
        "/Api/tickets/",
        "//fn/login",
        "/fn",
        "/fn/",
        "/FN/login",
        "/live/",
        "/no/such/page",
        "/%2f",
        "/%ff",
        "//",
        "///",
        "/favicon.svg",
        "/.well-known/x",
        "/*",
        "/;/",
    ]
    .map(ToOwned::to_owned)
    .into();
    for path in known {
        let path =
            path.replace("{*path}", "x").replace("{*name}", "x").replace("{id}", "1").replace("{place}", "ticket");
        let path = path.replace("{ticket_id}", "1").replace("{file}", "a.png");
        let encoded = format!("/{}", path[1..].replace('/', "%2f"));
        let dotted = format!("/.{path}");
        let spelled: String =
            path.chars().map(|char| if char == 'n' { "%6e".into() } else { char.to_string() }).collect();
        all.extend([
            format!("/{path}"),
            format!("{path}/"),
            format!("{path}//"),
            format!("{path}/x"),
            format!("{path};x"),
        ]);
        all.extend([path.to_uppercase(), encoded, dotted, spelled, format!("/x/..{path}"), path]);
    }
    all
}

const QUERIES: [&str; 7] = [
    "fn=login",
    "fn=log_out",
    "fn=set_theme&fn=login",
    "fn=login&fn=set_theme",
    "a=b&fn=login",
    "fn=%6cogin",
    "fn=set_theme",
];

fn contents(pin: &str) -> [Content; 3] {
    let all = format!("pin={pin}&theme=dark&title=a&description=b&body=c&id=1&place=ticket");
    let fields = [("id", "1"), ("pin", pin), ("theme", "dark"), ("title", "a"), ("description", "b"), ("body", "c")];
    [urlencoded(&all), raw("text/plain", &all), form(&fields, &[])]
}

#[tokio::test]
async fn no_address_carries_out_what_another_site_asks_for() {
    let world = World::new().await;
    world.ticket("ana").await;
    let (ana, adam) = (world.browser("ana").await, world.staff("adam", Role::Admin).await);
    let pin = world.pin("mallory").await;
    let contents = contents(&pin);
    let addresses = addresses();
    assert!(addresses.len() > 500);
    let mut turn = 0;
    for address in &addresses {
        // Three of the ways for each address, and all of them for many.
        for headers in FOREIGN.iter().cycle().skip(turn % FOREIGN.len()).take(3) {
            // REST gives no cookies and takes none; what a program may do without them, a page may too.
            let nobody = (!address.starts_with("/api")).then(|| world.anonymous());
            let twin = world.anonymous();
            *twin.cookies.lock().unwrap() = if turn % 2 == 0 { &ana } else { &adam }.cookies.lock().unwrap().clone();
            for client in nobody.into_iter().chain([twin]) {
                turn += 1;
                let client = foreign(client, headers);
                let path = format!("{address}?{}", QUERIES[turn % QUERIES.len()]);
                let methods = [Method::POST, Method::POST, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
                let method = methods[turn % methods.len()].clone();
                let reply = client.send(method.clone(), &path, Some(&contents[turn % contents.len()])).await;
                assert!(reply.status.is_client_error(), "{method} {path} {headers:?}: {}", reply.status);
                assert_eq!(reply.header("set-cookie"), "", "{method} {path} {headers:?}");
            }
        }
    }
    // Nobody was logged out or in, nothing was written.
    assert_eq!(ana.get("/tickets").await.status, 200);
    assert_eq!(adam.get("/admin").await.status, 200);
    assert_eq!(world.api("ana").await.get("/api/tickets/").await.json().as_array().unwrap().len(), 1);
    let own = world.anonymous().with_header("sec-fetch-site", "same-origin");
    assert_eq!(own.post("/?fn=login", &contents[0]).await.status, 303, "the PIN was not used");
}

#[tokio::test]
async fn only_the_choice_of_colours_works_where_nothing_is() {
    let world = World::new().await;
    let pin = world.pin("ana").await;
    for path in ["/no/such/page", "/healthz/x", "/readyz/", "/pkg", "//api/x", "//fn/login", "/admin/nothing"] {
        let client = world.anonymous();
        for (query, content) in [("fn=login", format!("pin={pin}")), ("fn=login&fn=set_theme", format!("pin={pin}"))] {
            let reply = client.post(&format!("{path}?{query}"), &urlencoded(&content)).await;
            assert_eq!((reply.status.as_u16(), reply.header("set-cookie")), (404, ""), "{path}");
        }
        let reply = client.post(&format!("{path}?fn=set_theme&fn=login"), &urlencoded(&format!("pin={pin}"))).await;
        assert_eq!(reply.status, 303, "{path}");
        assert!(client.cookie("pindesk_access").is_none());
    }
    assert_eq!(world.anonymous().post("/?fn=login", &urlencoded(&format!("pin={pin}"))).await.status, 303);
}

#[tokio::test]
async fn who_is_no_browser_is_not_asked_where_they_come_from() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let body = urlencoded("title=a&description=b");
    assert_eq!(ana.post("/api/tickets/", &body).await.status, 201);
    // A program of another site with a bearer token, as the original client.
    let api = foreign(world.api("ana").await, FOREIGN[0]);
    assert_eq!(api.post("/api/tickets/", &body).await.status, 201);
    let pin = world.pin("ana").await;
    let login =
        foreign(world.anonymous(), FOREIGN[0]).post("/api/users/login/", &urlencoded(&format!("pin={pin}"))).await;
    assert_eq!((login.status.as_u16(), login.header("set-cookie")), (200, ""));
}
