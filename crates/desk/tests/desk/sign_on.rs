//! Staff who log in with an account that they have elsewhere.

use desk::{DeskConfig, SignedOn};
use domain::{Actor, AuditFilter, AuditGroup, Cursor, Error, FactorDuty, LoginKind, PersonDraft, Role, UserId};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::{Bench, PASSWORD, client, on_both_databases};

fn of(subject: &str, role: Option<Role>) -> SignedOn {
    let person = PersonDraft { username: format!("{subject}.name"), ..PersonDraft::default() };
    SignedOn { issuer: "https://id.example.org".into(), subject: subject.into(), person, role }
}

async fn member(bench: &Bench, id: UserId) -> domain::Person {
    bench.desk.users().member(&Actor::command_line(), id).await.unwrap()
}

/// What was changed in people, the newest first.
async fn said(bench: &Bench) -> Vec<String> {
    let people = AuditFilter { group: Some(AuditGroup::People), ..AuditFilter::default() };
    let entries = bench.desk.audit().list(&Actor::command_line(), &people, Cursor::First, 50).await.unwrap().items;
    entries.iter().map(|entry| entry.sentence(ToOwned::to_owned)).collect()
}

on_both_databases! {
    async fn the_first_log_in_makes_a_member_and_the_next_ones_know_them(bench) {
        let users = bench.desk.users();
        let stranger = users.sign_on(&of("eva", None), &client(1)).await;
        assert!(matches!(stranger, Err(Error::Forbidden { .. })));
        // Of two at once both are let in, to one account.
        let (one, other) = (of("eva", Some(Role::Agent)), of("eva", Some(Role::Agent)));
        let (from, elsewhere) = (client(1), client(2));
        let (one, other) = tokio::join!(users.sign_on(&one, &from), users.sign_on(&other, &elsewhere));
        let (one, other) = (one.unwrap().actor, other.unwrap().actor);
        assert_eq!((one.id, one.role), (other.id, Role::Agent));
        // Another name there, or the same at another provider.
        let renamed = SignedOn { person: PersonDraft::default(), ..of("eva", Some(Role::Agent)) };
        assert_eq!(users.sign_on(&renamed, &client(1)).await.unwrap().actor.id, one.id);
        let other_issuer = SignedOn { issuer: "https://other.example.org".into(), ..of("eva", Some(Role::Admin)) };
        assert!(matches!(users.sign_on(&other_issuer, &client(1)).await, Err(Error::Conflict { .. })));
        // They have no password.
        for password in ["", PASSWORD] {
            let refused = users.log_in("eva.name", password, &client(1), LoginKind::Browser).await;
            assert_eq!(refused.unwrap_err(), Error::WrongPassword);
        }
        let unnamed = SignedOn { person: PersonDraft::default(), ..of("ben", Some(Role::Agent)) };
        assert!(matches!(users.sign_on(&unnamed, &client(1)).await, Err(Error::Invalid { .. })));
    }

    async fn the_role_follows_and_the_last_admin_stays(bench) {
        let users = bench.desk.users();
        let me = users.sign_on(&of("eva", Some(Role::Admin)), &client(1)).await.unwrap().actor.id.unwrap();
        users.sign_on(&of("eva", Some(Role::Agent)), &client(1)).await.unwrap();
        assert_eq!(member(&bench, me).await.role, Role::Admin, "the last one");
        bench.staff("adam", Role::Admin).await;
        assert_eq!(users.sign_on(&of("eva", Some(Role::Agent)), &client(1)).await.unwrap().actor.role, Role::Agent);
        assert_eq!(users.sign_on(&of("eva", Some(Role::Admin)), &client(1)).await.unwrap().actor.role, Role::Admin);
        let told = said(&bench).await;
        assert!(told[0].contains("role from agent to admin") && told[1].contains("role from admin to agent"), "{told:?}");
        assert!(told.iter().any(|entry| entry.contains("added eva.name as admin of staff")), "{told:?}");
        let sessions = async || bench.desk.sessions().list(&Actor::command_line(), Some(me), Cursor::First, 10).await;
        assert_eq!(sessions().await.unwrap().items.len(), 4);
        assert!(users.sign_on(&of("eva", None), &client(1)).await.is_err());
        assert_eq!(sessions().await.unwrap().items.len(), 0, "what they had ended");
        let connection = bench.connection().await;
        let sql = format!("SELECT COUNT(*) FROM sessions WHERE user_id = {me} AND end_reason = 'role_lost'");
        let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
        assert_eq!(row.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(), 4);
        connection.close().await.unwrap();
        users.set_active(&Actor::command_line(), me, false).await.unwrap();
        let gone = users.sign_on(&of("eva", Some(Role::Admin)), &client(1)).await;
        assert_eq!(gone.unwrap_err(), Error::Unauthenticated);
        assert!(!member(&bench, me).await.is_active);
    }

    async fn of_many_tries_at_once_no_more_are_looked_at_than_may_fail(bench) {
        let users = bench.desk.users();
        let limit = bench.config.failures_per_client as usize;
        let tries = futures::future::join_all((0..limit + 8).map(|_| async {
            let tried = users.begin_sign_on(&client(1)).await;
            // As while the provider is asked.
            tokio::task::yield_now().await;
            tried
        }));
        let (begun, refused): (Vec<_>, Vec<_>) = tries.await.into_iter().partition(|tried| tried.is_ok());
        assert_eq!((begun.len(), refused.len()), (limit, 8));
        assert!(refused.iter().all(|tried| matches!(tried, Err(Error::TooManyAttempts { .. }))));
        // One in which nothing was wrong makes room for one.
        for tried in begun.into_iter().take(1) {
            users.forgive(tried.unwrap()).await.unwrap();
        }
        let again = users.begin_sign_on(&client(1)).await;
        assert!(again.is_ok() && users.begin_sign_on(&client(1)).await.is_err());
    }

    async fn whom_no_password_lets_in_needs_no_second_factor_here(bench) {
        let (mia, adam) = (bench.staff("mia", Role::Admin).await, bench.staff("adam", Role::Admin).await);
        bench.desk.users().link(&Actor::command_line(), adam.id.unwrap(), "https://id.example.org", "adam").await.unwrap();
        let Bench { desk, mut config, folder, .. } = bench;
        drop(desk);
        config.require_second_factor = FactorDuty::Staff;
        let open = async |config: &DeskConfig| desk::Desk::open(config.clone()).await.unwrap();
        let desk = open(&config).await;
        let sign_on = async |desk: &desk::Desk| {
            let inside = desk.users().sign_on(&of("adam", Some(Role::Admin)), &client(1)).await.unwrap();
            let known = desk.sessions().authenticate(&inside.tokens.access).await.unwrap().actor.needs_factor;
            assert_eq!(inside.actor.needs_factor, known);
            known
        };
        assert!(sign_on(&desk).await, "his password lets him in, too");
        drop(desk);
        config.password_login_for = Some("mia".into());
        let desk = open(&config).await;
        assert!(!sign_on(&desk).await, "now it does not");
        let inside = desk.users().log_in("mia", PASSWORD, &client(1), LoginKind::Browser).await.unwrap();
        assert_eq!((inside.actor.id, inside.actor.needs_factor), (mia.id, true));
        drop(folder);
    }

    async fn a_password_is_kept_for_one_alone(bench) {
        let (mia, adam) = (bench.staff("mia", Role::Admin).await, bench.staff("adam", Role::Admin).await);
        let before = bench.log_in_staff(&adam).await.tokens;
        let Bench { desk, config, folder, bucket } = bench;
        drop(desk);
        let config = DeskConfig { password_login_for: Some("MIA".into()), ..config };
        let bench = Bench { desk: desk::Desk::open(config.clone()).await.unwrap(), config, folder, bucket };
        bench.log_in_staff(&mia).await;
        let refused = bench.desk.users().log_in("adam", PASSWORD, &client(1), LoginKind::Browser).await;
        assert_eq!(refused.unwrap_err(), Error::WrongPassword, "as if there were nobody");
        bench.desk.sessions().authenticate(&before.access).await.unwrap();
        bench.desk.users().link(&Actor::command_line(), adam.id.unwrap(), "https://id.example.org", "adam").await.unwrap();
        let inside = bench.desk.users().sign_on(&of("adam", Some(Role::Admin)), &client(1)).await.unwrap();
        assert_eq!(inside.actor.id, adam.id);
        let told = said(&bench).await;
        assert!(told[0].contains("adam at https://id.example.org"), "{told:?}");
    }
}
