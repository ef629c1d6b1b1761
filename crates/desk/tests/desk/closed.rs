//! Access to one ticket ends with it: some days after it was closed.

use domain::{
    Actor, BulkChange, Cursor, EndReason, EventKind, LedgerData, LedgerOf, LoginKind, Purpose, Role, ScopeDraft,
    Status, TicketChange, TicketId,
};

use crate::support::{Bench, PNG, client, file, form, on_both_databases, ticket};

const DAY: i64 = 24 * 3600;

struct Scene {
    ana: Actor,
    eva: Actor,
    ticket: TicketId,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let (customer, eva) = (bench.customer("ana").await, bench.staff("eva", Role::Agent).await);
        let ana = bench.log_in(&customer, LoginKind::Browser).await.actor;
        let opened = bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap();
        Self { ana, eva, ticket: opened.id }
    }

    fn of_ticket(&self) -> ScopeDraft {
        ScopeDraft { ticket: Some(self.ticket), ..ScopeDraft::default() }
    }

    async fn set(&self, bench: &Bench, status: Status) {
        let change = TicketChange { status: Some(status), ..TicketChange::default() };
        bench.desk.tickets().update(&self.eva, self.ticket, &change).await.unwrap();
    }
}

async fn is_in(desk: &desk::Desk, who: &desk::LoggedIn) -> bool {
    let by_refresh = desk.sessions().known_by(&who.tokens.refresh).await.is_ok();
    let sessions = desk.sessions().list(&Actor::command_line(), who.actor.id, Cursor::First, 50).await.unwrap();
    let is_listed = sessions.items.iter().any(|session| Some(&session.id) == who.actor.session.as_ref());
    assert_eq!(by_refresh, is_listed);
    by_refresh
}

