//! PINs for customers who are marked as sensitive: what one of staff may not do alone.

use desk::NewPins;
use domain::{
    Actor, CanSet, Cursor, Error, LedgerKind, LedgerOf, LoginKind, PinRequest, Purpose, Role, ScopeDraft, Status,
    TicketChange,
};

use crate::support::{Bench, client, fields_of, on_both_databases, ticket};

struct Scene {
    ana: Actor,
    eva: Actor,
    bob: Actor,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let (ana, eva) = (bench.customer("ana").await, bench.staff("eva", Role::Agent).await);
        let bob = bench.staff("bob", Role::Agent).await;
        bench.desk.recoveries().set_sensitive(&Actor::command_line(), ana.id.unwrap(), true).await.unwrap();
        Self { ana, eva: bench.log_in_staff(&eva).await.actor, bob: bench.log_in_staff(&bob).await.actor }
    }

    fn one(&self) -> NewPins {
        NewPins::one(self.ana.id.unwrap())
    }
}

async fn kinds(bench: &Bench, scene: &Scene) -> Vec<LedgerKind> {
    let of = LedgerOf::Customer(scene.ana.id.unwrap());
    let found = bench.desk.ledger().list(&Actor::command_line(), of, Cursor::First, 500).await.unwrap().items;
    found.iter().rev().map(|entry| entry.data.kind()).filter(|kind| kind.as_str().starts_with("pin")).collect()
}

