//! Files from outside: who drops them reads nothing, the customer sees them when staff release them.

use desk::{Desk, LoggedIn};
use domain::{
    Actor, Cursor, Error, Event, EventData, EventId, EventKind, LoginKind, Purpose, Role, ScopeDraft, SearchQuery,
    Status, TicketChange, TicketFilter, TicketId,
};

use crate::support::{Bench, Form, PDF, PNG, fields_of, file, form, on_both_databases, text, ticket};

fn dropping(ticket: TicketId, label: &str) -> ScopeDraft {
    ScopeDraft { ticket: Some(ticket), label: label.into(), purpose: Purpose::Drop, ..ScopeDraft::default() }
}

fn png(name: &'static str) -> Form {
    form([file(name, PNG)])
}

struct Scene {
    ana: Actor,
    agent: Actor,
    ticket: TicketId,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let (ana, agent) = (bench.customer("ana").await, bench.staff("agent", Role::Agent).await);
        let opened = bench.desk.tickets().open(&ana, &mut ticket([file("a.pdf", PDF)])).await.unwrap();
        Self { ana, agent, ticket: opened.id }
    }

    async fn enter(&self, bench: &Bench, label: &str) -> (Actor, LoggedIn) {
        let opened = bench.let_in(&self.ana, dropping(self.ticket, label), LoginKind::Browser).await;
        (opened.actor.clone(), opened)
    }

    async fn entries(&self, desk: &Desk, reader: &Actor) -> Vec<Event> {
        desk.tickets().timeline(reader, self.ticket, Cursor::First, 50).await.unwrap().items
    }

    async fn finds(&self, desk: &Desk, reader: &Actor, words: &str) -> usize {
        let query = SearchQuery { text: words.into(), filter: TicketFilter::default(), limit: 20 };
        desk.tickets().search(reader, &query).await.unwrap().hits.len()
    }
}

