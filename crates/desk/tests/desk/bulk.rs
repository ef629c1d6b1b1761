//! One change of many tickets at once by staff.

use domain::{
    Actor, BULK_MAX_TICKETS, BulkAnswer, BulkChange, BulkId, Cursor, Error, Event, EventKind, InBulk, LiveKind,
    Priority, Role, Status, TicketChange, TicketId,
};
use futures::FutureExt as _;
use sea_orm::{ConnectionTrait as _, Statement, TransactionTrait as _};

use crate::support::{
    Bench, Database, Statements, fields_of, form, heard_all, next, on_both_databases, text, ticket, until,
};

impl Bench {
    pub async fn tickets_of(&self, customer: &Actor, count: usize) -> Vec<TicketId> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.desk.tickets().open(customer, &mut ticket([])).await.unwrap().id);
        }
        ids
    }

    pub async fn set(&self, actor: &Actor, ticket: TicketId, change: BulkChange) {
        self.desk.tickets().update(actor, ticket, &change.of_one()).await.unwrap();
    }

    /// A ticket's status, priority, category and who has it.
    pub async fn has(&self, ticket: TicketId) -> (Status, Priority, String, Option<String>) {
        let view = self.desk.tickets().view(&Actor::command_line(), ticket, Cursor::First).await.unwrap();
        let assignee = view.assignee.map(|assignee| assignee.username);
        (view.ticket.status, view.ticket.priority, view.ticket.category, assignee)
    }

    /// A ticket's timeline, newest first.
    pub async fn told(&self, reader: &Actor, ticket: TicketId) -> Vec<Event> {
        self.desk.tickets().timeline(reader, ticket, Cursor::First, 50).await.unwrap().items
    }

    /// The rows that are kept of bulks: of those, of their tickets, of marks.
    pub async fn kept_of_bulks(&self) -> [i64; 3] {
        let connection = self.connection().await;
        let mut kept = [0; 3];
        for (count, table) in kept.iter_mut().zip(["bulk_changes", "bulk_change_tickets", "bulk_change_marks"]) {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
            *count = row.unwrap().unwrap().try_get_by_index(0).unwrap();
        }
        kept
    }
}

/// The answer's id.
pub fn id(answer: &BulkAnswer) -> BulkId {
    answer.undo.unwrap().id
}

/// A customer, two agents and an admin.
pub struct People {
    pub ana: Actor,
    pub eva: Actor,
    pub tom: Actor,
    pub root: Actor,
}

impl People {
    pub async fn of(bench: &Bench) -> Self {
        Self {
            ana: bench.customer("ana").await,
            eva: bench.staff("eva", Role::Agent).await,
            tom: bench.staff("tom", Role::Agent).await,
            root: bench.staff("root", Role::Admin).await,
        }
    }
}

