//! What staff changed, over HTTP: on a page and as a file, for admins alone; and a customer of whom all is taken out, or who is erased.

use std::io::{Cursor, Read as _};

use domain::Role;
use http::Method;

use crate::harness::{World, form, json, urlencoded};

#[tokio::test]
async fn an_admin_reads_it_and_takes_it_out() {
    let world = World::new().await;
    let admin = world.staff("mia", Role::Admin).await.from("198.51.100.7");
    let agent = world.staff("eva", Role::Agent).await;
    let new = json(&serde_json::json!({"username": "carl", "name": "=HYPERLINK(\"http://evil.example\")"}));
    assert_eq!(admin.send(Method::POST, "/api/customers/", Some(&new)).await.status, 201);
    let found = admin.get("/api/audit/?who=mia&group=people&limit=1").await;
    assert!(found.header("link").is_empty(), "{}", found.header("link"));
    let newest = &found.json()[0];
    assert_eq!((&newest["kind"], &newest["address"]), (&"person_added".into(), &"198.51.100.7".into()), "{newest}");
    let page = admin.get("/admin/audit?who=mia&group=people").await;
    assert!(page.status == 200 && page.text().contains("as a customer."), "{}", page.text());
    let none = admin.get("/admin/audit?who=nobody").await.text();
    assert!(none.contains("Nobody in the team has the username"), "{none}");
    let csv = admin.get("/api/audit/?format=csv&group=people").await;
    assert_eq!(
        (csv.header("content-type"), csv.header("content-disposition")),
        ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\"")
    );
    assert!(csv.text().starts_with("number,at,kind,what,") && !csv.text().contains(",=HYPERLINK"), "{}", csv.text());
    let lines = admin.get("/api/audit/?format=jsonl").await;
    let text = lines.text();
    let read: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&read[0]["kind"], &read[0]["data"]["format"]), (&"exported".into(), &"jsonl".into()));
    assert!(read.iter().any(|entry| entry["kind"] == "person_added"), "{text}");
    for wrong in ["from=yesterday", "until=2026-13-01", "who=nobody", "group=tickets", "format=zip", "limit=0"] {
        let reply = admin.get(&format!("/api/audit/?{wrong}")).await;
        let field = wrong.split('=').next().unwrap();
        assert!(reply.status == 400 && reply.json()[field][0].is_string(), "{wrong}: {}", reply.text());
        // Who may not read it learns nothing of how to ask.
        let reply = agent.get(&format!("/api/audit/?{wrong}")).await;
        assert_eq!(reply.status, 403, "{wrong}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_customer_is_erased_by_who_types_the_name() {
    let world = World::new().await;
    world.ticket("ana").await;
    let id = world.customer("ana").await.id;
    let admin = world.staff("mia", Role::Admin).await;
    let page = admin.get(&format!("/admin/customers/{id}")).await.text();
    assert!(page.contains("Erase this customer") && page.contains("1 ticket with 0 replies and notes"), "{page}");
    let agent = world.staff("agnes", Role::Agent).await;
    assert!(!agent.get(&format!("/admin/customers/{id}")).await.text().contains("Erase this customer"));
    let erase = async |username: &str| {
        let form = urlencoded(&format!("id={id}&username={username}"));
        admin.post(&format!("/admin/customers/{id}?fn=erase_customer"), &form).await
    };
    let refused = erase("anna").await;
    assert!(
        refused.status == 400 && refused.text().contains("Type the username as it stands above"),
        "{}",
        refused.text()
    );
    assert_eq!(admin.get(&format!("/admin/customers/{id}")).await.status, 200);
    let done = erase("ana").await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/admin/audit?done=erased"), "{}", done.text());
    assert_eq!(admin.get(&format!("/admin/customers/{id}")).await.status, 404);
    let audit = admin.get("/admin/audit?done=erased").await.text();
    assert!(audit.contains("with 1 ticket and 1 file"), "{audit}");
}

#[tokio::test]
async fn all_of_a_customer_is_taken_out_by_page_and_by_rest() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await.id;
    let id = world.customer("ana").await.id;
    let (admin, agent) = (world.staff("mia", Role::Admin).await, world.staff("agnes", Role::Agent).await);
    let note = form(&[("body", "She shouts.")], &[]);
    assert_eq!(agent.post(&format!("/api/tickets/{ticket}/notes/"), &note).await.status, 201);
    let page = admin.get(&format!("/admin/customers/{id}")).await.text();
    assert!(page.contains(&format!("href=\"/admin/customers/{id}/export\"")), "{page}");
    let page = agent.get(&format!("/admin/customers/{id}")).await.text();
    assert!(!page.contains("/export\""), "{page}");
    for path in [format!("/admin/customers/{id}/export"), format!("/api/customers/{id}/export/")] {
        let reply = admin.get(&path).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("content-type"), reply.header("cache-control")),
            (200, "application/zip", "no-store")
        );
        let name = format!("attachment; filename=\"customer-{id}.zip\"");
        assert_eq!(reply.header("content-disposition"), name);
        let mut archive = zip::ZipArchive::new(Cursor::new(reply.bytes.to_vec())).unwrap();
        let mut read = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let index = read("index.html");
        for words in [
            &format!("href=\"tickets/{ticket}/index.html\""),
            "On these tickets are 1 internal note and 0 internal files.",
            "mia took out all that is kept of",
            "Internal notes, and files that came with them, are left out",
        ] {
            assert!(index.contains(words), "{words}: {index}");
        }
        let of_ticket = read(&format!("tickets/{ticket}/index.html"));
        assert!(of_ticket.contains("by mia") && !of_ticket.contains("She shouts"), "{of_ticket}");
        let data: serde_json::Value = serde_json::from_str(&read("data.json")).unwrap();
        assert_eq!((&data["person"]["username"], &data["tickets"][0]["id"]), (&"ana".into(), &ticket.0.into()));
        assert_eq!(agent.get(&path).await.status, 403);
    }
}

