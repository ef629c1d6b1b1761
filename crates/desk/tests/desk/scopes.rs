//! PINs and sessions that are for less than their owner.

use std::{collections::BTreeMap, sync::Arc};

use desk::{Desk, LoggedIn, NewPins};
use domain::{
    Actor, BulkChange, BulkId, Can, CanSet, Cursor, DraftPlace, Error, EventKind, LiveKind, LoginKind, PinState,
    PresenceState, Purpose, Role, ScopeDraft, SearchQuery, SessionId, Status, TicketChange, TicketFilter, TicketId,
};

use crate::support::{
    Bench, Form, PNG, client, fields_of, file, form, heard_all, next, on_both_databases, text, ticket,
};

fn of(ticket: TicketId) -> ScopeDraft {
    ScopeDraft { ticket: Some(ticket), ..ScopeDraft::default() }
}

fn can(words: &str) -> ScopeDraft {
    ScopeDraft { can: Some(words.parse().unwrap()), ..ScopeDraft::default() }
}

fn dropping(ticket: TicketId) -> ScopeDraft {
    ScopeDraft { purpose: Purpose::Drop, ..of(ticket) }
}

fn say(words: &str) -> Form {
    form([text("body", words)])
}

fn with_file(words: &str) -> Form {
    form([text("body", words), file("a.png", PNG)])
}

fn retitled(title: &str) -> TicketChange {
    TicketChange { title: Some(title.into()), ..TicketChange::default() }
}

fn closing() -> BulkChange {
    BulkChange::Status(Status::Closed)
}

fn is_forbidden<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Forbidden { .. }))
}

/// A customer with two tickets, on both of which something happened that she has not seen, and a session for one.
struct Scene {
    ana: Actor,
    agent: Actor,
    admin: Actor,
    /// What the session is for.
    own: TicketId,
    /// Another one of hers.
    other: TicketId,
    files: BTreeMap<TicketId, String>,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let ana = bench.customer("ana").await;
        let (agent, admin) = (bench.staff("agent", Role::Agent).await, bench.staff("admin", Role::Admin).await);
        let tickets = bench.desk.tickets();
        let mut files = BTreeMap::new();
        for name in ["first.png", "second.png"] {
            let opened = tickets.open(&ana, &mut ticket([file(name, PNG)])).await.unwrap();
            tickets.reply(&agent, opened.id, &mut say("Is the printer on?")).await.unwrap();
            files.insert(opened.id, opened.attachments[0].stored_name.clone());
        }
        let ids: Vec<TicketId> = files.keys().copied().collect();
        Self { ana, agent, admin, own: ids[0], other: ids[1], files }
    }

    /// A session for this, as the next request has it.
    async fn enter(&self, bench: &Bench, scope: ScopeDraft) -> (Actor, LoggedIn) {
        let opened = bench.let_in(&self.ana, scope, LoginKind::Browser).await;
        let asking = bench.desk.sessions().authenticate(&opened.tokens.access).await.unwrap().actor;
        assert_eq!(asking, opened.actor, "what the row says is what was let in");
        (asking, opened)
    }
}

/// Everything that a customer does with a ticket, one deed after the other, by its name.
async fn deeds(desk: &Desk, actor: &Actor, id: TicketId, file: &str) -> Vec<(&'static str, Result<(), Error>)> {
    let (tickets, drafts, live, place) = (desk.tickets(), desk.drafts(), desk.live(), DraftPlace::Reply(id));
    let words = [("body".to_owned(), "Half".to_owned())].into();
    let closed = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
    vec![
        ("get", tickets.get(actor, id).await.map(drop)),
        ("view", tickets.view(actor, id, Cursor::First).await.map(drop)),
        ("timeline", tickets.timeline(actor, id, Cursor::First, 9).await.map(drop)),
        ("file", desk.attachments().get(actor, id, file).await.map(drop)),
        ("keep a draft", drafts.save(actor, place, &words, Some("draft")).await.map(drop)),
        ("read a draft", drafts.get(actor, place).await.map(drop)),
        ("discard a draft", drafts.discard(actor, place).await),
        ("be there", live.beat(actor, id, PresenceState::Viewing).await),
        ("be writing", live.beat(actor, id, PresenceState::Replying).await),
        ("who is there", live.present(actor, id).await.map(drop)),
        ("reply", tickets.reply(actor, id, &mut say("And?")).await.map(drop)),
        ("upload", tickets.reply(actor, id, &mut with_file("Here")).await.map(drop)),
        ("reword", tickets.update(actor, id, &retitled("Printer in the hall")).await.map(drop)),
        ("close", tickets.update(actor, id, &closed).await.map(drop)),
        ("delete", tickets.delete(actor, id).await),
    ]
}

