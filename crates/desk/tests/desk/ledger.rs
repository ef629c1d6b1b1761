//! The access ledger: what is in it, who reads it, and that nobody changes it unseen.

use desk::{Finding, NewPins};
use domain::{
    Actor, CallerCode, Cursor, DelegationDraft, EndReason, Error, ExportFormat, FamilyEnded, LedgerData, LedgerEntry,
    LedgerKind, LedgerOf, LoginKind, Purpose, Role, ScopeDraft, TicketId, UserId,
};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::{Bench, PNG, client, file, form, on_both_databases, ticket};

const DAY: i64 = 24 * 3600;

struct Scene {
    ana: Actor,
    id: UserId,
    eva: Actor,
    root: Actor,
    ticket: TicketId,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let (customer, eva) = (bench.customer("ana").await, bench.staff("eva", Role::Agent).await);
        let root = bench.staff("root", Role::Admin).await;
        let ana = bench.log_in(&customer, LoginKind::Browser).await.actor;
        let opened = bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap();
        Self { id: customer.id.unwrap(), ana, eva, root, ticket: opened.id }
    }

    fn of_ticket(&self) -> ScopeDraft {
        ScopeDraft { ticket: Some(self.ticket), ..ScopeDraft::default() }
    }

    async fn of(&self, bench: &Bench, of: LedgerOf) -> Vec<LedgerEntry> {
        bench.desk.ledger().list(&self.root, of, Cursor::First, 500).await.unwrap().items
    }

    /// What is about the customer, oldest first.
    async fn kinds(&self, bench: &Bench) -> Vec<LedgerKind> {
        let found = self.of(bench, LedgerOf::Customer(self.id)).await;
        found.iter().rev().map(|entry| entry.data.kind()).collect()
    }
}

/// What the doctor says of the ledger.
async fn faults(bench: &Bench) -> Vec<String> {
    let found = desk::examine(&bench.config, 30, false).await;
    let of_ledger = |finding: Finding| (finding.check == "ledger").then_some(finding.message);
    found.into_iter().filter_map(of_ledger).collect()
}

fn is_forbidden<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Forbidden { .. }))
}

