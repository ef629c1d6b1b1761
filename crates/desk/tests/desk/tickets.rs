use domain::{Cursor, Error, EventKind, Priority, Role, Status, TicketChange, TicketFilter, TicketId};

use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::{PDF, PNG, fields_of, file, form, on_both_databases, text, ticket};

on_both_databases! {
    async fn a_title_is_one_line(bench) {
        let ana = bench.customer("ana").await;
        let tickets = bench.desk.tickets();
        let titled = |title: &str| form([text("title", title), text("description", "\nTwo\nlines\t")]);
        let ticket = tickets.open(&ana, &mut titled(" Printer\r\n\tburns\u{2028}\u{1b} again ")).await.unwrap();
        assert_eq!((ticket.title.as_str(), ticket.description.as_str()), ("Printer burns again", "Two\nlines"));
        let change = TicketChange { title: Some("It\nis\u{85}out".into()), ..TicketChange::default() };
        assert_eq!(tickets.update(&ana, ticket.id, &change).await.unwrap().ticket.title, "It is out");
        for nothing in ["\u{200b}", "\u{feff}\n\u{2060}", "\u{3164}", "\n"] {
            assert_eq!(fields_of(tickets.open(&ana, &mut titled(nothing)).await.unwrap_err()), ["title"], "{nothing:?}");
        }
    }

    async fn opens_with_files(bench) {
        let ana = bench.customer("ana").await;
        let parts = [text("priority", "URGENT"), text("category", "bug"), text("status", "Closed"), file("a.png", PNG), file("b.pdf", PDF)];
        let opened = bench.desk.tickets().open(&ana, &mut ticket(parts)).await.unwrap();
        assert_eq!((opened.priority, opened.category.as_str(), opened.status), (Priority::Urgent, "Bug", Status::Open));
        let names: Vec<_> = opened.attachments.iter().map(|file| (file.name.as_str(), file.size)).collect();
        assert_eq!(names, [("a.png", PNG.len() as u64), ("b.pdf", PDF.len() as u64)]);
        assert_eq!(bench.files().len(), 2);
        assert_eq!(bench.desk.tickets().get(&ana, opened.id).await.unwrap(), opened);
    }

    async fn what_is_withdrawn_leaves_no_words(bench) {
        let ana = bench.customer("ana").await;
        let parts = form([text("title", "My secret trouble"), text("description", "Words")]);
        let id = bench.desk.tickets().open(&ana, &mut { parts }).await.unwrap().id;
        bench.desk.tickets().delete(&ana, id).await.unwrap();
        let connection = bench.connection().await;
        let count = async |sql: &str| {
            let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
            row.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap()
        };
        assert_eq!(count("SELECT COUNT(*) FROM events WHERE kind = 'ticket_withdrawn'").await, 1);
        assert_eq!(count("SELECT COUNT(*) FROM events WHERE data LIKE '%secret%'").await, 0);
    }

    async fn left_out_means_medium_and_other(bench) {
        let ana = bench.customer("ana").await;
        let opened = bench.desk.tickets().open(&ana, &mut ticket([text("priority", ""), text("category", " ")])).await.unwrap();
        assert_eq!((opened.priority, opened.category.as_str()), (Priority::Medium, "Other"));
    }

    async fn bad_fields_are_all_named_and_nothing_is_left(bench) {
        let ana = bench.customer("ana").await;
        let mut bad = form([text("title", " "), text("priority", "soon"), text("category", "Nope"), file("a.png", PNG)]);
        let refused = bench.desk.tickets().open(&ana, &mut bad).await.unwrap_err();
        assert_eq!(fields_of(refused), ["category", "description", "priority", "title"]);
        assert!(bench.files().is_empty());
        assert!(bench.desk.tickets().list_own(&ana, Cursor::First, 10).await.unwrap().items.is_empty());
    }

    async fn a_ticket_is_its_owners_and_the_staffs(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        let change = TicketChange { title: Some("Mine".into()), ..TicketChange::default() };
        // Not his and not there are the same.
        for id in [id, TicketId(4711)] {
            assert_eq!(tickets.get(&ben, id).await.unwrap_err(), Error::NotFound);
            assert_eq!(tickets.view(&ben, id, Cursor::First).await.unwrap_err(), Error::NotFound);
            assert_eq!(tickets.update(&ben, id, &change).await.unwrap_err(), Error::NotFound);
            assert_eq!(tickets.delete(&ben, id).await.unwrap_err(), Error::NotFound);
            assert_eq!(tickets.reply(&ben, id, &mut form([text("body", "Hello")])).await.unwrap_err(), Error::NotFound);
        }
        let any = TicketFilter { requester: ana.id, ..TicketFilter::default() };
        assert!(tickets.list(&ben, &any, Cursor::First, 10).await.unwrap().items.is_empty());
        assert!(tickets.count_by_status(&ben, &any).await.unwrap().iter().all(|count| count.tickets == 0));
        assert_eq!(tickets.list(&agent, &any, Cursor::First, 10).await.unwrap().items.len(), 1);
        assert!(tickets.view(&agent, id, Cursor::First).await.is_ok());
        assert!(matches!(tickets.open(&agent, &mut ticket([])).await, Err(Error::Forbidden { .. })));
    }

    async fn a_customer_edits_closes_and_no_more(bench) {
        let ana = bench.customer("ana").await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        let edit = TicketChange { title: Some("  Printer, again ".into()), ..TicketChange::default() };
        assert_eq!(tickets.update(&ana, id, &edit).await.unwrap().ticket.title, "Printer, again");
        let blank = TicketChange { title: Some(" ".into()), ..TicketChange::default() };
        assert_eq!(fields_of(tickets.update(&ana, id, &blank).await.unwrap_err()), ["title"]);
        for change in [
            TicketChange { priority: Some(Priority::Low), ..TicketChange::default() },
            TicketChange { category: Some("Bug".into()), ..TicketChange::default() },
            TicketChange { status: Some(Status::Resolved), ..TicketChange::default() },
        ] {
            assert!(matches!(tickets.update(&ana, id, &change).await, Err(Error::Forbidden { .. })), "{change:?}");
        }
        let close = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
        let view = tickets.update(&ana, id, &close).await.unwrap();
        assert_eq!(view.ticket.status, Status::Closed);
        assert!(!view.abilities.can_edit && !view.abilities.can_withdraw && !view.abilities.can_close);
        let late = TicketChange { title: Some("Too late".into()), ..TicketChange::default() };
        assert!(matches!(tickets.update(&ana, id, &late).await, Err(Error::Conflict { .. })));
        let kinds: Vec<_> = view.timeline.items.iter().map(|event| event.kind()).collect();
        assert_eq!(kinds, [EventKind::StatusChanged, EventKind::TicketEdited, EventKind::TicketOpened]);
    }

    async fn staff_work_and_customers_read_support(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let id = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        bench.advance(60);
        let work = TicketChange {
            status: Some(Status::InProgress),
            priority: Some(Priority::High),
            category: Some("billing".into()),
            ..TicketChange::default()
        };
        let view = tickets.update(&agent, id, &work).await.unwrap();
        assert_eq!((view.ticket.priority, view.ticket.category.as_str()), (Priority::High, "Billing"));
        assert!(view.ticket.updated_at > view.ticket.created_at);
        let mut theirs = tickets.view(&ana, id, Cursor::First).await.unwrap().timeline.items;
        theirs.reverse();
        assert_eq!(theirs[0].actor_name.as_deref(), Some("You"));
        assert!(theirs[1..].iter().all(|event| event.actor_name.as_deref() == Some("Support")));
        assert_eq!((theirs[1].data.from().as_deref(), theirs[1].data.to().as_deref()), (Some("Open"), Some("In Progress")));
        // The same once more changes and records nothing.
        tickets.update(&agent, id, &work).await.unwrap();
        assert_eq!(tickets.view(&agent, id, Cursor::First).await.unwrap().timeline.items.len(), 4);
    }

    async fn withdrawn_while_nobody_worked_on_it(bench) {
        let ana = bench.customer("ana").await;
        let (agent, admin) = (bench.staff("agent", Role::Agent).await, bench.staff("admin", Role::Admin).await);
        let tickets = bench.desk.tickets();
        let first = tickets.open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap().id;
        assert!(tickets.view(&ana, first, Cursor::First).await.unwrap().abilities.can_withdraw);
        tickets.delete(&ana, first).await.unwrap();
        assert_eq!(tickets.get(&ana, first).await.unwrap_err(), Error::NotFound);
        assert!(bench.files().is_empty());
        let second = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
        assert!(second > first, "an id is never used twice");
        let work = TicketChange { priority: Some(Priority::High), ..TicketChange::default() };
        tickets.update(&agent, second, &work).await.unwrap();
        assert!(matches!(tickets.delete(&ana, second).await, Err(Error::Conflict { .. })));
        assert!(matches!(tickets.delete(&agent, second).await, Err(Error::Forbidden { .. })));
        tickets.delete(&admin, second).await.unwrap();
    }

    async fn lists_are_paged_filtered_and_counted(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let mut ids = Vec::new();
        for i in 0..7 {
            let parts = [text("title", &format!("Case {i} 100%")), text("description", "x"), text("priority", if i % 2 == 0 { "High" } else { "Low" })];
            let files = (0..i % 3).map(|_| file("a.png", PNG));
            ids.push(tickets.open(&ana, &mut form(parts.into_iter().chain(files))).await.unwrap().id);
        }
        let close = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
        tickets.update(&ana, ids[0], &close).await.unwrap();
        let first = tickets.list_own(&ana, Cursor::First, 3).await.unwrap();
        assert_eq!(first.items.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [ids[6], ids[5], ids[4]]);
        assert_eq!(first.items.iter().map(|ticket| ticket.attachments.len()).collect::<Vec<_>>(), [0, 2, 1]);
        let second = tickets.list_own(&ana, Cursor::Before(first.older.unwrap()), 3).await.unwrap();
        assert_eq!(second.items.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [ids[3], ids[2], ids[1]]);
        assert_eq!(second.items.iter().map(|ticket| ticket.attachments.len()).collect::<Vec<_>>(), [0, 2, 1]);
        let back = tickets.list_own(&ana, Cursor::After(second.newer.unwrap()), 3).await.unwrap();
        assert_eq!(back.items, first.items);
        let last = tickets.list_own(&ana, Cursor::Before(second.older.unwrap()), 3).await.unwrap();
        assert_eq!((last.items.len(), last.older), (1, None));
        let count = async |filter: TicketFilter| tickets.list(&agent, &filter, Cursor::First, 50).await.unwrap().items.len();
        assert_eq!(count(TicketFilter { priority: Some(Priority::High), ..TicketFilter::default() }).await, 4);
        assert_eq!(count(TicketFilter { status: Some(Status::Closed), ..TicketFilter::default() }).await, 1);
        assert_eq!(count(TicketFilter { category: Some("OTHER".into()), ..TicketFilter::default() }).await, 7);
        let counts = tickets.count_by_status(&ana, &TicketFilter::default()).await.unwrap();
        assert_eq!(counts.iter().map(|count| count.tickets).collect::<Vec<_>>(), [6, 0, 0, 0, 1]);
    }

    async fn a_ticket_that_staff_open_for_a_customer(bench) {
        let (eva, bob) = (bench.staff("eva", Role::Agent).await, bench.staff("bob", Role::Agent).await);
        let (ana, seven) = (bench.customer("ana").await, bench.customer("7").await);
        let number = bench.customer(&ana.id.unwrap().to_string()).await;
        let tickets = bench.desk.tickets();
        let open = async |customer: &str| tickets.open_for(&eva, &mut ticket([text("customer", customer)])).await;
        let opened = open("ANA").await.unwrap();
        let view = tickets.view(&bob, opened.id, Cursor::First).await.unwrap();
        assert_eq!(view.requester_username, "ana");
        assert_eq!(view.timeline.items[0].actor_name.as_deref(), Some("eva"), "the event says who opened it");
        // It is theirs: they see it, it is news for them and for the team, and they do not take it back.
        assert_eq!(tickets.list_own(&ana, Cursor::First, 10).await.unwrap().items[0].id, opened.id);
        let abilities = tickets.view(&ana, opened.id, Cursor::First).await.unwrap().abilities;
        assert!(abilities.can_edit && !abilities.can_withdraw);
        assert_eq!(tickets.unread_count(&ana).await.unwrap(), 1);
        assert_eq!(tickets.unread_count(&bob).await.unwrap(), 1);
        // By id, and what is two customers' is nobody's.
        let id = |person: &domain::Actor| person.id.unwrap().to_string();
        let of = async |customer: &str| {
            let opened = open(customer).await.unwrap().id;
            tickets.view(&eva, opened, Cursor::First).await.unwrap().requester_username
        };
        assert_eq!(of(&id(&seven)).await, "7");
        assert_eq!(of(&format!("#{}", id(&ana))).await, "ana");
        assert_eq!(of(&format!("#{}", id(&number))).await, number.username);
        for wrong in ["", "nobody", "eva", "#eva", "4711", "#4711", &id(&eva), &id(&ana)] {
            assert_eq!(fields_of(open(wrong).await.unwrap_err()), ["customer"], "{wrong}");
        }
        let nobody = tickets.open_for(&eva, &mut form([])).await.unwrap_err();
        assert_eq!(fields_of(nobody), ["customer", "description", "title"]);
        let own = tickets.open_for(&ana, &mut ticket([text("customer", "ana")])).await;
        assert!(matches!(own, Err(Error::Forbidden { .. })), "{own:?}");
        // Sent again it is the same one; for somebody else it is not.
        let keyed = |customer: &str| ticket([text("customer", customer), text("idempotency_key", "k-1")]);
        let first = tickets.open_for(&eva, &mut keyed("ana")).await.unwrap();
        assert_eq!(tickets.open_for(&eva, &mut keyed("ana")).await.unwrap(), first);
        assert!(matches!(tickets.open_for(&eva, &mut keyed("7")).await, Err(Error::Conflict { .. })));
    }

    async fn whole_tickets_of_a_list(bench) {
        let eva = bench.staff("eva", Role::Agent).await;
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let tickets = bench.desk.tickets();
        let mut ids = Vec::new();
        for customer in [&ana, &ben, &ana] {
            let opened = tickets.open(customer, &mut ticket([file("a.png", PNG), file("b.pdf", PDF)])).await.unwrap();
            ids.push(opened.id);
        }
        tickets.note(&eva, ids[2], &mut form([text("body", "Hm"), file("secret.png", PNG)])).await.unwrap();
        let filter = TicketFilter::default();
        let page = tickets.list_whole(&eva, &filter, Cursor::First, 2).await.unwrap();
        assert_eq!(page.items.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [ids[2], ids[1]]);
        for ticket in &page.items {
            assert_eq!(*ticket, tickets.get(&eva, ticket.id).await.unwrap(), "as it is by itself, without files of notes");
            assert_eq!(ticket.attachments.len(), 2);
        }
        let older = Cursor::Before(page.older.unwrap());
        let last = tickets.list_whole(&eva, &filter, older, 2).await.unwrap();
        assert_eq!((last.items.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), last.older), (vec![ids[0]], None));
        // In the order that is asked for, and as far as the caller sees them.
        let asked = [ids[0], TicketId(4711), ids[2], ids[1]];
        let all = tickets.whole(&eva, &asked).await.unwrap();
        assert_eq!(all.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [ids[0], ids[2], ids[1]]);
        let own = tickets.whole(&ana, &asked).await.unwrap();
        assert_eq!(own.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [ids[0], ids[2]]);
        assert_eq!(tickets.whole(&eva, &[]).await.unwrap(), []);
    }
}