on_both_databases! {
    async fn files_come_in_and_nothing_goes_out(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let (asking, opened) = scene.enter(&bench, "From the plumber").await;
        let empty = desk.drops().view(&asking).await.unwrap();
        assert_eq!((empty.title.as_str(), empty.files.len(), empty.room()), ("From the plumber", 0, 10));
        assert_eq!(empty.until, desk.now().plus_seconds(48 * 3600));
        // The customer has an a.pdf: nothing is compared with it, nothing is overwritten, nothing is told of it.
        for count in 1..=2 {
            let shown = desk.drops().add(&asking, &mut form([file("a.pdf", PDF)])).await.unwrap();
            assert_eq!(shown.files.len(), count);
            assert!(shown.files.iter().all(|file| file.name == "a.pdf" && file.size == PDF.len() as u64));
            assert_eq!(shown.until, desk.now().plus_seconds(2 * 3600), "two hours after the last upload");
        }
        assert_eq!(bench.files().len(), 3);
        // Another session for the same sees its own.
        let (other, _) = scene.enter(&bench, "").await;
        let seen = desk.drops().view(&other).await.unwrap();
        assert_eq!((seen.title.as_str(), seen.files.len()), ("Files for Support", 0));
        // The team sees them, and by whom they came; the customer learns nothing.
        let told = scene.entries(desk, &scene.agent).await;
        let dropped = EventData::FilesDropped { label: "From the plumber".into(), count: 1 };
        assert_eq!(told.iter().filter(|entry| entry.data == dropped && entry.files.len() == 1).count(), 2);
        let known = [EventKind::TicketOpened, EventKind::PinIssued, EventKind::PinRedeemed];
        assert!(scene.entries(desk, &scene.ana).await.iter().all(|entry| known.contains(&entry.kind())));
        let hers = desk.tickets().get(&scene.ana, scene.ticket).await.unwrap();
        assert_eq!(hers.attachments.len(), 1);
        let stored = &told.iter().find(|entry| entry.data == dropped).unwrap().files[0].stored_name;
        assert_eq!(desk.attachments().get(&scene.ana, scene.ticket, stored).await, Err(Error::NotFound));
        desk.attachments().get(&scene.agent, scene.ticket, stored).await.unwrap();
        assert!(!desk.tickets().is_unread(&scene.ana, scene.ticket).await.unwrap());
        assert!(desk.tickets().is_unread(&scene.agent, scene.ticket).await.unwrap());
        // Her room is hers.
        assert_eq!(desk.tickets().view(&scene.ana, scene.ticket, Cursor::First).await.unwrap().room.public, 9);
        // Two hours later it is over.
        bench.advance(2 * 3600 - 1);
        desk.sessions().renew(&opened.tokens.refresh).await.unwrap();
        bench.advance(1);
        assert!(desk.sessions().renew(&opened.tokens.refresh).await.is_err());
    }

    async fn the_same_rules_hold_for_files_from_outside(bench) {
        let scene = Scene::new(&bench).await;
        let (desk, before) = (&bench.desk, bench.files());
        let (asking, _) = scene.enter(&bench, "x").await;
        let (drops, told) = (desk.drops(), scene.entries(desk, &scene.agent).await);
        for (name, form) in [
            ("a program", &mut form([file("a.pdf", b"\x7fELF and so on")])),
            ("no type of ours", &mut form([file("a.exe", b"MZ")])),
            ("another name", &mut form([file("a.png", PDF)])),
            ("nothing", &mut form([])),
            ("one too many", &mut form(std::iter::repeat_with(|| file("a.png", PNG)).take(11))),
            ("one bad among good", &mut form([file("a.png", PNG), file("b.pdf", b"text")])),
        ] {
            let refusal = drops.add(&asking, form).await.unwrap_err();
            assert_eq!(fields_of(refusal), ["attachments"], "{name}");
        }
        let huge = vec![b'x'; 5 * 1024 * 1024];
        let huge = drops.add(&asking, &mut form([file("a.pdf", &[PDF, &huge].concat())])).await;
        assert!(matches!(huge, Err(Error::TooLarge { .. })));
        assert_eq!(bench.files(), before, "nothing is left of them");
        assert_eq!(scene.entries(desk, &scene.agent).await, told);
        // Ten in all, however they come.
        drops.add(&asking, &mut form(std::iter::repeat_with(|| file("a.png", PNG)).take(9))).await.unwrap();
        let over = drops.add(&asking, &mut form([file("b.png", PNG), file("c.png", PNG)])).await.unwrap_err();
        assert!(over.fields().unwrap().of("attachments")[0].contains("c.png"));
        assert_eq!(drops.add(&asking, &mut png("b.png")).await.unwrap().room(), 0);
        drops.add(&asking, &mut png("c.png")).await.unwrap_err();
    }

    async fn an_upload_that_is_sent_again_came_once(bench) {
        let scene = Scene::new(&bench).await;
        let drops = bench.desk.drops();
        let (asking, _) = scene.enter(&bench, "x").await;
        let keyed = || form([file("a.png", PNG), text("idempotency_key", "k1")]);
        drops.add(&asking, &mut keyed()).await.unwrap();
        assert_eq!(drops.add(&asking, &mut keyed()).await.unwrap().files.len(), 1);
        let other = drops.add(&asking, &mut form([file("b.png", PNG), text("idempotency_key", "k1")])).await;
        assert!(matches!(other, Err(Error::Conflict { .. })));
        // Keys of others are not to be found out, and no draft goes with what is dropped.
        let place = domain::DraftPlace::Reply(scene.ticket);
        let words = [("body".to_owned(), "Half".to_owned())].into();
        bench.desk.drafts().save(&scene.ana, place, &words, None).await.unwrap();
        let (other, _) = scene.enter(&bench, "y").await;
        assert_eq!(drops.add(&other, &mut keyed()).await.unwrap().files.len(), 1);
        assert!(bench.desk.drafts().get(&scene.ana, place).await.unwrap().is_some());
    }

    async fn who_drops_files_was_let_in_for_it(bench) {
        let scene = Scene::new(&bench).await;
        let (desk, before) = (&bench.desk, bench.files());
        let narrow = ScopeDraft { ticket: Some(scene.ticket), ..ScopeDraft::default() };
        let narrow = bench.let_in(&scene.ana, narrow, LoginKind::Api).await.actor;
        for asking in [&scene.ana, &scene.agent, &narrow, &Actor::command_line()] {
            assert!(matches!(desk.drops().view(asking).await, Err(Error::Forbidden { .. })));
            assert!(matches!(desk.drops().add(asking, &mut png("a.png")).await, Err(Error::Forbidden { .. })));
        }
        // A session that was ended, a ticket that is closed or gone.
        let (asking, _) = scene.enter(&bench, "x").await;
        let closed = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
        desk.tickets().update(&scene.agent, scene.ticket, &closed).await.unwrap();
        assert!(matches!(desk.drops().add(&asking, &mut png("a.png")).await, Err(Error::Conflict { .. })));
        desk.tickets().delete(&bench.staff("admin", Role::Admin).await, scene.ticket).await.unwrap();
        assert!(desk.drops().add(&asking, &mut png("a.png")).await.is_err());
        assert!(bench.files().len() < before.len(), "the ticket took its own with it, and nothing came");
    }

    async fn staff_release_what_came(bench) {
        let scene = Scene::new(&bench).await;
        let (desk, drops) = (&bench.desk, bench.desk.drops());
        let (asking, _) = scene.enter(&bench, "From the plumber").await;
        drops.add(&asking, &mut form([file("quote.pdf", PDF), file("leak.png", PNG)])).await.unwrap();
        let dropped = scene.entries(desk, &scene.agent).await.remove(0);
        assert_eq!((scene.finds(desk, &scene.agent, "quote").await, scene.finds(desk, &scene.ana, "quote").await), (1, 0));
        for asking in [&scene.ana, &asking] {
            let refused = drops.release(asking, scene.ticket, dropped.id).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })));
        }
        let opening = scene.entries(desk, &scene.agent).await.pop().unwrap();
        for (ticket, event) in
            [(TicketId(4711), dropped.id), (scene.ticket, EventId(4711)), (scene.ticket, opening.id)]
        {
            assert_eq!(drops.release(&scene.agent, ticket, event).await, Err(Error::NotFound));
        }
        assert_eq!(drops.release(&scene.agent, scene.ticket, dropped.id).await, Ok(2));
        let again = drops.release(&scene.agent, scene.ticket, dropped.id).await;
        assert!(matches!(again, Err(Error::Conflict { .. })));
        let hers = scene.entries(desk, &scene.ana).await.remove(0);
        assert_eq!((hers.data, hers.files.len()), (EventData::FilesReleased { count: 2 }, 2));
        desk.attachments().get(&scene.ana, scene.ticket, &hers.files[0].stored_name).await.unwrap();
        assert!(desk.tickets().is_unread(&scene.ana, scene.ticket).await.unwrap());
        assert_eq!((scene.finds(desk, &scene.agent, "quote").await, scene.finds(desk, &scene.ana, "quote").await), (1, 1));
        // The same when the index is made anew.
        bench.forget_documents().await;
        let again = bench.another().await;
        assert_eq!((scene.finds(&again, &scene.agent, "quote").await, scene.finds(&again, &scene.ana, "quote").await), (1, 1));
        // Who brought them still sees what they brought, and no more.
        assert_eq!(drops.view(&asking).await.unwrap().files.len(), 2);
    }
}
