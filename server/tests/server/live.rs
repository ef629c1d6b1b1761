//! Live updates: who hears what, and when a stream ends.

use axum::body::Body;
use desk::NoFiles;
use domain::{Actor, BulkChange, Role, Status, TicketId, UserId};
use futures::StreamExt as _;

use crate::harness::{Client, LONG, World, urlencoded};

/// An open stream, read piece by piece.
struct Events {
    body: axum::body::BodyDataStream,
    read: String,
}

impl Events {
    async fn open(client: &Client, path: &str) -> Self {
        let (parts, body) = client.open(path).await;
        assert_eq!(parts.status, 200);
        for (name, value) in
            [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")]
        {
            assert_eq!(parts.headers[name], value);
        }
        assert!(!parts.headers.contains_key("content-encoding"));
        let mut events = Self { body: Body::into_data_stream(body), read: String::new() };
        assert_eq!(events.next().await.unwrap(), "retry: 2000");
        events
    }

    /// The next event as it was sent; none at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                return Some(event);
            }
            let more = tokio::time::timeout(LONG, self.body.next()).await.expect("an event comes");
            self.read.push_str(std::str::from_utf8(&more?.unwrap()).unwrap());
        }
    }

    /// Nothing has come: what its reader hears next is of a reply that `agent` writes now to another ticket of theirs.
    /// The id of that.
    async fn hears_only_of(&mut self, world: &World, agent: &Actor, another: TicketId) -> String {
        world.desk.tickets().reply(agent, another, &mut words("Something else")).await.unwrap();
        self.hears_of(another).await
    }

    /// The id of the next event, which is about `ticket`.
    async fn hears_of(&mut self, ticket: TicketId) -> String {
        let event = self.next().await.unwrap();
        let id = event.lines().find_map(|line| line.strip_prefix("id: ")).expect("it has an id").to_owned();
        assert!(event.contains("event: ticket"), "{event}");
        assert!(event.contains(&format!("data: {{\"id\":{id},\"kind\":\"ticket\",\"ticket\":{ticket}}}")), "{event}");
        id
    }
}

async fn actor(world: &World, username: &str) -> Actor {
    let person = world.desk.users().by_username(&Actor::command_line(), username).await.unwrap();
    Actor {
        id: Some(UserId(person.id.0)),
        role: person.role,
        username: person.username,
        name: person.name,
        ..Actor::command_line()
    }
}

fn words(text: &str) -> NoFiles {
    NoFiles::new(vec![("body".to_owned(), text.to_owned())])
}

#[tokio::test]
async fn owner_and_staff_hear_and_nobody_else() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let (anas_other, bens_own) = (world.ticket("ana").await.id, world.ticket("ben").await.id);
    let (ana, ben) = (world.browser("ana").await, world.browser("ben").await);
    let agent = world.staff("agnes", Role::Agent).await;
    let agnes = actor(&world, "agnes").await;
    let mut anas = Events::open(&ana, "/live").await;
    let mut bens = Events::open(&ben, "/live").await;
    let mut agents = Events::open(&agent, "/live").await;
    let mut programs = Events::open(&world.api("ana").await, "/api/events/").await;
    world.desk.tickets().note(&agnes, id, &mut words("Secret")).await.unwrap();
    agents.hears_of(id).await;
    world.desk.tickets().reply(&agnes, id, &mut words("Hello")).await.unwrap();
    agents.hears_of(id).await;
    let event = anas.hears_of(id).await;
    assert_eq!(programs.hears_of(id).await, event);
    bens.hears_only_of(&world, &agnes, bens_own).await;
    let event = anas.hears_only_of(&world, &agnes, anas_other).await;

    // To come back is to hear what was missed.
    world.desk.tickets().note(&agnes, id, &mut words("Secret")).await.unwrap();
    drop(anas);
    let mut back = Events::open(&ana, &format!("/live?last={event}")).await;
    let event = back.hears_only_of(&world, &agnes, anas_other).await;
    world.clock.advance(60);
    world.desk.tickets().reply(&agnes, id, &mut words("Are you there?")).await.unwrap();
    let missed = Events::open(&ana, &format!("/live?last={event}")).await.hears_of(id).await;
    let ana = ana.with_header("last-event-id", event);
    assert_eq!(Events::open(&ana, "/live?last=0").await.hears_of(id).await, missed);
    let ana = ana.with_header("last-event-id", missed);
    Events::open(&ana, "/live").await.hears_only_of(&world, &agnes, anas_other).await;
}