/// What of a customer's is about no ticket in particular, but not to be had with less than all.
async fn deeds_of_owner(desk: &Desk, actor: &Actor, session: &SessionId) -> Vec<(&'static str, Result<(), Error>)> {
    let (drafts, sessions) = (desk.drafts(), desk.sessions());
    let title = [("title".to_owned(), "Half".to_owned())].into();
    vec![
        ("open", desk.tickets().open(actor, &mut ticket([])).await.map(drop)),
        ("keep a draft of a new one", drafts.save(actor, DraftPlace::Ticket, &title, None).await.map(drop)),
        ("read a draft of a new one", drafts.get(actor, DraftPlace::Ticket).await.map(drop)),
        ("discard a draft of a new one", drafts.discard(actor, DraftPlace::Ticket).await),
        ("end another session", sessions.end(actor, session).await),
        ("log out everywhere", sessions.log_out_everywhere(actor).await.map(drop)),
        ("end all others", sessions.end_others(actor).await.map(drop)),
    ]
}

/// What lists and counts have for somebody.
async fn lists(desk: &Desk, actor: &Actor) -> Result<Vec<Vec<TicketId>>, Error> {
    let (tickets, filter) = (desk.tickets(), TicketFilter::default());
    let found = async |text: &str| {
        let query = SearchQuery { text: text.into(), filter: filter.clone(), limit: 20 };
        let found = tickets.search(actor, &query).await?;
        assert!(!found.has_more);
        Ok::<_, Error>(found.hits.iter().map(|hit| hit.ticket.id).collect::<Vec<_>>())
    };
    let mut all = vec![
        tickets.list_own(actor, Cursor::First, 50).await?.items.iter().map(|ticket| ticket.id).collect(),
        tickets.list(actor, &filter, Cursor::First, 50).await?.items.iter().map(|row| row.id).collect::<Vec<_>>(),
    ];
    for text in ["printer", "first", "second", "stripes"] {
        all.push(found(text).await?);
    }
    Ok(all)
}

