//! Addresses with slashes behind them, and addresses that try to lead elsewhere.

use domain::{Actor, ApprovalDraft, Purpose, Role, ScopeDraft};
use http::Method;

use crate::harness::{Client, World, urlencoded};

/// Every page, with something in the place of what varies.
fn pages() -> Vec<String> {
    server::router::page_paths().iter().map(|path| path.replace("{id}", "1")).filter(|path| path != "/").collect()
}

#[tokio::test]
async fn every_page_is_found_with_slashes_behind_it() {
    let world = World::new().await;
    world.ticket("ana").await;
    let clients = [world.anonymous(), world.browser("ana").await, world.staff("adam", Role::Admin).await];
    assert!(pages().len() > 10);
    for page in pages() {
        for slashes in ["/", "//", "/////"] {
            for (query, kept) in [("", ""), ("?", "?"), ("?q=a%20b&before=1", "?q=a%20b&before=1")] {
                for client in &clients {
                    let reply = client.get(&format!("{page}{slashes}{query}")).await;
                    let expected = format!("{page}{kept}");
                    assert_eq!((reply.status.as_u16(), reply.header("location")), (308, expected.as_str()));
                }
            }
            let reply = clients[0].send(Method::HEAD, &format!("{page}{slashes}"), None).await;
            assert_eq!((reply.status.as_u16(), reply.header("location")), (308, page.as_str()));
        }
    }
    assert_eq!(clients[2].get("/admin").await.status, 200);
    assert_eq!(clients[0].get("//").await.header("location"), "/");
}

#[tokio::test]
async fn a_form_sent_to_a_page_with_a_slash_arrives() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let reply = ana.post("/tickets/?fn=log_out", &urlencoded("")).await;
    // 308 makes the browser send the form again, there.
    assert_eq!((reply.status.as_u16(), reply.header("location")), (308, "/tickets?fn=log_out"));
    assert_eq!(ana.get("/tickets").await.status, 200);
    assert_eq!(ana.post(reply.header("location"), &urlencoded("")).await.status, 303);
    assert_eq!(ana.get("/tickets").await.status, 303);
    assert_eq!(ana.send(Method::PUT, "/tickets/", None).await.status, 404);
}

/// A delegation that can be ended.
async fn delegation(world: &World) -> String {
    let made = world.api("ana").await.post("/api/delegations/", &urlencoded("for=Ben")).await;
    made.json()["id"].to_string()
}

/// A PIN that can be ended.
async fn unused_pin(world: &World) -> String {
    let root = world.staff("adam", Role::Admin).await;
    let ana = world.customer("ana").await.id;
    let issued = root.post(&format!("/api/customers/{ana}/pins/"), &urlencoded("")).await;
    issued.json()[0]["id"].to_string()
}

/// Something that can be confirmed.
async fn approval(world: &World) -> String {
    let ticket = world.ticket("ana").await.id;
    let draft = ApprovalDraft { text: "Yes".into(), ..ApprovalDraft::default() };
    let asked = world.desk.approvals().ask(&Actor::command_line(), ticket, &draft).await.unwrap();
    asked.approval.id.to_string()
}

