//! The access ledger over HTTP: as a file, and where things came from.

use domain::{Role, ScopeDraft};
use http::Method;

use crate::harness::{World, json, urlencoded};

#[tokio::test]
async fn a_table_is_text_to_a_spreadsheet() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await.id;
    let ana = world.customer("ana").await.id;
    let agent = world.staff("agnes", Role::Agent).await;
    let evil = json(&serde_json::json!({"name": "=HYPERLINK(\"http://evil.example\")"}));
    assert_eq!(agent.send(Method::PATCH, &format!("/api/customers/{ana}/"), Some(&evil)).await.status, 200);
    for path in [format!("/api/tickets/{ticket}/ledger/"), format!("/api/customers/{ana}/ledger/")] {
        let reply = agent.get(&format!("{path}?format=csv")).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/csv; charset=utf-8"));
        assert!(reply.header("content-disposition").starts_with("attachment; filename=\"ledger-"));
        let text = reply.text();
        assert!(text.starts_with("number,at,kind,what,") && text.contains("session_began"), "{text}");
        assert!(
            text.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\"") && !text.contains(",=HYPERLINK"),
            "{text}"
        );
        let whole = agent.get(&format!("{path}?format=json")).await;
        assert!(whole.header("content-disposition").ends_with(".json\""));
        let newest = &whole.json()[0];
        assert_eq!((newest["kind"].as_str(), newest["data"]["format"].as_str()), (Some("exported"), Some("csv")));
        let page = agent.get(&format!("{path}?limit=1&format=csv")).await;
        assert!(page.header("link").contains("format=csv&limit=1&cursor="), "{}", page.header("link"));
        for wrong in ["format=zip", "format=xml", "limit=0", "cursor=x"] {
            let reply = agent.get(&format!("{path}?{wrong}")).await;
            let field = wrong.split('=').next().unwrap();
            assert!(reply.status == 400 && reply.json()[field][0].is_string(), "{wrong}: {}", reply.text());
        }
    }
}

/// A member of staff who ends something is known with the address of the request, whatever it came by.
#[tokio::test]
async fn what_was_done_has_the_address_of_its_request() {
    let world = World::new().await;
    let ana = world.customer("ana").await.id;
    let agent = world.staff("agnes", Role::Agent).await.from("198.51.100.7");
    let issued = agent.post(&format!("/api/customers/{ana}/pins/"), &urlencoded("")).await.json();
    world.api_for("ana", ScopeDraft { can: Some("read".parse().unwrap()), ..ScopeDraft::default() }).await;
    let path = format!("/fn/revoke_pin?id={}", issued[0]["id"]);
    assert_eq!(agent.post(&path, &urlencoded(&format!("id={}", issued[0]["id"]))).await.status, 200);
    let found = agent.get(&format!("/api/customers/{ana}/ledger/")).await.json();
    let of = |kind: &str| {
        let entry =
            found.as_array().unwrap().iter().find(|entry| entry["kind"] == kind && entry["actor"]["name"] == "agnes");
        entry.unwrap()["address"].clone()
    };
    assert_eq!((of("pin_issued"), of("pin_revoked")), ("198.51.100.7".into(), "198.51.100.7".into()));
}