on_both_databases! {
    async fn a_session_for_one_ticket_sees_no_other(bench) {
        let scene = Scene::new(&bench).await;
        let (asking, _) = scene.enter(&bench, of(scene.own)).await;
        let desk = &bench.desk;
        let tickets = desk.tickets();
        assert_eq!((asking.id, asking.scope.ticket), (scene.ana.id, Some(scene.own)));

        // One that is hers and one that is nowhere are the same.
        let file = &scene.files[&scene.other];
        let others = deeds(desk, &asking, scene.other, file).await;
        assert_eq!(others, deeds(desk, &asking, TicketId(4711), file).await);
        for (deed, outcome) in others {
            assert_eq!(outcome, Err(Error::NotFound), "{deed}");
        }
        // A file is of the ticket that its address names.
        assert_eq!(desk.attachments().get(&asking, scene.own, file).await.unwrap_err(), Error::NotFound);

        // Nothing of it in lists, counts, searches, marks.
        let own = vec![scene.own];
        assert_eq!(lists(desk, &asking).await.unwrap(), [own.clone(), own.clone(), own.clone(), own.clone(), vec![], own.clone()]);
        let query = |text: String| SearchQuery { text, filter: TicketFilter::default(), limit: 20 };
        assert_eq!(tickets.search(&asking, &query(scene.other.to_string())).await.unwrap().hits, []);
        assert_eq!(tickets.search(&asking, &query(scene.own.to_string())).await.unwrap().hits[0].ticket.id, scene.own);
        let counts = tickets.count_by_status(&asking, &TicketFilter::default()).await.unwrap();
        assert_eq!(counts.iter().map(|count| count.tickets).sum::<u64>(), 1);
        let wider = TicketFilter { requester: scene.ana.id, ..TicketFilter::default() };
        assert_eq!(tickets.list(&asking, &wider, Cursor::First, 50).await.unwrap().items.len(), 1);
        let cursors = [Cursor::Before(4711.into()), Cursor::After(0.into())];
        for cursor in cursors {
            assert_eq!(tickets.list_own(&asking, cursor, 50).await.unwrap().items.len(), 1);
            assert_eq!(tickets.list(&asking, &TicketFilter::default(), cursor, 50).await.unwrap().items.len(), 1);
        }
        assert_eq!(tickets.unread_count(&asking).await.unwrap(), 1);
        assert!(tickets.is_unread(&asking, scene.own).await.unwrap());
        assert!(!tickets.is_unread(&asking, scene.other).await.unwrap());
        tickets.seen(&asking, scene.other).await.unwrap();
        assert!(tickets.is_unread(&scene.ana, scene.other).await.unwrap(), "who did not see it marks nothing as seen");

        // Its own is open to it, but for what is about more than the ticket. The last but one closes it.
        let file = &scene.files[&scene.own];
        for (deed, outcome) in deeds(desk, &asking, scene.own, file).await {
            assert_eq!(outcome.is_ok(), deed != "delete", "{deed}: {outcome:?}");
            assert_eq!(is_forbidden(&outcome), deed == "delete", "{deed}: {outcome:?}");
        }
        // Nothing happened to the other one.
        let other = tickets.view(&scene.agent, scene.other, Cursor::First).await.unwrap();
        assert_eq!((other.ticket.title.as_str(), other.ticket.status), ("Printer", Status::Open));
        assert_eq!(other.timeline.items.iter().filter(|event| event.kind() == EventKind::Replied).count(), 1);
    }

    async fn what_is_about_the_customer_is_not_for_a_session_for_less(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let whole = bench.log_in(&scene.ana, LoginKind::Api).await;
        let others = whole.actor.session.clone().unwrap();
        for scope in [of(scene.own), can("read"), ScopeDraft { can: Some(CanSet::of([Can::Upload])), ..of(scene.own) }] {
            let (asking, opened) = scene.enter(&bench, scope).await;
            for (deed, outcome) in deeds_of_owner(desk, &asking, &others).await {
                // A session that it may not know of is none.
                let expected = if deed == "end another session" { Err(Error::NotFound) } else { outcome.clone() };
                assert_eq!(outcome, expected, "{deed}");
                assert!(outcome == Err(Error::NotFound) || is_forbidden(&outcome), "{deed}: {outcome:?}");
            }
            let seen = desk.sessions().list_own(&asking, Cursor::First, 9).await.unwrap().items;
            assert_eq!(seen.len(), 1);
            assert!(seen[0].is_current && seen[0].scope == asking.scope);
            // It does not learn how its customer comes in, not even when she did.
            let told = desk.tickets().timeline(&asking, scene.own, Cursor::First, 50).await.unwrap().items;
            assert!(told.iter().all(|event| event.kind() != EventKind::PinRedeemed && event.kind() != EventKind::PinIssued));
            // It may go, and goes alone.
            if asking.scope.ticket.is_some() {
                desk.sessions().end(&asking, &asking.session.clone().unwrap()).await.unwrap();
            } else {
                desk.sessions().log_out(&asking).await.unwrap();
            }
            assert!(desk.sessions().authenticate(&opened.tokens.access).await.is_err());
            desk.sessions().authenticate(&whole.tokens.access).await.unwrap();
        }
        let told = desk.tickets().timeline(&scene.ana, scene.own, Cursor::First, 50).await.unwrap().items;
        assert!(told.iter().any(|event| event.kind() == EventKind::PinRedeemed));
        // Staff see what each is for.
        let labelled = ScopeDraft { label: "the lawyer".into(), stays: Some(3600), ..of(scene.own) };
        scene.enter(&bench, labelled).await;
        let listed = desk.sessions().list(&scene.agent, scene.ana.id, Cursor::First, 9).await.unwrap().items;
        assert_eq!((listed[0].scope.label.as_str(), listed[0].scope.ticket), ("the lawyer", Some(scene.own)));
        assert_eq!(listed[0].scope.until, Some(bench.desk.now().plus_seconds(3600)));
    }

    async fn what_a_session_may_not_is_said(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let (tickets, id) = (desk.tickets(), scene.own);
        let key = || text("idempotency_key", "k1");
        for (words, may_reply, may_upload) in
            [("read", false, false), ("reply", true, false), ("upload", false, true), ("read,reply,upload", true, true)]
        {
            for scope in [can(words), ScopeDraft { ticket: Some(id), ..can(words) }] {
                let (asking, _) = scene.enter(&bench, scope).await;
                let files = bench.files().len();
                tickets.view(&asking, id, Cursor::First).await.unwrap();
                let abilities = tickets.view(&asking, id, Cursor::First).await.unwrap().abilities;
                assert_eq!((abilities.can_reply, abilities.can_edit, abilities.can_close), (may_reply, may_reply, may_reply));
                assert_eq!(abilities.can_upload, may_upload);
                let room = tickets.view(&asking, id, Cursor::First).await.unwrap().room.public;
                assert_eq!(room > 0, may_upload);
                for (deed, outcome) in [
                    ("reply", tickets.reply(&asking, id, &mut say("And?")).await.map(drop)),
                    ("reword", tickets.update(&asking, id, &retitled(words)).await.map(drop)),
                    ("be writing", desk.live().beat(&asking, id, PresenceState::Replying).await),
                    ("draft", desk.drafts().discard(&asking, DraftPlace::Reply(id)).await),
                ] {
                    assert_eq!(outcome.is_ok(), may_reply, "{words}: {deed}");
                    assert_eq!(is_forbidden(&outcome), !may_reply, "{words}: {deed}");
                }
                let uploaded = tickets.reply(&asking, id, &mut with_file("Here")).await;
                assert_eq!(uploaded.is_ok(), may_reply && may_upload, "{words}");
                if let Err(refusal) = &uploaded {
                    let Error::Forbidden { message } = refusal else { panic!("{words}: {refusal:?}") };
                    assert!(message.contains("PIN"), "it says what to do: {message}");
                    assert_eq!(bench.files().len(), files, "nothing is left of it");
                }
                // Files alone need no right to write, and nothing at all is not taken for some.
                let alone = tickets.reply(&asking, id, &mut form([file("b.png", PNG)])).await;
                assert_eq!(alone.is_ok(), may_upload, "{words}: {alone:?}");
                assert_eq!(is_forbidden(&alone), !may_upload, "{words}: {alone:?}");
                if may_upload && !may_reply {
                    let nothing = tickets.reply(&asking, id, &mut form([])).await.unwrap_err();
                    let Error::Invalid { fields } = nothing else { panic!("{nothing:?}") };
                    assert_eq!(fields.of("attachments"), ["Choose the files to add."]);
                }
                // What opens a ticket writes, and may have files.
                let opened = tickets.open(&asking, &mut ticket([])).await;
                assert_eq!(opened.is_ok(), may_reply && asking.scope.ticket.is_none(), "{words}");
                let with_files = tickets.open(&asking, &mut ticket([file("a.png", PNG), key()])).await;
                assert_eq!(with_files.is_ok(), may_reply && may_upload && asking.scope.ticket.is_none(), "{words}");
            }
        }
        // Reading alone hides nothing that is hers, but what she has not said yet.
        let (asking, _) = scene.enter(&bench, can("read")).await;
        let (place, words) = (DraftPlace::Reply(id), [("body".to_owned(), "Half".to_owned())].into());
        desk.drafts().save(&scene.ana, place, &words, None).await.unwrap();
        assert_eq!(desk.drafts().get(&asking, place).await.unwrap(), None);
        assert!(is_forbidden(&desk.drafts().save(&asking, place, &words, None).await));
        assert_eq!(desk.drafts().get(&scene.ana, place).await.unwrap().unwrap().fields, words);
        assert_eq!(asking.scope.can, CanSet::of([Can::Read]));
        tickets.get(&asking, scene.other).await.unwrap();
        assert!(is_forbidden(&tickets.delete(&asking, scene.other).await));
    }

    async fn who_drops_files_can_do_nothing_else(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let whole = bench.log_in(&scene.ana, LoginKind::Api).await.actor.session.unwrap();
        let (asking, opened) = scene.enter(&bench, dropping(scene.own)).await;
        assert_eq!(asking.scope.purpose, Purpose::Drop);
        for id in [scene.own, scene.other, TicketId(4711)] {
            for (deed, outcome) in deeds(desk, &asking, id, &scene.files[&scene.own]).await {
                assert!(is_forbidden(&outcome), "{deed} on {id}: {outcome:?}");
            }
        }
        for (deed, outcome) in deeds_of_owner(desk, &asking, &whole).await {
            assert!(is_forbidden(&outcome), "{deed}: {outcome:?}");
        }
        let (tickets, filter) = (desk.tickets(), TicketFilter::default());
        let own = asking.session.clone().unwrap();
        for (deed, outcome) in [
            ("lists", lists(desk, &asking).await.map(drop)),
            ("list", tickets.list(&asking, &filter, Cursor::First, 9).await.map(drop)),
            ("count", tickets.count_by_status(&asking, &filter).await.map(drop)),
            ("search", tickets.search(&asking, &SearchQuery::default()).await.map(drop)),
            ("unread", tickets.unread_count(&asking).await.map(drop)),
            ("newest", desk.live().newest(&asking).await.map(drop)),
            ("subscribe", desk.live().subscribe(&asking, None).await.map(drop)),
            ("sessions", desk.sessions().list_own(&asking, Cursor::First, 9).await.map(drop)),
            ("end", desk.sessions().end(&asking, &own).await),
            ("pins", desk.pins().list(&asking, None, None, Cursor::First, 9).await.map(drop)),
            ("issue", desk.pins().issue(&asking, NewPins::one(scene.ana.id.unwrap())).await.map(drop)),
            ("note", tickets.note(&asking, scene.own, &mut say("x")).await.map(drop)),
            ("claim", tickets.claim(&asking, scene.own).await.map(drop)),
            ("bulk", tickets.bulk(&asking, &[scene.own], &closing()).await.map(drop)),
            ("undo", tickets.undo_bulk(&asking, BulkId(1)).await.map(drop)),
            ("person", desk.users().customer(&asking, scene.ana.id.unwrap()).await.map(drop)),
            ("files", desk.attachments().list(&asking, &desk::FileFilter::default(), Cursor::First, 9).await.map(drop)),
        ] {
            assert!(is_forbidden(&outcome), "{deed}: {outcome:?}");
        }
        assert!(!tickets.is_unread(&asking, scene.own).await.unwrap());
        tickets.seen(&asking, scene.own).await.unwrap();
        assert!(tickets.is_unread(&scene.ana, scene.own).await.unwrap());
        // It goes on for two days at most, and may end before.
        desk.sessions().renew(&opened.tokens.refresh).await.unwrap();
        bench.advance(48 * 3600);
        assert!(desk.sessions().renew(&opened.tokens.refresh).await.is_err());
        let (asking, opened) = scene.enter(&bench, dropping(scene.own)).await;
        desk.sessions().log_out(&asking).await.unwrap();
        assert!(desk.sessions().authenticate(&opened.tokens.access).await.is_err());
    }

    async fn many_tickets_at_once_are_for_staff(bench) {
        let scene = Scene::new(&bench).await;
        let tickets = bench.desk.tickets();
        let done = tickets.bulk(&scene.agent, &[scene.own, scene.other], &closing()).await.unwrap();
        let id = done.undo.unwrap().id;
        let whole = can("read,reply,upload,delegate");
        for scope in [ScopeDraft::default(), whole, of(scene.own), can("read"), dropping(scene.own)] {
            let scoped = scope.clone();
            // A PIN is for an open ticket; they were closed by the bulk.
            let scope = ScopeDraft { ticket: None, purpose: Purpose::Login, ..scope };
            let (asking, _) = scene.enter(&bench, scope).await;
            let narrow = domain::Scope { ticket: scoped.ticket, purpose: scoped.purpose, ..asking.scope.clone() };
            for asking in [&asking, &Actor { scope: narrow, ..asking.clone() }] {
                for ids in [&[scene.own][..], &[scene.own, scene.other], &[TicketId(4711)], &[]] {
                    assert!(is_forbidden(&tickets.bulk(asking, ids, &closing()).await), "{scoped:?} {ids:?}");
                }
                for id in [id, BulkId(4711)] {
                    assert!(is_forbidden(&tickets.undo_bulk(asking, id).await), "{scoped:?} {id}");
                }
            }
        }
        assert_eq!(tickets.undo_bulk(&scene.agent, id).await.unwrap().changed, [scene.own, scene.other]);
    }

    async fn an_open_page_hears_of_its_ticket_alone(bench) {
        let scene = Scene::new(&bench).await;
        let (asking, _) = scene.enter(&bench, of(scene.own)).await;
        let (desk, tickets, live) = (&bench.desk, bench.desk.tickets(), bench.desk.live());
        // What it missed, and the newest that it may know of.
        let mut missed = Box::pin(live.subscribe(&asking, Some(domain::EventId(0))).await.unwrap());
        assert_eq!(next(&mut missed).await.unwrap().ticket, Some(scene.own));
        let (newest, of_all) = (live.newest(&asking).await.unwrap(), live.newest(&scene.ana).await.unwrap());
        assert!(newest < of_all, "the other ticket changed last");
        // What comes.
        let mut stream = Box::pin(live.subscribe(&asking, None).await.unwrap());
        let mut whole = Box::pin(live.subscribe(&scene.ana, None).await.unwrap());
        tickets.reply(&scene.agent, scene.other, &mut say("Of the other")).await.unwrap();
        live.beat(&scene.agent, scene.other, PresenceState::Replying).await.unwrap();
        tickets.reply(&scene.agent, scene.own, &mut say("Of this")).await.unwrap();
        heard_all(desk).await;
        for stream in [&mut missed, &mut stream] {
            let message = next(stream).await.unwrap();
            assert_eq!((message.kind, message.ticket), (LiveKind::Ticket, Some(scene.own)));
        }
        live.beat(&scene.agent, scene.own, PresenceState::Replying).await.unwrap();
        for stream in [&mut missed, &mut stream] {
            let message = next(stream).await.unwrap();
            assert_eq!((message.kind, message.ticket), (LiveKind::Presence, Some(scene.own)));
        }
        assert_eq!(next(&mut whole).await.unwrap().ticket, Some(scene.other));
        // Who comes back is told no more.
        let mut back = Box::pin(live.subscribe(&asking, Some(newest)).await.unwrap());
        let first = next(&mut back).await.unwrap();
        assert_eq!((first.kind, first.ticket), (LiveKind::Ticket, Some(scene.own)));
        desk.sessions().log_out(&asking).await.unwrap();
        for stream in [&mut missed, &mut stream, &mut back] {
            assert_eq!(next(stream).await.unwrap().kind, LiveKind::Over);
        }
    }

    async fn keys_of_what_was_sent_are_the_sessions_own(bench) {
        let scene = Scene::new(&bench).await;
        let tickets = bench.desk.tickets();
        let keyed = |key: &str, body: &str| form([text("body", body), text("idempotency_key", key)]);
        tickets.reply(&scene.ana, scene.other, &mut keyed("order-17", "Of the other")).await.unwrap();
        let (asking, _) = scene.enter(&bench, of(scene.own)).await;
        // Whether she used a key elsewhere is not to be found out.
        let first = tickets.reply(&asking, scene.own, &mut keyed("order-17", "Of this")).await.unwrap();
        let free = tickets.reply(&asking, scene.own, &mut keyed("order-18", "Of this")).await.unwrap();
        assert_ne!(first.id, free.id);
        let words = [("body".to_owned(), "Half".to_owned())].into();
        let place = DraftPlace::Reply(scene.own);
        assert_eq!(bench.desk.drafts().save(&asking, place, &words, Some("order-17")).await.unwrap(), None);
        assert!(bench.desk.drafts().save(&asking, place, &words, Some("order-19")).await.unwrap().is_some());
        // Sent again it is sent once, and other words are refused.
        assert_eq!(tickets.reply(&asking, scene.own, &mut keyed("order-17", "Of this")).await.unwrap().id, first.id);
        assert!(matches!(tickets.reply(&asking, scene.own, &mut keyed("order-17", "Else")).await, Err(Error::Conflict { .. })));
        let another = scene.enter(&bench, of(scene.own)).await.0;
        assert_eq!(tickets.reply(&another, scene.own, &mut keyed("order-17", "Of this")).await.unwrap().id, first.id);
        // And hers are still hers.
        let again = tickets.reply(&scene.ana, scene.other, &mut keyed("order-17", "Of the other")).await.unwrap();
        assert_eq!(again.body.as_deref(), Some("Of the other"));
        assert!(bench.desk.drafts().save(&scene.ana, DraftPlace::Ticket, &[("title".to_owned(), "x".to_owned())].into(), Some("order-18")).await.unwrap().is_some());
    }

    async fn a_pin_is_for_an_open_ticket_of_its_customer(bench) {
        let scene = Scene::new(&bench).await;
        let ben = bench.customer("ben").await;
        let bens = bench.desk.tickets().open(&ben, &mut ticket([])).await.unwrap().id;
        let pins = bench.desk.pins();
        let issue = async |scope: ScopeDraft| {
            let new = NewPins { scope, ..NewPins::one(scene.ana.id.unwrap()) };
            pins.issue(&scene.agent, new).await
        };
        // Not hers and not there are told alike.
        let refusals = [issue(of(bens)).await.unwrap_err(), issue(of(TicketId(4711))).await.unwrap_err()];
        let words = refusals.map(|refusal| {
            let sentence = refusal.fields().unwrap().of("ticket")[0].clone();
            sentence.replace(&bens.to_string(), "N").replace("4711", "N")
        });
        assert_eq!(words[0], words[1]);
        let closed = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
        bench.desk.tickets().update(&scene.agent, scene.other, &closed).await.unwrap();
        let refusal = issue(of(scene.other)).await.unwrap_err();
        assert!(refusal.fields().unwrap().of("ticket")[0].contains("closed"), "{refusal:?}");
        let dropped = issue(ScopeDraft { ticket: None, ..dropping(scene.own) }).await.unwrap_err();
        assert_eq!(fields_of(dropped), ["ticket"]);
        assert!(pins.list(&scene.agent, None, scene.ana.id, Cursor::First, 9).await.unwrap().items.is_empty());
        // Closed while it is issued: one comes first.
        for round in 0..8 {
            let id = bench.desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
            let close = bench.desk.tickets();
            let (issued, closed) = tokio::join!(issue(of(id)), close.update(&scene.agent, id, &closed));
            closed.unwrap();
            if let Err(refusal) = issued {
                assert_eq!(fields_of(refusal), ["ticket"], "{round}");
            }
        }
        // What it opens is in its record.
        let scope = ScopeDraft { can: Some(CanSet::of([Can::Reply])), stays: Some(8 * 3600), label: "at\nhome".into(), ..of(scene.own) };
        let issued = issue(scope).await.unwrap();
        let record = pins.list(&scene.agent, Some(PinState::Issued), scene.ana.id, Cursor::First, 1).await.unwrap().items.remove(0);
        assert_eq!(record.scope, issued[0].scope);
        assert_eq!((record.scope.can.to_string().as_str(), record.scope.label.as_str()), ("read,reply", "at home"));
        assert_eq!(record.scope.stays.unwrap().seconds(), 8 * 3600);
    }

    async fn a_session_ends_when_its_stay_is_over(bench) {
        let scene = Scene::new(&bench).await;
        let stays = |seconds| ScopeDraft { stays: Some(seconds), ..ScopeDraft::default() };
        let sessions = bench.desk.sessions();
        let hours = 3600;
        let opened = bench.let_in(&scene.ana, stays(8 * hours), LoginKind::Browser).await;
        let program = bench.let_in(&scene.ana, stays(8 * hours), LoginKind::Api).await;
        assert_eq!(opened.tokens.refresh_ttl, 8 * hours, "cookies end with it");
        let whole = bench.log_in(&scene.ana, LoginKind::Api).await;
        // It stays no longer for being used.
        let mut tokens = opened.tokens;
        for _ in 0..7 {
            bench.advance(hours);
            tokens = sessions.renew(&tokens.refresh).await.unwrap().tokens;
        }
        bench.advance(hours - 1);
        tokens = sessions.renew(&tokens.refresh).await.unwrap().tokens;
        assert_eq!((tokens.access_ttl, tokens.refresh_ttl), (1, 1));
        assert_eq!(sessions.list(&scene.agent, scene.ana.id, Cursor::First, 9).await.unwrap().items.len(), 3);
        let access = sessions.renew_access(&program.tokens.refresh).await.unwrap();
        let mut stream = Box::pin(bench.desk.live().subscribe(&opened.actor, None).await.unwrap());
        bench.advance(1);
        for access in [&tokens.access, &access] {
            assert_eq!(sessions.authenticate(access).await.unwrap_err(), Error::Unauthenticated);
        }
        assert!(sessions.renew(&tokens.refresh).await.is_err());
        assert!(sessions.renew_access(&program.tokens.refresh).await.is_err());
        assert_eq!(sessions.list(&scene.agent, scene.ana.id, Cursor::First, 9).await.unwrap().items.len(), 1);
        assert_eq!(bench.desk.users().overview(&scene.agent).await.unwrap().sessions, 1);
        sessions.renew_access(&whole.tokens.refresh).await.unwrap();
        // An open page is told as soon as it looks.
        sessions.log_out(&whole.actor).await.unwrap();
        assert_eq!(next(&mut stream).await.unwrap().kind, LiveKind::Over);
        // Never longer than the desk lets anybody stay.
        let long = bench.let_in(&scene.ana, stays(365 * 24 * hours), LoginKind::Browser).await;
        let mut tokens = long.tokens;
        for _ in 0..5 {
            bench.advance(6 * 24 * hours - 1);
            tokens = sessions.renew(&tokens.refresh).await.unwrap().tokens;
        }
        assert_eq!(tokens.refresh_ttl, 5);
    }

    async fn a_pin_alone_takes_the_place_of_the_one_before(bench) {
        let scene = Scene::new(&bench).await;
        let ben = bench.customer("ben").await;
        let pins = bench.desk.pins();
        let issue = async |customer: &Actor, scope: ScopeDraft, count| {
            let new = NewPins { scope, count, ..NewPins::one(customer.id.unwrap()) };
            pins.issue(&scene.agent, new).await.unwrap()
        };
        let works = async |pin: &domain::Pin| {
            pins.redeem(&pin.to_string(), &client(3), LoginKind::Api).await.map(drop)
        };
        let ana = &scene.ana;
        let batch = issue(ana, ScopeDraft::default(), 3).await;
        let bens = issue(&ben, ScopeDraft::default(), 1).await;
        for scope in [ScopeDraft::default(), of(scene.own), can("read"), dropping(scene.own)] {
            let old = issue(ana, scope.clone(), 1).await;
            assert_eq!(old[0].replaced, 0);
            // What opens something else has a place of its own.
            let others = [
                issue(ana, ScopeDraft { label: "another".into(), ..scope.clone() }, 1).await,
                issue(ana, of(scene.other), 1).await,
            ];
            let new = issue(ana, ScopeDraft { stays: Some(3600), ..scope.clone() }, 1).await;
            assert_eq!(new[0].replaced, 1, "and it says so: {scope:?}");
            assert_eq!(works(&old[0].pin).await, Err(Error::WrongPin));
            let records = pins.list(&scene.agent, Some(PinState::Revoked), ana.id, Cursor::First, 1).await.unwrap().items;
            assert_eq!((records[0].id, records[0].replaced_by), (old[0].id, Some(new[0].id)));
            works(&new[0].pin).await.unwrap();
            works(&others[0][0].pin).await.unwrap();
            works(&others[1][0].pin).await.unwrap();
            // One that was redeemed is none to be revoked, and its session goes on.
            assert_eq!(issue(ana, scope.clone(), 1).await[0].replaced, 0);
            // Nor is one that is over.
            bench.advance(24 * 3600 + 1);
            assert_eq!(issue(ana, scope, 1).await[0].replaced, 0);
            bench.advance(-24 * 3600 - 1);
        }
        // Those of one issue stand beside each other and beside those that are issued alone.
        for pin in &batch {
            assert_eq!(pin.replaced, 0);
            works(&pin.pin).await.unwrap();
        }
        works(&bens[0].pin).await.unwrap();
        // The page that shows it says so, too.
        let issuer = bench.log_in_staff(&scene.agent).await.actor;
        let show = async |form: &str| {
            let new = NewPins::one(ana.id.unwrap());
            let id = pins.issue_to_show(&issuer, new, Some(form)).await.unwrap();
            pins.show_once(&issuer, id).await.unwrap().unwrap()
        };
        let (first, second) = (show("one").await, show("two").await);
        assert_eq!((first.replaced > 0, second.replaced), (true, 1));
        assert_eq!(show("two").await.pin, second.pin, "the same form is the same PIN");
        let narrow = NewPins { scope: of(scene.own), ..NewPins::one(ana.id.unwrap()) };
        let other = pins.issue_to_show(&issuer, narrow, Some("two")).await.unwrap();
        assert_ne!(other, second.id, "for something else it is another one");
        assert_eq!(pins.show_once(&issuer, other).await.unwrap().unwrap().scope.ticket, Some(scene.own));
    }

    async fn a_pin_is_redeemed_or_replaced(bench) {
        let ana = bench.customer("ana").await;
        let me = Actor::command_line();
        let (pins, new) = (bench.desk.pins(), NewPins::one(ana.id.unwrap()));
        for round in 0..30 {
            let old = bench.pin(&ana).await;
            let address = client(round);
            let (redeemed, issued) =
                tokio::join!(pins.redeem(&old, &address, LoginKind::Api), pins.issue(&me, new.clone()));
            let replaced = issued.unwrap()[0].replaced;
            match redeemed {
                Ok(_) => assert_eq!(replaced, 0, "{round}"),
                Err(refusal) => assert_eq!((refusal, replaced), (Error::WrongPin, 1), "{round}"),
            }
            assert_eq!(pins.redeem(&old, &address, LoginKind::Api).await.unwrap_err(), Error::WrongPin);
        }
    }

    async fn what_this_version_does_not_know_lets_nobody_in(bench) {
        let scene = Scene::new(&bench).await;
        let sessions = bench.desk.sessions();
        for (column, word) in [("can", "read,fly"), ("can", ""), ("purpose", "lend")] {
            let (_, opened) = scene.enter(&bench, of(scene.own)).await;
            let sid = opened.actor.session.unwrap();
            bench.execute(&format!("UPDATE sessions SET {column} = '{word}' WHERE sid = '{sid}'")).await;
            assert_eq!(sessions.authenticate(&opened.tokens.access).await.unwrap_err(), Error::Internal, "{column} {word:?}");
            assert!(sessions.renew(&opened.tokens.refresh).await.is_err());
            bench.execute(&format!("DELETE FROM sessions WHERE sid = '{sid}'")).await;
        }
        // A PIN that a later version issued stays as it is.
        let pin = bench.pin_for(&scene.ana, of(scene.own)).await;
        bench.execute("UPDATE pins SET purpose = 'lend' WHERE redeemed_at IS NULL").await;
        assert_eq!(bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await.unwrap_err(), Error::Internal);
        bench.execute("UPDATE pins SET purpose = NULL WHERE redeemed_at IS NULL").await;
        let opened = bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await.unwrap();
        assert_eq!(opened.actor.scope.ticket, Some(scene.own));
    }

    async fn a_ticket_that_is_deleted_takes_its_accesses_along(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let (asking, opened) = scene.enter(&bench, of(scene.other)).await;
        let whole = bench.log_in(&scene.ana, LoginKind::Api).await;
        let (unused, kept) = (bench.pin_for(&scene.ana, of(scene.other)).await, bench.pin_for(&scene.ana, of(scene.own)).await);
        let mut stream = Box::pin(desk.live().subscribe(&asking, None).await.unwrap());
        desk.tickets().delete(&scene.admin, scene.other).await.unwrap();
        assert_eq!(desk.sessions().authenticate(&opened.tokens.access).await.unwrap_err(), Error::Unauthenticated);
        while next(&mut stream).await.unwrap().kind != LiveKind::Over {}
        assert_eq!(desk.pins().redeem(&unused, &client(1), LoginKind::Api).await.unwrap_err(), Error::WrongPin);
        desk.pins().redeem(&kept, &client(1), LoginKind::Api).await.unwrap();
        desk.sessions().authenticate(&whole.tokens.access).await.unwrap();
    }

    async fn of_64_simultaneous_attempts_with_a_scoped_pin_one_succeeds(bench) {
        let scene = Scene::new(&bench).await;
        let pin = Arc::new(bench.pin_for(&scene.ana, of(scene.own)).await);
        let config = desk::DeskConfig { failures_per_minute: 1000, ..bench.config.clone() };
        let desk = Desk::open(config).await.unwrap();
        let attempts = (0..64u8).map(|number| {
            let (desk, pin) = (desk.clone(), Arc::clone(&pin));
            tokio::spawn(async move { desk.pins().redeem(&pin, &client(number), LoginKind::Api).await })
        });
        let outcomes: Vec<_> = futures::future::join_all(attempts).await.into_iter().filter_map(|outcome| outcome.unwrap().ok()).collect();
        assert_eq!(outcomes.len(), 1);
        assert_eq!(outcomes[0].actor.scope.ticket, Some(scene.own));
    }
}