on_both_databases! {
    async fn each_thing_changes_on_many_at_once(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let ids = bench.tickets_of(&ana, 3).await;
        bench.advance(60);
        for change in [
            BulkChange::Status(Status::InProgress),
            BulkChange::Priority(Priority::Urgent),
            BulkChange::Category(" billing ".into()),
            BulkChange::Assignee(tom.id),
        ] {
            let answer = bench.desk.tickets().bulk(&eva, &ids, &change).await.unwrap();
            assert_eq!((&answer.changed, answer.summary().as_str()), (&ids, "3 changed."));
            assert_eq!(answer.undo.unwrap().until, bench.desk.now().plus_seconds(30 * 60));
            let again = bench.desk.tickets().bulk(&eva, &ids, &change).await.unwrap();
            assert_eq!((&again.already, again.summary().as_str()), (&ids, "None changed, 3 were so already."));
            assert_eq!(again.undo, None, "nothing to take back");
        }
        let expected = (Status::InProgress, Priority::Urgent, "Billing".to_owned(), Some("tom".to_owned()));
        for id in &ids {
            assert_eq!(bench.has(*id).await, expected);
            let told = bench.told(&eva, *id).await;
            let kinds: Vec<EventKind> = told.iter().map(Event::kind).collect();
            assert_eq!(
                kinds,
                [
                    EventKind::AssigneeChanged,
                    EventKind::CategoryChanged,
                    EventKind::PriorityChanged,
                    EventKind::StatusChanged,
                    EventKind::TicketOpened
                ],
                "one entry for each bulk"
            );
        }
        let answer = bench.desk.tickets().bulk(&eva, &ids, &BulkChange::Assignee(None)).await.unwrap();
        assert_eq!(answer.changed, ids);
        // No word is the default one, as in a form.
        for (id, expected) in [(ids[0], 1), (ids[0], 0)] {
            let answer = bench.desk.tickets().bulk(&eva, &[id], &BulkChange::Category(String::new())).await.unwrap();
            assert_eq!((answer.changed.len(), bench.has(id).await.2.as_str()), (expected, "Other"));
        }
        assert_eq!(bench.has(ids[0]).await.3, None);
    }

    async fn an_entry_says_that_it_was_one_of_many(bench) {
        let People { ana, eva, root, .. } = People::of(&bench).await;
        let ids = bench.tickets_of(&ana, 4).await;
        bench.set(&eva, ids[3], BulkChange::Priority(Priority::High)).await;
        let answer = bench.desk.tickets().bulk(&eva, &ids, &BulkChange::Priority(Priority::High)).await.unwrap();
        for id in &ids[..3] {
            let newest = &bench.told(&root, *id).await[0];
            assert_eq!(newest.bulk, Some(InBulk { id: self::id(&answer), tickets: 3, is_undo: false }));
            assert_eq!((newest.actor_name.as_deref(), newest.data.to().as_deref()), (Some("eva"), Some("High")));
        }
        assert_eq!(bench.told(&root, ids[3]).await[0].bulk, None, "it changed alone, before");
    }

    async fn what_is_refused_for_one_does_not_stop_the_others(bench) {
        let People { ana, eva, root, .. } = People::of(&bench).await;
        let ids = bench.tickets_of(&ana, 5).await;
        bench.set(&eva, ids[1], BulkChange::Status(Status::Closed)).await;
        bench.set(&eva, ids[2], BulkChange::Status(Status::Resolved)).await;
        bench.desk.tickets().delete(&root, ids[3]).await.unwrap();
        let asked: Vec<TicketId> = ids.iter().rev().copied().chain([ids[0], TicketId(-1)]).collect();
        let answer = bench.desk.tickets().bulk(&eva, &asked, &BulkChange::Status(Status::Resolved)).await.unwrap();
        assert_eq!((&answer.changed[..], &answer.already[..]), (&[ids[0], ids[4]][..], &[ids[2]][..]));
        assert_eq!(answer.missing, [TicketId(-1), ids[3]]);
        // In the words of a change of that ticket alone.
        let alone = TicketChange { status: Some(Status::Resolved), ..TicketChange::default() };
        let alone = bench.desk.tickets().update(&eva, ids[1], &alone).await.unwrap_err();
        assert_eq!(answer.refused.len(), 1);
        assert_eq!((answer.refused[0].ticket, answer.refused[0].why.clone()), (ids[1], alone.to_string()));
        assert_eq!(
            answer.summary(),
            format!(
                "2 changed, 1 was so already, 3 not. #{}: A ticket that is Closed cannot become Resolved. Reopen it \
                 first: set it to Open. #-1 and #{}: There is no such ticket.",
                ids[1], ids[3]
            )
        );
        assert_eq!(bench.has(ids[1]).await.0, Status::Closed);
        assert_eq!(bench.told(&eva, ids[0]).await[0].bulk.unwrap().tickets, 2, "as many as changed");
    }

    async fn what_is_no_choice_changes_nothing(bench) {
        let People { ana, eva, tom, root } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 2).await;
        bench.desk.users().set_active(&root, tom.id.unwrap(), false).await.unwrap();
        for (change, field) in [
            (BulkChange::Category("Hardware".into()), "category"),
            (BulkChange::Assignee(tom.id), "assignee"),
            (BulkChange::Assignee(ana.id), "assignee"),
        ] {
            let refusal = tickets.bulk(&eva, &ids, &change).await.unwrap_err();
            let alone = tickets.update(&eva, ids[0], &change.of_one()).await.unwrap_err();
            assert_eq!(refusal, alone, "the rules of one are the rules of many");
            assert_eq!(fields_of(refusal), [field]);
        }
        let many: Vec<TicketId> = (1..=201).map(TicketId).collect();
        for (ids, sentence) in [
            (&many[..], "Choose at most 200 tickets at once; these are 201."),
            (&[][..], "Choose at least one ticket."),
        ] {
            let refusal = tickets.bulk(&eva, ids, &BulkChange::Priority(Priority::Low)).await.unwrap_err();
            assert_eq!(refusal, Error::field("tickets", sentence));
        }
        assert_eq!(bench.has(ids[0]).await, (Status::Open, Priority::Medium, "Other".into(), None));
        assert_eq!(bench.kept_of_bulks().await, [0, 0, 0]);
        assert_eq!(bench.told(&eva, ids[0]).await.len(), 1);
    }

    async fn it_is_for_staff(bench) {
        let People { ana, eva, .. } = People::of(&bench).await;
        let ids = bench.tickets_of(&ana, 1).await;
        let tickets = bench.desk.tickets();
        for change in [
            BulkChange::Status(Status::Closed),
            BulkChange::Priority(Priority::Low),
            BulkChange::Category("Bug".into()),
            BulkChange::Assignee(None),
        ] {
            // Her own, nobody's, none at all: nothing is told apart.
            for ids in [&ids[..], &[TicketId(999)], &[]] {
                let refusal = tickets.bulk(&ana, ids, &change).await.unwrap_err();
                assert_eq!(refusal, Error::forbidden("This is for the support team."));
            }
        }
        let answer = tickets.bulk(&eva, &ids, &BulkChange::Priority(Priority::High)).await.unwrap();
        for bulk in [id(&answer), BulkId(999)] {
            let refusal = tickets.undo_bulk(&ana, bulk).await.unwrap_err();
            assert_eq!(refusal, Error::forbidden("This is for the support team."));
        }
        assert_eq!(bench.has(ids[0]).await.1, Priority::High);
    }

    async fn customers_see_a_change_like_any_other(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let ben = bench.customer("ben").await;
        let tickets = bench.desk.tickets();
        let (anas, bens) = (bench.tickets_of(&ana, 2).await, bench.tickets_of(&ben, 1).await);
        let ids = [&anas[..], &bens].concat();
        heard_all(&bench.desk).await;
        let mut page = Box::pin(bench.desk.live().subscribe(&ana, None).await.unwrap());
        let given = tickets.bulk(&eva, &ids, &BulkChange::Assignee(tom.id)).await.unwrap();
        let high = tickets.bulk(&eva, &ids, &BulkChange::Priority(Priority::High)).await.unwrap();
        tickets.undo_bulk(&eva, id(&high)).await.unwrap();
        // What happens to one ticket alone.
        bench.set(&eva, anas[0], BulkChange::Priority(Priority::High)).await;

        let view = tickets.view(&ana, anas[0], Cursor::First).await.unwrap();
        let told = &view.timeline.items;
        let kinds: Vec<EventKind> = told.iter().map(Event::kind).collect();
        let priority = EventKind::PriorityChanged;
        assert_eq!(kinds, [priority, priority, priority, EventKind::TicketOpened]);
        assert!(told.iter().all(|event| event.bulk.is_none()));
        // But for its number and what it says, as the one alone.
        for part in &told[1..3] {
            let (mut part, alone) = (part.clone(), &told[0]);
            (part.id, part.data) = (alone.id, alone.data.clone());
            assert_eq!(part, *alone);
        }
        let json = serde_json::to_string(&view).unwrap() + &serde_json::to_string(&bench.told(&ana, anas[1]).await).unwrap();
        assert!(!json.contains("is_undo") && !json.contains("\"tickets\""), "{json}");
        assert!(tickets.timeline(&ana, bens[0], Cursor::First, 50).await.is_err());
        assert_eq!(bench.told(&eva, anas[0]).await[2].bulk.unwrap(), InBulk { id: id(&high), tickets: 3, is_undo: false });
        assert_ne!(id(&given), id(&high));

        // Live: her own two, twice; nothing of Ben's, nor of who has them.
        for expected in [anas[0], anas[1], anas[0], anas[1], anas[0]] {
            let message = next(&mut page).await.unwrap();
            assert_eq!((message.kind, message.ticket), (LiveKind::Ticket, Some(expected)));
        }
        assert!(next(&mut page).now_or_never().is_none());
    }

    async fn it_is_news_as_each_change_would_be(bench) {
        let People { ana, eva, tom, root } = People::of(&bench).await;
        let ben = bench.customer("ben").await;
        let tickets = bench.desk.tickets();
        // The same stories, one by one and at once.
        let (alone, at_once) = (bench.tickets_of(&ana, 3).await, bench.tickets_of(&ben, 3).await);
        let people = [&ana, &ben, &eva, &tom, &root];
        let marks = async |ids: &[TicketId]| {
            let mut marks = Vec::new();
            for id in ids {
                let mut unread = Vec::new();
                for who in people {
                    if tickets.is_unread(who, *id).await.unwrap() {
                        unread.push(who.username.replace("ben", "ana"));
                    }
                }
                marks.push(unread);
            }
            marks
        };
        for ids in [&alone, &at_once] {
            bench.set(&root, ids[1], BulkChange::Assignee(tom.id)).await;
            bench.set(&root, ids[2], BulkChange::Assignee(eva.id)).await;
            tickets.seen(&eva, ids[2]).await.unwrap();
        }
        assert_eq!(marks(&alone).await, [vec!["eva", "tom", "root"], vec!["tom"], vec![]]);
        for change in [
            BulkChange::Priority(Priority::High),
            BulkChange::Status(Status::WaitingOnCustomer),
            BulkChange::Assignee(tom.id),
            BulkChange::Status(Status::Closed),
            BulkChange::Status(Status::Open),
            BulkChange::Assignee(None),
        ] {
            for id in &alone {
                bench.set(&eva, *id, change.clone()).await;
            }
            tickets.bulk(&eva, &at_once, &change).await.unwrap();
            assert_eq!(marks(&at_once).await, marks(&alone).await, "{change:?}");
        }
    }

    async fn staff_hear_of_each_ticket(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let ids = bench.tickets_of(&ana, 40).await;
        heard_all(&bench.desk).await;
        let mut page = Box::pin(bench.desk.live().subscribe(&tom, None).await.unwrap());
        bench.desk.tickets().bulk(&eva, &ids, &BulkChange::Assignee(tom.id)).await.unwrap();
        for id in ids {
            let message = next(&mut page).await.unwrap();
            assert_eq!((message.kind, message.ticket), (LiveKind::Ticket, Some(id)));
        }
        assert!(next(&mut page).now_or_never().is_none());
    }

    async fn once_staff_changed_it_nobody_withdraws_it(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let ids = bench.tickets_of(&ana, 2).await;
        bench.advance(60);
        let before = bench.desk.tickets().get(&ana, ids[0]).await.unwrap();
        bench.desk.tickets().bulk(&eva, &ids, &BulkChange::Assignee(tom.id)).await.unwrap();
        assert!(matches!(bench.desk.tickets().delete(&ana, ids[0]).await, Err(Error::Conflict { .. })));
        assert_eq!(bench.desk.tickets().get(&ana, ids[0]).await.unwrap(), before, "the customer sees nothing of it");
        bench.desk.tickets().bulk(&eva, &ids, &BulkChange::Priority(Priority::Low)).await.unwrap();
        assert_eq!(bench.desk.tickets().get(&ana, ids[0]).await.unwrap().updated_at, bench.desk.now());
    }

    async fn two_hundred_take_few_statements(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let ids = bench.tickets_of(&ana, BULK_MAX_TICKETS).await;
        let tickets = bench.desk.tickets();
        let statements = Statements::default();
        let _collecting = statements.collect();
        for change in [
            BulkChange::Assignee(tom.id),
            BulkChange::Status(Status::Closed),
            BulkChange::Priority(Priority::High),
            BulkChange::Category("Bug".into()),
        ] {
            statements.taken();
            let done = tickets.bulk(&eva, &ids, &change).await.unwrap();
            let asked = statements.taken();
            assert!((5..30).contains(&asked.len()), "{}: {asked:#?}", asked.len());
            assert_eq!(done.summary(), "200 changed.");
            assert_eq!(bench.told(&eva, ids[199]).await[0].bulk.unwrap().tickets, 200);
            statements.taken();
            let undone = tickets.undo_bulk(&eva, id(&done)).await.unwrap();
            let asked = statements.taken();
            assert!((5..30).contains(&asked.len()), "{}: {asked:#?}", asked.len());
            assert_eq!(undone.summary(), "200 taken back.");
        }
        assert_eq!(bench.has(ids[0]).await, (Status::Open, Priority::Medium, "Other".into(), None));
        let unread = tickets.unread_count(&tom).await.unwrap();
        assert_eq!(unread, 100, "as many as are counted: what was taken back left the marks of new tickets");
    }
}

