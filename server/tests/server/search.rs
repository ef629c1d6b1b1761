//! Search, by REST and on the pages.

use domain::Role;
use serde_json::{Value, json as value};

use crate::harness::{Client, World, form};

async fn open(client: &Client, title: &str, description: &str) -> i64 {
    let reply = client.post("/api/tickets/", &form(&[("title", title), ("description", description)], &[])).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["id"].as_i64().unwrap()
}

fn ids(found: &Value) -> Vec<i64> {
    found["results"].as_array().unwrap().iter().map(|hit| hit["ticket"]["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_program_finds_its_customers_tickets() {
    let world = World::new().await;
    let (ana, ben) = (world.api("ana").await, world.api("ben").await);
    let first = open(&ana, "Café printer", "It prints <b>stripes</b>").await;
    let second = open(&ana, "Scanner", "Like the printer").await;
    let his = open(&ben, "Printer of Ben", "stripes").await;
    for path in ["/api/search/?q=print", "/api/search?q=PRINTER"] {
        let reply = ana.get(path).await;
        assert_eq!((reply.status.as_u16(), ids(&reply.json())), (200, vec![first, second]), "{path}");
    }
    let found = ana.get("/api/search/?q=strip").await.json();
    let keys: Vec<&String> = found["results"][0]["ticket"].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 7, "{keys:?}");
    let hit = &found["results"][0];
    assert_eq!((&hit["ticket"]["status"], &hit["found_in"]), (&value!("Open"), &value!("description")));
    assert_eq!(
        hit["snippet"],
        value!([
            {"text": "It prints <b>", "match": false},
            {"text": "stripes", "match": true},
            {"text": "</b>", "match": false}
        ])
    );
    assert_eq!(
        ana.get("/api/search/?q=cafe").await.json()["results"][0]["title"][0],
        value!({"text": "Café", "match": true})
    );
    assert_eq!(ids(&ana.get(&format!("/api/search/?q=%23{second}")).await.json()), [second]);
    assert_eq!(ids(&ana.get(&format!("/api/search/?q={his}")).await.json()), Vec::<i64>::new());
    assert_eq!(ids(&ben.get("/api/search/?q=stripes").await.json()), [his]);
    let one = ana.get("/api/search/?q=print&limit=1").await.json();
    assert_eq!((ids(&one), &one["has_more"]), (vec![first], &value!(true)));
    for nothing in ["", "%20", "%00", "%22", "%F0%9F%98%80", &"x".repeat(5000)] {
        let reply = ana.get(&format!("/api/search/?q={nothing}")).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()),
            (200, value!({"results": [], "has_more": false})),
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn errors_say_what_to_do() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    for (path, field) in [
        ("/api/search/", "q"),
        ("/api/search/?q=a&limit=0", "limit"),
        ("/api/search/?q=a&limit=51", "limit"),
        ("/api/search/?q=a&limit=x", "limit"),
    ] {
        let reply = ana.get(path).await;
        assert_eq!(reply.status, 400, "{path}");
        assert!(reply.json()[field][0].is_string(), "{path}");
    }
    let reply = world.anonymous().get("/api/search/?q=a").await;
    assert_eq!((reply.status.as_u16(), reply.header("www-authenticate")), (401, "Bearer"));
}

#[tokio::test]
async fn staff_find_notes_and_customers_never_do() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let agent = world.staff("agnes", Role::Agent).await;
    let id = open(&ana, "Printer", "stripes").await;
    let (id_text, note) = (id.to_string(), "A defective roller");
    let reply = agent.post("/fn/add_note", &form(&[("id", &id_text), ("body", note)], &[])).await;
    assert!(reply.status.is_success() || reply.status.is_redirection(), "{} {}", reply.status, reply.text());
    let found = agent.get("/api/search/?q=defect").await.json();
    assert_eq!((ids(&found), &found["results"][0]["found_in"]), (vec![id], &value!("note")));
    assert_eq!(ids(&ana.get("/api/search/?q=defect").await.json()), Vec::<i64>::new());
    let browser = world.browser("ana").await;
    assert!(!browser.get("/api/search/?q=roller").await.text().contains("roller"));
    let page = browser.get("/tickets?q=roller").await.text();
    assert!(page.contains("Nothing found for") && !page.contains("defective"));
    assert!(agent.get("/admin/tickets?q=roller").await.text().contains("<mark>roller</mark>"));
}

#[tokio::test]
async fn pages_show_what_was_found_and_escape_it() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let id = open(&ana, "<script>alert(1)</script>", "Needle & <i>hay</i>").await;
    let (browser, agent) = (world.browser("ana").await, world.staff("agnes", Role::Agent).await);
    for (client, path) in [(&browser, "/tickets"), (&agent, "/admin/tickets")] {
        let reply = client.get(&format!("{path}?q=needle")).await;
        let page = reply.text();
        assert_eq!(reply.status, 200);
        assert!(page.contains("<mark>Needle</mark>") && page.contains(&format!("href=\"{path}/{id}\"")), "{page}");
        assert!(!page.contains("<script>alert") && !page.contains("<i>hay"));
        let typed = client.get(&format!("{path}?q=%22%3E%3Cscript%3Enothing")).await.text();
        assert!(typed.contains("Nothing found for") && !typed.contains("<script>nothing"));
        assert!(client.get(&format!("{path}?q=needle&status=Closed")).await.text().contains("Nothing found for"));
    }
    assert!(agent.get("/admin/tickets?q=needle&customer=ana").await.text().contains("<mark>"));
    assert!(agent.get("/admin/tickets?q=needle&customer=nobody").await.text().contains("Nothing found for"));
    assert!(agent.get("/admin/tickets?q=needle&assignee=me").await.text().contains("Nothing found for"));
}

#[tokio::test]
async fn what_was_found_is_on_the_page_that_it_leads_to() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let id = open(&ana, "Long", "talk").await;
    let replies = format!("/api/tickets/{id}/replies/");
    for number in 0..60 {
        let body = if number == 1 { "the needle".to_owned() } else { format!("hay {number}") };
        assert_eq!(ana.post(&replies, &form(&[("body", &body)], &[])).await.status, 201);
    }
    let (browser, agent) = (world.browser("ana").await, world.staff("agnes", Role::Agent).await);
    for (client, pages) in [(&browser, "/tickets"), (&agent, "/admin/tickets")] {
        for (word, is_old) in [("needle", true), ("59", false)] {
            let found = client.get(&format!("{pages}?q={word}")).await.text();
            let (_, link) = found.split_once(&format!("href=\"{pages}/{id}?entry=")).expect("a link to an entry");
            let entry = link.split('#').next().unwrap();
            assert!(link.starts_with(&format!("{entry}#entry-{entry}\"")), "{link}");
            let page = client.get(&format!("{pages}/{id}?entry={entry}")).await.text();
            assert!(page.contains(&format!("id=\"entry-{entry}\"")), "{pages} {word}");
            assert_eq!(page.contains("Show what came after"), is_old, "{pages} {word}");
        }
        for odd in ["x", "0", "-5", "9223372036854775807", "99999999999999999999"] {
            assert_eq!(client.get(&format!("{pages}/{id}?entry={odd}")).await.status, 200, "{odd}");
        }
    }
}
