//! What pages say and show of an access: who is in and for what, what a narrow one leaves out, how staff issue it, and how
//! likely it is that somebody guesses one.

use domain::{Actor, Cursor, PinScope, Role, ScopeDraft, Stay, TicketChange, TicketId};

use crate::harness::{Client, World, form, urlencoded};

fn of(ticket: TicketId, can: &str) -> ScopeDraft {
    ScopeDraft { ticket: Some(ticket), can: Some(can.parse().unwrap()), ..ScopeDraft::default() }
}

/// The words of a page, without its markup.
fn words(html: &str) -> String {
    let mut words = String::new();
    for part in html.split('<') {
        words.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    words.replace(['\u{2068}', '\u{2069}'], "")
}

async fn text(client: &Client, path: &str) -> String {
    let reply = client.get(path).await;
    assert_eq!(reply.status, 200, "{path} {}", reply.text());
    reply.text()
}

/// What can be filled in on a page.
fn fields(html: &str) -> usize {
    let hidden = html.matches("type=\"hidden\"").count();
    html.matches("<input").count() - hidden + html.matches("<textarea").count() + html.matches("<select").count()
}

#[tokio::test]
async fn whoever_logs_in_reads_whose_access_it_is_before_any_field() {
    let world = World::new().await;
    let client = world.anonymous().with_header("sec-fetch-site", "same-origin");
    let pin = world.pin("ana").await;
    client.get("/").await;
    let reply = client.post("/?fn=login", &urlencoded(&format!("from_page=1&pin={pin}&next=/tickets/new"))).await;
    assert_eq!(reply.header("location"), "/welcome?next=/tickets/new");
    let page = text(&client, reply.header("location")).await;
    let said = words(&page);
    assert!(said.contains("You are in as Name of ana") && said.contains("No tickets yet."), "{said}");
    assert!(said.contains("127.0.0.1:8000"), "which desk it is: {said}");
    assert!(page.contains("href=\"/tickets/new\"") && said.contains("Not you?"), "{page}");
    assert_eq!(fields(&page), 0, "{page}");
    assert!(!said.contains("This access"), "it is for everything");
    // Their way out needs no script.
    let out = client.post("/welcome?fn=log_out", &urlencoded("")).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/"));
    assert_eq!(client.get("/welcome").await.header("location"), "/?next=/welcome");
}

#[tokio::test]
async fn a_login_for_one_ticket_names_it_and_leads_to_it() {
    let world = World::new().await;
    let (own, other) = (world.ticket("ana").await.id, world.ticket("ana").await.id);
    let change = |title: &str| TicketChange { title: Some(title.into()), ..TicketChange::default() };
    for (id, title) in [(own, "Broken <door>"), (other, "Not for the lawyer")] {
        world.desk.tickets().update(&Actor::command_line(), id, &change(title)).await.unwrap();
    }
    let scope = ScopeDraft { stays: Some(8 * 3600), label: "the lawyer".into(), ..of(own, "read,reply") };
    let page = text(&world.browser_for("ana", scope).await, "/welcome").await;
    let said = words(&page);
    assert!(said.contains("Ticket: Broken &lt;door&gt;"), "{said}");
    assert!(said.contains(&format!("This access (the lawyer): ticket #{own}, read and reply, until ")), "{said}");
    assert!(!said.contains("Not for the lawyer"), "{said}");
    assert!(page.contains(&format!("href=\"/tickets/{own}\"")), "{page}");
    for elsewhere in ["//evil.example", "/admin", "https://evil.example/tickets", "javascript:alert(1)", "/welcome"] {
        let page = text(&world.browser("ana").await, &format!("/welcome?next={elsewhere}")).await;
        assert!(page.contains("href=\"/tickets\"") && !page.contains("evil.example\""), "{elsewhere} {page}");
    }
}

#[tokio::test]
async fn pages_show_no_way_to_what_a_scope_leaves_out() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let page = format!("/tickets/{id}");
    let whole = world.browser("ana").await;
    for (path, shown) in [
        ("/tickets", &["href=\"/tickets/new\""][..]),
        (&page, &["fn=reply\"", "type=\"file\"", "fn=close_ticket\"", "fn=delete_ticket\"", "?edit=1\"", "for <bdi"]),
        ("/tickets/new", &["type=\"file\"", "for <bdi"]),
        ("/sessions", &["fn=log_out_everywhere\""]),
    ] {
        let html = text(&whole, path).await;
        for shown in shown {
            assert!(html.contains(shown), "{path} lacks {shown}: {html}");
        }
        assert!(!words(&html).contains("This access"), "{path}");
        assert!(words(&html).contains("Name of ana"), "{path}");
    }
    for (can, missing, shown) in [
        (
            "read",
            &["fn=reply\"", "type=\"file\"", "fn=close_ticket\"", "fn=delete_ticket\"", "?edit=1\"", "closed."][..],
            &["This access is for reading."][..],
        ),
        ("read,reply", &["type=\"file\"", "fn=delete_ticket\"", "No more files"], &["fn=reply\"", "fn=close_ticket\""]),
        ("read,reply,upload", &["fn=delete_ticket\""], &["fn=reply\"", "type=\"file\"", "fn=close_ticket\""]),
    ] {
        let narrow = world.browser_for("ana", of(id, can)).await;
        let html = text(&narrow, &page).await;
        for missing in missing {
            assert!(!html.contains(missing), "{can} has {missing}: {html}");
        }
        for shown in shown {
            assert!(html.contains(shown), "{can} lacks {shown}: {html}");
        }
        for path in [&page, "/tickets", "/sessions"] {
            let html = text(&narrow, path).await;
            assert!(words(&html).contains(&format!("This access: ticket #{id}, ")), "{can} {path}: {html}");
            for missing in ["href=\"/tickets/new\"", "fn=log_out_everywhere\""] {
                assert!(!html.contains(missing), "{can} {path} has {missing}");
            }
        }
    }
    // What is refused is said where there is nothing to refuse it at.
    let narrow = world.browser_for("ana", of(id, "read")).await.with_header("sec-fetch-site", "same-origin");
    let body = form(&[("id", &id.to_string()), ("body", "Hello")], &[]);
    let refused = narrow.post(&format!("{page}?fn=reply"), &body).await;
    assert_eq!(refused.status, 403);
    assert!(words(&refused.text()).contains("for reading only"), "{}", refused.text());
}