/// On PostgreSQL a bulk has the numbers of its events for a while before anybody sees them, and others have larger ones.
#[tokio::test]
async fn who_comes_back_hears_of_a_bulk_that_took_long() {
    let bench = Bench::open(Database::Postgres).await;
    let there = bench.another().await;
    let People { ana, eva, tom, .. } = People::of(&bench).await;
    let mut ids = bench.tickets_of(&ana, 121).await;
    let other = ids.pop().unwrap();
    bench.advance(60);
    let slow = bench.connection().await.begin().await.unwrap();
    slow.execute_unprepared("LOCK TABLE bulk_change_tickets IN EXCLUSIVE MODE").await.unwrap();
    let before = there.live().newest(&tom).await.unwrap();
    let (desk, these) = (bench.desk.clone(), ids.clone());
    let change = BulkChange::Priority(Priority::High);
    let bulk = tokio::spawn(async move { desk.tickets().bulk(&eva, &these, &change).await });
    let connection = bench.connection().await;
    let last = Statement::from_string(connection.get_database_backend(), "SELECT last_value FROM events_id_seq");
    until("it has its numbers", async || {
        let last = connection.query_one_raw(last.clone()).await.unwrap().unwrap();
        last.try_get_by_index::<i64>(0).unwrap() == before.0 + 120
    })
    .await;
    bench.advance(1);
    there.tickets().reply(&ana, other, &mut form([text("body", "Hello?")])).await.unwrap();
    let seen = there.live().newest(&tom).await.unwrap();
    assert_eq!(seen.0, before.0 + 121);
    slow.commit().await.unwrap();
    assert_eq!(bulk.await.unwrap().unwrap().changed, ids);
    let mut page = Box::pin(there.live().subscribe(&tom, Some(seen)).await.unwrap());
    for id in ids {
        let message = next(&mut page).await.unwrap();
        assert_eq!((message.kind, message.ticket, message.id), (LiveKind::Ticket, Some(id), Some(seen)));
    }
}

/// A reply by its customer.
pub async fn write(bench: &Bench, customer: &Actor, ticket: TicketId) {
    bench.desk.tickets().reply(customer, ticket, &mut form([text("body", "And?")])).await.unwrap();
}
