//! People without an identity: what the desk keeps of them, and how they come back.

use desk::{ClientAddress, LoggedIn, NewPins};
use domain::{
    Actor, BatchDraft, Cursor, DelegationDraft, Error, LedgerKind, LedgerOf, LoginKind, Person, PersonDraft, PinLength,
    Role, ScopeDraft, SessionId, ShownCode,
};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::{Bench, client, fields_of, on_both_databases, ticket};

async fn unknown(bench: &Bench) -> Person {
    bench.desk.users().create_unnamed(&Actor::command_line()).await.unwrap()
}

async fn pin(bench: &Bench, person: &Person) -> String {
    bench.desk.pins().issue(&Actor::command_line(), NewPins::one(person.id)).await.unwrap()[0].pin.to_string()
}

async fn enter(bench: &Bench, typed: &str, from: &ClientAddress) -> Result<LoggedIn, Error> {
    bench.desk.pins().redeem(typed, from, LoginKind::Browser).await
}

/// Who asks now, as the next request finds them.
async fn now(bench: &Bench, login: &LoggedIn) -> Actor {
    bench.desk.sessions().authenticate(&login.tokens.access).await.unwrap().actor
}

/// What a session is shown, which it must type back.
async fn shown(bench: &Bench, login: &LoggedIn) -> ShownCode {
    bench.desk.returns().shown(&login.actor).await.unwrap().unwrap()
}

