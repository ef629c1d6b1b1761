use domain::{Actor, Cursor, Error, LoginKind, Role};

use crate::support::on_both_databases;

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
        bench.advance(11);
        assert_eq!(bench.desk.sessions().renew(&old.refresh).await.unwrap_err(), Error::Unauthenticated);
        assert!(bench.desk.sessions().authenticate(&new.access).await.is_err());
        assert!(bench.desk.sessions().renew(&new.refresh).await.is_err());
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
        let agent = bench.log_in(&agent, LoginKind::Browser).await.actor;
        let admin = bench.log_in(&admin, LoginKind::Browser).await.actor;
        bench.log_in(&ana, LoginKind::Browser).await;
        bench.log_in(&other, LoginKind::Browser).await;
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

    async fn logging_out_is_at_once(bench) {
        let ana = bench.customer("ana").await;
        let logged_in = bench.log_in(&ana, LoginKind::Browser).await;
        bench.desk.sessions().log_out(&logged_in.actor).await.unwrap();
        bench.desk.sessions().log_out(&logged_in.actor).await.unwrap();
        assert!(bench.desk.sessions().authenticate(&logged_in.tokens.access).await.is_err());
        assert!(bench.desk.sessions().renew(&logged_in.tokens.refresh).await.is_err());
    }
}