on_both_databases! {
    async fn who_was_let_in_by_whom_and_from_where(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let eva = Actor { client: Some("203.0.113.9".into()), ..scene.eva.clone() };
        let issued = desk.pins().issue(&eva, NewPins { scope: scene.of_ticket(), ..NewPins::one(scene.id) }).await.unwrap();
        let (pin, code) = (issued[0].id, issued[0].pin.to_string());
        let narrow = desk.pins().redeem(&code, &client(9), LoginKind::Browser).await.unwrap().actor;
        desk.sessions().log_out(&narrow).await.unwrap();
        let found = scene.of(&bench, LedgerOf::Ticket(scene.ticket)).await;
        let told: Vec<_> = found.iter().filter(|entry| entry.pin == Some(pin)).rev().collect();
        let kinds: Vec<_> = told.iter().map(|entry| entry.data.kind()).collect();
        let expected = [LedgerKind::PinIssued, LedgerKind::PinRedeemed, LedgerKind::SessionBegan, LedgerKind::SessionEnded];
        assert_eq!(kinds, expected);
        let from = |entry: &LedgerEntry| (entry.actor.clone(), entry.address.clone(), entry.ticket);
        assert_eq!(from(told[0]), (Some("eva".into()), Some("203.0.113.9".into()), Some(scene.ticket)));
        assert_eq!(from(told[1]), (Some("ana".into()), Some("192.0.2.9".into()), Some(scene.ticket)));
        assert_eq!((&told[2].session, told[2].last_seen_at), (&narrow.session, Some(bench.desk.now())));
        assert_eq!(told[3].data, LedgerData::SessionEnded { reason: EndReason::LoggedOut });
        // What lets the customer see all of theirs is there as well; another ticket's is not.
        assert!(found.iter().any(|entry| entry.session == scene.ana.session));
        let other = desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
        assert!(scene.of(&bench, LedgerOf::Ticket(other)).await.iter().all(|entry| entry.pin != Some(pin)));
        assert!(faults(&bench).await.is_empty());
    }

    async fn what_becomes_of_pins_is_in_it(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let eva = desk.users().log_in("eva", crate::support::PASSWORD, &client(8), LoginKind::Browser).await.unwrap().actor;
        let before = scene.kinds(&bench).await.len();
        let shown = desk.pins().issue_to_show(&eva, NewPins::one(scene.id), None).await.unwrap();
        desk.pins().show_once(&eva, shown).await.unwrap().unwrap();
        desk.pins().issue(&eva, NewPins::one(scene.id)).await.unwrap();
        bench.advance(2 * DAY);
        for _ in 0..2 {
            desk.upkeep().await.unwrap();
        }
        let kinds = scene.kinds(&bench).await;
        let expected = [LedgerKind::PinIssued, LedgerKind::PinShown, LedgerKind::PinIssued, LedgerKind::PinRevoked, LedgerKind::PinExpired];
        assert_eq!(kinds[before..], expected, "and it expired once");
        // A session that nobody came back to is over, once.
        bench.advance(10 * DAY);
        for _ in 0..2 {
            desk.upkeep().await.unwrap();
        }
        let found = scene.of(&bench, LedgerOf::Customer(scene.id)).await;
        let lapsed = found.iter().filter(|entry| entry.data == LedgerData::SessionEnded { reason: EndReason::Expired });
        assert_eq!(lapsed.count(), 1);
    }

    async fn a_file_is_noted_once_in_an_hour_and_session(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let seen = desk.tickets().view(&scene.ana, scene.ticket, Cursor::First).await.unwrap();
        let png = &seen.ticket.attachments[0];
        let opened = async || scene.kinds(&bench).await.iter().filter(|kind| **kind == LedgerKind::FileOpened).count();
        for _ in 0..3 {
            drop(desk.attachments().read(Some(&scene.ana), png, None).await.unwrap());
        }
        assert_eq!(opened().await, 1);
        bench.advance(3600);
        drop(desk.attachments().read(Some(&scene.ana), png, None).await.unwrap());
        let again = bench.log_in(&scene.ana, LoginKind::Api).await.actor;
        drop(desk.attachments().read(Some(&again), png, None).await.unwrap());
        drop(desk.attachments().read(None, png, None).await.unwrap());
        assert_eq!(opened().await, 4);
        let newest = &scene.of(&bench, LedgerOf::Ticket(scene.ticket)).await[0];
        assert_eq!((newest.file_name.as_deref(), newest.actor_id), (Some("a.png"), None));
        // What staff open is theirs, unless the setting says otherwise.
        drop(desk.attachments().read(Some(&scene.eva), png, None).await.unwrap());
        assert_eq!(opened().await, 4);
        let config = desk::DeskConfig { ledger_staff: true, ..bench.config.clone() };
        let watchful = desk::Desk::open(config).await.unwrap();
        drop(watchful.attachments().read(Some(&scene.eva), png, None).await.unwrap());
        assert_eq!(opened().await, 5);
    }

    async fn codes_of_callers_right_wrong_and_refused(bench) {
        let scene = Scene::new(&bench).await;
        let callers = bench.desk.callers();
        let code = callers.make(&scene.ana).await.unwrap().code.unwrap();
        callers.check(&scene.eva, code.digits()).await.unwrap();
        for number in 0..5 {
            callers.check(&scene.eva, CallerCode::from_random(number).digits()).await.unwrap_err();
        }
        assert!(matches!(callers.check(&scene.eva, code.digits()).await, Err(Error::TooManyAttempts { .. })));
        let found = scene.of(&bench, LedgerOf::Desk).await;
        let of_eva: Vec<_> = found.iter().filter(|entry| entry.actor_id == scene.eva.id).collect();
        assert_eq!(of_eva[0].data, LedgerData::CallerRefused);
        assert!(of_eva[1..6].iter().all(|entry| entry.data == LedgerData::CallerWrong));
        assert_eq!((&of_eva[6].data, of_eva[6].user_id), (&LedgerData::CallerChecked, Some(scene.id)));
        assert_eq!(scene.kinds(&bench).await.last(), Some(&LedgerKind::CallerChecked));
    }

    async fn drops_and_releases_are_in_it(bench) {
        let scene = Scene::new(&bench).await;
        let drop_scope = ScopeDraft { purpose: Purpose::Drop, label: "Photos".into(), ..scene.of_ticket() };
        let outsider = bench.let_in(&scene.ana, drop_scope, LoginKind::Api).await.actor;
        bench.desk.drops().add(&outsider, &mut form([file("b.png", PNG)])).await.unwrap();
        let timeline = bench.desk.tickets().timeline(&scene.eva, scene.ticket, Cursor::First, 50).await.unwrap();
        let dropped = timeline.items.iter().find(|event| event.kind() == domain::EventKind::FilesDropped).unwrap().id;
        bench.desk.drops().release(&scene.eva, scene.ticket, dropped).await.unwrap();
        let found = scene.of(&bench, LedgerOf::Ticket(scene.ticket)).await;
        assert_eq!(found[0].data, LedgerData::FilesReleased { count: 1 });
        assert_eq!(found[1].data, LedgerData::FilesDropped { label: "Photos".into(), count: 1 });
        assert_eq!((found[1].actor_id, &found[1].session), (None, &outsider.session));
    }

    async fn one_press_ends_a_whole_family(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let draft = |whom: &str| DelegationDraft { whom: whom.into(), can: None, ttl: Some(3600) };
        let ben = desk.delegations().make(&scene.ana, &draft("Ben")).await.unwrap();
        let ben = desk.pins().redeem(&ben.pin.to_string(), &client(3), LoginKind::Api).await.unwrap();
        let kim = desk.delegations().make(&scene.ana, &draft("Kim")).await.unwrap();
        let found = scene.of(&bench, LedgerOf::Customer(scene.id)).await;
        let pin = found.iter().find(|entry| entry.session == scene.ana.session && entry.data.kind() == LedgerKind::SessionBegan);
        let pin = pin.unwrap().pin.unwrap();
        assert!(found.iter().all(|entry| entry.is_alive || entry.pin.is_none()));
        assert!(is_forbidden(&desk.pins().end_family(&scene.ana, pin).await));
        assert_eq!(desk.pins().end_family(&scene.eva, domain::PinId(999)).await.unwrap_err(), Error::NotFound);
        let ended = desk.pins().end_family(&scene.eva, pin).await.unwrap();
        assert_eq!(ended, FamilyEnded { pins: 1, sessions: 2 });
        assert!(desk.sessions().authenticate(&ben.tokens.access).await.is_err());
        assert!(desk.pins().redeem(&kim.pin.to_string(), &client(3), LoginKind::Api).await.is_err());
        assert!(matches!(desk.pins().end_family(&scene.eva, pin).await, Err(Error::Conflict { .. })));
        let found = scene.of(&bench, LedgerOf::Customer(scene.id)).await;
        assert!(found.iter().all(|entry| !entry.is_alive));
        let reasons: Vec<_> = found.iter().take(3).rev().map(|entry| entry.data.clone()).collect();
        assert_eq!(
            reasons,
            [
                LedgerData::SessionEnded { reason: EndReason::ByStaff },
                LedgerData::PinRevoked { reason: EndReason::ParentEnded },
                LedgerData::SessionEnded { reason: EndReason::ParentEnded },
            ]
        );
        assert!(found.iter().take(3).all(|entry| entry.actor_id == scene.eva.id));
        // One that nobody used yet goes, too.
        let unused = desk.pins().issue(&scene.eva, NewPins::one(scene.id)).await.unwrap()[0].id;
        assert_eq!(desk.pins().end_family(&scene.eva, unused).await.unwrap(), FamilyEnded { pins: 1, sessions: 0 });
    }

    async fn a_copy_that_was_used_is_told_until_a_new_pin_is_issued(bench) {
        let scene = Scene::new(&bench).await;
        let (desk, ledger) = (&bench.desk, bench.desk.ledger());
        assert_eq!(ledger.alarm(&scene.eva, scene.ticket).await.unwrap(), None);
        let stolen = bench.let_in(&scene.ana, scene.of_ticket(), LoginKind::Browser).await;
        let first = desk.sessions().renew(&stolen.tokens.refresh).await.unwrap();
        let second = desk.sessions().renew(&first.tokens.refresh).await.unwrap();
        assert!(desk.sessions().renew(&stolen.tokens.refresh).await.is_err());
        assert!(desk.sessions().authenticate(&second.tokens.access).await.is_err(), "both have ended");
        let alarm = ledger.alarm(&scene.eva, scene.ticket).await.unwrap().unwrap();
        assert_eq!((alarm.name.as_str(), alarm.ticket, alarm.user_id), ("ana", Some(scene.ticket), scene.id));
        assert!(is_forbidden(&ledger.alarm(&scene.ana, scene.ticket).await));
        let other = desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
        assert_eq!(ledger.alarm(&scene.eva, other).await.unwrap(), None, "it saw nothing of that one");
        bench.pin(&scene.ana).await;
        assert!(ledger.alarm(&scene.eva, scene.ticket).await.unwrap().is_some(), "that one is for something else");
        bench.pin_for(&scene.ana, scene.of_ticket()).await;
        assert_eq!(ledger.alarm(&scene.eva, scene.ticket).await.unwrap(), None);
    }

    async fn it_is_read_by_staff_and_taking_it_out_is_an_entry(bench) {
        let scene = Scene::new(&bench).await;
        let ledger = bench.desk.ledger();
        let narrow = bench.let_in(&scene.ana, scene.of_ticket(), LoginKind::Api).await.actor;
        for of in [LedgerOf::Ticket(scene.ticket), LedgerOf::Customer(scene.id), LedgerOf::Desk] {
            for other in [&scene.ana, &narrow] {
                assert!(is_forbidden(&ledger.list(other, of, Cursor::First, 5).await));
                assert!(is_forbidden(&ledger.export(other, of, ExportFormat::Csv, Cursor::First, 5).await));
            }
        }
        assert!(is_forbidden(&ledger.list(&scene.eva, LedgerOf::Desk, Cursor::First, 5).await));
        for none in [LedgerOf::Ticket(TicketId(99)), LedgerOf::Customer(UserId(99)), LedgerOf::Customer(scene.eva.id.unwrap())] {
            assert_eq!(ledger.list(&scene.eva, none, Cursor::First, 5).await.unwrap_err(), Error::NotFound);
        }
        let of = LedgerOf::Customer(scene.id);
        // Page by page it is all of it, each once.
        let all: Vec<i64> = scene.of(&bench, of).await.iter().map(|entry| entry.number).collect();
        let (mut read, mut cursor) = (Vec::new(), Cursor::First);
        loop {
            let page = ledger.list(&scene.eva, of, cursor, 2).await.unwrap();
            read.extend(page.items.iter().map(|entry| entry.number));
            let Some(older) = page.older else { break };
            cursor = Cursor::Before(older);
        }
        assert_eq!(read, all);
        let eva = bench.log_in_staff(&scene.eva).await.actor;
        ledger.export(&eva, of, ExportFormat::Csv, Cursor::First, 2).await.unwrap();
        for _ in 0..2 {
            ledger.read(&eva, of, Cursor::First, 500).await.unwrap();
        }
        let whole = ledger.export(&eva, of, ExportFormat::Csv, Cursor::First, 1000).await.unwrap().items;
        assert_eq!(whole.len(), all.len() + 2);
        let found = scene.of(&bench, of).await;
        let taken: Vec<_> = found.iter().filter_map(|entry| match entry.data {
            LedgerData::Exported { format, .. } => Some((format, entry.actor_id)),
            _ => None,
        }).collect();
        let by = |format| (format, eva.id);
        assert_eq!(taken, [by(ExportFormat::Csv), by(ExportFormat::Json), by(ExportFormat::Csv)]);
    }

    async fn addresses_are_cut_and_the_chain_holds(bench) {
        let scene = Scene::new(&bench).await;
        bench.advance(31 * DAY);
        bench.log_in(&scene.ana, LoginKind::Api).await;
        bench.desk.upkeep().await.unwrap();
        let found = scene.of(&bench, LedgerOf::Customer(scene.id)).await;
        let of = |kind: LedgerKind| found.iter().filter(move |entry| entry.data.kind() == kind).map(|entry| entry.address.clone());
        let began: Vec<_> = of(LedgerKind::SessionBegan).collect();
        assert_eq!(began, [Some("192.0.2.9".into()), Some("192.0.2.0/24".into())]);
        let connection = bench.connection().await;
        let kept = "SELECT client FROM sessions WHERE client = '192.0.2.9'";
        let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), kept)).await.unwrap();
        assert_eq!(rows.len(), 1, "of sessions, too");
        assert!(faults(&bench).await.is_empty());
    }

    async fn what_is_old_goes_and_the_chain_holds(bench) {
        let scene = Scene::new(&bench).await;
        bench.advance(729 * DAY);
        bench.desk.upkeep().await.unwrap();
        let first = |found: Vec<LedgerEntry>| found.last().unwrap().number;
        assert_eq!(first(scene.of(&bench, LedgerOf::Desk).await), 1, "nothing goes before its time");
        bench.pin(&scene.ana).await;
        bench.advance(2 * DAY);
        for _ in 0..2 {
            bench.desk.upkeep().await.unwrap();
        }
        let found = scene.of(&bench, LedgerOf::Desk).await;
        assert!(found.iter().all(|entry| entry.data.kind() != LedgerKind::SessionBegan));
        assert!(found.iter().any(|entry| entry.data.kind() == LedgerKind::PinIssued));
        assert!(first(found) > 1);
        assert!(faults(&bench).await.is_empty());
        // Whoever removes one more is found all the same.
        bench.execute("DELETE FROM ledger WHERE number = (SELECT MIN(number) FROM ledger)").await;
        assert_eq!(faults(&bench).await.len(), 1);
    }

    async fn what_is_changed_removed_or_added_is_found(bench) {
        let scene = Scene::new(&bench).await;
        for _ in 0..4 {
            bench.log_in(&scene.ana, LoginKind::Api).await;
        }
        assert!(faults(&bench).await.is_empty());
        let last = scene.of(&bench, LedgerOf::Desk).await[0].number;
        let connection = bench.connection().await;
        connection.execute_unprepared("CREATE TEMPORARY TABLE copy AS SELECT * FROM ledger").await.unwrap();
        connection.execute_unprepared("CREATE TEMPORARY TABLE copy_head AS SELECT * FROM ledger_head").await.unwrap();
        let columns = ["at = at + 1", "kind = 'pin_shown'", "data = '{}'", "user_id = 7", "ticket_id = 7", "actor_id = 7", "via = 'Eve'",
            "pin_id = 77", "sid = 'another'", "network = '198.51.100.0/24'", "client = '198.51.100.1'", "once = 'again'", "hash = 'none'"];
        let mut deeds: Vec<String> = Vec::new();
        for (place, column) in columns.iter().enumerate() {
            deeds.push(format!("UPDATE ledger SET {column} WHERE number = {}", 1 + place as i64 % last));
        }
        for number in [1, last / 2, last] {
            deeds.push(format!("DELETE FROM ledger WHERE number = {number}"));
        }
        deeds.push(format!("DELETE FROM ledger WHERE number > {}", last - 3));
        deeds.push("DELETE FROM ledger".into());
        deeds.push("DELETE FROM ledger_head".into());
        deeds.push("UPDATE ledger_head SET removed_number = 1".into());
        let copied = "at, kind, data, user_id, ticket_id, actor_id, via, pin_id, sid, network, client, hash";
        for number in [0, last + 1] {
            deeds.push(format!("INSERT INTO ledger (number, {copied}) SELECT {number}, {copied} FROM copy WHERE number = 2"));
        }
        deeds.push(format!("UPDATE ledger SET number = {} WHERE number = 3", last + 1));
        for deed in deeds {
            connection.execute_unprepared(&deed).await.unwrap();
            assert_eq!(faults(&bench).await.len(), 1, "{deed}");
            for table in ["ledger", "ledger_head"] {
                connection.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
            }
            connection.execute_unprepared("INSERT INTO ledger SELECT * FROM copy").await.unwrap();
            connection.execute_unprepared("INSERT INTO ledger_head SELECT * FROM copy_head").await.unwrap();
        }
        assert!(faults(&bench).await.is_empty());
    }

    async fn many_who_write_at_once_make_one_chain(bench) {
        let scene = Scene::new(&bench).await;
        let other = bench.another().await;
        let pins = bench.pins(&scene.ana, 8).await;
        let redeem = |(place, pin): (usize, String)| {
            let desk = if place % 2 == 0 { bench.desk.clone() } else { other.clone() };
            async move { desk.pins().redeem(&pin, &client(9), LoginKind::Api).await.unwrap() }
        };
        futures::future::join_all(pins.into_iter().enumerate().map(redeem)).await;
        let numbers: Vec<i64> = scene.of(&bench, LedgerOf::Desk).await.iter().rev().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
        assert!(faults(&bench).await.is_empty());
    }

    async fn what_is_refused_leaves_no_entry(bench) {
        let scene = Scene::new(&bench).await;
        let before = scene.of(&bench, LedgerOf::Desk).await.len();
        assert!(bench.desk.pins().redeem("SUP-0000-0000", &client(1), LoginKind::Api).await.is_err());
        let gone = ScopeDraft { ticket: Some(TicketId(99)), ..ScopeDraft::default() };
        assert!(bench.desk.pins().issue(&scene.eva, NewPins { scope: gone, ..NewPins::one(scene.id) }).await.is_err());
        assert_eq!(scene.of(&bench, LedgerOf::Desk).await.len(), before);
    }
}