async fn number_of(bench: &Bench, rows: &str) -> i64 {
    let connection = bench.connection().await;
    let sql = format!("SELECT COUNT(*) {rows}");
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

fn last(code: &ShownCode) -> String {
    code.code.symbols()[12..].to_lowercase()
}

on_both_databases! {
    async fn somebody_without_an_identity_comes_back_by_a_code(bench) {
        let person = unknown(&bench).await;
        assert!(person.name.starts_with("Unknown person ") && person.email.is_empty() && person.is_unnamed, "{person:?}");
        let (desk, returns) = (&bench.desk, bench.desk.returns());
        let first = enter(&bench, &pin(&bench, &person).await, &client(1)).await.unwrap();
        let code = shown(&bench, &first).await;
        assert_eq!((code.code.length(), code.is_last), (PinLength::Sixteen, false));
        // Before its last group is typed back nothing is written, whatever page was shown.
        desk.sessions().welcome(&first.actor).await.unwrap();
        assert!(now(&bench, &first).await.needs_welcome);
        for wrong in ["", "0", &code.code.to_string()] {
            assert_eq!(fields_of(returns.note(&first.actor, wrong).await.unwrap_err()), ["group"], "{wrong}");
        }
        returns.note(&first.actor, &last(&code)).await.unwrap();
        assert!(!now(&bench, &first).await.needs_welcome);
        assert_eq!(returns.shown(&first.actor).await.unwrap(), None, "it is shown once");
        let id = desk.tickets().open(&now(&bench, &first).await, &mut ticket([])).await.unwrap().id;
        desk.sessions().log_out_everywhere(&first.actor).await.unwrap();

        // As people write it; and once more it is shown.
        let typed = code.code.to_string().to_lowercase().replace('-', " ");
        let second = enter(&bench, &typed, &client(2)).await.unwrap();
        assert_eq!(second.actor.id, Some(person.id));
        let again = shown(&bench, &second).await;
        assert_eq!((&again.code, again.is_last), (&code.code, true));
        assert!(now(&bench, &second).await.needs_welcome);
        returns.note(&second.actor, &last(&again)).await.unwrap();
        assert_eq!(desk.tickets().list_own(&second.actor, Cursor::First, 9).await.unwrap().items[0].id, id);
        assert_eq!(number_of(&bench, "FROM return_codes WHERE sealed IS NOT NULL").await, 0, "now it is nowhere");

        let third = enter(&bench, &typed, &client(3)).await.unwrap();
        assert_eq!(returns.shown(&third.actor).await.unwrap(), None);
        desk.sessions().welcome(&third.actor).await.unwrap();
        assert!(!now(&bench, &third).await.needs_welcome);
        let known = returns.of(&Actor::command_line(), person.id).await.unwrap().unwrap();
        assert!(known.is_noted && known.used_at.is_some());
        // Another one's group is of no use, and nobody else is shown anything.
        let other = enter(&bench, &pin(&bench, &unknown(&bench).await).await, &client(4)).await.unwrap();
        assert!(returns.note(&other.actor, &last(&code)).await.is_err());
        let ana = bench.customer("ana").await;
        let named = bench.log_in(&ana, LoginKind::Browser).await;
        assert_eq!(returns.shown(&named.actor).await.unwrap(), None);
        assert_eq!(returns.note(&named.actor, "0000").await.unwrap_err(), Error::NotFound);
        assert!(matches!(returns.make_again(&named.actor).await, Err(Error::Forbidden { .. })));
        assert!(matches!(returns.of(&named.actor, person.id).await, Err(Error::Forbidden { .. })));
    }

    async fn the_code_ends_with_the_access_and_with_the_next_one(bench) {
        let (me, desk) = (Actor::command_line(), &bench.desk);
        let code_of = async |person: &Person| {
            let login = enter(&bench, &pin(&bench, person).await, &client(1)).await.unwrap();
            (shown(&bench, &login).await.code.to_string(), login)
        };
        let works = async |code: &str| enter(&bench, code, &client(2)).await.is_ok();
        let person = unknown(&bench).await;
        let (first, _) = code_of(&person).await;
        assert!(works(&first).await);
        let (second, login) = code_of(&person).await;
        assert!(!works(&first).await, "each PIN comes with a new one");
        assert!(works(&second).await);
        desk.returns().make_again(&login.actor).await.unwrap();
        let third = shown(&bench, &login).await.code.to_string();
        assert!(!works(&second).await && works(&third).await);
        // Their own log-out leaves it.
        desk.sessions().log_out_everywhere(&login.actor).await.unwrap();
        assert!(works(&third).await);
        desk.sessions().end_all_of(&me, person.id).await.unwrap();
        assert!(!works(&third).await, "who ends the access ends the code");
        let (fourth, _) = code_of(&person).await;
        let pins = desk.pins().list(&me, None, Some(person.id), Cursor::First, 1).await.unwrap();
        desk.pins().end_family(&me, pins.items[0].id).await.unwrap();
        assert!(!works(&fourth).await);
        let (fifth, _) = code_of(&person).await;
        desk.users().set_active(&me, person.id, false).await.unwrap();
        desk.users().set_active(&me, person.id, true).await.unwrap();
        assert!(!works(&fifth).await);
        let (sixth, _) = code_of(&person).await;
        // After a restore one that was ended since would be good: first somebody looks who may come in.
        let connection = bench.connection().await;
        connection.execute_unprepared("INSERT INTO sweep_hold (id, since, reason) VALUES (1, 0, 'restored')").await.unwrap();
        assert!(!works(&sixth).await);
        connection.execute_unprepared("DELETE FROM sweep_hold").await.unwrap();
        assert!(works(&sixth).await);
        let told = desk.ledger().list(&me, LedgerOf::Customer(person.id), Cursor::First, 200).await.unwrap().items;
        assert_eq!(told.iter().filter(|entry| entry.data.kind() == LedgerKind::ReturnCodeEnded).count(), 3);
        desk.users().erase(&bench.staff("mia", Role::Admin).await, person.id).await.unwrap();
        assert!(!works(&sixth).await);
        assert_eq!(number_of(&bench, "FROM return_codes").await, 0);
        // A PIN for less opens less, and gives no way back to all.
        let person = unknown(&bench).await;
        let login = enter(&bench, &pin(&bench, &person).await, &client(1)).await.unwrap();
        desk.returns().note(&login.actor, &last(&shown(&bench, &login).await)).await.unwrap();
        let id = desk.tickets().open(&login.actor, &mut ticket([])).await.unwrap().id;
        let narrow = NewPins { scope: ScopeDraft { ticket: Some(id), ..ScopeDraft::default() }, ..NewPins::one(person.id) };
        let narrow = desk.pins().issue(&me, narrow).await.unwrap()[0].pin.to_string();
        let narrow = enter(&bench, &narrow, &client(1)).await.unwrap();
        assert_eq!(desk.returns().shown(&narrow.actor).await.unwrap(), None);
        assert!(matches!(desk.returns().make_again(&narrow.actor).await, Err(Error::Forbidden { .. })));
    }

    async fn guessing_a_code_has_the_ceiling_of_a_pin(bench) {
        let person = unknown(&bench).await;
        let login = enter(&bench, &pin(&bench, &person).await, &client(1)).await.unwrap();
        let code = shown(&bench, &login).await.code.to_string();
        for _ in 0..10 {
            let wrong = enter(&bench, "SUP-0000-0000-0000-0000", &client(7)).await.unwrap_err();
            assert_eq!(wrong, Error::WrongPin);
        }
        let refused = enter(&bench, &code, &client(7)).await.unwrap_err();
        assert!(matches!(refused, Error::TooManyAttempts { .. }), "{refused:?}");
        assert!(enter(&bench, &code, &client(8)).await.is_ok());
        let admin = bench.staff("mia", Role::Admin).await;
        let live = bench.desk.pins().guessing(&admin).await.unwrap().live;
        assert_eq!(live.iter().map(|live| (live.length, live.count)).collect::<Vec<_>>(), [(PinLength::Sixteen, 1)]);
    }

    async fn no_address_of_theirs_is_kept(bench) {
        let from = ClientAddress::of([203, 0, 113, 77].into());
        let person = unknown(&bench).await;
        let pin = pin(&bench, &person).await;
        enter(&bench, "SUP-0000-0000", &from).await.unwrap_err();
        let login = enter(&bench, &pin, &from).await.unwrap();
        let code = shown(&bench, &login).await;
        let actor = now(&bench, &login).await.asking_from(from.as_str());
        assert_eq!(actor.client, None);
        bench.desk.returns().note(&actor, &last(&code)).await.unwrap();
        bench.desk.tickets().open(&actor, &mut ticket([])).await.unwrap();
        let back = enter(&bench, &code.code.to_string(), &from).await.unwrap();
        bench.desk.sessions().log_out(&back.actor.asking_from(from.as_str())).await.unwrap();
        let connection = bench.connection().await;
        let backend = connection.get_database_backend();
        for (table, columns) in [
            ("sessions", "client, login_key, label"),
            ("ledger", "client, network, data"),
            ("failed_logins", "client, network, account"),
            ("events", "data, via"),
            ("recoveries", "client, network"),
            ("users", "username, name, email"),
        ] {
            for column in columns.split(", ") {
                let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%203.0.113%'");
                let row = connection.query_one_raw(Statement::from_string(backend, sql)).await.unwrap().unwrap();
                assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0, "{table}.{column}");
            }
        }
        // Of people who are known it is, as ever.
        let ana = bench.customer("ana").await;
        let pin = bench.desk.pins().issue(&Actor::command_line(), NewPins::one(ana.id.unwrap())).await.unwrap();
        enter(&bench, &pin[0].pin.to_string(), &from).await.unwrap();
        assert_eq!(number_of(&bench, "FROM sessions WHERE client = '203.0.113.77'").await, 1);
    }

    async fn nobody_learns_a_name_and_nobody_is_let_in(bench) {
        let (me, desk, person) = (Actor::command_line(), &bench.desk, unknown(&bench).await);
        let draft = PersonDraft { username: "ana".into(), name: "Ana".into(), email: "ana@example.org".into() };
        assert!(matches!(desk.users().update(&me, person.id, &draft).await, Err(Error::Conflict { .. })));
        assert!(matches!(desk.delegations().allow(&me, person.id, true).await, Err(Error::Conflict { .. })));
        let login = enter(&bench, &pin(&bench, &person).await, &client(1)).await.unwrap();
        desk.returns().note(&login.actor, &last(&shown(&bench, &login).await)).await.unwrap();
        let let_in = desk.delegations().make(&login.actor, &DelegationDraft { whom: "Ben".into(), ..DelegationDraft::default() }).await;
        assert!(matches!(let_in, Err(Error::Forbidden { .. })), "{let_in:?}");
        for refused in [&login.actor, &bench.customer("ana").await] {
            assert!(matches!(desk.users().create_unnamed(refused).await, Err(Error::Forbidden { .. })));
        }
        // What is taken out calls them by the alias.
        let id = desk.tickets().open(&login.actor, &mut ticket([])).await.unwrap().id;
        let taken = desk.tickets().take_out(&me, id).await.unwrap();
        assert_eq!(taken.view.requester_name, person.name);
        // Aliases are their own, however many there are.
        let mut names = std::collections::BTreeSet::from([person.name]);
        for _ in 0..40 {
            assert!(names.insert(unknown(&bench).await.name));
        }
    }

    async fn who_comes_by_a_card_may_stay_unknown(bench) {
        let eva = bench.staff("eva", Role::Agent).await;
        let eva = Actor { session: Some(SessionId("a browser".into())), ..eva };
        let draft = BatchDraft {
            name: "Spring fair".into(),
            site: String::new(),
            category: String::new(),
            can: None,
            use_by: bench.desk.now().to_date(),
            stays: 3600,
            count: 2,
            is_unnamed: true,
        };
        let batch = bench.desk.cards().make(&eva, &draft).await.unwrap();
        let sheet = bench.desk.cards().sheet(&eva, batch).await.unwrap().unwrap();
        let used = enter(&bench, &sheet.cards[0].1.to_string(), &client(1)).await.unwrap();
        assert!(used.actor.is_unnamed && used.actor.name.starts_with("Unknown person "), "{:?}", used.actor);
        let code = shown(&bench, &used).await;
        bench.desk.returns().note(&used.actor, &last(&code)).await.unwrap();
        // Its session is over after an hour; by the code they are in for another one, and may do no more than by the card.
        bench.advance(3600);
        let back = enter(&bench, &code.code.to_string(), &client(2)).await.unwrap();
        assert_eq!((back.actor.id, back.actor.scope.can), (used.actor.id, used.actor.scope.can));
        assert_eq!(back.actor.scope.until, Some(bench.desk.now().plus_seconds(3600)));
    }
}
