//! REST: changing and claiming a ticket.

use domain::Role;
use serde_json::{Value, json as value};

use crate::harness::{Client, World, form, json, raw, urlencoded};

/// A ticket of `ana`, as the beginning of its addresses.
async fn ticket(world: &World) -> String {
    format!("/api/tickets/{}/", world.ticket("ana").await.id)
}

/// Who was given the ticket last.
async fn assigned(staff: &Client, ticket: &str) -> Value {
    let entries = staff.get(&format!("{ticket}timeline/")).await.json();
    let mut entries = entries.as_array().unwrap().iter();
    entries.find(|entry| entry["kind"] == "assignee_changed").map_or(Value::Null, |entry| entry["to"].clone())
}

#[tokio::test]
async fn each_thing_can_change() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let path = format!("{ticket}changes/");
    let (ana, agnes) = (world.api("ana").await, world.staff("agnes", Role::Agent).await);
    let reply = ana.post(&path, &json(&value!({"title": " New ", "description": "Words"}))).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let changed = reply.json();
    assert_eq!((&changed["title"], &changed["description"]), (&value!("New"), &value!("Words")));
    assert_eq!(changed.as_object().unwrap().len(), 9, "a ticket as elsewhere");
    assert_eq!(changed["attachments"].as_array().unwrap().len(), 1);

    let all = value!({"status": "in progress", "priority": "HIGH", "category": "bug", "assignee": "Agnes"});
    let changed = agnes.post(&path, &json(&all)).await.json();
    let words = |ticket: &Value| ["status", "priority", "category"].map(|name| ticket[name].clone());
    assert_eq!(words(&changed), ["In Progress", "High", "Bug"]);
    assert_eq!(assigned(&agnes, &ticket).await, "agnes");
    assert_eq!(ana.get(&ticket).await.json()["priority"], "High");

    // What is left out, null or empty stays.
    let some = form(&[("title", "Newer"), ("status", ""), ("priority", "")], &[]);
    let changed = agnes.post(&path, &some).await.json();
    assert_eq!(changed["title"], "Newer");
    assert_eq!(words(&changed), ["In Progress", "High", "Bug"]);
    let changed = agnes.post(&path, &json(&value!({"priority": null, "category": "Billing"}))).await.json();
    assert_eq!(words(&changed), ["In Progress", "High", "Billing"]);

    world.staff_member("adam", Role::Admin).await;
    for (body, expected) in [
        (json(&value!({"assignee": null})), Value::Null),
        (urlencoded("assignee=adam"), value!("adam")),
        (urlencoded("assignee="), Value::Null),
    ] {
        assert_eq!(agnes.post(&path, &body).await.status, 200);
        assert_eq!(assigned(&agnes, &ticket).await, expected);
    }
}

#[tokio::test]
async fn refused_changes_change_nothing() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let path = format!("{ticket}changes/");
    let (ana, agnes) = (world.api("ana").await, world.staff("agnes", Role::Agent).await);
    let before = ana.get(&ticket).await.json();
    let nothing = "Name something to change: title, description, status, priority, category or assignee.";
    for (body, expected) in [
        (json(&value!({})), value!({"non_field_errors": [nothing]})),
        (json(&value!({"priority": null, "color": "red"})), value!({"non_field_errors": [nothing]})),
        (raw("application/json", ""), value!({"non_field_errors": [nothing]})),
        (
            json(&value!({"title": null, "description": "", "status": 5, "priority": [1], "assignee": {}})),
            value!({
                "title": ["This field may not be null."],
                "description": ["This field may not be blank."],
                "status": ["\"5\" is not a valid choice. Choose one of: Open, In Progress, Waiting on Customer, Resolved, Closed."],
                "priority": ["Not a valid string."],
                "assignee": ["Not a valid string."],
            }),
        ),
        (
            json(&value!({"title": "x".repeat(201), "priority": "soon"})),
            value!({
                "title": ["Ensure this field has no more than 200 characters."],
                "priority": ["\"soon\" is not a valid choice. Choose one of: Low, Medium, High, Urgent."],
            }),
        ),
        (
            json(&value!({"title": "x", "assignee": "ana"})),
            value!({"assignee": ["\"ana\" is not a valid choice. Choose one of: agnes."]}),
        ),
    ] {
        let reply = agnes.post(&path, &body).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (400, expected));
    }
    let reply = agnes.post(&path, &json(&value!({"title": "x", "category": "Cakes"}))).await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["category"][0].as_str().unwrap().contains("not a valid choice"), "{}", reply.text());
    assert_eq!(agnes.post(&path, &raw("text/plain", "title")).await.status, 415);
    for change in [
        value!({"title": "x", "priority": "Low"}),
        value!({"title": "x", "category": "Bug"}),
        value!({"title": "x", "assignee": "agnes"}),
        value!({"title": "x", "assignee": null}),
        value!({"title": "x", "status": "Resolved"}),
    ] {
        let reply = ana.post(&path, &json(&change)).await;
        assert_eq!(reply.status, 403, "{change}");
        assert!(reply.json()["detail"].is_string());
    }
    let after = ana.get(&ticket).await.json();
    for name in ["title", "status", "priority", "category", "updated_at"] {
        assert_eq!(after[name], before[name], "{name}");
    }
}

#[tokio::test]
async fn the_workflow_holds() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let path = format!("{ticket}changes/");
    let (ana, agnes) = (world.api("ana").await, world.staff("agnes", Role::Agent).await);
    assert_eq!(ana.post(&path, &urlencoded("status=Closed")).await.json()["status"], "Closed");
    let reply = ana.post(&path, &urlencoded("title=x")).await;
    assert_eq!(reply.status, 409);
    assert!(reply.json()["detail"].as_str().unwrap().contains("Open a new one"), "{}", reply.text());
    let reply = agnes.post(&path, &urlencoded("status=Resolved")).await;
    assert_eq!(reply.status, 409);
    assert!(reply.json()["detail"].as_str().unwrap().contains("Reopen it first"), "{}", reply.text());
    assert_eq!(agnes.post(&path, &urlencoded("status=Open")).await.json()["status"], "Open");
}

#[tokio::test]
async fn one_takes_a_ticket() {
    let world = World::new().await;
    let ticket = ticket(&world).await;
    let path = format!("{ticket}claim/");
    let (agnes, adam) = (world.staff("agnes", Role::Agent).await, world.staff("adam", Role::Admin).await);
    for _ in 0..2 {
        let reply = agnes.send(http::Method::POST, &path, None).await;
        assert_eq!((reply.status.as_u16(), reply.json().as_object().unwrap().len()), (200, 9), "{}", reply.text());
    }
    assert_eq!(assigned(&agnes, &ticket).await, "agnes");
    let reply = adam.post(&path, &json(&value!({}))).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (409, value!({"detail": "\"agnes\" has this ticket by now."})));
    let reply = world.api("ana").await.post(&path, &json(&value!({}))).await;
    assert_eq!(reply.status, 403);
}