on_both_databases! {
    async fn a_pin_for_a_sensitive_customer_takes_two(bench) {
        let scene = Scene::new(&bench).await;
        let pins = bench.desk.pins();
        // Nobody issues one alone, on a page or by a program; the command line is whoever runs the desk.
        let admin = bench.staff("adam", Role::Admin).await;
        for alone in [&scene.eva, &admin] {
            assert!(matches!(pins.issue(alone, scene.one()).await, Err(Error::Conflict { .. })));
            assert!(matches!(pins.issue_to_show(alone, scene.one(), None).await, Err(Error::Conflict { .. })));
        }
        assert_eq!(pins.issue(&Actor::command_line(), scene.one()).await.unwrap().len(), 1);

        let scope = ScopeDraft { can: Some("read".parse::<CanSet>().unwrap()), label: "the lawyer".into(), ..ScopeDraft::default() };
        let wanted = NewPins { ttl: Some(3600), scope, ..scene.one() };
        let id = pins.ask(&scene.eva, wanted.clone()).await.unwrap();
        assert_eq!(pins.ask(&scene.eva, wanted.clone()).await.unwrap(), id, "the form came twice");
        let asked = pins.asked(&scene.bob, scene.ana.id).await.unwrap().remove(0);
        assert_eq!((asked.life, asked.scope.label.as_str(), asked.scope.can.to_string().as_str()), (3600, "the lawyer", "read"));
        assert_eq!((asked.asked_by.1.as_str(), asked.customer.0, asked.confirmed_by), ("eva", scene.ana.id.unwrap(), None));
        assert_eq!(bench.desk.recoveries().waiting(&scene.bob).await.unwrap(), 1);
        assert!(matches!(pins.issue_asked(&scene.eva, id).await, Err(Error::Conflict { .. })), "nobody confirmed it");
        assert!(matches!(pins.confirm(&scene.eva, id).await, Err(Error::Forbidden { .. })), "never the same one");
        pins.confirm(&scene.bob, id).await.unwrap();
        assert!(matches!(pins.confirm(&admin, id).await, Err(Error::Conflict { .. })));
        assert!(matches!(pins.issue_asked(&scene.bob, id).await, Err(Error::Forbidden { .. })), "who asked gets it");
        let (_, pin) = pins.issue_asked(&scene.eva, id).await.unwrap();
        assert!(matches!(pins.issue_asked(&scene.eva, id).await, Err(Error::Conflict { .. })), "once");
        assert!(pins.show_once(&scene.bob, pin).await.unwrap().is_none());
        let shown = pins.show_once(&scene.eva, pin).await.unwrap().unwrap();
        assert!(pins.show_once(&scene.eva, pin).await.unwrap().is_none(), "it is shown to one person once");
        let opened = pins.redeem(&shown.pin.to_string(), &client(9), LoginKind::Api).await.unwrap().actor;
        assert_eq!((opened.scope.label.as_str(), opened.scope.can.to_string().as_str()), ("the lawyer", "read"));
        assert_eq!(bench.desk.recoveries().waiting(&scene.bob).await.unwrap(), 0);
        let kinds = kinds(&bench, &scene).await;
        let told = [LedgerKind::PinAsked, LedgerKind::PinConfirmed, LedgerKind::PinIssued, LedgerKind::PinShown];
        assert_eq!(kinds[kinds.len() - 5..kinds.len() - 1], told, "{kinds:?}");
    }

    async fn what_was_asked_for_anew_is_confirmed_anew(bench) {
        let scene = Scene::new(&bench).await;
        let pins = bench.desk.pins();
        let first = pins.ask(&scene.eva, scene.one()).await.unwrap();
        pins.confirm(&scene.bob, first).await.unwrap();
        let wider = NewPins { ttl: Some(7 * 24 * 3600), ..scene.one() };
        let second = pins.ask(&scene.eva, wider).await.unwrap();
        assert_ne!(first, second);
        for over in [pins.confirm(&scene.bob, first).await.map(|_| ()), pins.issue_asked(&scene.eva, first).await.map(|_| ())] {
            assert!(matches!(over, Err(Error::Conflict { .. })), "{over:?}");
        }
        assert!(matches!(pins.issue_asked(&scene.eva, second).await, Err(Error::Conflict { .. })), "nobody confirmed this one");
        assert_eq!(pins.asked(&scene.eva, None).await.unwrap().len(), 1);
        pins.withdraw(&scene.bob, second).await.unwrap();
        assert!(matches!(pins.confirm(&scene.bob, second).await, Err(Error::Conflict { .. })));
        // It waits for a day.
        let third = pins.ask(&scene.eva, scene.one()).await.unwrap();
        bench.advance(PinRequest::LIFE);
        assert!(pins.asked(&scene.bob, None).await.unwrap().is_empty());
        assert!(matches!(pins.confirm(&scene.bob, third).await, Err(Error::Conflict { .. })));
        pins.ask(&scene.eva, scene.one()).await.unwrap();
    }

    async fn a_request_is_looked_at_again_when_it_is_issued(bench) {
        let scene = Scene::new(&bench).await;
        let (pins, me) = (bench.desk.pins(), Actor::command_line());
        let id = bench.desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
        let scope = ScopeDraft { ticket: Some(id), purpose: Purpose::Drop, label: "Plans".into(), ..ScopeDraft::default() };
        let wanted = NewPins { scope, ..scene.one() };
        let asked = pins.ask(&scene.eva, wanted).await.unwrap();
        pins.confirm(&scene.bob, asked).await.unwrap();
        let closed = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
        bench.desk.tickets().update(&me, id, &closed).await.unwrap();
        assert_eq!(fields_of(pins.issue_asked(&scene.eva, asked).await.unwrap_err()), ["ticket"]);
        bench.desk.users().set_active(&me, scene.ana.id.unwrap(), false).await.unwrap();
        let refused = pins.ask(&scene.eva, scene.one()).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
    }

    async fn requests_for_pins_are_made_by_staff_in_person(bench) {
        let scene = Scene::new(&bench).await;
        let pins = bench.desk.pins();
        let id = pins.ask(&scene.eva, scene.one()).await.unwrap();
        let program = Actor { session: None, token: Some(domain::ByToken { id: domain::TokenId(1), is_read_only: false }), ..scene.bob.clone() };
        for refused in [&scene.ana, &Actor::command_line(), &program] {
            assert!(matches!(pins.ask(refused, scene.one()).await, Err(Error::Forbidden { .. })));
            assert!(matches!(pins.confirm(refused, id).await, Err(Error::Forbidden { .. })));
            assert!(matches!(pins.issue_asked(refused, id).await, Err(Error::Forbidden { .. })));
        }
        assert!(matches!(pins.withdraw(&scene.ana, id).await, Err(Error::Forbidden { .. })));
        assert!(matches!(pins.asked(&scene.ana, None).await, Err(Error::Forbidden { .. })));
        let missing = domain::PinRequestId(4711);
        assert_eq!(pins.confirm(&scene.bob, missing).await.unwrap_err(), Error::NotFound);
        // For others one is enough.
        let ben = bench.customer("ben").await;
        assert!(matches!(pins.ask(&scene.eva, NewPins::one(ben.id.unwrap())).await, Err(Error::Conflict { .. })));
        // An erased customer leaves no request.
        bench.desk.users().erase(&bench.staff("adam", Role::Admin).await, scene.ana.id.unwrap()).await.unwrap();
        assert!(pins.asked(&scene.eva, None).await.unwrap().is_empty());
    }
}
