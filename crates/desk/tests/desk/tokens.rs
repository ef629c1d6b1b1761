//! API tokens: whose they are, what they may, and what ends them.

use domain::{Actor, Cursor, Error, EventKind, LiveKind, Role, TokenDraft, UserId};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::{Bench, PNG, fields_of, file, form, next, on_both_databases, text, ticket};

const DAY: i64 = 24 * 3600;

fn draft(ttl: i64) -> TokenDraft {
    TokenDraft { name: "Phone system".into(), ttl: Some(ttl), is_read_only: false }
}

async fn is_refused(bench: &Bench, token: &str) -> bool {
    bench.desk.api_tokens().authenticate(token).await == Err(Error::Unauthenticated)
}

/// How often something happened to a person.
async fn count(bench: &Bench, kind: EventKind, user: UserId) -> i64 {
    let connection = bench.connection().await;
    let sql = format!("SELECT COUNT(*) FROM events WHERE kind = '{}' AND user_id = {user}", kind.as_str());
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

on_both_databases! {
    async fn a_token_is_its_owner_as_they_are_now(bench) {
        let eva = bench.staff("eva", Role::Admin).await;
        bench.staff("bob", Role::Admin).await;
        let id = eva.id.unwrap();
        let tokens = bench.desk.api_tokens();
        let made = tokens.make(&eva, &draft(90 * DAY)).await.unwrap();
        let random = made.token.strip_prefix("pdk_").unwrap();
        assert!(random.len() == 32 && random.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{random}");
        assert_eq!((made.record.username.as_str(), made.record.last_used_at), ("eva", None));
        assert_eq!(made.record.expires_at, bench.desk.now().plus_seconds(90 * DAY));
        let actor = tokens.authenticate(&made.token).await.unwrap();
        assert_eq!((actor.id, actor.role, actor.session.as_ref()), (Some(id), Role::Admin, None));
        assert_eq!(actor.token.map(|token| (token.id, token.is_read_only)), Some((made.record.id, false)));
        assert_eq!(actor.require_writing(), Ok(()));
        // Demoted, it is an agent's at once.
        bench.desk.users().set_role(&Actor::command_line(), id, Role::Agent).await.unwrap();
        let actor = tokens.authenticate(&made.token).await.unwrap();
        assert_eq!(actor.role, Role::Agent);
        assert!(actor.require_admin().is_err());
        // Read-only is the token's own.
        let reading = TokenDraft { is_read_only: true, ..draft(DAY) };
        let reading = tokens.make(&eva, &reading).await.unwrap();
        assert!(tokens.authenticate(&reading.token).await.unwrap().require_writing().is_err());
        assert_eq!(count(&bench, EventKind::ApiTokenMade, id).await, 2);
    }

    async fn what_is_no_token_is_refused(bench) {
        let eva = bench.staff("eva", Role::Agent).await;
        let tokens = bench.desk.api_tokens();
        let made = tokens.make(&eva, &draft(3600)).await.unwrap();
        let upper = made.token.to_uppercase();
        let cut = made.token.get(..made.token.len() - 1).unwrap();
        let other = format!("{}{}", cut, if made.token.ends_with('a') { 'b' } else { 'a' });
        for wrong in ["", "pdk_", &*upper, cut, &other, &format!("{}x", made.token), &format!(" {}", made.token)] {
            assert!(is_refused(&bench, wrong).await, "{wrong}");
        }
        bench.advance(3599);
        tokens.authenticate(&made.token).await.unwrap();
        bench.advance(1);
        assert!(is_refused(&bench, &made.token).await, "it expired");
        // One that expired is in the list until it is swept away.
        let listed = async || tokens.list(&eva, eva.id, Cursor::First, 10).await.unwrap().items;
        assert!(listed().await[0].is_over(bench.desk.now()));
        bench.advance(31 * DAY);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(listed().await, []);
    }

    async fn the_last_use_is_noted_once_a_minute(bench) {
        let eva = bench.staff("eva", Role::Agent).await;
        let tokens = bench.desk.api_tokens();
        let made = tokens.make(&eva, &draft(DAY)).await.unwrap();
        let used = async || tokens.list(&eva, eva.id, Cursor::First, 10).await.unwrap().items[0].last_used_at;
        let first = bench.desk.now();
        for (seconds, expected) in [(0, 0), (59, 0), (1, 60), (59, 60), (1, 120)] {
            bench.advance(seconds);
            tokens.authenticate(&made.token).await.unwrap();
            crate::support::until("it is noted", async || used().await == Some(first.plus_seconds(expected))).await;
        }
    }

    async fn what_ends_them(bench) {
        let root = bench.staff("root", Role::Admin).await;
        let eva = bench.staff("eva", Role::Agent).await;
        let id = eva.id.unwrap();
        let (tokens, users) = (bench.desk.api_tokens(), bench.desk.users());
        let make = async || tokens.make(&eva, &draft(DAY)).await.unwrap();
        // Revoked: at once, and once.
        let (one, stays) = (make().await, make().await);
        let mut stream = Box::pin(
            bench.desk.live().subscribe(&tokens.authenticate(&one.token).await.unwrap(), None).await.unwrap(),
        );
        tokens.revoke(&eva, one.record.id).await.unwrap();
        assert!(is_refused(&bench, &one.token).await);
        assert_eq!(next(&mut stream).await.unwrap().kind, LiveKind::Over, "what was open ends");
        assert_eq!(tokens.revoke(&eva, one.record.id).await.unwrap_err(), Error::NotFound);
        tokens.authenticate(&stays.token).await.unwrap();
        assert_eq!(count(&bench, EventKind::ApiTokenRevoked, id).await, 1);
        // Who logs out everywhere keeps them; whose access an admin ends does not.
        let session = bench.log_in_staff(&eva).await.actor;
        bench.desk.sessions().log_out_everywhere(&session).await.unwrap();
        tokens.authenticate(&stays.token).await.unwrap();
        bench.desk.sessions().end_all_of(&root, id).await.unwrap();
        assert!(is_refused(&bench, &stays.token).await);
        // Deactivated, and activated again: the old ones are gone for good.
        let before = make().await;
        users.set_active(&root, id, false).await.unwrap();
        assert!(is_refused(&bench, &before.token).await);
        assert_eq!(tokens.make(&eva, &draft(DAY)).await.err(), Some(Error::NotFound));
        users.set_active(&root, id, true).await.unwrap();
        assert!(is_refused(&bench, &before.token).await);
        assert_eq!(count(&bench, EventKind::ApiTokenRevoked, id).await, 3);
        assert_eq!(tokens.list(&root, Some(id), Cursor::First, 10).await.unwrap().items, []);
    }

    async fn what_arrives_after_its_end_is_not_written(bench) {
        let (eva, ana) = (bench.staff("eva", Role::Agent).await, bench.customer("ana").await);
        let id = bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap().id;
        let tokens = bench.desk.api_tokens();
        let made = tokens.make(&eva, &draft(DAY)).await.unwrap();
        let program = tokens.authenticate(&made.token).await.unwrap();
        let with_file = || form([text("body", "Here"), file("a.png", PNG)]);
        bench.desk.tickets().reply(&program, id, &mut with_file()).await.unwrap();
        tokens.revoke(&eva, made.record.id).await.unwrap();
        let before = bench.files();
        let replied = bench.desk.tickets().reply(&program, id, &mut with_file()).await;
        assert_eq!(replied.map(drop), Err(Error::Unauthenticated));
        let noted = bench.desk.tickets().note(&program, id, &mut with_file()).await;
        assert_eq!(noted.map(drop), Err(Error::Unauthenticated));
        assert_eq!(bench.files(), before);
    }

    async fn who_may_make_and_look_after_them(bench) {
        let root = bench.staff("root", Role::Admin).await;
        let (eva, bob) = (bench.staff("eva", Role::Agent).await, bench.staff("bob", Role::Agent).await);
        let ana = bench.customer("ana").await;
        let tokens = bench.desk.api_tokens();
        let forbidden = |error: Option<Error>| assert!(matches!(error, Some(Error::Forbidden { .. })), "{error:?}");
        forbidden(tokens.make(&ana, &draft(DAY)).await.err());
        forbidden(tokens.make_for(&root, eva.id.unwrap(), &draft(DAY)).await.err());
        let made = tokens.make_for(&Actor::command_line(), eva.id.unwrap(), &draft(DAY)).await.unwrap();
        let customers = tokens.make_for(&Actor::command_line(), ana.id.unwrap(), &draft(DAY)).await;
        assert_eq!(customers.err(), Some(Error::NotFound));
        let wrong = TokenDraft { name: " ".into(), ttl: None, is_read_only: false };
        assert_eq!(fields_of(tokens.make(&eva, &wrong).await.err().unwrap()), ["name", "ttl"]);
        // By a token nothing of the kind is done.
        let program = tokens.authenticate(&made.token).await.unwrap();
        forbidden(tokens.make(&program, &draft(DAY)).await.err());
        forbidden(tokens.list(&program, eva.id, Cursor::First, 10).await.err());
        forbidden(tokens.revoke(&program, made.record.id).await.err());
        // Others neither see nor end it; admins do.
        forbidden(tokens.list(&bob, eva.id, Cursor::First, 10).await.err());
        forbidden(tokens.list(&bob, None, Cursor::First, 10).await.err());
        forbidden(tokens.list(&ana, ana.id, Cursor::First, 10).await.err());
        forbidden(tokens.revoke(&ana, made.record.id).await.err());
        assert_eq!(tokens.revoke(&bob, made.record.id).await.err(), Some(Error::NotFound));
        let mine = tokens.make(&bob, &draft(DAY)).await.unwrap();
        let all = tokens.list(&root, None, Cursor::First, 10).await.unwrap().items;
        assert_eq!(all.iter().map(|token| token.id).collect::<Vec<_>>(), [mine.record.id, made.record.id]);
        assert_eq!(tokens.list(&eva, eva.id, Cursor::First, 10).await.unwrap().items.len(), 1);
        tokens.revoke(&root, made.record.id).await.unwrap();
        // Nobody has more than they look after.
        for _ in 1..50 {
            tokens.make(&bob, &draft(DAY)).await.unwrap();
        }
        assert!(matches!(tokens.make(&bob, &draft(DAY)).await.err(), Some(Error::Conflict { .. })));
    }

    async fn one_that_was_made_on_a_page_is_shown_once(bench) {
        let member = bench.staff("eva", Role::Agent).await;
        let eva = bench.log_in_staff(&member).await.actor;
        let tokens = bench.desk.api_tokens();
        let id = tokens.make_to_show(&eva, &draft(DAY)).await.unwrap();
        let elsewhere = bench.log_in_staff(&member).await.actor;
        assert!(tokens.show_once(&elsewhere, id).await.unwrap().is_none(), "another session of hers");
        // The database holds it in no form that can be read.
        let connection = bench.connection().await;
        let sql = "SELECT hash || ' ' || sealed FROM api_tokens";
        let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
        let kept: String = row.unwrap().unwrap().try_get_by_index(0).unwrap();
        let (first, second) = tokio::join!(tokens.show_once(&eva, id), tokens.show_once(&eva, id));
        let shown: Vec<_> = [first.unwrap(), second.unwrap()].into_iter().flatten().collect();
        let [made] = &shown[..] else { panic!("shown {} times", shown.len()) };
        assert!(!kept.contains(&made.token) && !kept.contains(&made.token[4..]), "{kept}");
        tokens.authenticate(&made.token).await.unwrap();
        assert!(tokens.show_once(&eva, id).await.unwrap().is_none());
        // Nobody came for this one.
        let late = tokens.make_to_show(&eva, &draft(DAY)).await.unwrap();
        bench.advance(300);
        assert!(tokens.show_once(&eva, late).await.unwrap().is_none());
        bench.desk.upkeep().await.unwrap();
        let sql = "SELECT COUNT(*) FROM api_tokens WHERE sealed IS NOT NULL";
        let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
        assert_eq!(row.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(), 0);
    }
}
