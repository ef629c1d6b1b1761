//! What staff changed, over HTTP: on a page and as a file, for admins alone; and a customer who is erased.

use domain::Role;
use http::Method;

use crate::harness::{World, json, urlencoded};

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
