//! Many tickets changed at once, by plain forms of the queue.

use domain::{Actor, Role, Status, TicketChange, TicketId};

use crate::harness::{Client, World, urlencoded};

const PAGE: &str = "/admin/tickets?assignee=none&fn=change_tickets";

/// The form for these tickets, with what else it sends.
fn form(tickets: &[TicketId], rest: &str) -> String {
    let boxes = tickets.iter().map(|id| format!("tickets%5B%5D={id}&"));
    boxes.collect::<String>() + "query=%3Fassignee%3Dnone&" + rest
}

async fn close(world: &World, id: TicketId) {
    let change = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
    world.desk.tickets().update(&Actor::command_line(), id, &change).await.unwrap();
}

async fn status(world: &World, id: TicketId) -> Status {
    world.desk.tickets().get(&Actor::command_line(), id).await.unwrap().status
}

/// The address to which a form leads, and the page there.
async fn sent(client: &Client, path: &str, typed: &str) -> (String, String) {
    let reply = client.post(path, &urlencoded(typed)).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let to = reply.header("location").to_owned();
    let page = client.get(&to).await.text();
    (to, page)
}

fn is_ticked(page: &str, id: TicketId) -> bool {
    let around = page.split(&format!("id=\"pick-{id}\"")).nth(1).unwrap();
    around.split('>').next().unwrap().contains("checked")
}

#[tokio::test]
async fn what_was_chosen_changes_and_the_rest_stays_chosen() {
    let world = World::new().await;
    let agnes = world.staff("agnes", Role::Agent).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(world.ticket("ana").await.id);
    }
    close(&world, ids[1]).await;
    let (to, page) = sent(&agnes, PAGE, &form(&ids[..3], "status=Resolved&priority=&category=&assignee=")).await;
    assert!(to.starts_with("/admin/tickets?assignee=none&changed="), "{to}");
    assert!(page.contains("2 changed, 1 not.") && page.contains("Reopen it first"), "{page}");
    assert!(is_ticked(&page, ids[1]) && !is_ticked(&page, ids[0]) && !is_ticked(&page, ids[3]), "{page}");
    assert_eq!((status(&world, ids[0]).await, status(&world, ids[3]).await), (Status::Resolved, Status::Open));

    // The way back, on the same page; a colleague has none.
    let undo = "/admin/tickets?assignee=none&fn=undo_change";
    let id = to.rsplit('=').next().unwrap().to_owned();
    let back = format!("id={id}&query=%3Fassignee%3Dnone");
    assert!(page.contains("undo_change"), "{page}");
    let tom = world.staff("tom", Role::Agent).await;
    assert!(!tom.get(&to).await.text().contains("changed, 1 not"), "it is told to who did it");
    assert_eq!(tom.post(undo, &urlencoded(&back)).await.status, 404);
    let (_, undone) = sent(&agnes, undo, &back).await;
    assert!(undone.contains("2 taken back.") && !undone.contains("fn=undo_change"), "{undone}");
    assert_eq!(status(&world, ids[0]).await, Status::Open);
    assert!(agnes.get(&to).await.text().contains("This was taken back since."));
    let again = agnes.post(undo, &urlencoded(&format!("{back}&again=1"))).await;
    assert_eq!(again.status, 409);
}

#[tokio::test]
async fn what_is_refused_is_shown_with_what_was_chosen() {
    let world = World::new().await;
    let agnes = world.staff("agnes", Role::Agent).await;
    let ids = [world.ticket("ana").await.id, world.ticket("ana").await.id];
    for (typed, sentence) in [
        (form(&[], "status=Resolved"), "Choose at least one ticket."),
        (form(&ids[..1], "status=&priority=&category=&assignee="), "Choose what to change"),
        (form(&ids[..1], "assignee=x"), "Choose a member of the team."),
        (form(&ids[..1], "category=Nothing"), "Category"),
        (form(&ids[..1], "status=Gone"), "Status"),
    ] {
        let refused = agnes.post(PAGE, &urlencoded(&typed)).await;
        let page = refused.text();
        assert_eq!(refused.status, 400, "{typed}");
        assert!(page.contains(sentence), "{typed}: {page}");
        assert_eq!((is_ticked(&page, ids[0]), is_ticked(&page, ids[1])), (typed.starts_with("tickets"), false));
    }
    let refused = agnes.post(PAGE, &urlencoded(&form(&ids, "priority=High&status=Gone"))).await.text();
    assert!(refused.contains("value=\"High\" selected"), "{refused}");
    // Without a word of ours.
    let foreign = agnes.post(PAGE, &urlencoded("tickets[]=a&status=Open")).await;
    assert_eq!(foreign.status, 400);
    assert!(foreign.text().contains("Choose tickets by their numbers."), "{}", foreign.text());
}

#[tokio::test]
async fn a_form_with_a_key_counts_once() {
    let world = World::new().await;
    let agnes = world.staff("agnes", Role::Agent).await;
    let id = world.ticket("ana").await.id;
    let page = agnes.get("/admin/tickets").await.text();
    let form_of_page = page.split("id=\"change-selected\"").nth(1).unwrap();
    let key = form_of_page.split("name=\"idempotency_key\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(!key.is_empty());
    let typed = form(&[id], &format!("status=Resolved&idempotency_key={key}"));
    let (first, _) = sent(&agnes, PAGE, &typed).await;
    let reopen = TicketChange { status: Some(Status::Open), ..TicketChange::default() };
    world.desk.tickets().update(&Actor::command_line(), id, &reopen).await.unwrap();
    let (second, _) = sent(&agnes, PAGE, &typed).await;
    assert_eq!((first, status(&world, id).await), (second, Status::Open));
}

#[tokio::test]
async fn a_filter_that_leads_elsewhere_leads_into_the_queue() {
    let world = World::new().await;
    let agnes = world.staff("agnes", Role::Agent).await;
    let id = world.ticket("ana").await.id;
    for query in ["https://evil.example/", "//evil.example?x=1", "%0d%0aX-Evil:+1", "?changed=7&fn=x&done=saved"] {
        let typed = format!("tickets[]={id}&assignee=none&query={query}");
        let to = agnes.post(PAGE, &urlencoded(&typed)).await.header("location").to_owned();
        assert!(to.starts_with("/admin/tickets?"), "{to}");
        assert!(!to.contains("evil.example") && !to.contains("fn=") && !to.contains("done="), "{to}");
    }
}