#[tokio::test]
async fn rest_answers_with_and_without_the_slash() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id.to_string();
    let mut looked_at = 0;
    let is_rest = |route: &server::router::Route| route.path.starts_with("/api/");
    for route in server::router::routes().into_iter().filter(is_rest) {
        let path = route.path.replace("{id}", &id).replace("{place}", &format!("reply-{id}"));
        assert!(!path.contains('{'), "{path}");
        for method in route.methods {
            let mut replies = Vec::new();
            for address in [path.clone(), format!("{path}/")] {
                let address = match address.strip_prefix("/api/delegations/").filter(|rest| !rest.is_empty()) {
                    Some(rest) => format!(
                        "/api/delegations/{}{}",
                        delegation(&world).await,
                        if rest.ends_with('/') { "/" } else { "" }
                    ),
                    None => address,
                };
                // It ends once.
                let address = match path.strip_suffix("/family") {
                    Some(_) => {
                        address.replace(&format!("/pins/{id}/"), &format!("/pins/{}/", unused_pin(&world).await))
                    }
                    None => address,
                };
                // A session of its own, because some calls end it; who is staff may do all.
                let is_staffs = ["/notes", "/claim", "/check", "/customers", "/pins", "/ledger", "/audit"];
                let is_staffs =
                    is_staffs.iter().any(|call| path.ends_with(call) || path.starts_with(&format!("/api{call}")));
                let dropping = ScopeDraft { ticket: id.parse().ok(), purpose: Purpose::Drop, ..ScopeDraft::default() };
                let address = match path.strip_prefix("/api/approvals/") {
                    Some(rest) => {
                        let rest = rest.split_once('/').map_or(String::new(), |(_, deed)| format!("/{deed}"));
                        let slash = if address.ends_with('/') { "/" } else { "" };
                        format!("/api/approvals/{}{rest}{slash}", approval(&world).await)
                    }
                    None => address,
                };
                let is_staffs = is_staffs || (path.starts_with("/api/approvals/") && method == Method::DELETE);
                let is_staffs = is_staffs || (path.ends_with("/approvals") && method == Method::POST);
                let client = match path.as_str() {
                    "/api/drop" => world.api_for("ana", dropping).await,
                    _ if is_staffs => world.staff("adam", Role::Admin).await,
                    _ => world.api("ana").await,
                };
                let body = urlencoded(match &method {
                    &Method::PUT => "body=x",
                    _ if path.ends_with("/approvals") => "text=Yes",
                    _ => "",
                });
                let body = (method != Method::GET).then_some(&body);
                replies.push(client.send(method.clone(), &address, body).await);
            }
            let statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
            if path.contains('.') {
                assert_eq!(statuses, [200, 404], "a file has no slash behind it: {path}");
                continue;
            }
            assert_eq!(statuses[0], statuses[1], "{method} {path}: {}", replies[1].text());
            assert!(!matches!(statuses[0], 401 | 403 | 405), "{method} {path}: {}", replies[0].text());
            assert!(statuses[0] != 404 || path.contains("/drafts/"), "{method} {path}: {}", replies[0].text());
            looked_at += 1;
        }
    }
    assert!(looked_at > 15, "{looked_at}");
}

const ELSEWHERE: &[&str] = &[
    "//evil.example",
    "//evil.example/",
    "///evil.example",
    "//evil.example/tickets/",
    "//evil.example//",
    "/\\evil.example",
    "/\\evil.example/",
    "/\\/evil.example/",
    "/.//evil.example/",
    "/%2fevil.example/",
    "/%2F/evil.example/",
    "/%5cevil.example/",
    "/%09/evil.example/",
    "/tickets/\\evil.example/",
    "/tickets//evil.example/",
    "/tickets/%2f%2fevil.example/",
    "/admin/tickets/%5c%5cevil.example//",
];

/// No header and no form of an answer leads off the site.
fn stays_here(path: &str, reply: &crate::harness::Reply) {
    let to = reply.header("location");
    assert!(!to.starts_with("//") && !to.contains('\\') && !to.contains("evil"), "{path} leads to {to}");
    for part in reply.text().split("action=\"").skip(1) {
        let action = part.split('"').next().unwrap();
        assert!(action.starts_with('/') && !action.starts_with("//") && !action.contains('\\'), "{path}: {action}");
        let place = action.split('?').next().unwrap();
        assert!(!place.contains("evil"), "{path}: {action}");
    }
}

#[tokio::test]
async fn no_address_leads_elsewhere() {
    let world = World::new().await;
    for client in [world.anonymous(), world.browser("ana").await, world.staff("adam", Role::Admin).await] {
        for path in ELSEWHERE {
            for query in ["", "?x=1", "?next=//evil.example"] {
                stays_here(path, &client.get(&format!("{path}{query}")).await);
            }
            let reply = client.post(&format!("{path}?fn=set_theme"), &urlencoded("theme=dark")).await;
            stays_here(path, &reply);
            assert!(matches!(reply.status.as_u16(), 303 | 308), "{path}: {}", reply.status);
            // Sent in a form that cannot be read, the page is shown again.
            stays_here(
                path,
                &client.post(&format!("{path}?fn=set_theme"), &crate::harness::raw("text/plain", "x")).await,
            );
        }
    }
}

