//! What goes after a while: nothing without a list that an admin acknowledged, and of that exactly what nobody touched.

use std::collections::{BTreeMap, HashSet};

use desk::CustomerChange;
use domain::{
    Actor, AuditFilter, AuditGroup, Cursor, Error, LedgerData, LoginKind, RetentionItem, RetentionList,
    RetentionListId, RetentionOf, RetentionOutcome, Role, Status, TicketChange, TicketId, UserId,
};

use crate::support::{Bench, PNG, fields_of, file, form, on_both_databases, text, ticket, until};

const DAY: i64 = 24 * 3600;

struct Scene {
    ana: Actor,
    eva: Actor,
    mia: Actor,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let (customer, eva) = (bench.customer("ana").await, bench.staff("eva", Role::Agent).await);
        let ana = bench.log_in(&customer, LoginKind::Browser).await.actor;
        Self { ana, eva, mia: bench.staff("mia", Role::Admin).await }
    }

    /// A ticket with a file, in a status.
    async fn ticket(&self, bench: &Bench, status: Status) -> TicketId {
        // However long ago she logged in.
        let ana = Actor { session: None, ..self.ana.clone() };
        let opened = bench.desk.tickets().open(&ana, &mut ticket([file("his.png", PNG)])).await.unwrap();
        self.set(bench, opened.id, status).await;
        opened.id
    }

    async fn set(&self, bench: &Bench, ticket: TicketId, status: Status) {
        let change = TicketChange { status: Some(status), ..TicketChange::default() };
        bench.desk.tickets().update(&self.eva, ticket, &change).await.unwrap();
    }

    async fn rule(&self, bench: &Bench, of: RetentionOf, days: Option<u32>) {
        bench.desk.retention().set(&self.mia, &BTreeMap::from([(of, days)])).await.unwrap();
    }

    async fn open(&self, bench: &Bench) -> Vec<RetentionList> {
        bench.desk.retention().state(&self.mia).await.unwrap().open
    }

    /// The one list that waits.
    async fn waiting(&self, bench: &Bench) -> RetentionList {
        let [list] = self.open(bench).await.try_into().unwrap();
        list
    }

    async fn items(&self, bench: &Bench, id: RetentionListId) -> (RetentionList, Vec<RetentionItem>) {
        let (list, items) = bench.desk.retention().list(&self.mia, id, Cursor::First, 50).await.unwrap();
        (list, items.items)
    }

    /// Acknowledges a list, and waits until it is done.
    async fn acknowledge(&self, bench: &Bench, list: &RetentionList) -> RetentionList {
        bench.desk.retention().acknowledge(&self.mia, list.id, &list.items.to_string()).await.unwrap();
        until("the list is done", async || self.items(bench, list.id).await.0.done_at.is_some()).await;
        self.items(bench, list.id).await.0
    }

    async fn is_there(&self, bench: &Bench, ticket: TicketId) -> bool {
        bench.desk.tickets().get(&self.eva, ticket).await.is_ok()
    }
}

fn numbers(items: &[RetentionItem], outcome: RetentionOutcome) -> Vec<i64> {
    items.iter().filter(|item| item.outcome == Some(outcome)).map(|item| item.number).collect()
}

