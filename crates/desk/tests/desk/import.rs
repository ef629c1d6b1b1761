//! What happened elsewhere, brought into the desk many tickets at a time.

use bytes::Bytes;
use desk::{Deed, PastDeed, PastFile, PastPerson, PastTicket};
use domain::{
    Actor, AssigneeFilter, Cursor, Error, EventKind, MessageKind, PersonDraft, Priority, Role, SearchQuery, Status,
    TicketChange, TicketFilter, TicketId, Timestamp, UserId,
};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::{Bench, PNG, form, on_both_databases, text, ticket};

const OPENED: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn past(requester: &Actor, title: &str, deeds: Vec<PastDeed>) -> PastTicket {
    PastTicket {
        requester: requester.id.unwrap(),
        at: OPENED,
        title: title.into(),
        description: "It prints stripes.".into(),
        priority: Priority::High,
        category: "bug".into(),
        files: Vec::new(),
        deeds,
    }
}

fn deed(by: &Actor, minutes: i64, deed: Deed) -> PastDeed {
    PastDeed { at: OPENED.plus_seconds(60 * minutes), by: by.id.unwrap(), deed }
}

fn wrote(kind: MessageKind, body: &str) -> Deed {
    Deed::Wrote { kind, body: body.into(), files: Vec::new() }
}

fn picture() -> PastFile {
    PastFile { name: "stripes.png".into(), bytes: Bytes::from_static(PNG) }
}

/// Numbers that look like chance, the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// What has happened to a ticket.
struct Story {
    deeds: Vec<PastDeed>,
    status: Status,
    priority: Priority,
    assignee: Option<UserId>,
}

impl Default for Story {
    fn default() -> Self {
        Self { deeds: Vec::new(), status: Status::Open, priority: Priority::High, assignee: None }
    }
}

impl Story {
    /// Something that `by` can do next; nothing when what chance says is not allowed, or changes nothing.
    fn next(&mut self, by: &Actor, other: &Actor, chance: &mut Chance) -> Option<Deed> {
        let is_staff = by.role.is_staff();
        Some(match chance.below(5) {
            0 if is_staff => {
                let next = [None, other.id][chance.below(2)];
                if next == self.assignee {
                    return None;
                }
                self.assignee = next;
                Deed::Assigned(next)
            }
            1 if is_staff => {
                let next = Priority::ALL[chance.below(Priority::ALL.len())];
                if next == self.priority {
                    return None;
                }
                self.priority = next;
                Deed::Prioritised(next)
            }
            2 if is_staff => wrote(MessageKind::Note, "Between us."),
            3 => {
                let next = Status::ALL[chance.below(Status::ALL.len())];
                if next == self.status || self.status.check_move(next, by.role).is_err() {
                    return None;
                }
                self.status = next;
                Deed::Moved(next)
            }
            _ if is_staff => wrote(MessageKind::Reply, "Try again."),
            _ if self.status == Status::Closed => return None,
            _ => {
                self.status = self.status.after_customer_reply();
                wrote(MessageKind::Reply, "Still the same.")
            }
        })
    }
}

/// Does what a deed says, now.
async fn happen(bench: &Bench, by: &Actor, id: TicketId, deed: &Deed) {
    let tickets = bench.desk.tickets();
    let none = TicketChange::default();
    let change = match deed {
        Deed::Wrote { kind: MessageKind::Reply, body, .. } => {
            tickets.reply(by, id, &mut form([text("body", body)])).await.unwrap();
            return;
        }
        Deed::Wrote { kind: MessageKind::Note, body, .. } => {
            tickets.note(by, id, &mut form([text("body", body)])).await.unwrap();
            return;
        }
        Deed::Moved(status) => TicketChange { status: Some(*status), ..none },
        Deed::Prioritised(priority) => TicketChange { priority: Some(*priority), ..none },
        Deed::Categorised(category) => TicketChange { category: Some(category.clone()), ..none },
        Deed::Assigned(assignee) => TicketChange { assignee: Some(*assignee), ..none },
    };
    tickets.update(by, id, &change).await.unwrap();
}

/// Who has a mark on a ticket, and by the how-manieth of its events.
async fn unread(bench: &Bench, id: TicketId) -> Vec<(i64, i64)> {
    let sql = format!(
        "SELECT m.user_id, (SELECT COUNT(*) FROM events e WHERE e.ticket_id = {id} AND e.id <= m.event_id)
         FROM unread m WHERE m.ticket_id = {id} ORDER BY m.user_id"
    );
    let connection = bench.connection().await;
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect()
}

