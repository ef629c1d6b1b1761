//! Who is calling: the code by REST and on the pages of both sides.

use domain::{CallerDeed, Role};
use serde_json::{Value, json as value};

use crate::harness::{Client, World, json, urlencoded};

async fn make(client: &Client) -> String {
    let reply = client.post("/api/caller-code/", &urlencoded("")).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (201, "no-store"), "{}", reply.text());
    reply.json()["code"].as_str().unwrap().to_owned()
}

async fn check(agent: &Client, code: &str) -> (u16, Value) {
    let reply = agent.post("/api/caller-code/check", &json(&value!({ "code": code }))).await;
    (reply.status.as_u16(), reply.json())
}

/// Another one than this.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// The code that a page shows.
fn shown(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("id=\"caller-code\"")?;
    let (_, rest) = rest.split_once('>')?;
    Some(rest.split('<').next().unwrap().replace(' ', ""))
}

#[tokio::test]
async fn a_code_by_rest() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await;
    let ana = world.api("ana").await;
    let agent = world.staff("agnes", Role::Agent).await;
    let reply = ana.post("/api/caller-code", &json(&value!({}))).await;
    assert_eq!(reply.status, 201);
    let expires_at = world.clock.now().plus_seconds(300).to_string();
    assert_eq!(reply.json()["expires_at"], value!(expires_at));
    let code = reply.json()["code"].as_str().unwrap().to_owned();
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()), "{code}");
    let (status, caller) = check(&agent, &format!("{} {}", &code[..3], &code[3..])).await;
    let id = world.customer("ana").await.id;
    let now = world.clock.now().to_string();
    let expected = value!({
        "customer": {"id": id, "username": "ana", "name": "Name of ana"},
        "scope": {"ticket": null, "can": ["read", "reply", "upload", "delegate"], "until": null, "purpose": "login", "label": ""},
        "logged_in_at": now,
        "let_in_by": null,
        "tickets": [
            {"id": ticket.id, "title": "T", "priority": "Medium", "status": "Open", "updated_at": ticket.updated_at.to_string()}
        ],
    });
    assert_eq!((status, caller), (200, expected));
    for wrong in [&*code, "12", "", &other(&code)] {
        let (status, refusal) = check(&agent, wrong).await;
        assert_eq!(status, 400, "{wrong}");
        assert!(refusal["code"][0].is_string(), "{wrong} {refusal}");
    }
    assert_eq!(agent.post("/api/caller-code/check/", &json(&value!({}))).await.status, 400);
    // Two were wrong; three more, and the right one is refused as well.
    let code = make(&ana).await;
    for _ in 0..3 {
        assert_eq!(check(&agent, &other(&code)).await.0, 400);
    }
    let reply = agent.post("/api/caller-code/check", &json(&value!({ "code": code }))).await;
    assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (429, "600"), "{}", reply.text());
    assert_eq!(check(&world.staff("adam", Role::Admin).await, &code).await.0, 200, "it was not used up");
}

#[tokio::test]
async fn both_sides_have_a_page() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await.id;
    let ana = world.browser("ana").await.with_header("sec-fetch-site", "same-origin");
    let agent = world.staff("agnes", Role::Agent).await.with_header("sec-fetch-site", "same-origin");
    assert!(ana.get("/sessions").await.text().contains("href=\"/caller-code\""));
    let page = ana.get("/caller-code").await.text();
    assert!(page.contains("We never call you to ask for it.") && shown(&page).is_none(), "{page}");
    let made = ana.post("/caller-code?fn=make_caller_code", &urlencoded("")).await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, "/caller-code"));
    let page = ana.get("/caller-code").await;
    assert_eq!(page.header("cache-control"), "no-store");
    let code = shown(&page.text()).unwrap_or_else(|| panic!("{}", page.text()));
    assert_eq!(
        shown(&ana.get("/caller-code").await.text()).as_ref(),
        Some(&code),
        "it is the same when it is loaded anew"
    );
    assert!(shown(&world.browser("ana").await.get("/caller-code").await.text()).is_none(), "another session has none");

    let form = agent.get("/admin/callers").await.text();
    assert!(form.contains("name=\"code\"") && !form.contains("Name of ana"), "{form}");
    let wrong = agent.post("/admin/callers?fn=check_caller_code", &urlencoded("code=12")).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("has 6 digits"), "{}", wrong.text());
    let right = agent.post("/admin/callers?fn=check_caller_code", &urlencoded(&format!("code={code}"))).await;
    assert_eq!(right.status, 303, "{}", right.text());
    let address = right.header("location").to_owned();
    assert!(address.starts_with("/admin/callers?check=") && !address.contains(&code), "{address}");
    let result = agent.get(&address).await.text();
    let id = world.customer("ana").await.id;
    for shown in ["Name of ana", &*format!("/admin/customers/{id}\""), &*format!("/admin/tickets/{ticket}\"")] {
        assert!(result.contains(shown), "{shown} {result}");
    }
    assert!(!world.staff("adam", Role::Admin).await.get(&address).await.text().contains("Name of ana"));
    // The caller's page says so; the customer's page does, to who asked, for a quarter of an hour.
    let page = ana.get("/caller-code").await.text();
    assert!(page.contains("Checked by Support") && shown(&page).is_none(), "{page}");
    let customer = format!("/admin/customers/{id}");
    const VERIFIED: &str = "Caller verified by";
    assert!(agent.get(&customer).await.text().contains(VERIFIED));
    assert!(!world.staff("adam", Role::Admin).await.get(&customer).await.text().contains(VERIFIED));
    world.clock.advance(900);
    assert!(!agent.get(&customer).await.text().contains(VERIFIED));
    assert!(!ana.get("/caller-code").await.text().contains("Checked by Support"));
}

/// A program that issues a PIN says how its caller knows a customer who can make no code.
#[tokio::test]
async fn how_a_customer_is_known_comes_with_their_pin() {
    let world = World::with(|settings| settings.desk.require_caller_code = vec![CallerDeed::Pins]).await;
    let id = world.customer("ana").await.id;
    let (_, program) = world.program("agnes", Role::Agent, false).await;
    let path = format!("/api/customers/{id}/pins/");
    assert_eq!(program.post(&path, &json(&value!({}))).await.status, 403);
    let long = json(&value!({ "how": "x".repeat(201) }));
    let refused = program.post(&path, &long).await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["how"][0].is_string(), "{}", refused.text());
    let issued = program.post(&path, &json(&value!({"how": "At the counter"}))).await;
    assert_eq!(issued.status, 201, "{}", issued.text());
    // Who is in can make a code.
    let login = json(&value!({ "pin": issued.json()[0]["pin"] }));
    assert_eq!(world.anonymous().post("/api/users/login/", &login).await.status, 200);
    let refused = program.post(&path, &json(&value!({"how": "At the counter"}))).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
}