#[tokio::test]
async fn the_page_asked_for_is_one_of_ours() {
    let world = World::new().await;
    world.staff_member("adam", Role::Admin).await;
    for next in [
        "//evil.example",
        "/\\evil.example",
        "/tickets//evil.example",
        "/tickets/%2f..//evil.example",
        "https://evil.example/tickets",
        "/\t/evil.example",
        "/%09/evil.example",
        "/tickets\r\nset-cookie: a=b",
        "javascript:alert(1)",
    ] {
        let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let pin = world.pin("ana").await;
        let reply = world.anonymous().post("/?fn=login", &urlencoded(&format!("pin={pin}&next={next}"))).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/welcome"), "{next}");
        stays_here(&next, &world.anonymous().get(&format!("/?next={next}")).await);
        stays_here(&next, &world.anonymous().get(&format!("/admin/login?next={next}")).await);
    }
    let pin = world.pin("ana").await;
    let reply = world.anonymous().post("/?fn=login", &urlencoded(&format!("pin={pin}&next=/tickets/new?a=b"))).await;
    assert_eq!(reply.header("location"), "/welcome?next=/tickets/new%3Fa%3Db");
}

#[tokio::test]
async fn a_query_that_is_not_ascii_stays() {
    let world = World::new().await;
    let client: Client = world.anonymous();
    let reply = client.post("/?q=ü\\&fn=set_theme", &urlencoded("theme=dark")).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/?q=%C3%BC%5C"));
}

#[tokio::test]
async fn any_query_shows_the_page() {
    let world = World::new().await;
    world.ticket("ana").await;
    let clients = [world.anonymous(), world.browser("ana").await, world.staff("adam", Role::Admin).await];
    let odd = [
        "&&=&q",
        "q=%&state=%zz&status=%ff&customer=%00",
        "before=zzz&after=-1-1-1&entry=99999999999999999999&sent=x&issued=x&done=x&token=x",
        "edit&preview&before=&status[]=Open&kind[0]=pdf",
        "q=a&q=b&before=1&before=2&after=1&after=2&next=/a&next=/b&edit=1&edit=1",
    ];
    for page in pages().into_iter().chain(["/".to_owned()]) {
        for client in &clients {
            let plain = client.get(&page).await.status;
            for query in odd {
                assert_eq!(client.get(&format!("{page}?{query}")).await.status, plain, "{page}?{query}");
            }
        }
    }
}

#[tokio::test]
async fn a_query_is_read_once_and_its_last_word_counts() {
    let world = World::new().await;
    world.ticket("ana").await;
    let (ana, agent) = (world.browser("ana").await, world.staff("agnes", Role::Agent).await);
    for (client, page) in [(&ana, "/tickets"), (&agent, "/admin/tickets"), (&agent, "/admin/customers")] {
        let shown = client.get(&format!("{page}?q=first&q=%2541+%2b&x=1")).await.text();
        assert!(shown.contains("value=\"%41 +\"") && !shown.contains("value=\"first\""), "{page}: {shown}");
    }
    // What a list is filtered by stays in its links and forms.
    let pins = agent.get("/admin/pins?state=redeemed&customer=ANA&other=1&done=saved&before=9").await.text();
    for part in [
        "href=\"/admin/pins?state=issued&amp;customer=ANA\"",
        "href=\"/admin/pins?customer=ANA\"",
        "href=\"/admin/pins?state=redeemed\"",
        "<input type=\"hidden\" name=\"state\" value=\"redeemed\"",
    ] {
        assert!(pins.contains(part), "{part}: {pins}");
    }
    world.pin("ana").await;
    let pins = agent.get("/admin/pins?state=issued&customer=ANA&done=saved&fn=x").await.text();
    assert!(pins.contains("action=\"/admin/pins?state=issued&amp;customer=ANA&amp;fn=revoke_pin\""), "{pins}");
}
