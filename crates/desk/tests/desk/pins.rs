use desk::NewPins;
use domain::{Actor, Cursor, Error, LoginKind, PinState, Role};

use crate::support::{client, on_both_databases};

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

    async fn a_pin_lives_as_long_as_it_was_issued_for(bench) {
        let ana = bench.customer("ana").await;
        let new = NewPins { user_id: ana.id.unwrap(), ttl: Some(3600), count: 2 };
        let pins = bench.desk.pins().issue(&Actor::command_line(), new).await.unwrap();
        bench.advance(3599);
        assert!(bench.desk.pins().redeem(&pins[0].pin.to_string(), &client(1), LoginKind::Api).await.is_ok());
        bench.advance(1);
        assert!(bench.desk.pins().redeem(&pins[1].pin.to_string(), &client(1), LoginKind::Api).await.is_err());
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
        let new = NewPins { user_id: ana.id.unwrap(), ttl: None, count: 1 };
        let pins = bench.desk.pins();
        assert!(matches!(pins.issue(&ana, new.clone()).await, Err(Error::Forbidden { .. })));
        let issued = pins.issue(&agent, new).await.unwrap();
        assert!(matches!(pins.revoke(&ana, issued[0].id).await, Err(Error::Forbidden { .. })));
        assert!(matches!(pins.list(&ana, None, None, Cursor::First, 10).await, Err(Error::Forbidden { .. })));
        let record = pins.revoke(&agent, issued[0].id).await.unwrap();
        assert_eq!((record.state, record.issued_by.as_deref()), (PinState::Revoked, Some("agent")));
        assert!(matches!(pins.revoke(&agent, issued[0].id).await, Err(Error::Conflict { .. })));
        // Nobody in staff logs in by PIN.
        let for_staff = NewPins { user_id: agent.id.unwrap(), ttl: None, count: 1 };
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
        let new = NewPins { user_id: ana.id.unwrap(), ttl: None, count: 1 };
        assert!(matches!(bench.desk.pins().issue(&staff, new).await, Err(Error::Conflict { .. })));
        // Activated again, the old PIN stays revoked.
        bench.desk.users().set_active(&staff, ana.id.unwrap(), true).await.unwrap();
        assert!(bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await.is_err());
        bench.log_in(&ana, LoginKind::Api).await;
    }
}
