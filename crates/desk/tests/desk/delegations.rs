//! Others whom a customer lets in: for less, shorter, and not without the customer.

use desk::{IssuedDelegation, LoggedIn};
use domain::{
    Actor, Cursor, DelegationDraft, DraftPlace, Error, EventKind, LoginKind, PinState, Role, ScopeDraft, TicketId,
};

use crate::support::{Bench, PNG, client, fields_of, file, form, on_both_databases, text, ticket};

const HOUR: i64 = 3600;

fn ben(can: Option<&str>) -> DelegationDraft {
    DelegationDraft { whom: "Ben".into(), can: can.map(|can| can.parse().unwrap()), ttl: Some(HOUR) }
}

fn is_forbidden<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Forbidden { .. }))
}

/// A customer with a ticket, logged in.
struct Scene {
    customer: Actor,
    ana: LoggedIn,
    agent: Actor,
    ticket: TicketId,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let (customer, agent) = (bench.customer("ana").await, bench.staff("agent", Role::Agent).await);
        let ana = bench.log_in(&customer, LoginKind::Browser).await;
        let opened = bench.desk.tickets().open(&ana.actor, &mut ticket([file("a.png", PNG)])).await.unwrap();
        Self { customer, ana, agent, ticket: opened.id }
    }

    async fn make(&self, bench: &Bench, can: Option<&str>) -> IssuedDelegation {
        bench.desk.delegations().make(&self.ana.actor, &ben(can)).await.unwrap()
    }

    async fn enter(&self, bench: &Bench, made: &IssuedDelegation) -> LoggedIn {
        bench.desk.pins().redeem(&made.pin.to_string(), &client(9), LoginKind::Browser).await.unwrap()
    }
}

async fn is_in(bench: &Bench, who: &LoggedIn) -> bool {
    let by_access = bench.desk.sessions().authenticate(&who.tokens.access).await.is_ok();
    let by_refresh = bench.desk.sessions().known_by(&who.tokens.refresh).await.is_ok();
    assert_eq!(by_access, by_refresh);
    by_access
}