/// Sends the form of a customer's page and gives the page that follows.
async fn issue(agent: &Client, customer: &str, fields: &str) -> (u16, String) {
    let reply = agent.post(&format!("{customer}?fn=issue_pin"), &urlencoded(fields)).await;
    match reply.header("location") {
        "" => (reply.status.as_u16(), reply.text()),
        location => (303, text(agent, location).await),
    }
}

#[tokio::test]
async fn staff_issue_pins_for_less_on_a_customers_page() {
    let world = World::new().await;
    let ana = world.customer("ana").await.id;
    let (own, bens) = (world.ticket("ana").await.id, world.ticket("ben").await.id);
    let agent = world.staff("agnes", Role::Agent).await.with_header("sec-fetch-site", "same-origin");
    let customer = format!("/admin/customers/{ana}");
    let fresh = text(&agent, &customer).await;
    // The longer it lives, the longer it is: never likelier to be found.
    for shown in ["24 hours (1 in 2 million)", "7 days (1 in 370 million)", "name=\"ticket\"", "name=\"label\""] {
        assert!(fresh.contains(shown), "{shown} {fresh}");
    }
    let narrow = format!("user_id={ana}&ttl=86400&ticket=%23{own}&can=read,reply&stays=28800&label=the+lawyer");
    let (status, page) = issue(&agent, &customer, &narrow).await;
    assert_eq!(status, 303);
    let said = words(&page);
    assert!(said.contains(&format!("It opens ticket #{own}, read and reply, for 8 hours.")), "{said}");
    assert!(said.contains("never stops guessing: 1 in 2 million until "), "{said}");
    assert!(!said.contains("takes its place"), "{said}");
    let record = async || {
        let page = world.desk.pins().list(&Actor::command_line(), None, Some(ana), Cursor::First, 1).await.unwrap();
        page.items.into_iter().next().unwrap()
    };
    let scope = PinScope {
        ticket: Some(own),
        can: "read,reply".parse().unwrap(),
        stays: Some(Stay::from_seconds(8 * 3600).unwrap()),
        label: "the lawyer".into(),
        ..PinScope::default()
    };
    assert_eq!(record().await.scope, scope);
    // Another one for the same says that it takes its place; the tables say what each is for.
    let (_, again) = issue(&agent, &customer, &narrow.replace("86400", "3600")).await;
    assert!(words(&again).contains("is revoked: this one takes its place"), "{}", words(&again));
    for path in [&customer, "/admin/pins"] {
        let said = words(&text(&agent, path).await);
        assert!(said.contains(&format!("ticket #{own}, read and reply, for 8 hours")), "{path} {said}");
        assert!(said.contains("the lawyer"), "{path} {said}");
    }
    // A whole one says nothing of it.
    issue(&agent, &customer, &format!("user_id={ana}&ttl=3600&ticket=&can=&stays=&label=")).await;
    assert_eq!(record().await.scope, PinScope::default());
    let last = record().await.id;
    for (fields, sentence) in [
        ("ticket=seven", "Write the number of a ticket"),
        (&*format!("ticket={bens}"), "ticket"),
        ("can=write", "Choose what it may do."),
        ("stays=long", "Choose how long the access stays."),
        ("stays=1", "Choose a stay from 1 minute"),
    ] {
        let (status, page) = issue(&agent, &customer, &format!("user_id={ana}&ttl=3600&{fields}")).await;
        assert_eq!(status, 400, "{fields}");
        assert!(page.contains(sentence), "{fields} {page}");
    }
    assert_eq!(record().await.id, last, "nothing was issued");
    // From a ticket's page it is for that ticket.
    let ticket = text(&agent, &format!("/admin/tickets/{own}")).await;
    let link = format!("{customer}?ticket={own}");
    assert!(ticket.contains(&format!("href=\"{link}#issue\"")), "{ticket}");
    let page = text(&agent, &link).await;
    assert!(page.contains(&format!("name=\"ticket\" value=\"{own}\"")), "{page}");
}