#[tokio::test]
async fn of_a_bulk_each_hears_of_their_own() {
    let world = World::new().await;
    let ids = [world.ticket("ana").await.id, world.ticket("ben").await.id, world.ticket("ben").await.id];
    let anas_other = world.ticket("ana").await.id;
    let (ana, agent) = (world.browser("ana").await, world.staff("agnes", Role::Agent).await);
    let agnes = actor(&world, "agnes").await;
    let mut anas = Events::open(&ana, "/live").await;
    let mut agents = Events::open(&agent, "/live").await;
    let mut programs = Events::open(&world.api("ana").await, "/api/events/").await;
    let tickets = world.desk.tickets();
    let done = tickets.bulk(&agnes, &ids, &BulkChange::Status(Status::Closed)).await.unwrap();
    tickets.bulk(&agnes, &ids, &BulkChange::Assignee(agnes.id)).await.unwrap();
    tickets.undo_bulk(&agnes, done.undo.unwrap().id).await.unwrap();
    for _ in 0..2 {
        // What they are told is of one ticket, in the form that every change has.
        let event = anas.hears_of(ids[0]).await;
        assert_eq!(programs.hears_of(ids[0]).await, event);
    }
    anas.hears_only_of(&world, &agnes, anas_other).await;
    for id in [ids, ids, ids].concat() {
        agents.hears_of(id).await;
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let (ana, other) = (world.browser("ana").await, world.browser("ana").await);
    world.staff_member("agnes", Role::Agent).await;
    let mut anas = Events::open(&ana, "/live").await;
    let mut others = Events::open(&other, "/live").await;
    assert_eq!(ana.post("/fn/log_out", &urlencoded("")).await.status, 200);
    assert!(anas.next().await.unwrap().contains("event: over"));
    assert_eq!(anas.next().await, None);
    others.hears_only_of(&world, &actor(&world, "agnes").await, id).await;
    assert_eq!(ana.get("/live").await.status, 401);
    assert_eq!(ana.get("/live").await.header("content-type"), "application/json");
}

#[tokio::test]
async fn an_access_token_that_is_over_is_renewed() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let before = ana.cookie("pindesk_access").unwrap();
    world.clock.advance(700);
    Events::open(&ana, "/live").await;
    assert_ne!(ana.cookie("pindesk_access").unwrap(), before);
}

#[tokio::test]
async fn a_session_has_ten_streams() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(Events::open(&ana, "/live").await);
    }
    let refused = ana.get("/live").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "60"));
    assert!(world.browser("ana").await.get("/live").await.status.is_success());
    open.pop();
    Events::open(&ana, "/live").await;
}

#[tokio::test]
async fn who_is_there_is_told() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let another = world.ticket("ana").await.id;
    let (ana, agent) = (world.browser("ana").await, world.staff("agnes", Role::Agent).await);
    let mut anas = Events::open(&ana, "/live").await;
    let mut agents = Events::open(&agent, "/live").await;
    let beat = async |client: &Client, state: &str| {
        let form = urlencoded(&format!("ticket={id}&state={state}"));
        client.post("/fn/beat", &form).await.status.as_u16()
    };
    assert_eq!(beat(&ana, "viewing").await, 200);
    assert!(agents.next().await.unwrap().contains("event: presence"));
    assert_eq!(beat(&agent, "noting").await, 200);
    // A note is the team's.
    anas.hears_only_of(&world, &actor(&world, "agnes").await, another).await;
    assert_eq!(beat(&agent, "replying").await, 200);
    let event = anas.next().await.unwrap();
    assert!(event.contains(&format!("{{\"id\":null,\"kind\":\"presence\",\"ticket\":{id}}}")), "{event}");
    assert_eq!(beat(&ana, "noting").await, 403);
    assert_eq!(beat(&ana, "dancing").await, 400);
    assert_eq!(beat(&world.browser("ben").await, "viewing").await, 404);
}

#[tokio::test]
async fn pages_name_the_newest_event_and_count_what_is_unread_in_their_title() {
    let world = World::new().await;
    let agent = world.staff("agnes", Role::Agent).await;
    let id = world.ticket("ana").await.id;
    let newest = world.desk.live().newest(&Actor::command_line()).await.unwrap();
    let title = async |client: &Client, path: &str| {
        let page = client.get(path).await.text();
        let (_, title) = page.split_once("<title>").unwrap();
        (title.split_once("</title>").unwrap().0.to_owned(), page)
    };
    let (list, page) = title(&agent, "/admin/tickets").await;
    assert_eq!(list, "(1) Tickets · Pindesk");
    assert!(page.contains(&format!("data-last=\"{newest}\"")), "{page}");
    // Fetched ahead, or for a tab that nobody looks at, is not seen. What is fetched ahead will be, once it is shown.
    let path = format!("/admin/tickets/{id}");
    for (name, value, count) in [("sec-purpose", "prefetch", false), ("x-pindesk-live", "hidden", true)] {
        let ahead = world.staff("agnes", Role::Agent).await.with_header(name, value);
        assert_eq!(title(&ahead, &path).await.0.starts_with("(1) "), count, "{name}");
    }
    assert!(title(&agent, "/admin/tickets").await.0.starts_with("(1) "));
    let (seen, page) = title(&agent, &path).await;
    assert_eq!(seen, format!("#{id} T · Pindesk"));
    assert!(page.contains(&format!("data-ticket=\"{id}\"")), "{page}");
    assert_eq!(title(&agent, "/admin/tickets").await.0, "Tickets · Pindesk");
}