on_both_databases! {
    async fn a_session_for_a_ticket_ends_some_days_after_it_was_closed(bench) {
        let config = desk::DeskConfig { refresh_ttl: 60 * DAY, session_ttl: 60 * DAY, ..bench.config.clone() };
        let bench = Bench { desk: desk::Desk::open(config.clone()).await.unwrap(), config, ..bench };
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let narrow = bench.let_in(&scene.ana, scene.of_ticket(), LoginKind::Browser).await;
        let whole = bench.log_in(&scene.ana, LoginKind::Browser).await;
        scene.set(&bench, Status::Closed).await;
        let now = desk.now();
        assert!(is_in(desk, &narrow).await);
        let asking = desk.sessions().known_by(&narrow.tokens.refresh).await.unwrap();
        assert_eq!(asking.scope.until, Some(now.plus_seconds(14 * DAY)), "and it says until when");
        bench.advance(14 * DAY - 1);
        assert!(is_in(desk, &narrow).await);
        bench.advance(1);
        assert!(!is_in(desk, &narrow).await, "before any upkeep");
        assert!(is_in(desk, &whole).await, "what is for all of theirs goes on");
        for _ in 0..2 {
            desk.upkeep().await.unwrap();
        }
        assert!(is_in(desk, &whole).await);
        let found = desk.ledger().list(&scene.eva, LedgerOf::Ticket(scene.ticket), Cursor::First, 500).await.unwrap().items;
        let over = LedgerData::SessionEnded { reason: EndReason::TicketClosed };
        let ended: Vec<_> = found.iter().filter(|entry| entry.data == over).collect();
        assert_eq!(ended.len(), 1);
        assert_eq!((&ended[0].session, ended[0].actor_id), (&narrow.actor.session, None));
        // Opened again, it takes a new PIN.
        scene.set(&bench, Status::Open).await;
        assert!(!is_in(desk, &narrow).await);
        assert!(is_in(desk, &bench.let_in(&scene.ana, scene.of_ticket(), LoginKind::Browser).await).await);
    }

    async fn a_ticket_that_is_opened_again_in_time_keeps_its_sessions(bench) {
        let scene = Scene::new(&bench).await;
        let narrow = bench.let_in(&scene.ana, scene.of_ticket(), LoginKind::Browser).await;
        let config = desk::DeskConfig { access_after_close: 3600, ..bench.config.clone() };
        let desk = desk::Desk::open(config).await.unwrap();
        scene.set(&bench, Status::Closed).await;
        bench.advance(3599);
        assert!(is_in(&desk, &narrow).await);
        scene.set(&bench, Status::Open).await;
        bench.advance(3600);
        assert!(is_in(&desk, &narrow).await);
        desk.upkeep().await.unwrap();
        assert!(is_in(&desk, &narrow).await);
        // Closed once more, its time begins anew.
        scene.set(&bench, Status::Closed).await;
        bench.advance(3599);
        assert!(is_in(&desk, &narrow).await);
        bench.advance(1);
        assert!(!is_in(&desk, &narrow).await);
    }

    async fn its_unused_pins_are_void_at_once(bench) {
        let scene = Scene::new(&bench).await;
        let other = bench.desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
        let of_other = bench.pin_for(&scene.ana, ScopeDraft { ticket: Some(other), ..ScopeDraft::default() }).await;
        let whole = bench.pin(&scene.ana).await;
        let enters = async |pin: &str| bench.desk.pins().redeem(pin, &client(4), LoginKind::Api).await.is_ok();
        for is_bulk in [false, true] {
            let narrow = bench.pin_for(&scene.ana, scene.of_ticket()).await;
            let drops = bench.pin_for(&scene.ana, ScopeDraft { purpose: Purpose::Drop, ..scene.of_ticket() }).await;
            if is_bulk {
                let tickets = bench.desk.tickets();
                tickets.bulk(&scene.eva, &[scene.ticket], &BulkChange::Status(Status::Closed)).await.unwrap();
            } else {
                scene.set(&bench, Status::Closed).await;
            }
            assert!(!enters(&narrow).await && !enters(&drops).await);
            scene.set(&bench, Status::Open).await;
            assert!(!enters(&narrow).await, "also when it is opened again");
        }
        assert!(enters(&of_other).await && enters(&whole).await);
        let found = bench.desk.ledger().list(&scene.eva, LedgerOf::Ticket(scene.ticket), Cursor::First, 500).await.unwrap();
        let revoked = LedgerData::PinRevoked { reason: EndReason::TicketClosed };
        let revoked = found.items.iter().filter(|entry| entry.data == revoked && entry.actor_id == scene.eva.id);
        assert_eq!(revoked.count(), 4);
    }

    async fn with_no_days_it_ends_with_the_ticket(bench) {
        let scene = Scene::new(&bench).await;
        let config = desk::DeskConfig { access_after_close: 0, ..bench.config.clone() };
        let desk = desk::Desk::open(config).await.unwrap();
        let drops = ScopeDraft { purpose: Purpose::Drop, ..scene.of_ticket() };
        let outsider = bench.let_in(&scene.ana, drops, LoginKind::Api).await.actor;
        let narrow = bench.let_in(&scene.ana, scene.of_ticket(), LoginKind::Browser).await;
        let whole = bench.log_in(&scene.ana, LoginKind::Browser).await;
        scene.set(&bench, Status::Closed).await;
        assert!(!is_in(&desk, &narrow).await);
        assert!(desk.sessions().authenticate(&narrow.tokens.access).await.is_err());
        assert!(desk.sessions().renew(&narrow.tokens.refresh).await.is_err());
        assert!(is_in(&desk, &whole).await);
        assert!(desk.drops().add(&outsider, &mut form([file("a.png", PNG)])).await.is_err());
        desk.upkeep().await.unwrap();
        let timeline = desk.tickets().timeline(&scene.eva, scene.ticket, Cursor::First, 50).await.unwrap().items;
        assert!(timeline.iter().any(|event| event.kind() == EventKind::StatusChanged));
    }
}
