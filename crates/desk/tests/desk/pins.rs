use desk::NewPins;
use domain::{Actor, Cursor, Error, LoginKind, PinState, Role, ScopeDraft};

use sea_orm::{ConnectionTrait, Statement};

use crate::support::{Statements, client, on_both_databases};

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

on_both_databases! {
    async fn redeems_once(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let typed = format!(" {} ", pin.to_lowercase().replace('-', " "));
        let logged_in = bench.desk.pins().redeem(&typed, &client(1), LoginKind::Api).await.unwrap();
        assert_eq!(logged_in.actor.id, ana.id);
        assert_eq!(logged_in.actor.role, Role::Customer);
        let again = bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await;
        assert_eq!(again.unwrap_err(), Error::WrongPin);
    }

    async fn of_64_simultaneous_attempts_one_succeeds(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        // So many failures at once would open the gate, whose clock stands still here.
        let config = desk::DeskConfig { failures_per_minute: 1000, ..bench.config.clone() };
        let bench = crate::support::Bench { desk: desk::Desk::open(config.clone()).await.unwrap(), config, ..bench };
        let other = bench.another().await;
        let attempts = (0..64u8).map(|i| {
            let desk = if i % 2 == 0 { bench.desk.clone() } else { other.clone() };
            let pin = pin.clone();
            tokio::spawn(async move { desk.pins().redeem(&pin, &client(i), LoginKind::Api).await.is_ok() })
        });
        let outcomes = futures::future::join_all(attempts).await;
        assert_eq!(outcomes.into_iter().filter(|outcome| *outcome.as_ref().unwrap()).count(), 1);
        let sessions = bench.desk.sessions().list(&Actor::command_line(), ana.id, Cursor::First, 10).await.unwrap();
        assert_eq!(sessions.items.len(), 1);
    }

    async fn of_64_simultaneous_attempts_of_one_browser_all_get_the_same_session(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let other = bench.another().await;
        let attempts = (0..64u8).map(|i| {
            let desk = if i % 2 == 0 { bench.desk.clone() } else { other.clone() };
            let pin = pin.clone();
            tokio::spawn(async move { desk.pins().redeem_in_browser(&pin, &client(i), Some("a browser")).await.unwrap() })
        });
        let mut sids = std::collections::BTreeSet::new();
        for opened in futures::future::join_all(attempts).await {
            let opened = opened.unwrap();
            bench.desk.sessions().authenticate(&opened.tokens.access).await.unwrap();
            sids.insert(opened.actor.session.unwrap().0);
        }
        assert_eq!(sids.len(), 1);
        let staff = Actor::command_line();
        assert_eq!(bench.desk.sessions().list(&staff, ana.id, Cursor::First, 10).await.unwrap().items.len(), 1);
    }

    async fn a_log_in_sent_twice_is_one_for_the_same_browser_alone_and_for_a_moment(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let pins = bench.desk.pins();
        let again = async |browser: Option<&str>| pins.redeem_in_browser(&pin, &client(1), browser).await;
        let first = again(Some("hers")).await.unwrap();
        bench.advance(5);
        let second = again(Some("hers")).await.unwrap();
        assert_eq!(first.actor.session, second.actor.session);
        // Both carry the refresh token that counts.
        let renewed = bench.desk.sessions().renew(&first.tokens.refresh).await.unwrap();
        bench.desk.sessions().renew(&second.tokens.refresh).await.unwrap();
        bench.desk.sessions().authenticate(&renewed.tokens.access).await.unwrap();
        // Whoever else has the PIN has a used one: without a browser's secret, with another, by REST.
        for thief in [None, Some("theirs"), Some("")] {
            assert_eq!(again(thief).await.unwrap_err(), Error::WrongPin);
        }
        assert_eq!(pins.redeem(&pin, &client(1), LoginKind::Api).await.unwrap_err(), Error::WrongPin);
        assert_eq!(pins.redeem_in_browser("SUP-0000-0000", &client(1), Some("hers")).await.unwrap_err(), Error::WrongPin);
        bench.advance(26);
        assert_eq!(again(Some("hers")).await.unwrap_err(), Error::WrongPin);
        // What was ended stays so.
        let pin = bench.pin(&ana).await;
        let opened = pins.redeem_in_browser(&pin, &client(2), Some("hers")).await.unwrap();
        bench.desk.sessions().log_out(&opened.actor).await.unwrap();
        assert_eq!(pins.redeem_in_browser(&pin, &client(2), Some("hers")).await.unwrap_err(), Error::WrongPin);
        // One session for each PIN that the browser redeems.
        let both = bench.pins(&ana, 2).await;
        let one = pins.redeem_in_browser(&both[0], &client(2), Some("hers")).await.unwrap();
        let two = pins.redeem_in_browser(&both[1], &client(2), Some("hers")).await.unwrap();
        assert_ne!(one.actor.session, two.actor.session);
    }

    async fn a_pin_that_was_issued_is_shown_once_by_any_process(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let asks = async |last: u8| {
            let users = bench.desk.users();
            users.log_in("agent", "correct horse", &client(last), LoginKind::Browser).await.unwrap().actor
        };
        let (issuer, other) = (asks(1).await, asks(2).await);
        let new = NewPins::one(ana.id.unwrap());
        let issue = async || bench.desk.pins().issue_to_show(&issuer, new.clone(), None).await.unwrap();
        let id = issue().await;
        let second = bench.another().await;
        assert!(matches!(second.pins().show_once(&ana, id).await, Err(Error::Forbidden { .. })));
        for stranger in [&other, &agent] {
            assert!(second.pins().show_once(stranger, id).await.unwrap().is_none());
        }
        // It is nowhere in clear.
        let connection = bench.connection().await;
        let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), "SELECT sealed FROM shown_once"));
        let sealed: String = rows.await.unwrap()[0].try_get_by_index(0).unwrap();
        let shown = second.pins().show_once(&issuer, id).await.unwrap().unwrap();
        assert!(!sealed.contains(&hex(shown.pin.symbols())));
        assert_eq!(shown.name, "ana");
        for desk in [&bench.desk, &second] {
            assert!(desk.pins().show_once(&issuer, id).await.unwrap().is_none());
        }
        let login = bench.desk.pins().redeem(&shown.pin.to_string(), &client(1), LoginKind::Api).await.unwrap();
        assert_eq!(login.actor.id, ana.id);
        // Not later, either.
        let id = issue().await;
        bench.advance(300);
        assert!(bench.desk.pins().show_once(&issuer, id).await.unwrap().is_none());
        // What is good for nothing any more is not shown as if it were.
        let id = issue().await;
        bench.desk.pins().revoke(&issuer, id).await.unwrap();
        assert!(bench.desk.pins().show_once(&issuer, id).await.unwrap().is_none());
        // Nor is what somebody who writes into the database puts in another one's place.
        let one = issue().await;
        let named = ScopeDraft { label: "another one".into(), ..ScopeDraft::default() };
        let new = NewPins { scope: named, ..new.clone() };
        let other = bench.desk.pins().issue_to_show(&issuer, new, None).await.unwrap();
        let swap = format!(
            "UPDATE shown_once SET sealed = (SELECT sealed FROM shown_once WHERE pin_id = {other}) WHERE pin_id = {one}"
        );
        bench.execute(&swap).await;
        assert!(bench.desk.pins().show_once(&issuer, one).await.unwrap().is_none());
        assert!(bench.desk.pins().show_once(&issuer, other).await.unwrap().is_some());
    }

    async fn a_form_sent_twice_issues_one_pin(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let agent = bench.staff("agent", Role::Agent).await;
        let (issuer, other) = (bench.log_in_staff(&agent).await.actor, bench.log_in_staff(&agent).await.actor);
        let pins = bench.desk.pins();
        let new = |customer: &Actor, ttl| NewPins { ttl, ..NewPins::one(customer.id.unwrap()) };
        let send = async |form| pins.issue_to_show(&issuer, new(&ana, None), form).await.unwrap();
        let clicks = (0..4).map(|_| {
            let (desk, issuer, new) = (bench.desk.clone(), issuer.clone(), new(&ana, None));
            tokio::spawn(async move { desk.pins().issue_to_show(&issuer, new, Some("one")).await.unwrap() })
        });
        let ids: Vec<_> = futures::future::join_all(clicks).await.into_iter().map(Result::unwrap).collect();
        let id = ids[0];
        assert!(ids.iter().all(|again| *again == id), "{ids:?}");
        let first = pins.show_once(&issuer, id).await.unwrap().unwrap();
        assert!(pins.show_once(&issuer, id).await.unwrap().is_none());
        // The click that comes when the first answer is on its way gets the same PIN to show.
        bench.advance(29);
        assert_eq!(send(Some("one")).await, id);
        assert_eq!(pins.show_once(&issuer, id).await.unwrap().unwrap().pin, first.pin);
        // What is not the same form is another PIN.
        let others = [
            send(Some("two")).await,
            send(None).await,
            send(Some("")).await,
            pins.issue_to_show(&issuer, new(&ben, None), Some("one")).await.unwrap(),
            pins.issue_to_show(&issuer, new(&ana, Some(3600)), Some("one")).await.unwrap(),
            pins.issue_to_show(&other, new(&ana, None), Some("one")).await.unwrap(),
        ];
        assert!(!others.contains(&id));
        bench.advance(2);
        assert_ne!(send(Some("one")).await, id, "half a minute is over");
        let used = send(Some("three")).await;
        pins.revoke(&issuer, used).await.unwrap();
        assert_ne!(send(Some("three")).await, used, "it is good for nothing any more");
        let invalid = pins.issue_to_show(&issuer, new(&ana, None), Some("no key")).await.unwrap_err();
        assert_eq!(crate::support::fields_of(invalid), ["idempotency_key"]);
        bench.desk.upkeep().await.unwrap();
        bench.advance(400);
        bench.desk.upkeep().await.unwrap();
        let connection = bench.connection().await;
        let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), "SELECT id FROM shown_once"));
        assert!(rows.await.unwrap().is_empty());
    }

    async fn wrong_used_expired_and_revoked_get_the_same_answer(bench) {
        let ana = bench.customer("ana").await;
        let desk = &bench.desk;
        let used = bench.pin(&ana).await;
        desk.pins().redeem(&used, &client(1), LoginKind::Api).await.unwrap();
        let revoked = bench.pin(&ana).await;
        desk.pins().revoke_by_pin(&Actor::command_line(), &revoked).await.unwrap();
        let expired = bench.pin(&ana).await;
        bench.advance(24 * 3600);
        for wrong in [used.as_str(), &revoked, &expired, "SUP-0000-0000", "no pin at all", "\0"] {
            assert_eq!(desk.pins().redeem(wrong, &client(2), LoginKind::Api).await.unwrap_err(), Error::WrongPin, "{wrong:?}");
        }
        let staff = Actor::command_line();
        for (state, count) in [(PinState::Issued, 0), (PinState::Redeemed, 1), (PinState::Expired, 1), (PinState::Revoked, 1)] {
            let found = desk.pins().list(&staff, Some(state), ana.id, Cursor::First, 10).await.unwrap();
            assert_eq!(found.items.len(), count, "{state:?}");
            assert!(found.items.iter().all(|pin| pin.state == state));
        }
    }

    async fn every_kind_of_wrong_takes_the_same_steps(bench) {
        let ana = bench.customer("ana").await;
        let (pins, me, day) = (bench.desk.pins(), Actor::command_line(), 24 * 3600);
        let mut wrong = vec!["no pin at all".to_owned(), "SUP-0000-0000-0000-0000".to_owned()];
        for (ttl, count) in [(day, 1), (7 * day, 4), (90 * day, 4)] {
            let issue = async |label: &str| {
                let scope = ScopeDraft { label: label.into(), ..ScopeDraft::default() };
                let new = NewPins { ttl: Some(ttl), count, scope, ..NewPins::one(ana.id.unwrap()) };
                pins.issue(&me, new).await.unwrap()[0].pin.to_string()
            };
            let (used, revoked) = (issue("used").await, issue("revoked").await);
            pins.redeem(&used, &client(1), LoginKind::Api).await.unwrap();
            pins.revoke_by_pin(&me, &revoked).await.unwrap();
            let none = used.replace(|c: char| c.is_ascii_alphanumeric(), "0").replacen("000", "SUP", 1);
            wrong.extend([used, revoked, issue("over").await, none]);
        }
        bench.advance(90 * day + 1);
        // A PIN that works beside them, so that the table has one.
        bench.pin(&ana).await;
        let statements = Statements::default();
        let _collecting = statements.collect();
        let mut steps = Vec::new();
        for (number, pin) in wrong.iter().enumerate() {
            let from = client(100 + u8::try_from(number).unwrap());
            assert_eq!(pins.redeem(pin, &from, LoginKind::Api).await.unwrap_err(), Error::WrongPin, "{pin}");
            steps.push(statements.taken());
        }
        assert!(steps[0].len() > 2, "{:?}", steps[0]);
        for (pin, taken) in wrong.iter().zip(&steps) {
            assert_eq!(*taken, steps[0], "{pin}");
        }
    }

    async fn a_pin_lives_as_long_as_it_was_issued_for(bench) {
        let ana = bench.customer("ana").await;
        let new = NewPins { ttl: Some(3600), count: 2, ..NewPins::one(ana.id.unwrap()) };
        let pins = bench.desk.pins().issue(&Actor::command_line(), new).await.unwrap();
        bench.advance(3599);
        assert!(bench.desk.pins().redeem(&pins[0].pin.to_string(), &client(1), LoginKind::Api).await.is_ok());
        bench.advance(1);
        assert!(bench.desk.pins().redeem(&pins[1].pin.to_string(), &client(1), LoginKind::Api).await.is_err());
    }

    async fn lengths_follow_lifetime_and_count(bench) {
        let ana = bench.customer("ana").await;
        let (agent, admin) = (bench.staff("agent", Role::Agent).await, bench.staff("admin", Role::Admin).await);
        let issue = async |actor: &Actor, ttl, count| {
            let new = NewPins { ttl: Some(ttl), count, ..NewPins::one(ana.id.unwrap()) };
            bench.desk.pins().issue(actor, new).await
        };
        let day = 24 * 3600;
        for (ttl, count, form) in [
            (day, 1, "SUP-XXXX-XXXX"),
            (day + 1, 1, "SUP-XXXXX-XXXXX"),
            (60, 2, "SUP-XXXXX-XXXXX"),
            (7 * day, 50, "SUP-XXXXX-XXXXX"),
            (7 * day + 1, 1, "SUP-XXXX-XXXX-XXXX"),
            (60, 51, "SUP-XXXX-XXXX-XXXX"),
        ] {
            let issued = issue(&admin, ttl, count).await.unwrap();
            assert_eq!(issued.len(), count as usize);
            for issued in &issued {
                let printed = issued.pin.to_string();
                let shape: String =
                    printed.char_indices().map(|(at, c)| if at < 3 || c == '-' { c } else { 'X' }).collect();
                assert_eq!(shape, form);
            }
            let typed = issued[0].pin.to_string().to_lowercase().replace("sup-", "").replace('-', " ");
            bench.desk.pins().redeem(&typed, &client(1), LoginKind::Api).await.unwrap();
        }
        // Many at once are for admins; the command line is one.
        let refused = issue(&agent, 60, 51).await.unwrap_err();
        assert!(matches!(&refused, Error::Forbidden { message } if message.contains("50")), "{refused:?}");
        issue(&agent, 60, 50).await.unwrap();
        issue(&Actor::command_line(), 60, 51).await.unwrap();
    }

    async fn an_address_waits_after_ten_failures(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let redeem = async |pin: &str, from| bench.desk.pins().redeem(pin, &client(from), LoginKind::Api).await;
        for _ in 0..10 {
            assert_eq!(redeem("SUP-0000-0000", 1).await.unwrap_err(), Error::WrongPin);
            bench.advance(1);
        }
        // A right one too, and it stays unused.
        let Err(Error::TooManyAttempts { retry_after }) = redeem(&pin, 1).await else { panic!("must wait") };
        assert!((1..=600).contains(&retry_after), "{retry_after}");
        bench.advance(i64::try_from(retry_after).unwrap() - 1);
        assert!(matches!(redeem("SUP-0000-0000", 1).await, Err(Error::TooManyAttempts { .. })));
        bench.advance(1);
        assert!(redeem(&pin, 1).await.is_ok());
    }

    async fn one_address_does_not_lock_out_another(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        for _ in 0..12 {
            let _ = bench.desk.pins().redeem("SUP-0000-0000", &client(1), LoginKind::Api).await;
        }
        assert!(bench.desk.pins().redeem(&pin, &client(2), LoginKind::Api).await.is_ok());
    }

    async fn simultaneous_failures_cannot_pass_the_limit(bench) {
        let attempts = (0..40).map(|_| {
            let desk = bench.desk.clone();
            tokio::spawn(async move { desk.pins().redeem("SUP-0000-0000", &client(1), LoginKind::Api).await })
        });
        let outcomes = futures::future::join_all(attempts).await;
        let wrong = outcomes.into_iter().filter(|outcome| matches!(outcome.as_ref().unwrap(), Err(Error::WrongPin))).count();
        assert_eq!(wrong, 10);
    }

    async fn only_staff_issue_and_revoke(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let new = NewPins::one(ana.id.unwrap());
        let pins = bench.desk.pins();
        assert!(matches!(pins.issue(&ana, new.clone()).await, Err(Error::Forbidden { .. })));
        let issued = pins.issue(&agent, new).await.unwrap();
        assert!(matches!(pins.revoke(&ana, issued[0].id).await, Err(Error::Forbidden { .. })));
        assert!(matches!(pins.list(&ana, None, None, Cursor::First, 10).await, Err(Error::Forbidden { .. })));
        let record = pins.revoke(&agent, issued[0].id).await.unwrap();
        assert_eq!((record.state, record.issued_by.as_deref()), (PinState::Revoked, Some("agent")));
        assert!(matches!(pins.revoke(&agent, issued[0].id).await, Err(Error::Conflict { .. })));
        // Nobody in staff logs in by PIN.
        let for_staff = NewPins::one(agent.id.unwrap());
        assert_eq!(pins.issue(&Actor::command_line(), for_staff).await.unwrap_err(), Error::NotFound);
    }

    async fn a_deactivated_customer_cannot_come_in(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let inside = bench.log_in(&ana, LoginKind::Api).await;
        let staff = Actor::command_line();
        bench.desk.users().set_active(&staff, ana.id.unwrap(), false).await.unwrap();
        assert_eq!(bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await.unwrap_err(), Error::WrongPin);
        assert!(bench.desk.sessions().authenticate(&inside.tokens.access).await.is_err());
        let new = NewPins::one(ana.id.unwrap());
        assert!(matches!(bench.desk.pins().issue(&staff, new).await, Err(Error::Conflict { .. })));
        // Activated again, the old PIN stays revoked.
        bench.desk.users().set_active(&staff, ana.id.unwrap(), true).await.unwrap();
        assert!(bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await.is_err());
        bench.log_in(&ana, LoginKind::Api).await;
    }
}
