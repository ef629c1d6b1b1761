use domain::{Actor, Cursor, Error, LoginKind, Role};

use crate::support::{client, on_both_databases};

on_both_databases! {
    async fn tokens_open_what_they_are_for(bench) {
        let ana = bench.customer("ana").await;
        let tokens = bench.log_in(&ana, LoginKind::Api).await.tokens;
        let sessions = bench.desk.sessions();
        assert_eq!(sessions.authenticate(&tokens.access).await.unwrap().actor.id, ana.id);
        assert!(sessions.authenticate(&tokens.refresh).await.is_err());
        assert!(sessions.renew_access(&tokens.access).await.is_err());
        for forged in ["", "a.b.c", &tokens.access[..tokens.access.len() - 2]] {
            assert_eq!(sessions.authenticate(forged).await.unwrap_err(), Error::Unauthenticated);
        }
    }

    async fn an_access_token_lives_ten_minutes(bench) {
        let ana = bench.customer("ana").await;
        let tokens = bench.log_in(&ana, LoginKind::Api).await.tokens;
        bench.advance(599);
        assert!(bench.desk.sessions().authenticate(&tokens.access).await.is_ok());
        bench.advance(1);
        assert!(bench.desk.sessions().authenticate(&tokens.access).await.is_err());
        let access = bench.desk.sessions().renew_access(&tokens.refresh).await.unwrap();
        assert!(bench.desk.sessions().authenticate(&access).await.is_ok());
    }

    async fn an_api_refresh_token_stays_and_is_revocable(bench) {
        let ana = bench.customer("ana").await;
        let tokens = bench.log_in(&ana, LoginKind::Api).await.tokens;
        let sessions = bench.desk.sessions();
        for _ in 0..3 {
            bench.advance(3600);
            sessions.renew_access(&tokens.refresh).await.unwrap();
        }
        assert!(sessions.renew(&tokens.refresh).await.is_err(), "it is no browser's");
        let access = sessions.renew_access(&tokens.refresh).await.unwrap();
        sessions.end_by_token(&tokens.refresh).await.unwrap();
        assert!(sessions.end_by_token(&tokens.refresh).await.is_err());
        assert!(sessions.authenticate(&access).await.is_err());
        assert!(sessions.renew_access(&tokens.refresh).await.is_err());
    }

    async fn a_refresh_token_lives_seven_days(bench) {
        let ana = bench.customer("ana").await;
        let tokens = bench.log_in(&ana, LoginKind::Api).await.tokens;
        bench.advance(7 * 24 * 3600);
        assert!(bench.desk.sessions().renew_access(&tokens.refresh).await.is_err());
    }

    async fn a_browsers_refresh_token_rotates(bench) {
        let ana = bench.customer("ana").await;
        let first = bench.log_in(&ana, LoginKind::Browser).await.tokens;
        let sessions = bench.desk.sessions();
        assert!(sessions.renew_access(&first.refresh).await.is_err(), "REST must not renew without rotating");
        let second = sessions.renew(&first.refresh).await.unwrap().tokens;
        assert_ne!(first.refresh, second.refresh);
        let third = sessions.renew(&second.refresh).await.unwrap().tokens;
        // The first is two rotations old: reuse, whatever the time.
        assert!(sessions.renew(&first.refresh).await.is_err());
        assert!(sessions.renew(&third.refresh).await.is_err(), "the whole session is over");
        assert!(sessions.authenticate(&third.access).await.is_err());
    }

    async fn renewals_at_once_all_succeed(bench) {
        let ana = bench.customer("ana").await;
        let tokens = bench.log_in(&ana, LoginKind::Browser).await.tokens;
        let renewals = (0..8).map(|_| {
            let (desk, refresh) = (bench.desk.clone(), tokens.refresh.clone());
            tokio::spawn(async move { desk.sessions().renew(&refresh).await })
        });
        for renewed in futures::future::join_all(renewals).await {
            let renewed = renewed.unwrap().unwrap();
            assert!(bench.desk.sessions().authenticate(&renewed.tokens.access).await.is_ok());
            // Whichever cookie the browser ends up with, it can be renewed.
            assert!(bench.desk.sessions().authenticate(&renewed.tokens.access).await.is_ok());
        }
        bench.advance(5);
        let late = bench.desk.sessions().renew(&tokens.refresh).await.unwrap();
        bench.advance(3600);
        assert!(bench.desk.sessions().renew(&late.tokens.refresh).await.is_ok());
    }

    async fn reuse_after_the_grace_ends_the_session_and_is_recorded(bench) {
        let ana = bench.customer("ana").await;
        let old = bench.log_in(&ana, LoginKind::Browser).await.tokens;
        let new = bench.desk.sessions().renew(&old.refresh).await.unwrap().tokens;
        bench.desk.sessions().authenticate(&new.access).await.unwrap();
        bench.advance(11);
        assert_eq!(bench.desk.sessions().renew(&old.refresh).await.unwrap_err(), Error::Unauthenticated);
        assert!(bench.desk.sessions().authenticate(&new.access).await.is_err());
        assert!(bench.desk.sessions().renew(&new.refresh).await.is_err());
    }

    async fn a_renewal_whose_answer_was_lost_is_renewed_again(bench) {
        let ana = bench.customer("ana").await;
        let first = bench.log_in(&ana, LoginKind::Browser).await.tokens;
        let sessions = bench.desk.sessions();
        // Lost twice, with hours between, and then once more by several requests at once.
        for _ in 0..2 {
            sessions.renew(&first.refresh).await.unwrap();
            bench.advance(2 * 3600);
        }
        let renewals = (0..4).map(|_| {
            let (desk, refresh) = (bench.desk.clone(), first.refresh.clone());
            tokio::spawn(async move { desk.sessions().renew(&refresh).await.unwrap().tokens })
        });
        let mut second = None;
        for renewed in futures::future::join_all(renewals).await {
            let tokens = renewed.unwrap();
            sessions.authenticate(&tokens.access).await.unwrap();
            second = Some(tokens);
        }
        // One of them arrived and was used a moment ago: who came with the old token at the same time may stay.
        bench.advance(5);
        sessions.renew(&first.refresh).await.unwrap();
        // The next answer is lost too. What comes next counts, and the first one is a copy.
        let second = second.unwrap();
        sessions.renew(&second.refresh).await.unwrap();
        bench.advance(3600);
        let third = sessions.renew(&second.refresh).await.unwrap().tokens;
        sessions.authenticate(&third.access).await.unwrap();
        let fourth = sessions.renew(&third.refresh).await.unwrap().tokens;
        assert_eq!(sessions.renew(&first.refresh).await.unwrap_err(), Error::Unauthenticated);
        assert!(sessions.authenticate(&fourth.access).await.is_err(), "the session is over");
    }

    async fn one_use_of_the_successor_makes_the_old_one_a_copy(bench) {
        let ana = bench.customer("ana").await;
        let sessions = bench.desk.sessions();
        for by_access in [true, false] {
            let old = bench.log_in(&ana, LoginKind::Browser).await.tokens;
            let mut new = sessions.renew(&old.refresh).await.unwrap().tokens;
            // What came with the old one tells nothing of the new one.
            sessions.authenticate(&old.access).await.unwrap();
            bench.advance(60);
            new = sessions.renew(&old.refresh).await.map_or(new, |renewed| renewed.tokens);
            if by_access {
                sessions.authenticate(&new.access).await.unwrap();
            } else {
                new = sessions.renew(&new.refresh).await.unwrap().tokens;
            }
            bench.advance(11);
            assert!(sessions.renew(&old.refresh).await.is_err());
            assert!(sessions.authenticate(&new.access).await.is_err());
        }
    }

    async fn a_clock_that_was_ahead_makes_no_old_token_good(bench) {
        let ana = bench.customer("ana").await;
        let old = bench.log_in(&ana, LoginKind::Browser).await.tokens;
        let sessions = bench.desk.sessions();
        bench.advance(24 * 3600);
        let new = sessions.renew(&old.refresh).await.unwrap().tokens;
        sessions.authenticate(&new.access).await.unwrap();
        bench.advance(-24 * 3600);
        sessions.authenticate(&new.access).await.unwrap();
        assert!(sessions.renew(&old.refresh).await.is_err(), "it is used, and by no clock a moment ago");
    }

    async fn machines_whose_clocks_differ_a_little_agree(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let redeem = async || bench.desk.pins().redeem_in_browser(&pin, &client(9), Some("a browser")).await.unwrap();
        let first = redeem().await;
        // What was done there a moment ago lies ahead here.
        bench.advance(-5);
        assert_eq!(redeem().await.actor.session, first.actor.session);
        let sessions = bench.desk.sessions();
        let old = first.tokens;
        bench.advance(5);
        let new = sessions.renew(&old.refresh).await.unwrap().tokens;
        sessions.authenticate(&new.access).await.unwrap();
        bench.advance(-5);
        sessions.renew(&old.refresh).await.unwrap();
        sessions.authenticate(&new.access).await.unwrap();
        bench.advance(-10);
        assert!(sessions.renew(&old.refresh).await.is_err());
    }

    async fn a_customers_session_ends_thirty_days_after_the_log_in(bench) {
        let ana = bench.customer("ana").await;
        let day = 24 * 3600;
        let (browser, program) =
            (bench.log_in(&ana, LoginKind::Browser).await, bench.log_in(&ana, LoginKind::Api).await);
        let sessions = bench.desk.sessions();
        let mut tokens = browser.tokens;
        for _ in 0..5 {
            bench.advance(6 * day - 1);
            tokens = sessions.renew(&tokens.refresh).await.unwrap().tokens;
        }
        assert_eq!((tokens.access_ttl, tokens.refresh_ttl), (5, 5), "cookies end with the session");
        sessions.authenticate(&tokens.access).await.unwrap();
        bench.advance(5);
        assert!(sessions.authenticate(&tokens.access).await.is_err());
        assert!(sessions.renew(&tokens.refresh).await.is_err());
        assert!(sessions.renew_access(&program.tokens.refresh).await.is_err());
        let staff = Actor::command_line();
        assert!(sessions.list(&staff, None, Cursor::First, 10).await.unwrap().items.is_empty());
        assert_eq!(bench.desk.users().overview(&staff).await.unwrap().sessions, 0);
    }

    async fn a_session_of_staff_ends_after_seven_days_and_when_it_asks_for_nothing(bench) {
        bench.staff("agent", Role::Agent).await;
        let sessions = bench.desk.sessions();
        let log_in = async || {
            bench.desk.users().log_in("agent", "correct horse", &client(7), LoginKind::Browser).await.unwrap()
        };
        let mut tokens = log_in().await.tokens;
        for _ in 0..14 {
            bench.advance(12 * 3600 - 1);
            tokens = sessions.renew(&tokens.refresh).await.unwrap().tokens;
        }
        assert_eq!(tokens.refresh_ttl, 14);
        bench.advance(14);
        assert!(sessions.renew(&tokens.refresh).await.is_err());

        let idle = log_in().await;
        assert!(bench.desk.live().subscribe(&idle.actor, None).await.is_ok());
        bench.advance(12 * 3600);
        assert!(sessions.renew(&idle.tokens.refresh).await.is_err());
        assert!(sessions.authenticate(&idle.tokens.access).await.is_err());
        assert!(sessions.list(&Actor::command_line(), None, Cursor::First, 10).await.unwrap().items.is_empty());
    }

    async fn who_may_end_whose_session(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let (agent, admin) = (bench.staff("agent", Role::Agent).await, bench.staff("admin", Role::Admin).await);
        let sessions = bench.desk.sessions();
        let open = async |who: &Actor| {
            let logged_in = bench.log_in(who, LoginKind::Api).await;
            (logged_in.actor.session.unwrap(), logged_in.tokens.access)
        };
        let (anas, access) = open(&ana).await;
        assert_eq!(sessions.end(&ben, &anas).await.unwrap_err(), Error::NotFound);
        assert!(sessions.authenticate(&access).await.is_ok());
        sessions.end(&ana, &anas).await.unwrap();
        assert!(sessions.authenticate(&access).await.is_err());
        let (again, _) = open(&ana).await;
        sessions.end(&agent, &again).await.unwrap();
        open(&ana).await;
        open(&ana).await;
        assert!(matches!(sessions.end_all_of(&ben, ana.id.unwrap()).await, Err(Error::Forbidden { .. })));
        assert!(matches!(sessions.end_all_of(&agent, admin.id.unwrap()).await, Err(Error::Forbidden { .. })));
        assert_eq!(sessions.end_all_of(&agent, ana.id.unwrap()).await.unwrap(), 2);
        assert!(matches!(sessions.list(&ana, None, Cursor::First, 10).await, Err(Error::Forbidden { .. })));
        assert!(sessions.list(&agent, None, Cursor::First, 10).await.unwrap().items.is_empty());
    }

    async fn sessions_of_staff_are_for_admins(bench) {
        let ana = bench.customer("ana").await;
        let (agent, other) = (bench.staff("agent", Role::Agent).await, bench.staff("other", Role::Agent).await);
        let admin = bench.staff("admin", Role::Admin).await;
        let agent = bench.log_in_staff(&agent).await.actor;
        let admin = bench.log_in_staff(&admin).await.actor;
        bench.log_in(&ana, LoginKind::Browser).await;
        bench.log_in_staff(&other).await;
        let sessions = bench.desk.sessions();
        let seen = async |by: &Actor, of| {
            let page = sessions.list(by, of, Cursor::First, 10).await.unwrap();
            page.items.into_iter().map(|session| session.username).collect::<Vec<_>>()
        };
        assert_eq!(seen(&agent, None).await, ["ana", "agent"]);
        assert_eq!(seen(&admin, None).await, ["other", "ana", "admin", "agent"]);
        for staff in [&admin, &other] {
            assert_eq!(seen(&agent, staff.id).await, Vec::<String>::new());
            assert_eq!(seen(&admin, staff.id).await.len(), 1);
        }
        assert_eq!(seen(&agent, agent.id).await, ["agent"]);
        assert_eq!(seen(&agent, ana.id).await, ["ana"]);
    }

    async fn everybody_sees_their_own_sessions_and_ends_them_all(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let sessions = bench.desk.sessions();
        let here = bench.log_in(&ana, LoginKind::Browser).await;
        let there = bench.log_in(&ana, LoginKind::Api).await;
        let bens = bench.log_in(&ben, LoginKind::Browser).await;
        let own = sessions.list_own(&here.actor, Cursor::First, 10).await.unwrap().items;
        let seen: Vec<_> = own.iter().map(|session| (session.username.as_str(), session.kind, session.is_current)).collect();
        assert_eq!(seen, [("ana", LoginKind::Api, false), ("ana", LoginKind::Browser, true)]);
        assert_eq!(sessions.log_out_everywhere(&here.actor).await.unwrap(), 2);
        assert!(sessions.authenticate(&here.tokens.access).await.is_err());
        assert!(sessions.renew(&here.tokens.refresh).await.is_err());
        assert!(sessions.authenticate(&there.tokens.access).await.is_err());
        assert!(sessions.renew_access(&there.tokens.refresh).await.is_err());
        assert!(sessions.authenticate(&bens.tokens.access).await.is_ok(), "nobody else's");
        assert!(sessions.log_out_everywhere(&Actor::command_line()).await.is_err());
        // All but the one that asks.
        let eva = bench.staff("eva", Role::Agent).await;
        let (mine, other, third) = (bench.log_in_staff(&eva).await, bench.log_in_staff(&eva).await, bench.log_in_staff(&eva).await);
        let of_ana = bench.log_in(&ana, LoginKind::Browser).await;
        assert_eq!(sessions.end_others(&mine.actor).await.unwrap(), 2);
        for (who, is_in) in [(&mine, true), (&other, false), (&third, false), (&of_ana, true)] {
            assert_eq!(sessions.authenticate(&who.tokens.access).await.is_ok(), is_in, "{}", who.actor.username);
        }
        assert_eq!(sessions.end_others(&mine.actor).await.unwrap(), 0);
        assert!(sessions.end_others(&Actor::command_line()).await.is_err());
        let nobody = sessions.list_own(&Actor::command_line(), Cursor::First, 10).await;
        assert_eq!(nobody.unwrap_err(), Error::Unauthenticated);
    }

    async fn logging_out_is_at_once(bench) {
        let ana = bench.customer("ana").await;
        let logged_in = bench.log_in(&ana, LoginKind::Browser).await;
        bench.desk.sessions().log_out(&logged_in.actor).await.unwrap();
        bench.desk.sessions().log_out(&logged_in.actor).await.unwrap();
        assert!(bench.desk.sessions().authenticate(&logged_in.tokens.access).await.is_err());
        assert!(bench.desk.sessions().renew(&logged_in.tokens.refresh).await.is_err());
    }
}
