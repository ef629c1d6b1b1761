//! Drafts, and sending once.

use std::collections::BTreeMap;

use desk::Desk;
use domain::{Actor, Cursor, DraftPlace, Error, EventKind, Role, TicketId};

use crate::support::{Bench, Form, PDF, PNG, fields_of, file, form, on_both_databases, text, ticket};

const DAY: i64 = 24 * 3600;

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn words(text: &str) -> BTreeMap<String, String> {
    fields(&[("body", text)])
}

fn keyed(key: &str, body: &str) -> Form {
    form([text("body", body), text("idempotency_key", key), file("a.png", PNG)])
}

async fn opened(bench: &Bench, customer: &Actor) -> TicketId {
    bench.desk.tickets().open(customer, &mut ticket([])).await.unwrap().id
}

/// What is kept, if there is something.
async fn kept(desk: &Desk, actor: &Actor, place: DraftPlace) -> Option<BTreeMap<String, String>> {
    desk.drafts().get(actor, place).await.unwrap().map(|draft| draft.fields)
}

on_both_databases! {
    async fn a_draft_is_kept_overwritten_and_discarded(bench) {
        let ana = bench.customer("ana").await;
        let drafts = bench.desk.drafts();
        let first = fields(&[("title", "Prin"), ("description", " one\n\0two \u{1F5A8}"), ("priority", "soon")]);
        assert_eq!(drafts.save(&ana, DraftPlace::Ticket, &first, None).await.unwrap(), Some(bench.desk.now()));
        // Another process finds it as it was typed.
        let draft = bench.another().await.drafts().get(&ana, DraftPlace::Ticket).await.unwrap().unwrap();
        assert_eq!((draft.place, draft.fields, draft.saved_at), (DraftPlace::Ticket, first, bench.desk.now()));
        bench.advance(60);
        let second = fields(&[("title", "Printer")]);
        drafts.save(&ana, DraftPlace::Ticket, &second, Some("k")).await.unwrap();
        let draft = drafts.get(&ana, DraftPlace::Ticket).await.unwrap().unwrap();
        assert_eq!((draft.fields, draft.saved_at), (second.clone(), bench.desk.now()));
        // Without a text nothing is left to keep.
        drafts.save(&ana, DraftPlace::Ticket, &fields(&[("title", " "), ("priority", "High")]), None).await.unwrap();
        assert_eq!(kept(&bench.desk, &ana, DraftPlace::Ticket).await, None);
        drafts.save(&ana, DraftPlace::Ticket, &second, None).await.unwrap();
        drafts.discard(&ana, DraftPlace::Ticket).await.unwrap();
        drafts.discard(&ana, DraftPlace::Ticket).await.unwrap();
        assert_eq!(kept(&bench.desk, &ana, DraftPlace::Ticket).await, None);
    }

    async fn drafts_are_their_writers_alone(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let (agent, other) = (bench.staff("agent", Role::Agent).await, bench.staff("other", Role::Admin).await);
        let id = opened(&bench, &ana).await;
        let (reply, note) = (DraftPlace::Reply(id), DraftPlace::Note(id));
        let drafts = bench.desk.drafts();
        drafts.save(&ana, reply, &words("of ana"), None).await.unwrap();
        drafts.save(&agent, reply, &words("of the agent"), None).await.unwrap();
        drafts.save(&agent, note, &words("secret"), None).await.unwrap();
        assert_eq!(kept(&bench.desk, &ana, reply).await, Some(words("of ana")));
        assert_eq!(kept(&bench.desk, &agent, reply).await, Some(words("of the agent")));
        assert_eq!(kept(&bench.desk, &other, reply).await, None);
        assert_eq!(kept(&bench.desk, &other, note).await, None);
        drafts.discard(&other, reply).await.unwrap();
        assert!(kept(&bench.desk, &agent, reply).await.is_some());
        // Not his and not there are the same.
        for place in [reply, DraftPlace::Reply(TicketId(4711))] {
            assert_eq!(drafts.save(&ben, place, &words("x"), None).await.unwrap_err(), Error::NotFound);
            assert_eq!(drafts.get(&ben, place).await.unwrap_err(), Error::NotFound);
            assert_eq!(drafts.discard(&ben, place).await.unwrap_err(), Error::NotFound);
        }
        for customer in [&ana, &ben] {
            assert!(matches!(drafts.save(customer, note, &words("x"), None).await, Err(Error::Forbidden { .. })));
            assert!(matches!(drafts.get(customer, note).await, Err(Error::Forbidden { .. })));
            assert!(matches!(drafts.discard(customer, note).await, Err(Error::Forbidden { .. })));
        }
        assert!(matches!(drafts.get(&agent, DraftPlace::Ticket).await, Err(Error::Forbidden { .. })));
        assert_eq!(drafts.get(&Actor::command_line(), reply).await.unwrap_err(), Error::Unauthenticated);
    }

    async fn drafts_have_limits(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let drafts = bench.desk.drafts();
        let long = fields(&[("description", &"x".repeat(domain::DRAFT_MAX_CHARS))]);
        drafts.save(&ana, DraftPlace::Ticket, &long, None).await.unwrap();
        for (bad, field) in [
            (fields(&[("title", "x"), ("description", &"x".repeat(domain::DRAFT_MAX_CHARS))]), "form"),
            (fields(&[("title", "x"), ("body", "x")]), "body"),
        ] {
            assert_eq!(fields_of(drafts.save(&ana, DraftPlace::Ticket, &bad, None).await.unwrap_err()), [field]);
        }
        let spaced = drafts.save(&ana, DraftPlace::Ticket, &fields(&[]), Some("a b")).await.unwrap_err();
        assert_eq!(fields_of(spaced), ["idempotency_key"]);
        assert_eq!(kept(&bench.desk, &ana, DraftPlace::Ticket).await, Some(long));
        let ben = bench.customer("ben").await;
        let mut ids = Vec::new();
        for i in 0..51 {
            ids.push(opened(&bench, &ben).await);
            bench.advance(1);
            drafts.save(&agent, DraftPlace::Reply(ids[i]), &words("x"), None).await.unwrap();
            drafts.save(&agent, DraftPlace::Note(ids[i]), &words("x"), None).await.unwrap();
        }
        assert_eq!(kept(&bench.desk, &agent, DraftPlace::Reply(ids[0])).await, None);
        assert_eq!(kept(&bench.desk, &agent, DraftPlace::Note(ids[0])).await, None);
        assert!(kept(&bench.desk, &agent, DraftPlace::Reply(ids[1])).await.is_some());
        assert!(kept(&bench.desk, &agent, DraftPlace::Note(ids[50])).await.is_some());
        assert!(kept(&bench.desk, &ana, DraftPlace::Ticket).await.is_some(), "others keep theirs");
    }

    async fn old_drafts_and_keys_go(bench) {
        let ana = bench.customer("ana").await;
        let desk = &bench.desk;
        let parts = || ticket([text("idempotency_key", "k")]);
        let first = desk.tickets().open(&ana, &mut parts()).await.unwrap().id;
        desk.drafts().save(&ana, DraftPlace::Ticket, &fields(&[("title", "x")]), None).await.unwrap();
        bench.advance(6 * DAY);
        desk.upkeep().await.unwrap();
        assert_eq!(desk.tickets().open(&ana, &mut parts()).await.unwrap().id, first);
        bench.advance(2 * DAY);
        desk.upkeep().await.unwrap();
        assert!(kept(desk, &ana, DraftPlace::Ticket).await.is_some());
        assert!(desk.tickets().open(&ana, &mut parts()).await.unwrap().id > first);
        desk.drafts().save(&ana, DraftPlace::Ticket, &fields(&[("title", "x")]), None).await.unwrap();
        bench.advance(89 * DAY);
        desk.upkeep().await.unwrap();
        assert!(kept(desk, &ana, DraftPlace::Ticket).await.is_some());
        bench.advance(2 * DAY);
        desk.upkeep().await.unwrap();
        assert_eq!(kept(desk, &ana, DraftPlace::Ticket).await, None);
    }

    async fn what_is_sent_is_no_draft_any_more(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let (desk, drafts, tickets) = (&bench.desk, bench.desk.drafts(), bench.desk.tickets());
        let title = fields(&[("title", "Printer")]);
        drafts.save(&ana, DraftPlace::Ticket, &title, Some("k1")).await.unwrap();
        let mut refused = form([text("title", "Printer"), text("idempotency_key", "k1")]);
        assert_eq!(fields_of(tickets.open(&ana, &mut refused).await.unwrap_err()), ["description"]);
        assert!(kept(desk, &ana, DraftPlace::Ticket).await.is_some(), "a refusal keeps it");
        let id = tickets.open(&ana, &mut ticket([text("idempotency_key", "k1")])).await.unwrap().id;
        assert_eq!(kept(desk, &ana, DraftPlace::Ticket).await, None);
        // A save that was under way comes late.
        assert_eq!(drafts.save(&ana, DraftPlace::Ticket, &title, Some("k1")).await.unwrap(), None);
        assert_eq!(kept(desk, &ana, DraftPlace::Ticket).await, None);
        // The next ticket has a key of its own.
        assert!(drafts.save(&ana, DraftPlace::Ticket, &title, Some("k2")).await.unwrap().is_some());
        let (reply, note) = (DraftPlace::Reply(id), DraftPlace::Note(id));
        for place in [reply, note] {
            drafts.save(&agent, place, &words("x"), None).await.unwrap();
        }
        drafts.save(&ana, reply, &words("x"), None).await.unwrap();
        tickets.reply(&agent, id, &mut keyed("k3", "x")).await.unwrap();
        assert_eq!((kept(desk, &agent, reply).await, kept(desk, &agent, note).await), (None, Some(words("x"))));
        tickets.note(&agent, id, &mut form([text("body", "x")])).await.unwrap();
        assert_eq!(kept(desk, &agent, note).await, None);
        assert_eq!(drafts.save(&agent, reply, &words("x"), Some("k3")).await.unwrap(), None);
        assert!(kept(desk, &ana, reply).await.is_some(), "others keep theirs");
    }

    async fn a_deleted_ticket_takes_its_drafts_along(bench) {
        let ana = bench.customer("ana").await;
        let admin = bench.staff("admin", Role::Admin).await;
        let (id, other) = (opened(&bench, &ana).await, opened(&bench, &ana).await);
        let drafts = bench.desk.drafts();
        for place in [DraftPlace::Reply(id), DraftPlace::Note(id), DraftPlace::Reply(other)] {
            drafts.save(&admin, place, &words("x"), None).await.unwrap();
        }
        bench.desk.tickets().delete(&ana, id).await.unwrap();
        assert_eq!(drafts.get(&admin, DraftPlace::Reply(id)).await.unwrap_err(), Error::NotFound);
        assert!(kept(&bench.desk, &admin, DraftPlace::Reply(other)).await.is_some());
    }

    async fn sent_again_is_sent_once(bench) {
        let ana = bench.customer("ana").await;
        let ben = bench.customer("ben").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let parts = || ticket([text("idempotency_key", "k1"), file("a.png", PNG)]);
        let first = tickets.open(&ana, &mut parts()).await.unwrap();
        bench.advance(60);
        assert_eq!(tickets.open(&ana, &mut parts()).await.unwrap(), first);
        assert_eq!(bench.files().len(), 1);
        // A key is its sender's, and one for everything they send.
        let bens = tickets.open(&ben, &mut parts()).await.unwrap();
        assert_ne!(bens.id, first.id);
        assert!(matches!(tickets.reply(&ana, first.id, &mut keyed("k1", "x")).await, Err(Error::Conflict { .. })));
        let reply = tickets.reply(&ana, first.id, &mut keyed("k2", "x")).await.unwrap();
        assert_eq!(tickets.reply(&ana, first.id, &mut keyed("k2", "x")).await.unwrap(), reply);
        let resolve = || form([text("body", "Done"), text("then", "resolve"), text("idempotency_key", "k3")]);
        let resolved = tickets.reply(&agent, first.id, &mut resolve()).await.unwrap();
        assert_eq!(tickets.reply(&agent, first.id, &mut resolve()).await.unwrap(), resolved);
        let note = tickets.note(&agent, first.id, &mut keyed("k4", "x")).await.unwrap();
        assert_eq!(tickets.note(&agent, first.id, &mut keyed("k4", "x")).await.unwrap(), note);
        let kinds: Vec<_> = tickets.view(&agent, first.id, Cursor::First).await.unwrap().timeline.items.iter().map(|event| event.kind()).collect();
        assert_eq!(kinds, [EventKind::Noted, EventKind::StatusChanged, EventKind::Replied, EventKind::Replied, EventKind::TicketOpened]);
        // Without a key, and with an empty one, twice is twice.
        for _ in 0..2 {
            tickets.open(&ana, &mut ticket([text("idempotency_key", "")])).await.unwrap();
        }
        assert_eq!(tickets.list_own(&ana, Cursor::First, 9).await.unwrap().items.len(), 3);
        let files = bench.files().len();
        let refused = tickets.open(&ana, &mut ticket([text("idempotency_key", "a b"), file("a.png", PNG)])).await;
        assert_eq!(fields_of(refused.unwrap_err()), ["idempotency_key"]);
        assert_eq!(bench.files().len(), files);
    }

    async fn other_words_under_the_same_key_are_refused(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([text("idempotency_key", "k1")])).await.unwrap().id;
        let key = || text("idempotency_key", "k1");
        for more in [
            vec![key(), text("title", "Plotter")],
            vec![key(), text("priority", "High")],
            vec![key(), file("a.png", PNG)],
        ] {
            let refused = tickets.open(&ana, &mut ticket(more)).await.unwrap_err();
            let Error::Conflict { message } = refused else { panic!("{refused:?}") };
            assert!(message.contains("other words"), "{message}");
        }
        tickets.reply(&agent, id, &mut keyed("k2", "Yes")).await.unwrap();
        let mut pdf = form([text("body", "Yes"), text("idempotency_key", "k2"), file("a.png", PNG), file("b.pdf", PDF)]);
        for other in [&mut keyed("k2", "No"), &mut pdf] {
            assert!(matches!(tickets.reply(&agent, id, other).await, Err(Error::Conflict { .. })));
        }
        assert!(matches!(tickets.note(&agent, id, &mut keyed("k2", "Yes")).await, Err(Error::Conflict { .. })));
        assert_eq!(tickets.list_own(&ana, Cursor::First, 9).await.unwrap().items.len(), 1);
        assert_eq!(tickets.view(&agent, id, Cursor::First).await.unwrap().timeline.items.len(), 2);
        assert_eq!(bench.files().len(), 1);
    }

    async fn another_file_under_the_same_key_is_refused(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let other = [&PDF[..PDF.len() - 1], b"T"].concat();
        let with = |key: &'static str, bytes: &[u8]| {
            ticket([text("body", "x"), text("idempotency_key", key), file("a.pdf", bytes)])
        };
        let id = tickets.open(&ana, &mut with("k1", PDF)).await.unwrap().id;
        tickets.reply(&ana, id, &mut with("k2", PDF)).await.unwrap();
        tickets.note(&agent, id, &mut with("k3", PDF)).await.unwrap();
        for refused in [
            tickets.open(&ana, &mut with("k1", &other)).await.map(|_| ()),
            tickets.reply(&ana, id, &mut with("k2", &other)).await.map(|_| ()),
            tickets.note(&agent, id, &mut with("k3", &other)).await.map(|_| ()),
        ] {
            assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
        }
        assert_eq!(tickets.open(&ana, &mut with("k1", PDF)).await.unwrap().id, id);
        tickets.reply(&ana, id, &mut with("k2", PDF)).await.unwrap();
        tickets.note(&agent, id, &mut with("k3", PDF)).await.unwrap();
        assert_eq!(bench.files().len(), 3);
    }

    async fn what_was_sent_is_answered_again_whatever_changed_since(bench) {
        let ana = bench.customer("ana").await;
        let root = bench.staff("root", Role::Admin).await;
        let tickets = bench.desk.tickets();
        let parts = || ticket([text("category", "Bug"), text("idempotency_key", "k1"), file("a.png", PNG)]);
        let first = tickets.open(&ana, &mut parts()).await.unwrap();
        let categories = bench.desk.categories();
        let bug = categories.list(&root).await.unwrap().into_iter().find(|category| category.name == "Bug").unwrap();
        categories.set_active(&root, bug.id, false).await.unwrap();
        assert_eq!(tickets.open(&ana, &mut parts()).await.unwrap(), first);
        assert_eq!(bench.files().len(), 1);
        // Something else under its key is something else, and a new ticket needs a category that is there.
        let mut other = ticket([text("category", "Bug"), text("title", "Plotter"), text("idempotency_key", "k1")]);
        assert!(matches!(tickets.open(&ana, &mut other).await, Err(Error::Conflict { .. })));
        let mut new = ticket([text("category", "Bug"), text("idempotency_key", "k2")]);
        assert_eq!(fields_of(tickets.open(&ana, &mut new).await.unwrap_err()), ["category"]);
        assert_eq!(tickets.list_own(&ana, Cursor::First, 9).await.unwrap().items.len(), 1);
    }

    async fn of_many_at_once_one_is_sent(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let other = bench.another().await;
        let desks = [&bench.desk, &other];
        let opening = (0..8).map(|i| {
            let (desk, ana) = (desks[i % 2].clone(), ana.clone());
            tokio::spawn(async move {
                let mut parts = ticket([text("idempotency_key", "k1"), file("a.png", PNG)]);
                desk.tickets().open(&ana, &mut parts).await.unwrap()
            })
        });
        let opened = futures::future::try_join_all(opening).await.unwrap();
        assert!(opened.iter().all(|ticket| *ticket == opened[0]));
        let id = opened[0].id;
        let saying = (0..12).map(|i| {
            let (desk, actor) = (desks[i % 2].clone(), if i % 3 == 0 { ana.clone() } else { agent.clone() });
            tokio::spawn(async move {
                let event = desk.tickets().reply(&actor, id, &mut keyed("k2", "x")).await.unwrap();
                // Saves of the draft that arrive in between.
                let late = desk.drafts().save(&actor, DraftPlace::Reply(id), &words("x"), Some("k2")).await.unwrap();
                assert_eq!(late, None);
                event.id
            })
        });
        let mut events = futures::future::try_join_all(saying).await.unwrap();
        events.sort_unstable();
        events.dedup();
        assert_eq!(events.len(), 2, "one of each");
        assert_eq!(bench.desk.tickets().list_own(&ana, Cursor::First, 9).await.unwrap().items.len(), 1);
        assert_eq!(bench.desk.tickets().view(&agent, id, Cursor::First).await.unwrap().timeline.items.len(), 3);
        assert_eq!(bench.files().len(), 3);
        for actor in [&ana, &agent] {
            assert_eq!(kept(&bench.desk, actor, DraftPlace::Reply(id)).await, None);
        }
    }

    async fn a_save_that_runs_beside_the_sending_never_outlives_it(bench) {
        let ana = bench.customer("ana").await;
        let id = opened(&bench, &ana).await;
        for round in 0..10 {
            let key = format!("k{round}");
            let saving = {
                let (desk, ana, key) = (bench.desk.clone(), ana.clone(), key.clone());
                tokio::spawn(async move {
                    desk.drafts().save(&ana, DraftPlace::Reply(id), &words("x"), Some(&key)).await.unwrap();
                })
            };
            let mut parts = form([text("body", "x"), text("idempotency_key", &key)]);
            bench.desk.tickets().reply(&ana, id, &mut parts).await.unwrap();
            saving.await.unwrap();
            assert_eq!(kept(&bench.desk, &ana, DraftPlace::Reply(id)).await, None);
        }
    }
}