on_both_databases! {
    async fn who_is_let_in_acts_for_the_customer(bench) {
        let scene = Scene::new(&bench).await;
        let (desk, id) = (&bench.desk, scene.ticket);
        let made = scene.make(&bench, Some("reply,upload")).await;
        assert_eq!(made.expires_at, desk.now().plus_seconds(HOUR));
        let ben = scene.enter(&bench, &made).await;
        let asking = desk.sessions().authenticate(&ben.tokens.access).await.unwrap().actor;
        assert_eq!(asking, ben.actor);
        let name = &scene.ana.actor.name;
        assert_eq!(asking.name, format!("Ben (for {name})"));
        assert_eq!((asking.via(), asking.scope.until), (Some("Ben"), Some(made.expires_at)));
        let reply = form([text("body", "From Ben"), file("b.png", PNG)]);
        let said = desk.tickets().reply(&asking, id, &mut { reply }).await.unwrap();
        assert!(said.is_own);
        // Everybody reads who it was and for whom; the customer did not do it.
        for reader in [&scene.ana.actor, &scene.agent] {
            let told = desk.tickets().timeline(reader, id, Cursor::First, 50).await.unwrap().items;
            let entry = told.iter().find(|entry| entry.id == said.id).unwrap();
            assert_eq!((entry.actor_name.as_deref(), entry.is_own), (Some(&*asking.name), false));
            assert!(told.iter().any(|entry| entry.kind() == EventKind::Delegated));
        }
        // What the customer did, he did not.
        let told = desk.tickets().timeline(&asking, id, Cursor::First, 50).await.unwrap().items;
        let opening = told.iter().find(|entry| entry.kind() == EventKind::TicketOpened).unwrap();
        assert_eq!((opening.actor_name.as_deref(), opening.is_own), (Some(name.as_str()), false));
        assert!(told.iter().all(|entry| entry.kind() != EventKind::Delegated), "nor how others come in");
        // After an hour it is over.
        bench.advance(HOUR);
        assert!(!is_in(&bench, &ben).await);
    }

    async fn what_is_the_customers_own_stays_theirs(bench) {
        let scene = Scene::new(&bench).await;
        let (desk, id) = (&bench.desk, scene.ticket);
        let made = scene.make(&bench, None).await;
        let ben = scene.enter(&bench, &made).await.actor;
        for (deed, outcome) in [
            ("let in", desk.delegations().make(&ben, &self::ben(Some("read"))).await.map(drop)),
            ("list", desk.delegations().list(&ben).await.map(drop)),
            ("end", desk.delegations().end(&ben, made.id).await),
            ("caller code", desk.callers().make(&ben).await.map(drop)),
            ("shown code", desk.callers().current(&ben).await.map(drop)),
            ("log out everywhere", desk.sessions().log_out_everywhere(&ben).await.map(drop)),
        ] {
            assert!(is_forbidden(&outcome), "{deed}: {outcome:?}");
        }
        // Her drafts and her marks are hers.
        let words = [("body".to_owned(), "Half".to_owned())].into();
        let place = DraftPlace::Reply(id);
        desk.drafts().save(&scene.ana.actor, place, &words, None).await.unwrap();
        assert_eq!(desk.drafts().get(&ben, place).await, Ok(None));
        assert!(is_forbidden(&desk.drafts().save(&ben, place, &words, None).await));
        assert!(is_forbidden(&desk.drafts().discard(&ben, place).await));
        desk.tickets().reply(&scene.agent, id, &mut form([text("body", "Well?")])).await.unwrap();
        desk.tickets().seen(&ben, id).await.unwrap();
        desk.live().beat(&ben, id, domain::PresenceState::Viewing).await.unwrap();
        assert!(desk.tickets().is_unread(&scene.ana.actor, id).await.unwrap());
        let keyed = |body: &str| form([text("body", body), text("idempotency_key", "k1")]);
        desk.tickets().reply(&ben, id, &mut keyed("From Ben")).await.unwrap();
        assert!(desk.drafts().get(&scene.ana.actor, place).await.unwrap().is_some());
        desk.tickets().reply(&scene.ana.actor, id, &mut keyed("From Ana")).await.unwrap();
        // He sees himself alone among the sessions; she sees him, and staff do.
        assert_eq!(desk.sessions().list_own(&ben, Cursor::First, 9).await.unwrap().items.len(), 1);
        let hers = desk.sessions().list_own(&scene.ana.actor, Cursor::First, 9).await.unwrap().items;
        assert!(hers.iter().any(|session| session.scope.is_delegated && session.scope.label == "Ben"));
    }

    async fn nobody_gives_more_than_they_have(bench) {
        let scene = Scene::new(&bench).await;
        let (desk, delegations) = (&bench.desk, bench.desk.delegations());
        for (draft, field) in [
            (ben(Some("read,delegate")), "can"),
            (DelegationDraft { ttl: Some(31 * 24 * HOUR), ..ben(None) }, "ttl"),
            (DelegationDraft { ttl: Some(0), ..ben(None) }, "ttl"),
            (DelegationDraft { whom: " ".into(), ..ben(None) }, "for"),
        ] {
            assert_eq!(fields_of(delegations.make(&scene.ana.actor, &draft).await.unwrap_err()), [field]);
        }
        // Of a narrow session something narrower, for its ticket.
        let customer = scene.customer.clone();
        let narrow = |can: &str, stays| ScopeDraft {
            ticket: Some(scene.ticket),
            can: Some(can.parse().unwrap()),
            stays: Some(stays),
            ..ScopeDraft::default()
        };
        let asking = bench.let_in(&customer, narrow("read,delegate", 2 * HOUR), LoginKind::Api).await.actor;
        for (draft, field) in
            [(ben(Some("reply")), "can"), (DelegationDraft { ttl: Some(2 * HOUR), ..ben(None) }, "ttl")]
        {
            assert_eq!(fields_of(delegations.make(&asking, &draft).await.unwrap_err()), [field]);
        }
        let made = delegations.make(&asking, &DelegationDraft { ttl: None, ..ben(None) }).await.unwrap();
        assert!(made.expires_at < desk.now().plus_seconds(2 * HOUR));
        let scope = scene.enter(&bench, &made).await.actor.scope;
        assert_eq!((scope.ticket, scope.can.to_string().as_str()), (Some(scene.ticket), "read"));
        // It knows its own, and ends no other.
        let whole = scene.make(&bench, None).await;
        assert_eq!(delegations.list(&asking).await.unwrap().len(), 1);
        assert_eq!(delegations.end(&asking, whole.id).await, Err(Error::NotFound));
        for scope in [narrow("read,reply,upload", HOUR), ScopeDraft { purpose: domain::Purpose::Drop, can: None, ..narrow("read", HOUR) }] {
            let asking = bench.let_in(&customer, scope, LoginKind::Api).await.actor;
            assert!(is_forbidden(&delegations.make(&asking, &ben(Some("read"))).await));
        }
        for asking in [&scene.agent, &Actor::command_line()] {
            assert!(is_forbidden(&delegations.make(asking, &ben(None)).await));
            assert!(is_forbidden(&delegations.list(asking).await));
        }
        let other = bench.customer("eve").await;
        let eve = bench.log_in(&other, LoginKind::Api).await.actor;
        assert_eq!(delegations.end(&eve, whole.id).await, Err(Error::NotFound));
        assert!(is_forbidden(&delegations.list_of(&eve, customer.id.unwrap()).await));
    }

    async fn its_pin_is_shown_once_to_the_session_that_made_it(bench) {
        let scene = Scene::new(&bench).await;
        let delegations = bench.desk.delegations();
        let id = delegations.make_to_show(&scene.ana.actor, &ben(Some("read"))).await.unwrap();
        let phone = bench.log_in(&scene.customer, LoginKind::Browser).await.actor;
        assert!(delegations.show_once(&phone, id).await.unwrap().is_none());
        assert!(is_forbidden(&delegations.show_once(&scene.agent, id).await));
        assert!(bench.desk.pins().show_once(&scene.agent, id).await.unwrap().is_none());
        assert!(is_forbidden(&bench.desk.pins().show_once(&scene.ana.actor, id).await));
        let shown = delegations.show_once(&scene.ana.actor, id).await.unwrap().unwrap();
        assert_eq!(shown.scope.label, "Ben");
        assert!(delegations.show_once(&scene.ana.actor, id).await.unwrap().is_none());
        bench.desk.pins().redeem(&shown.pin.to_string(), &client(9), LoginKind::Api).await.unwrap();
    }

    async fn five_are_alive_at_once(bench) {
        let scene = Scene::new(&bench).await;
        let delegations = bench.desk.delegations();
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(scene.make(&bench, Some("read")).await);
        }
        let in_use = scene.enter(&bench, &made[0]).await;
        let sixth = delegations.make(&scene.ana.actor, &ben(None)).await;
        assert!(matches!(sixth, Err(Error::Conflict { .. })));
        let listed = delegations.list(&scene.ana.actor).await.unwrap();
        assert_eq!(listed.iter().filter(|one| one.used_at.is_some() && one.last_seen_at.is_some()).count(), 1);
        // One that is over makes room, however it came to that.
        bench.desk.sessions().log_out(&in_use.actor).await.unwrap();
        scene.make(&bench, Some("read")).await;
        delegations.end(&scene.ana.actor, made[1].id).await.unwrap();
        assert_eq!(delegations.end(&scene.ana.actor, made[1].id).await, Err(Error::NotFound));
        scene.make(&bench, Some("read")).await;
        delegations.make(&scene.ana.actor, &ben(None)).await.unwrap_err();
        bench.advance(HOUR);
        assert!(delegations.list(&scene.ana.actor).await.unwrap().is_empty());
        scene.make(&bench, Some("read")).await;
    }

    async fn they_go_when_the_customer_goes(bench) {
        let scene = Scene::new(&bench).await;
        let desk = &bench.desk;
        let customer = scene.customer.clone();
        let id = customer.id.unwrap();
        for way in ["log out", "everywhere", "by staff", "one by staff", "stolen", "deactivated", "switched off", "ended"] {
            desk.users().set_active(&Actor::command_line(), id, true).await.ok();
            desk.delegations().allow(&scene.agent, id, true).await.unwrap();
            let ana = bench.log_in(&customer, LoginKind::Browser).await;
            let (sid, sessions) = (ana.actor.session.clone().unwrap(), desk.sessions());
            let make = async || desk.delegations().make(&ana.actor, &ben(None)).await.unwrap();
            let (used, unused) = (make().await, make().await);
            let inside = scene.enter(&bench, &used).await;
            assert!(is_in(&bench, &inside).await);
            match way {
                "log out" => sessions.log_out(&ana.actor).await.unwrap(),
                "everywhere" => drop(sessions.log_out_everywhere(&ana.actor).await.unwrap()),
                "by staff" => drop(sessions.end_all_of(&scene.agent, id).await.unwrap()),
                "one by staff" => sessions.end(&scene.agent, &sid).await.unwrap(),
                "stolen" => {
                    let renewed = sessions.renew(&ana.tokens.refresh).await.unwrap();
                    let again = sessions.renew(&renewed.tokens.refresh).await.unwrap();
                    sessions.authenticate(&again.tokens.access).await.unwrap();
                    bench.advance(60);
                    sessions.renew(&ana.tokens.refresh).await.unwrap_err();
                }
                "deactivated" => drop(desk.users().set_active(&Actor::command_line(), id, false).await.unwrap()),
                "switched off" => desk.delegations().allow(&scene.agent, id, false).await.unwrap(),
                _ => {
                    desk.delegations().end(&ana.actor, used.id).await.unwrap();
                    desk.delegations().end(&scene.agent, unused.id).await.unwrap();
                }
            }
            assert!(!is_in(&bench, &inside).await, "{way}");
            let late = desk.pins().redeem(&unused.pin.to_string(), &client(9), LoginKind::Api).await;
            assert!(matches!(late, Err(Error::WrongPin)), "{way}");
            let shown = desk.pins().list(&scene.agent, Some(PinState::Issued), Some(id), Cursor::First, 9).await.unwrap();
            assert!(shown.items.is_empty(), "{way}: nobody reads that it could be redeemed");
            // What was on its way when it ended is not written.
            let before = bench.files();
            let reply = desk.tickets().reply(&inside.actor, scene.ticket, &mut form([file("b.png", PNG)])).await;
            assert_eq!(reply.map(drop), Err(Error::Unauthenticated), "{way}");
            assert_eq!(bench.files(), before, "{way}");
        }
        let off = desk.delegations().make(&bench.log_in(&customer, LoginKind::Api).await.actor, &ben(None)).await;
        assert!(off.is_ok(), "ended one by one, it stays allowed");
        desk.delegations().allow(&scene.agent, id, false).await.unwrap();
        assert!(is_forbidden(&desk.delegations().make(&bench.log_in(&customer, LoginKind::Api).await.actor, &ben(None)).await));
        assert_eq!(desk.delegations().allow(&scene.agent, scene.agent.id.unwrap(), true).await, Err(Error::NotFound));
        assert!(is_forbidden(&desk.delegations().allow(&customer, id, true).await));
    }
}
