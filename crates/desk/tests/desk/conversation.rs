//! Replies, notes, the timeline, assignees.

use domain::{
    AssigneeFilter, Cursor, Error, Event, EventKind, LoginKind, Role, Status, TicketChange, TicketFilter, TicketOrder,
};

use crate::support::{PNG, fields_of, file, form, on_both_databases, text, ticket};

fn say(body: &str) -> crate::support::Form {
    form([text("body", body)])
}

fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind()).collect()
}

fn to(status: Status) -> TicketChange {
    TicketChange { status: Some(status), ..TicketChange::default() }
}

on_both_databases! {
    async fn both_sides_reply(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        bench.advance(60);
        let mut parts = say(" Is it *plugged in*? ");
        parts.0.push_back(file("plug.png", PNG));
        let reply = tickets.reply(&agent, id, &mut parts).await.unwrap();
        assert_eq!((reply.kind(), reply.body.as_deref(), reply.is_own), (EventKind::Replied, Some("Is it *plugged in*?"), true));
        assert_eq!(reply.files[0].name, "plug.png");
        bench.advance(60);
        tickets.reply(&ana, id, &mut say("Yes")).await.unwrap();
        let theirs = tickets.view(&ana, id, Cursor::First).await.unwrap();
        assert_eq!(kinds(&theirs.timeline.items), [EventKind::Replied, EventKind::Replied, EventKind::TicketOpened]);
        let answer = &theirs.timeline.items[1];
        assert_eq!((answer.actor_name.as_deref(), answer.by_staff, answer.files.len()), (Some("Support"), true, 1));
        // Files of replies are the ticket's.
        assert_eq!(theirs.ticket.attachments.len(), 1);
        assert_eq!(theirs.ticket.updated_at, bench.desk.now());
        assert_eq!(tickets.reply(&ben, id, &mut say("Me too")).await.unwrap_err(), Error::NotFound);
        assert_eq!(tickets.timeline(&ben, id, Cursor::First, 9).await.unwrap_err(), Error::NotFound);
        assert_eq!(fields_of(tickets.reply(&ana, id, &mut say(" \n ")).await.unwrap_err()), ["body"]);
        assert_eq!(fields_of(tickets.reply(&ana, id, &mut form([])).await.unwrap_err()), ["body"]);
        assert_eq!(fields_of(tickets.reply(&ana, id, &mut say(&"x".repeat(20_001))).await.unwrap_err()), ["body"]);
    }

    async fn members_with_the_same_name_are_told_apart(bench) {
        let ana = bench.customer("ana").await;
        let staff = domain::Actor::command_line();
        let (one, two) = (bench.staff("alex1", Role::Agent).await, bench.staff("alex2", Role::Agent).await);
        let users = bench.desk.users();
        let called = |username: &str| domain::PersonDraft {
            username: username.into(),
            name: "Alex".into(),
            email: String::new(),
        };
        for member in [&one, &two] {
            users.update(&staff, member.id.unwrap(), &called(&member.username)).await.unwrap();
        }
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        let give = |to: &domain::Actor| TicketChange { assignee: Some(to.id), ..TicketChange::default() };
        let newest = async |reader: &domain::Actor| {
            let events = tickets.view(reader, id, Cursor::First).await.unwrap().timeline.items;
            events.into_iter().find(|event| event.kind() == EventKind::AssigneeChanged).unwrap()
        };
        tickets.update(&one, id, &give(&two)).await.unwrap();
        let given = newest(&staff).await;
        assert_eq!((given.actor_name.as_deref(), given.data.to().as_deref()), (Some("Alex (alex1)"), Some("Alex (alex2)")));
        assert!(!given.is_taken);
        let seen = newest(&one).await;
        assert_eq!((seen.actor_name.as_deref(), seen.data.to().as_deref(), seen.is_taken), (Some("You"), Some("Alex (alex2)"), false));
        tickets.update(&one, id, &give(&one)).await.unwrap();
        let taken = newest(&two).await;
        assert_eq!((taken.data.from().as_deref(), taken.data.to().as_deref(), taken.is_taken), (Some("Alex (alex2)"), Some("Alex (alex1)"), true));
        let row = tickets.list(&two, &TicketFilter::default(), Cursor::First, 9).await.unwrap().items.remove(0);
        assert_eq!(row.assignee_name.as_deref(), Some("Alex (alex1)"));
        let names: Vec<_> = users.assignable(&staff).await.unwrap().into_iter().map(|member| member.name).collect();
        assert_eq!(names, ["Alex (alex1)", "Alex (alex2)"]);
        assert!(matches!(tickets.claim(&two, id).await, Err(Error::Conflict { message }) if message.contains("alex1")));
        bench.desk.live().beat(&one, id, domain::PresenceState::Viewing).await.unwrap();
        let new = desk::NewPins::one(ana.id.unwrap());
        bench.desk.pins().issue(&two, new).await.unwrap();
        let pins = bench.desk.pins().list(&staff, None, None, Cursor::First, 9).await.unwrap();
        assert_eq!(pins.items[0].issued_by.as_deref(), Some("Alex (alex2)"));
        // Alone with the name, it is enough; a customer who has it too does not count.
        users.update(&staff, ana.id.unwrap(), &called("ana")).await.unwrap();
        users.update(&staff, two.id.unwrap(), &domain::PersonDraft { name: "Sascha".into(), ..called("alex2") }).await.unwrap();
        assert_eq!(newest(&staff).await.actor_name.as_deref(), Some("Alex"));
        // Events from before have names alone.
        let names = r#"'{"from":{"id":null,"name":"Alex (alex2)"},"to":{"id":null,"name":"Alex"}}'"#;
        bench.execute(&format!("UPDATE events SET data = {names} WHERE kind = 'assignee_changed'")).await;
        let taken = newest(&staff).await;
        assert_eq!((taken.data.from().as_deref(), taken.is_taken), (Some("Alex (alex2)"), true));
    }

    async fn a_refused_reply_leaves_nothing(bench) {
        let ana = bench.customer("ana").await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        let mut blank = form([file("a.png", PNG), text("then", "never")]);
        assert_eq!(fields_of(tickets.reply(&ana, id, &mut blank).await.unwrap_err()), ["then"]);
        tickets.update(&ana, id, &to(Status::Closed)).await.unwrap();
        let mut late = form([text("body", "Too late"), file("a.png", PNG)]);
        assert!(matches!(tickets.reply(&ana, id, &mut late).await, Err(Error::Conflict { .. })));
        assert!(bench.files().is_empty());
        assert_eq!(tickets.view(&ana, id, Cursor::First).await.unwrap().timeline.items.len(), 2);
    }

    async fn a_reply_that_was_sent_is_answered_again_whatever_became_of_the_ticket(bench) {
        let ana = bench.customer("ana").await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        let again = || form([text("body", "Thank you"), text("idempotency_key", "one"), file("a.png", PNG)]);
        let sent = tickets.reply(&ana, id, &mut again()).await.unwrap();
        tickets.update(&ana, id, &to(Status::Closed)).await.unwrap();
        assert_eq!(tickets.reply(&ana, id, &mut again()).await.unwrap(), sent);
        assert!(matches!(tickets.reply(&ana, id, &mut say("More")).await, Err(Error::Conflict { .. })));
        assert_eq!(bench.files().len(), 1);
    }

    async fn notes_stay_with_the_team(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        let before = tickets.view(&ana, id, Cursor::First).await.unwrap();
        let own_before = tickets.list_own(&ana, Cursor::First, 9).await.unwrap();
        bench.advance(60);
        let mut secret = form([text("body", "They owe us money"), file("ledger.png", PNG)]);
        let note = tickets.note(&agent, id, &mut secret).await.unwrap();
        assert_eq!((note.kind(), note.files.len()), (EventKind::Noted, 1));
        assert!(matches!(tickets.note(&ana, id, &mut say("Me too")).await, Err(Error::Forbidden { .. })));
        // The customer's view is what it was, except that the ticket cannot be taken back any more.
        let after = tickets.view(&ana, id, Cursor::First).await.unwrap();
        assert_eq!((&after.ticket, &after.timeline, after.room), (&before.ticket, &before.timeline, before.room));
        assert!(!after.abilities.can_withdraw);
        assert_eq!(tickets.list_own(&ana, Cursor::First, 9).await.unwrap(), own_before);
        let filter = TicketFilter::default();
        assert_eq!(tickets.list(&ana, &filter, Cursor::First, 9).await.unwrap().items[0].attachments, 0);
        assert_eq!(tickets.list(&agent, &filter, Cursor::First, 9).await.unwrap().items[0].attachments, 1);
        let stored = &note.files[0].stored_name;
        assert_eq!(bench.desk.attachments().get(&ana, id, stored).await.unwrap_err(), Error::NotFound);
        assert!(bench.desk.attachments().get(&agent, id, stored).await.is_ok());
        let room = tickets.view(&agent, id, Cursor::First).await.unwrap().room;
        assert_eq!((room.public, room.internal), (10, 9));
    }

    async fn replies_move_the_ticket(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        let status = async || tickets.get(&agent, id).await.unwrap().status;
        let staff = |then: &str| form([text("body", "Hello"), text("then", then)]);
        tickets.reply(&agent, id, &mut staff("stay")).await.unwrap();
        assert_eq!(status().await, Status::Open);
        tickets.reply(&agent, id, &mut staff("wait")).await.unwrap();
        assert_eq!(status().await, Status::WaitingOnCustomer);
        tickets.reply(&ana, id, &mut say("Here it is")).await.unwrap();
        assert_eq!(status().await, Status::Open);
        tickets.reply(&agent, id, &mut staff("resolve")).await.unwrap();
        assert_eq!(status().await, Status::Resolved);
        // Customers do not choose: theirs opens it again whatever they send.
        tickets.reply(&ana, id, &mut form([text("body", "No"), text("then", "resolve")])).await.unwrap();
        assert_eq!(status().await, Status::Open);
        let newest = tickets.view(&ana, id, Cursor::First).await.unwrap().timeline.items;
        assert_eq!(kinds(&newest[..2]), [EventKind::StatusChanged, EventKind::Replied]);
        tickets.update(&agent, id, &to(Status::Closed)).await.unwrap();
        let refused = tickets.reply(&agent, id, &mut staff("wait")).await.unwrap_err();
        assert!(matches!(&refused, Error::Conflict { .. }) && refused.to_string().contains("Reopen it first"), "{refused}");
        tickets.reply(&agent, id, &mut staff("stay")).await.unwrap();
        assert_eq!(status().await, Status::Closed);
        let refused = tickets.update(&agent, id, &to(Status::Resolved)).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict { .. }));
    }

    async fn a_long_timeline_has_pages(bench) {
        let ana = bench.customer("ana").await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        for number in 0..7 {
            tickets.reply(&ana, id, &mut say(&format!("{number}"))).await.unwrap();
        }
        let bodies = |events: &[Event]| events.iter().map(|event| event.body.clone().unwrap_or_default()).collect::<Vec<_>>();
        let first = tickets.timeline(&ana, id, Cursor::First, 3).await.unwrap();
        assert_eq!((bodies(&first.items), first.newer), (vec!["6".into(), "5".into(), "4".into()], None));
        let second = tickets.timeline(&ana, id, Cursor::Before(first.older.unwrap()), 3).await.unwrap();
        assert_eq!(bodies(&second.items), ["3", "2", "1"]);
        assert_eq!(tickets.timeline(&ana, id, Cursor::After(second.newer.unwrap()), 3).await.unwrap().items, first.items);
    }

    async fn pins_and_sessions_are_part_of_it(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        bench.log_in(&ana, LoginKind::Browser).await;
        bench.advance(60);
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        bench.advance(60);
        let there = bench.log_in(&ana, LoginKind::Browser).await;
        bench.desk.sessions().log_out(&there.actor).await.unwrap();
        let expected = [EventKind::SessionEnded, EventKind::PinRedeemed, EventKind::PinIssued, EventKind::TicketOpened];
        assert_eq!(kinds(&tickets.view(&ana, id, Cursor::First).await.unwrap().timeline.items), expected);
        assert_eq!(kinds(&tickets.view(&agent, id, Cursor::First).await.unwrap().timeline.items), expected);
        tickets.update(&ana, id, &to(Status::Closed)).await.unwrap();
        bench.advance(60);
        bench.log_in(&ana, LoginKind::Browser).await;
        assert_eq!(tickets.view(&ana, id, Cursor::First).await.unwrap().timeline.items.len(), 5, "it is over");
    }

    async fn tickets_are_claimed_and_given(bench) {
        let ana = bench.customer("ana").await;
        let (agent, other) = (bench.staff("agent", Role::Agent).await, bench.staff("other", Role::Agent).await);
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        let second = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        let before = tickets.get(&ana, id).await.unwrap();
        bench.advance(60);
        let ids = async |actor: &domain::Actor, assignee| {
            let filter = TicketFilter { assignee: Some(assignee), ..TicketFilter::default() };
            let page = tickets.list(actor, &filter, Cursor::First, 9).await.unwrap();
            page.items.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(tickets.claim(&agent, id).await.unwrap().assignee.unwrap().name, "agent");
        tickets.claim(&agent, id).await.unwrap();
        assert!(matches!(tickets.claim(&other, id).await, Err(Error::Conflict { .. })));
        assert!(matches!(tickets.claim(&ana, second).await, Err(Error::Forbidden { .. })));
        assert_eq!(ids(&agent, AssigneeFilter::Mine).await, [id]);
        assert_eq!(ids(&other, AssigneeFilter::Mine).await, []);
        assert_eq!(ids(&other, AssigneeFilter::Unassigned).await, [second]);
        assert_eq!(ids(&other, AssigneeFilter::Of(agent.id.unwrap())).await, [id]);
        // The customer learns nothing of it, and cannot ask by it.
        let view = tickets.view(&ana, id, Cursor::First).await.unwrap();
        assert_eq!((view.ticket, view.assignee, view.timeline.items.len()), (before, None, 1));
        assert_eq!(ids(&ana, AssigneeFilter::Unassigned).await.len(), 2);
        let give = |to| TicketChange { assignee: Some(to), ..TicketChange::default() };
        assert!(matches!(tickets.update(&ana, id, &give(other.id)).await, Err(Error::Forbidden { .. })));
        assert_eq!(fields_of(tickets.update(&agent, id, &give(ana.id)).await.unwrap_err()), ["assignee"]);
        assert_eq!(tickets.update(&agent, id, &give(other.id)).await.unwrap().assignee.unwrap().name, "other");
        let view = tickets.update(&agent, id, &give(None)).await.unwrap();
        assert_eq!(view.assignee, None);
        let last = &view.timeline.items[0];
        assert_eq!((last.data.from().as_deref(), last.data.to().as_deref()), (Some("other"), None));
    }

    async fn the_list_is_also_by_last_change(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let mut ids = Vec::new();
        for _ in 0..4 {
            ids.push(tickets.open(&ana, &mut ticket([])).await.unwrap().id);
        }
        bench.advance(60);
        tickets.reply(&ana, ids[1], &mut say("More")).await.unwrap();
        let filter = TicketFilter { order: TicketOrder::Changed, ..TicketFilter::default() };
        let first = tickets.list(&agent, &filter, Cursor::First, 2).await.unwrap();
        assert_eq!(first.items.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[1], ids[3]]);
        let second = tickets.list(&agent, &filter, Cursor::Before(first.older.unwrap()), 2).await.unwrap();
        assert_eq!(second.items.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[2], ids[0]]);
        let back = tickets.list(&agent, &filter, Cursor::After(second.newer.unwrap()), 2).await.unwrap();
        assert_eq!(back.items, first.items);
    }
}