on_both_databases! {
    async fn a_story_is_told_as_it_happened(bench) {
        let (ana, bob) = (bench.customer("ana").await, bench.staff("bob", Role::Agent).await);
        let eve = bench.staff("eve", Role::Agent).await;
        let note = Deed::Wrote { kind: MessageKind::Note, body: "Third one.".into(), files: vec![picture()] };
        let told = past(
            &ana,
            "Printer",
            vec![
                deed(&bob, 5, Deed::Assigned(bob.id)),
                deed(&bob, 6, Deed::Categorised("Other".into())),
                deed(&bob, 7, wrote(MessageKind::Reply, "Which one?")),
                deed(&bob, 7, Deed::Moved(Status::WaitingOnCustomer)),
                deed(&ana, 9, wrote(MessageKind::Reply, "The grey one.")),
                deed(&eve, 20, note),
            ],
        );
        let told = PastTicket { files: vec![picture()], ..told };
        let other = past(&ana, "Scanner", Vec::new());
        let ids = bench.desk.import().tickets(&Actor::command_line(), vec![told, other]).await.unwrap();

        let view = bench.desk.tickets().view(&bob, ids[0], Cursor::First).await.unwrap();
        assert_eq!((view.ticket.status, view.ticket.category.as_str()), (Status::Open, "Other"));
        assert_eq!(view.assignee.map(|assignee| assignee.id), bob.id);
        // A note leaves no trace that the customer could see.
        assert_eq!(view.ticket.updated_at, OPENED.plus_seconds(9 * 60));
        assert!(!view.abilities.can_withdraw);
        let kinds: Vec<_> = view.timeline.items.iter().rev().map(|event| event.kind()).collect();
        use EventKind::{AssigneeChanged, CategoryChanged, Noted, Replied, StatusChanged, TicketOpened};
        assert_eq!(
            kinds,
            [TicketOpened, AssigneeChanged, CategoryChanged, Replied, StatusChanged, Replied, StatusChanged, Noted]
        );
        let newest = &view.timeline.items[0];
        assert_eq!((newest.body.as_deref(), newest.files.len()), (Some("Third one."), 1));
        assert_eq!(newest.at, OPENED.plus_seconds(20 * 60));
        assert_eq!(view.timeline.items[7].files.len(), 1);
        assert_eq!(bench.files().len(), 2);

        let seen = bench.desk.tickets().view(&ana, ids[0], Cursor::First).await.unwrap();
        assert_eq!(seen.timeline.items.len(), 6);
        assert_eq!(seen.ticket.attachments.len(), 1);
        let others = TicketFilter { assignee: Some(AssigneeFilter::Unassigned), ..TicketFilter::default() };
        let list = bench.desk.tickets().list(&eve, &others, Cursor::First, 9).await.unwrap();
        assert!(list.items.iter().map(|row| row.id).eq([ids[1]]));
        assert!(list.items[0].is_unread);

        for (reader, words, found) in [(&bob, "third", 1), (&ana, "third", 0), (&ana, "grey", 1), (&ana, "scanner", 1)] {
            let query = SearchQuery { text: words.into(), filter: TicketFilter::default(), limit: 9 };
            let hits = bench.desk.tickets().search(reader, &query).await.unwrap().hits;
            assert_eq!(hits.len(), found, "{} for {words}", reader.username);
        }

        // What comes afterwards has its own id.
        let next = bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap();
        assert!(next.id > ids[1]);
    }

    // The rule is written once, but carried out by the database for what happens and in memory for what is imported.
    async fn what_is_imported_is_as_unread_as_if_it_had_happened(bench) {
        let (ana, bob) = (bench.customer("ana").await, bench.staff("bob", Role::Agent).await);
        let eve = bench.staff("eve", Role::Agent).await;
        let gone = bench.staff("gone", Role::Agent).await;
        bench.desk.users().set_active(&Actor::command_line(), gone.id.unwrap(), false).await.unwrap();
        let mut chance = Chance(42);
        let (mut marked, mut over) = (0, 0);
        for number in 0..25 {
            let mut story = Story::default();
            for minutes in 1..=chance.below(9) as i64 {
                let by = [&ana, &bob, &eve][chance.below(3)];
                if let Some(next) = story.next(by, [&bob, &eve][chance.below(2)], &mut chance) {
                    story.deeds.push(deed(by, minutes, next));
                }
            }
            let live = bench.desk.tickets().open(&ana, &mut ticket([text("priority", "High")])).await.unwrap().id;
            for PastDeed { by, deed, .. } in &story.deeds {
                let by = [&ana, &bob, &eve].into_iter().find(|who| who.id == Some(*by)).unwrap();
                bench.desk.tickets().seen(by, live).await.unwrap();
                happen(&bench, by, live, deed).await;
            }
            let told = format!("story {number}: {:?}", story.deeds);
            let past = past(&ana, "Printer", story.deeds);
            let imported = bench.desk.import().tickets(&Actor::command_line(), vec![past]).await.unwrap()[0];
            let (live, imported) = (unread(&bench, live).await, unread(&bench, imported).await);
            if story.status.is_open() {
                assert_eq!(imported, live, "{told}");
                marked += imported.len();
            } else {
                // What is over is imported as seen. To the team nothing of it is news anyway.
                assert!(live.iter().all(|(user, _)| Some(UserId(*user)) == ana.id), "{told}");
                assert!(imported.is_empty(), "{told}");
                over += 1;
            }
        }
        assert!(marked > 10 && over > 2, "{marked} marks, {over} stories that are over");
    }

    async fn what_cannot_have_happened_is_refused_and_leaves_nothing(bench) {
        let (ana, bob) = (bench.customer("ana").await, bench.staff("bob", Role::Agent).await);
        let stranger = bench.customer("mallory").await;
        let wrong = [
            vec![deed(&bob, 1, Deed::Moved(Status::Closed)), deed(&bob, 2, Deed::Moved(Status::Resolved))],
            vec![deed(&ana, 1, Deed::Moved(Status::Resolved))],
            vec![deed(&ana, 1, wrote(MessageKind::Note, "psst"))],
            vec![deed(&ana, 1, Deed::Moved(Status::Closed)), deed(&ana, 2, wrote(MessageKind::Reply, "still"))],
            vec![deed(&stranger, 1, wrote(MessageKind::Reply, "me too"))],
            vec![deed(&bob, 2, wrote(MessageKind::Reply, "b")), deed(&bob, 1, wrote(MessageKind::Reply, "a"))],
            vec![deed(&bob, 1, Deed::Assigned(ana.id))],
            vec![deed(&bob, 1, Deed::Categorised("Colour".into()))],
            vec![deed(&bob, 1, wrote(MessageKind::Reply, " "))],
        ];
        for deeds in wrong {
            let shown = format!("{deeds:?}");
            let good = PastTicket { files: vec![picture()], ..past(&ana, "Good", Vec::new()) };
            let both = vec![good, past(&ana, "Odd one", deeds)];
            let refusal = bench.desk.import().tickets(&Actor::command_line(), both).await.unwrap_err();
            assert!(matches!(&refusal, Error::Conflict { .. }), "{shown}: {refusal:?}");
            assert!(refusal.to_string().contains("Odd one"), "{refusal}");
        }
        let bad_file = PastFile { name: "a.png".into(), bytes: Bytes::from_static(b"GIF89a..") };
        let bad_file = PastTicket { files: vec![picture(), bad_file], ..past(&ana, "Odd one", Vec::new()) };
        assert!(bench.desk.import().tickets(&Actor::command_line(), vec![bad_file]).await.is_err());
        let list = bench.desk.tickets().list(&bob, &TicketFilter::default(), Cursor::First, 9).await.unwrap();
        assert!(list.items.is_empty());
    }

    async fn only_the_command_line_may(bench) {
        let (ana, root) = (bench.customer("ana").await, bench.staff("root", Role::Admin).await);
        for actor in [&ana, &root] {
            let refused = bench.desk.import().tickets(actor, vec![past(&ana, "Printer", Vec::new())]).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })));
            assert!(matches!(bench.desk.import().people(actor, &[]).await, Err(Error::Forbidden { .. })));
        }
    }

    async fn people_come_with_their_times(bench) {
        let person = |username: &str, role, password: Option<&str>| PastPerson {
            draft: PersonDraft { username: username.into(), ..PersonDraft::default() },
            role,
            password: password.map(Into::into),
            created_at: OPENED,
        };
        let me = Actor::command_line();
        let people = [person("Ana", Role::Customer, None), person("bob", Role::Agent, Some("correct horse"))];
        let ids: Vec<UserId> = bench.desk.import().people(&me, &people).await.unwrap();
        let bob = bench.desk.users().member(&me, ids[1]).await.unwrap();
        assert_eq!((bob.username.as_str(), bob.role, bob.created_at), ("bob", Role::Agent, OPENED));
        let client = crate::support::client(1);
        assert!(bench.desk.users().log_in("bob", "correct horse", &client, domain::LoginKind::Browser).await.is_ok());
        let again = [person("eve", Role::Customer, None), person("ana", Role::Customer, None)];
        assert!(matches!(bench.desk.import().people(&me, &again).await, Err(Error::Conflict { .. })));
        assert!(bench.desk.users().by_username(&me, "eve").await.is_err());
        let customer_with_password = [person("eve", Role::Customer, Some("correct horse"))];
        assert!(bench.desk.import().people(&me, &customer_with_password).await.is_err());
        // Those created afterwards have their own ids.
        assert!(bench.customer("zoe").await.id > ids.last().copied());
    }
}
