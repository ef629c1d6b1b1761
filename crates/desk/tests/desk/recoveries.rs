//! Somebody lost their access: what anybody may ask, and what staff must do before they issue a PIN.

use desk::ClientAddress;
use domain::{
    Actor, CallerDeed, Cursor, Error, LedgerKind, LedgerOf, LoginKind, RecoveryAnswer, RecoveryCheck, RecoveryDraft,
    RecoveryId, RecoveryState, Role,
};

use crate::support::{Bench, client, fields_of, on_both_databases};

struct Scene {
    ana: Actor,
    eva: Actor,
    bob: Actor,
    admin: Actor,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let ana = bench.customer("ana").await;
        let eva = bench.staff("eva", Role::Agent).await;
        let (bob, admin) = (bench.staff("bob", Role::Agent).await, bench.staff("adam", Role::Admin).await);
        Self { ana, eva: bench.log_in_staff(&eva).await.actor, bob: bench.log_in_staff(&bob).await.actor, admin }
    }

    fn is_ana(&self, checked: RecoveryCheck, ends_sessions: bool) -> RecoveryAnswer {
        RecoveryAnswer { customer: self.ana.id.unwrap(), checked, how: "At her old number.".into(), ends_sessions }
    }
}

fn draft(name: &str) -> RecoveryDraft {
    RecoveryDraft { name: name.into(), callback: "+34 600".into() }
}

async fn asked(bench: &Bench, from: &ClientAddress) -> RecoveryId {
    bench.desk.recoveries().ask(from, &draft("Ana Ruiz")).await.unwrap();
    bench.desk.recoveries().list(&Actor::command_line()).await.unwrap().0.last().unwrap().id
}

async fn kinds(bench: &Bench) -> Vec<LedgerKind> {
    let found = bench.desk.ledger().list(&Actor::command_line(), LedgerOf::Desk, Cursor::First, 500).await.unwrap();
    found
        .items
        .iter()
        .map(|entry| entry.data.kind())
        .filter(|kind| kind.as_str().starts_with("recovery"))
        .rev()
        .collect()
}