on_both_databases! {
    async fn nothing_goes_without_a_rule_nor_without_an_acknowledgement(bench) {
        let scene = Scene::new(&bench).await;
        let closed = scene.ticket(&bench, Status::Closed).await;
        bench.advance(400 * DAY);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(scene.open(&bench).await, []);
        scene.rule(&bench, RetentionOf::ClosedTickets, Some(365)).await;
        let list = scene.waiting(&bench).await;
        assert_eq!((list.items, list.bytes, list.acknowledged_at), (1, PNG.len() as u64, None));
        bench.advance(400 * DAY);
        bench.desk.upkeep().await.unwrap();
        assert!(scene.is_there(&bench, closed).await);
        // The overview and the doctor say that it waits.
        let concerns = bench.desk.concerns(&scene.mia).await.unwrap();
        assert!(concerns.iter().any(|concern| concern.check == "retention"), "{concerns:?}");
        let findings = desk::examine(&bench.config, 7, false).await;
        assert!(findings.iter().any(|finding| finding.check == "retention"), "{findings:?}");
        scene.rule(&bench, RetentionOf::ClosedTickets, None).await;
        assert_eq!(scene.open(&bench).await, []);
    }

    async fn what_is_on_the_list_goes_and_what_is_not_stays(bench) {
        let scene = Scene::new(&bench).await;
        let old = scene.ticket(&bench, Status::Closed).await;
        let resolved = scene.ticket(&bench, Status::Resolved).await;
        let waits = scene.ticket(&bench, Status::InProgress).await;
        bench.advance(40 * DAY);
        let young = scene.ticket(&bench, Status::Closed).await;
        scene.rule(&bench, RetentionOf::ClosedTickets, Some(30)).await;
        let list = scene.waiting(&bench).await;
        let (_, items) = scene.items(&bench, list.id).await;
        assert_eq!(items.iter().map(|item| item.number).collect::<Vec<_>>(), [old.0]);
        assert!(items[0].name.is_some() && items[0].bytes == PNG.len() as u64);
        let documents = bench.documents().await;
        let done = scene.acknowledge(&bench, &list).await;
        assert_eq!((done.gone, done.stayed, done.acknowledged_by.as_deref()), (1, 0, Some("mia")));
        for (ticket, is_there) in [(old, false), (resolved, true), (waits, true), (young, true)] {
            assert_eq!(scene.is_there(&bench, ticket).await, is_there, "{ticket}");
        }
        assert_eq!(bench.documents().await, documents - 1);
        // Its files are in the trash, and nothing is left without a row.
        let trash = bench.folder.path().join("trash/tickets").join(old.to_string());
        assert_eq!(std::fs::read_dir(trash).unwrap().count(), 1);
        assert_eq!(bench.files().len(), 3);
        let connection = bench.connection().await;
        let sql = format!("SELECT COUNT(*) FROM events WHERE ticket_id = {old} AND kind <> 'ticket_withdrawn'");
        let left = sea_orm::ConnectionTrait::query_one_raw(
            &connection,
            sea_orm::Statement::from_string(sea_orm::ConnectionTrait::get_database_backend(&connection), sql),
        );
        assert_eq!(left.await.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(), 0);
        // The other rule is one of its own.
        scene.rule(&bench, RetentionOf::ResolvedTickets, Some(30)).await;
        let list = scene.waiting(&bench).await;
        assert_eq!((list.of, scene.items(&bench, list.id).await.1[0].number), (RetentionOf::ResolvedTickets, resolved.0));
    }

    async fn a_ticket_that_was_touched_since_stays(bench) {
        let scene = Scene::new(&bench).await;
        let mut closed = Vec::new();
        for _ in 0..5 {
            closed.push(scene.ticket(&bench, Status::Closed).await);
        }
        bench.advance(40 * DAY);
        scene.rule(&bench, RetentionOf::ClosedTickets, Some(30)).await;
        let list = scene.waiting(&bench).await;
        assert_eq!(list.items, 5);
        let [noted, reopened, again, kept, untouched] = closed.try_into().unwrap();
        bench.desk.tickets().note(&scene.eva, noted, &mut form([text("body", "Look at this.")])).await.unwrap();
        scene.set(&bench, reopened, Status::InProgress).await;
        scene.set(&bench, again, Status::InProgress).await;
        scene.set(&bench, again, Status::Closed).await;
        bench.desk.tickets().keep(&scene.eva, kept, "A dispute").await.unwrap();
        let done = scene.acknowledge(&bench, &list).await;
        assert_eq!((done.gone, done.stayed), (1, 4));
        let (_, items) = scene.items(&bench, list.id).await;
        assert_eq!(numbers(&items, RetentionOutcome::Gone), [untouched.0]);
        for ticket in [noted, reopened, again, kept] {
            assert!(scene.is_there(&bench, ticket).await, "{ticket}");
        }
    }

    async fn a_kept_ticket_is_on_no_list_and_nobody_deletes_it(bench) {
        let scene = Scene::new(&bench).await;
        let tickets = || bench.desk.tickets();
        let opened = tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
        assert_eq!(fields_of(tickets().keep(&scene.eva, opened, " ").await.unwrap_err()), ["why"]);
        tickets().keep(&scene.eva, opened, "A dispute.").await.unwrap();
        assert!(matches!(tickets().keep(&scene.mia, opened, "Twice").await, Err(Error::Conflict { .. })));
        let hold = tickets().hold(&scene.eva, opened).await.unwrap().unwrap();
        assert_eq!((hold.why.as_str(), hold.by_name.as_deref()), ("A dispute.", Some("eva")));
        // Its customer cannot withdraw it any more, and learns nothing of why.
        let Err(Error::Conflict { message }) = tickets().delete(&scene.ana, opened).await else { panic!("it is gone") };
        assert!(!message.contains("dispute"), "{message}");
        let Err(Error::Conflict { message }) = tickets().delete(&scene.mia, opened).await else { panic!("it is gone") };
        assert_eq!(message, format!("Ticket #{opened} is kept, and stays: A dispute. An admin lets it go on its page first."));
        let ana = scene.ana.id.unwrap();
        assert!(matches!(bench.desk.users().erase(&scene.mia, ana).await, Err(Error::Conflict { .. })));
        assert!(bench.desk.users().customer(&scene.mia, ana).await.unwrap().is_active, "nothing was done");
        scene.set(&bench, opened, Status::Closed).await;
        bench.advance(40 * DAY);
        scene.rule(&bench, RetentionOf::ClosedTickets, Some(30)).await;
        assert_eq!(scene.open(&bench).await, []);
        assert_eq!(bench.desk.retention().state(&scene.mia).await.unwrap().kept, 1);
        // What is taken out for its customer says nothing of it, either.
        let export = bench.desk.users().take_out(&scene.mia, ana).await.unwrap();
        let entries: Vec<_> = futures::TryStreamExt::try_collect(export.ledger()).await.unwrap();
        let kinds: Vec<_> = entries.concat().iter().map(|entry| entry.data.kind().as_str()).collect();
        assert!(!kinds.contains(&"ticket_kept") && kinds.contains(&"pin_redeemed"), "{kinds:?}");
        assert!(matches!(tickets().let_go(&scene.eva, opened).await, Err(Error::Forbidden { .. })));
        tickets().let_go(&scene.mia, opened).await.unwrap();
        assert_eq!(tickets().hold(&scene.eva, opened).await.unwrap(), None);
        bench.desk.retention().look(&scene.mia).await.unwrap();
        assert_eq!(scene.waiting(&bench).await.items, 1);
        tickets().delete(&scene.mia, opened).await.unwrap();
        let done = scene.acknowledge(&bench, &scene.waiting(&bench).await).await;
        assert_eq!((done.gone, done.stayed), (0, 1), "somebody else deleted it");
    }

    async fn all_of_it_is_in_the_audit(bench) {
        let scene = Scene::new(&bench).await;
        let closed = scene.ticket(&bench, Status::Closed).await;
        let kept = scene.ticket(&bench, Status::Closed).await;
        bench.desk.tickets().keep(&scene.eva, kept, "A dispute").await.unwrap();
        bench.desk.tickets().let_go(&scene.mia, kept).await.unwrap();
        bench.desk.tickets().delete(&scene.mia, kept).await.unwrap();
        bench.advance(40 * DAY);
        scene.rule(&bench, RetentionOf::ClosedTickets, Some(30)).await;
        let list = scene.waiting(&bench).await;
        scene.acknowledge(&bench, &list).await;
        let filter = AuditFilter { group: Some(AuditGroup::Retention), ..AuditFilter::default() };
        let audit = bench.desk.audit().list(&scene.mia, &filter, Cursor::First, 50).await.unwrap().items;
        let told: Vec<_> = audit.iter().rev().map(|entry| entry.sentence(ToOwned::to_owned)).collect();
        let list = list.id;
        assert_eq!(told, [
            format!("eva said that ticket #{kept} is kept, whatever rules say: A dispute"),
            format!("mia said that ticket #{kept} need not be kept any more."),
            format!("mia deleted ticket #{kept} with 1 file."),
            "mia changed what goes after a while: closed tickets from never to after 30 days.".to_owned(),
            format!("mia acknowledged list {list} of what goes after a while: 1 closed ticket."),
            format!("mia deleted ticket #{closed} with 1 file. It was on list {list} of what goes after a while."),
            format!("List {list} of what goes after a while is done: 1 closed ticket gone, 0 stayed."),
        ]);
        // The same rule once more is no change.
        scene.rule(&bench, RetentionOf::ClosedTickets, Some(30)).await;
        let audit = bench.desk.audit().list(&scene.mia, &filter, Cursor::First, 50).await.unwrap().items;
        assert_eq!(audit.len(), 7);
    }

    async fn a_run_that_broke_off_goes_on(bench) {
        let scene = Scene::new(&bench).await;
        for _ in 0..3 {
            scene.ticket(&bench, Status::Closed).await;
        }
        bench.advance(40 * DAY);
        scene.rule(&bench, RetentionOf::ClosedTickets, Some(30)).await;
        let list = scene.waiting(&bench).await;
        let (_, items) = scene.items(&bench, list.id).await;
        // As a process leaves it that was ended after the first.
        let (mia, first) = (scene.mia.id.unwrap(), items[2].number);
        bench.execute(&format!("UPDATE retention_lists SET acknowledged_at = 1, acknowledged_by = {mia}")).await;
        bench.execute(&format!("UPDATE retention_items SET outcome = 'gone' WHERE number = {first}")).await;
        bench.execute(&format!("DELETE FROM tickets WHERE id = {first}")).await;
        bench.desk.upkeep().await.unwrap();
        let (list, items) = scene.items(&bench, list.id).await;
        assert_eq!((list.gone, list.stayed, list.done_at.is_some()), (3, 0, true), "{items:?}");
        // The file of the first is what a crash leaves, which the sweep takes in its time.
        assert_eq!(bench.files().len(), 1);
        bench.desk.upkeep().await.unwrap();
        let done = bench.desk.audit().list(&scene.mia, &AuditFilter::default(), Cursor::First, 50).await.unwrap().items;
        let done = done.iter().filter(|entry| matches!(entry.data, LedgerData::RetentionDone { .. })).count();
        assert_eq!(done, 1);
    }

    async fn two_processes_do_it_once(bench) {
        let scene = Scene::new(&bench).await;
        for _ in 0..6 {
            scene.ticket(&bench, Status::Closed).await;
        }
        bench.advance(40 * DAY);
        scene.rule(&bench, RetentionOf::ClosedTickets, Some(30)).await;
        let list = scene.waiting(&bench).await;
        let mia = scene.mia.id.unwrap();
        bench.execute(&format!("UPDATE retention_lists SET acknowledged_at = 1, acknowledged_by = {mia}")).await;
        let another = bench.another().await;
        let (one, other) = tokio::join!(bench.desk.upkeep(), another.upkeep());
        one.unwrap();
        other.unwrap();
        let (list, _) = scene.items(&bench, list.id).await;
        assert_eq!((list.gone, list.stayed, list.done_at.is_some()), (6, 0, true));
        let audit = bench.desk.audit().list(&scene.mia, &AuditFilter::default(), Cursor::First, 50).await.unwrap().items;
        let count = |of: fn(&LedgerData) -> bool| audit.iter().filter(|entry| of(&entry.data)).count();
        assert_eq!(count(|data| matches!(data, LedgerData::TicketDeleted { .. })), 6);
        assert_eq!(count(|data| matches!(data, LedgerData::RetentionDone { .. })), 1);
    }

    async fn customers_with_nothing_left_go_and_others_stay(bench) {
        let scene = Scene::new(&bench).await;
        scene.ticket(&bench, Status::Closed).await;
        let idle = bench.customer("idle").await;
        let (can_come, comes_back) = (bench.customer("can.come").await, bench.customer("comes.back").await);
        let changed = bench.customer("changed").await;
        bench.advance(400 * DAY);
        bench.pin(&can_come).await;
        let young = bench.customer("young").await;
        scene.rule(&bench, RetentionOf::IdleCustomers, Some(365)).await;
        let list = scene.waiting(&bench).await;
        let (_, items) = scene.items(&bench, list.id).await;
        let on_it: Vec<_> = items.iter().map(|item| UserId(item.number)).collect();
        let these = [&comes_back, &changed, &idle].map(|who| who.id.unwrap());
        assert_eq!(on_it.iter().collect::<HashSet<_>>(), these.iter().collect(), "nobody with a ticket, a PIN or a fresh account");
        bench.log_in(&comes_back, LoginKind::Api).await;
        let new_name = CustomerChange { name: Some("Somebody".to_owned()), ..CustomerChange::default() };
        bench.desk.users().change_customer(&scene.mia, changed.id.unwrap(), new_name).await.unwrap();
        let done = scene.acknowledge(&bench, &list).await;
        assert_eq!((done.gone, done.stayed), (1, 2));
        for (who, is_there) in [(&idle, false), (&changed, true), (&comes_back, true), (&can_come, true), (&young, true), (&scene.ana, true)] {
            assert_eq!(bench.desk.users().customer(&scene.mia, who.id.unwrap()).await.is_ok(), is_there, "{}", who.username);
        }
    }

    async fn records_of_pins_go_but_for_what_they_prove(bench) {
        let scene = Scene::new(&bench).await;
        let on = bench.desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
        let draft = domain::ApprovalDraft { text: "Two doors".into(), ..domain::ApprovalDraft::default() };
        let asked = bench.desk.approvals().ask(&scene.eva, on, &draft).await.unwrap();
        bench.pin(&scene.ana).await;
        bench.advance(40 * DAY);
        bench.pin(&scene.ana).await;
        scene.rule(&bench, RetentionOf::SpentPins, Some(30)).await;
        let list = scene.waiting(&bench).await;
        let (_, items) = scene.items(&bench, list.id).await;
        assert_eq!(items.len(), 2, "the one of the log-in and the one that nobody used");
        assert!(items.iter().all(|item| item.number != asked.approval.pin.0));
        let done = scene.acknowledge(&bench, &list).await;
        assert_eq!((done.gone, done.stayed), (2, 0));
        let left = bench.desk.pins().list(&scene.mia, None, scene.ana.id, Cursor::First, 50).await.unwrap().items;
        assert_eq!(left.len(), 2);
    }

    async fn admins_alone_do_it_in_person_and_know_the_number(bench) {
        let scene = Scene::new(&bench).await;
        scene.ticket(&bench, Status::Closed).await;
        bench.advance(40 * DAY);
        scene.rule(&bench, RetentionOf::ClosedTickets, Some(30)).await;
        let list = scene.waiting(&bench).await;
        let retention = bench.desk.retention();
        let rules = BTreeMap::from([(RetentionOf::ClosedTickets, None)]);
        for refused in [&scene.eva, &scene.ana] {
            assert!(matches!(retention.state(refused).await, Err(Error::Forbidden { .. })));
            assert!(matches!(retention.set(refused, &rules).await, Err(Error::Forbidden { .. })));
            assert!(matches!(retention.look(refused).await, Err(Error::Forbidden { .. })));
            assert!(matches!(retention.list(refused, list.id, Cursor::First, 9).await, Err(Error::Forbidden { .. })));
            assert!(matches!(retention.acknowledge(refused, list.id, "1").await, Err(Error::Forbidden { .. })));
        }
        let token = domain::ByToken { id: domain::TokenId(1), is_read_only: false };
        let program = Actor { token: Some(token), session: None, ..scene.mia.clone() };
        assert!(matches!(retention.acknowledge(&program, list.id, "1").await, Err(Error::Forbidden { .. })));
        assert!(matches!(retention.set(&program, &rules).await, Err(Error::Forbidden { .. })));
        for customers_try in [bench.desk.tickets().keep(&scene.ana, TicketId(1), "Mine").await, bench.desk.tickets().let_go(&scene.ana, TicketId(1)).await] {
            assert!(matches!(customers_try, Err(Error::Forbidden { .. })));
        }
        assert_eq!(bench.desk.tickets().keep(&scene.eva, TicketId(4711), "Gone").await.unwrap_err(), Error::NotFound);
        for typed in ["", "2", "all"] {
            assert_eq!(fields_of(retention.acknowledge(&scene.mia, list.id, typed).await.unwrap_err()), ["items"]);
        }
        assert_eq!(retention.acknowledge(&scene.mia, RetentionListId(4711), "1").await.unwrap_err(), Error::NotFound);
        // A list in whose place there is a newer one is none.
        retention.look(&scene.mia).await.unwrap();
        assert_eq!(retention.acknowledge(&scene.mia, list.id, "1").await.unwrap_err(), Error::NotFound);
        let list = scene.waiting(&bench).await;
        scene.acknowledge(&bench, &list).await;
        assert!(matches!(retention.acknowledge(&scene.mia, list.id, "1").await, Err(Error::Conflict { .. })));
    }
}