#[tokio::test]
async fn admins_see_the_meter_and_are_told_at_ten_times_the_usual() {
    let world = World::new().await;
    let (agent, admin) = (world.staff("agnes", Role::Agent).await, world.staff("adam", Role::Admin).await);
    world.pin("ana").await;
    let meter = words(&text(&admin, "/admin/pins").await);
    for shown in ["Odds of a hit", "1 in 2 million until ", "SUP-XXXX-XXXX1 PIN, the last until ", "0 failed attempts"]
    {
        assert!(meter.contains(shown), "{shown} {meter}");
    }
    assert!(!words(&text(&agent, "/admin/pins").await).contains("Odds of a hit"), "it is for admins");
    let guess = async |number: u8| {
        let client = world.anonymous().from(&format!("198.51.{number}.1"));
        assert_eq!(client.post("/?fn=login", &urlencoded("pin=SUP-0000-0000")).await.status, 400);
    };
    const ALARM: &str = "Somebody is guessing";
    for number in 0..9 {
        guess(number).await;
    }
    assert!(!text(&admin, "/admin").await.contains(ALARM), "a few people who mistype are nothing");
    guess(9).await;
    for path in ["/admin", "/admin/tickets", "/admin/pins"] {
        let page = text(&admin, path).await;
        assert!(page.contains(ALARM) && page.contains("href=\"/admin/pins#guessing\""), "{path} {page}");
        let said = words(&page);
        assert!(said.contains("10 failed attempts within one minute of the last 10"), "{said}");
        assert!(said.contains("In the last minute 10 failed attempts from 10 addresses"), "{said}");
        assert!(!text(&agent, path).await.contains(ALARM), "it is for admins");
    }
    world.clock.advance(300);
    assert!(text(&admin, "/admin").await.contains(ALARM), "who looks a little later is told, too");
    world.clock.advance(301);
    assert!(!text(&admin, "/admin").await.contains(ALARM), "it is over");
}