#[tokio::test]
async fn a_list_of_what_goes_is_acknowledged_on_its_page() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await.id;
    let agent = world.staff("agnes", Role::Agent).await;
    let kept = world.ticket("ana").await.id;
    for id in [ticket, kept] {
        let close = urlencoded("status=Closed");
        assert_eq!(agent.post(&format!("/api/tickets/{id}/changes/"), &close).await.status, 200);
    }
    let keep = urlencoded(&format!("id={kept}&why=A+dispute"));
    let done = agent.post(&format!("/admin/tickets/{kept}?fn=keep_ticket"), &keep).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let page = agent.get(&format!("/admin/tickets/{kept}")).await.text();
    assert!(page.contains("This ticket is kept.") && page.contains("A dispute"), "{page}");
    world.clock.advance(40 * 24 * 3600);
    let admin = world.staff("mia", Role::Admin).await;
    let set = async |days: &str| {
        admin.post("/admin/retention?fn=set_retention", &urlencoded(&format!("closed_tickets={days}"))).await
    };
    let refused = set("7").await;
    assert!(refused.status == 400 && refused.text().contains("Write a number of days from 30"), "{}", refused.text());
    assert_eq!(set("30").await.header("location"), "/admin/retention?done=saved");
    let page = admin.get("/admin/retention").await.text();
    assert!(page.contains("A list waits: 1 closed ticket"), "{page}");
    let start = admin.get("/admin").await.text();
    assert!(start.contains("A list of what goes after a while waits for an admin"), "{start}");
    let path = page.split("href=\"").find_map(|rest| rest.strip_prefix("/admin/retention/")?.split('"').next());
    let id = path.unwrap().to_owned();
    let acknowledge = async |items: &str| {
        let form = urlencoded(&format!("id={id}&items={items}"));
        admin.post(&format!("/admin/retention/{id}?fn=acknowledge_retention"), &form).await
    };
    let refused = acknowledge("2").await;
    assert!(refused.status == 400 && refused.text().contains("Type how many are on the list, 1"), "{}", refused.text());
    assert_eq!(admin.get(&format!("/admin/tickets/{ticket}")).await.status, 200);
    let done = acknowledge("1").await;
    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, &*format!("/admin/retention/{id}?done=acknowledged"))
    );
    world.desk.upkeep().await.unwrap();
    let page = admin.get(&format!("/admin/retention/{id}")).await.text();
    assert!(page.contains("This list is done.") && page.contains("1 gone, 0 stayed"), "{page}");
    assert_eq!(admin.get(&format!("/admin/tickets/{ticket}")).await.status, 404);
    assert_eq!(admin.get(&format!("/admin/tickets/{kept}")).await.status, 200);
    let audit = admin.get("/api/audit/?group=retention").await.text();
    assert!(audit.contains("ticket_deleted") && audit.contains("retention_done"), "{audit}");
}
