//! Customers see what was done to many tickets at once as if theirs had been the only one.

use domain::{Actor, BulkChange, Priority, Role, TicketId};
use serde_json::{Value, json as value};

use crate::harness::World;

async fn bulk(world: &World, actor: &Actor, ids: &[TicketId], change: BulkChange) -> i64 {
    world.desk.tickets().bulk(actor, ids, &change).await.unwrap().undo.unwrap().id.0
}

async fn agent(world: &World) -> Actor {
    let member = world.staff_member("agnes", Role::Agent).await;
    Actor {
        id: Some(member.id),
        role: member.role,
        username: member.username,
        name: member.name,
        ..Actor::command_line()
    }
}

/// The entries of a timeline without what is each one's own.
fn alike(entries: &Value) -> Vec<Value> {
    let entries = entries.as_array().unwrap().iter().filter(|entry| entry["kind"] == "priority_changed").cloned();
    entries
        .map(|mut entry| {
            let entry_of = entry.as_object_mut().unwrap();
            for own in ["id", "at", "from", "to"] {
                assert!(entry_of.remove(own).is_some(), "{own}");
            }
            entry
        })
        .collect()
}

#[tokio::test]
async fn one_of_many_looks_like_one_alone() {
    let world = World::new().await;
    let (anas, bens) = (world.ticket("ana").await.id, world.ticket("ben").await.id);
    let agnes = agent(&world).await;
    let id = bulk(&world, &agnes, &[anas, bens], BulkChange::Priority(Priority::High)).await;
    world.desk.tickets().undo_bulk(&agnes, domain::BulkId(id)).await.unwrap();
    bulk(&world, &agnes, &[anas, bens], BulkChange::Assignee(agnes.id)).await;
    let alone = BulkChange::Priority(Priority::Low).of_one();
    world.desk.tickets().update(&agnes, anas, &alone).await.unwrap();

    // What programs get.
    let path = format!("/api/tickets/{anas}/timeline/");
    let told = world.api("ana").await.get(&path).await.json();
    let entries = alike(&told);
    assert_eq!(entries.len(), 3);
    assert!(entries.iter().all(|entry| *entry == entries[0]), "{entries:#?}");
    assert_eq!(entries[0]["by"], value!({"name": "Support", "is_staff": true}));
    assert!(!told.to_string().contains("assignee"));

    assert!(!told.to_string().contains("bulk"));

    // What pages show.
    let browser = world.browser("ana").await;
    let page = browser.get(&format!("/tickets/{anas}")).await.text();
    assert!(page.contains("set the priority to High") && page.contains("set the priority to Medium"), "{page}");
    let path = format!("/admin/tickets/{anas}");
    let of_staff = world.staff("agnes", Role::Agent).await.get(&path).await.text();
    for sign in ["with 1 other ticket", "took back"] {
        assert!(of_staff.contains(sign), "staff read that it was one of many: {sign}");
        assert!(!page.contains(sign), "customers do not: {sign}");
    }
    assert_eq!(browser.get(&path).await.status, 403);
    assert_eq!(browser.get(&format!("/api/tickets/{bens}/timeline/")).await.status, 404);
}