on_both_databases! {
    async fn whoever_asks_gets_one_answer_and_few_are_kept(bench) {
        let scene = Scene::new(&bench).await;
        let recoveries = bench.desk.recoveries();
        let waiting = async || recoveries.waiting(&scene.eva).await.unwrap();
        for _ in 0..5 {
            recoveries.ask(&client(1), &draft("Ana Ruiz")).await.unwrap();
        }
        assert_eq!(waiting().await, 3, "of one address");
        for last in 10..40 {
            recoveries.ask(&client(last), &draft("Somebody")).await.unwrap();
        }
        assert_eq!(waiting().await, 20, "of one network");
        for (field, wrong) in [("name", RecoveryDraft { name: String::new(), ..draft("") }), ("callback", RecoveryDraft { callback: " ".into(), ..draft("Ana") })] {
            assert_eq!(fields_of(recoveries.ask(&client(1), &wrong).await.unwrap_err()), [field]);
        }
        for third in 0..200u8 {
            recoveries.ask(&ClientAddress::of([198, 51, third, 1].into()), &draft("Somebody")).await.unwrap();
        }
        assert_eq!(waiting().await, 200, "at all");
        // A day later the addresses are gone, and they may ask again.
        bench.advance(24 * 3600 + 1);
        bench.desk.upkeep().await.unwrap();
        bench.execute("DELETE FROM recoveries WHERE client IS NOT NULL OR network IS NOT NULL").await;
        assert_eq!(waiting().await, 200, "no address is kept");
        let first = recoveries.list(&scene.eva).await.unwrap().0[0].id;
        recoveries.dismiss(&scene.eva, first, "Not known here.").await.unwrap();
        recoveries.ask(&client(1), &draft("Ana Ruiz")).await.unwrap();
        assert_eq!(waiting().await, 200);
    }

    async fn staff_say_how_they_made_sure_and_issue_a_pin(bench) {
        let scene = Scene::new(&bench).await;
        let recoveries = bench.desk.recoveries();
        let before = bench.pin(&scene.ana).await;
        let old = bench.pin_for(&scene.ana, domain::ScopeDraft { label: "old".into(), ..domain::ScopeDraft::default() }).await;
        let old = bench.desk.pins().redeem(&old, &client(9), LoginKind::Browser).await.unwrap();
        let is_in = async || bench.desk.sessions().known_by(&old.tokens.refresh).await.is_ok();
        for ends in [false, true] {
            let id = asked(&bench, &client(1)).await;
            let blank = RecoveryAnswer { how: " ".into(), ..scene.is_ana(RecoveryCheck::CalledBack, ends) };
            assert_eq!(fields_of(recoveries.answer(&scene.eva, id, &blank).await.unwrap_err()), ["how"]);
            let pin = recoveries.answer(&scene.eva, id, &scene.is_ana(RecoveryCheck::CalledBack, ends)).await.unwrap().unwrap();
            assert_eq!(recoveries.answer(&scene.eva, id, &scene.is_ana(RecoveryCheck::InPerson, ends)).await.unwrap_err(), Error::NotFound);
            assert!(bench.desk.pins().show_once(&scene.bob, pin).await.unwrap().is_none(), "it waits for who issued it");
            let shown = bench.desk.pins().show_once(&scene.eva, pin).await.unwrap().unwrap();
            assert_eq!(is_in().await, !ends);
            assert!(bench.desk.pins().redeem(&before, &client(9), LoginKind::Api).await.is_err(), "the unused one is void");
            assert!(bench.desk.pins().redeem(&shown.pin.to_string(), &client(9), LoginKind::Api).await.is_ok());
            let done = recoveries.list(&scene.eva).await.unwrap().1.remove(0);
            assert_eq!(done.state, RecoveryState::Issued(pin));
            assert_eq!(done.checked, Some((RecoveryCheck::CalledBack, "At her old number.".to_owned())));
        }
        let of_one = [LedgerKind::RecoveryAsked, LedgerKind::RecoveryAnswered, LedgerKind::RecoveryIssued];
        assert_eq!(kinds(&bench).await, [of_one, of_one].concat());
    }

    async fn for_a_sensitive_customer_it_takes_two(bench) {
        let scene = Scene::new(&bench).await;
        let recoveries = bench.desk.recoveries();
        let ana = scene.ana.id.unwrap();
        for not_admin in [&scene.ana, &scene.eva] {
            assert!(matches!(recoveries.set_sensitive(not_admin, ana, true).await, Err(Error::Forbidden { .. })));
        }
        assert_eq!(recoveries.set_sensitive(&scene.admin, scene.eva.id.unwrap(), true).await.unwrap_err(), Error::NotFound);
        recoveries.set_sensitive(&scene.admin, ana, true).await.unwrap();
        assert!(recoveries.is_sensitive(&scene.eva, ana).await.unwrap());
        let id = asked(&bench, &client(1)).await;
        let said = async || recoveries.list(&scene.bob).await.unwrap().0[0].prepared_at.unwrap_or(bench.desk.now());
        assert!(matches!(recoveries.confirm(&scene.bob, id, said().await).await, Err(Error::Conflict { .. })), "nobody said who it is");
        let answer = scene.is_ana(RecoveryCheck::InPerson, false);
        assert_eq!(recoveries.answer(&scene.eva, id, &answer).await.unwrap(), None);
        assert!(matches!(recoveries.issue(&scene.eva, id).await, Err(Error::Conflict { .. })));
        assert!(matches!(recoveries.confirm(&scene.eva, id, said().await).await, Err(Error::Forbidden { .. })), "never the same one");
        let read = said().await;
        recoveries.confirm(&scene.bob, id, read).await.unwrap();
        assert!(matches!(recoveries.issue(&scene.bob, id).await, Err(Error::Forbidden { .. })), "nor at the end");
        // What is said anew must be confirmed anew, by who read it.
        bench.advance(1);
        assert_eq!(recoveries.answer(&scene.eva, id, &answer).await.unwrap(), None);
        assert!(matches!(recoveries.issue(&scene.eva, id).await, Err(Error::Conflict { .. })));
        assert!(matches!(recoveries.confirm(&scene.bob, id, read).await, Err(Error::Conflict { .. })), "that was before");
        recoveries.confirm(&scene.bob, id, said().await).await.unwrap();
        let (customer, pin) = recoveries.issue(&scene.eva, id).await.unwrap();
        assert_eq!(customer, ana);
        let shown = bench.desk.pins().show_once(&scene.eva, pin).await.unwrap().unwrap();
        assert!(bench.desk.pins().redeem(&shown.pin.to_string(), &client(9), LoginKind::Api).await.is_ok());
        assert_eq!(kinds(&bench).await.iter().filter(|kind| **kind == LedgerKind::RecoveryConfirmed).count(), 2);
    }

    async fn requests_are_looked_after_by_staff_in_person(bench) {
        let scene = Scene::new(&bench).await;
        let recoveries = bench.desk.recoveries();
        let id = asked(&bench, &client(1)).await;
        let answer = scene.is_ana(RecoveryCheck::Colleague, false);
        for refused in [&scene.ana, &Actor::command_line()] {
            assert!(matches!(recoveries.answer(refused, id, &answer).await, Err(Error::Forbidden { .. })));
            assert!(matches!(recoveries.confirm(refused, id, bench.desk.now()).await, Err(Error::Forbidden { .. })));
            assert!(matches!(recoveries.issue(refused, id).await, Err(Error::Forbidden { .. })));
        }
        assert!(matches!(recoveries.list(&scene.ana).await, Err(Error::Forbidden { .. })));
        assert!(matches!(recoveries.waiting(&scene.ana).await, Err(Error::Forbidden { .. })));
        assert!(matches!(recoveries.dismiss(&scene.ana, id, "No").await, Err(Error::Forbidden { .. })));
        let of_staff = RecoveryAnswer { customer: scene.bob.id.unwrap(), ..answer.clone() };
        assert_eq!(recoveries.answer(&scene.eva, id, &of_staff).await.unwrap_err(), Error::NotFound);
        assert_eq!(fields_of(recoveries.dismiss(&scene.eva, id, " ").await.unwrap_err()), ["why"]);
        recoveries.dismiss(&scene.eva, id, "She found her PIN.").await.unwrap();
        assert_eq!(recoveries.dismiss(&scene.eva, id, "Again.").await.unwrap_err(), Error::NotFound);
        let done = recoveries.list(&scene.eva).await.unwrap().1.remove(0);
        assert_eq!(done.state, RecoveryState::Dismissed("She found her PIN.".into()));
        assert_eq!(recoveries.waiting(&scene.eva).await.unwrap(), 0);
        // Somebody's name and number do not stay for good.
        bench.advance(90 * 24 * 3600 - 1);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(recoveries.list(&scene.eva).await.unwrap().1.len(), 1);
        bench.advance(2);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(recoveries.list(&scene.eva).await.unwrap().1, []);
    }

    async fn a_code_of_another_session_is_one_that_was_checked(bench) {
        let scene = Scene::new(&bench).await;
        let config = desk::DeskConfig { require_caller_code: vec![CallerDeed::Pins], ..bench.config.clone() };
        let desk = desk::Desk::open(config).await.unwrap();
        let id = asked(&bench, &client(1)).await;
        // To be known by a line is not to have checked a code.
        desk.callers().vouch(&scene.eva, scene.ana.id.unwrap(), "She came by.").await.unwrap();
        let session = bench.log_in(&scene.ana, LoginKind::Browser).await.actor;
        let by_code = scene.is_ana(RecoveryCheck::CallerCode, false);
        assert_eq!(fields_of(desk.recoveries().answer(&scene.eva, id, &by_code).await.unwrap_err()), ["checked"]);
        let code = desk.callers().make(&session).await.unwrap().code.unwrap();
        desk.callers().check(&scene.eva, code.digits()).await.unwrap();
        assert!(desk.recoveries().answer(&scene.eva, id, &by_code).await.unwrap().is_some());
        // What was said of it counts where a code is asked for.
        let again = asked(&bench, &client(2)).await;
        let answer = scene.is_ana(RecoveryCheck::InPerson, false);
        assert!(desk.recoveries().answer(&scene.bob, again, &answer).await.unwrap().is_some());
    }
}
