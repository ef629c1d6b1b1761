//! Codes that callers read out: once, for five minutes, by whoever is in; and what agents may try.

use desk::LoggedIn;
use domain::{Actor, Caller, Error, LiveKind, LoginKind, Purpose, Role, ScopeDraft, Status, TicketChange, UserId};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::{Bench, fields_of, heard_all, next, on_both_databases, ticket};

struct Scene {
    ana: LoggedIn,
    id: UserId,
    eva: Actor,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let ana = bench.customer("ana").await;
        let ana = bench.log_in(&ana, LoginKind::Browser).await;
        let eva = bench.staff("eva", Role::Agent).await;
        Self { id: ana.actor.id.unwrap(), ana, eva }
    }
}

async fn code(bench: &Bench, caller: &Actor) -> String {
    bench.desk.callers().make(caller).await.unwrap().code.unwrap().digits().to_owned()
}

/// Another one than this.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

fn is_wrong(outcome: &Result<Caller, Error>) -> bool {
    matches!(outcome, Err(error @ Error::Invalid { .. }) if fields_of(error.clone()) == ["code"])
}

async fn outcomes(bench: &Bench) -> Vec<String> {
    let connection = bench.connection().await;
    let sql = "SELECT outcome FROM caller_checks ORDER BY id";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

on_both_databases! {
    async fn a_code_says_who_calls_once(bench) {
        let Scene { ana, id, eva } = Scene::new(&bench).await;
        let (callers, tickets) = (bench.desk.callers(), bench.desk.tickets());
        let open = tickets.open(&ana.actor, &mut ticket([])).await.unwrap().id;
        let done = tickets.open(&ana.actor, &mut ticket([])).await.unwrap().id;
        let closed = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
        tickets.update(&eva, done, &closed).await.unwrap();
        let since = bench.desk.now();
        assert_eq!(callers.current(&ana.actor).await.unwrap(), None);
        let made = callers.make(&ana.actor).await.unwrap();
        assert_eq!((made.expires_at, made.checked_at), (since.plus_seconds(300), None));
        // The page shows it as often as it is asked for.
        assert_eq!(callers.current(&ana.actor).await.unwrap(), Some(made.clone()));
        bench.advance(120);
        let code = made.code.unwrap();
        assert_eq!(callers.verified(&eva, id).await.unwrap(), None);
        let caller = callers.check(&eva, &format!(" {} ", code.grouped())).await.unwrap();
        let at = bench.desk.now();
        assert_eq!((caller.id, caller.username.as_str(), caller.checked_at), (id, "ana", at));
        assert_eq!((caller.logged_in_at, caller.let_in_by.as_deref()), (since, None));
        assert_eq!(caller.tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [open], "what is done is left out");
        assert!(is_wrong(&callers.check(&eva, code.digits()).await), "it was used");
        // Their page says so, and shows it no more; the agent's knows them for a quarter of an hour.
        let shown = callers.current(&ana.actor).await.unwrap().unwrap();
        assert_eq!((shown.code, shown.checked_at), (None, Some(at)));
        let bob = bench.staff("bob", Role::Admin).await;
        assert_eq!(callers.checked(&eva, caller.check).await.unwrap(), caller);
        assert_eq!(callers.checked(&bob, caller.check).await.unwrap_err(), Error::NotFound);
        assert_eq!(callers.verified(&eva, id).await.unwrap(), Some(at));
        assert_eq!(callers.verified(&bob, id).await.unwrap(), None, "another agent did not hear them");
        assert_eq!(callers.verified(&eva, bob.id.unwrap()).await.unwrap(), None);
        bench.advance(900);
        assert_eq!(callers.verified(&eva, id).await.unwrap(), None);
        assert_eq!(callers.checked(&eva, caller.check).await.unwrap_err(), Error::NotFound);
        assert_eq!(callers.current(&ana.actor).await.unwrap(), None);
    }

    async fn a_code_ends_with_its_time_its_session_and_the_next_one(bench) {
        let Scene { ana, eva, .. } = Scene::new(&bench).await;
        let callers = bench.desk.callers();
        let first = code(&bench, &ana.actor).await;
        let second = code(&bench, &ana.actor).await;
        if first != second {
            assert!(is_wrong(&callers.check(&eva, &first).await), "another one was made");
        }
        callers.check(&eva, &second).await.unwrap();
        let late = code(&bench, &ana.actor).await;
        bench.advance(300);
        assert!(is_wrong(&callers.check(&eva, &late).await), "its time is over");
        assert_eq!(callers.current(&ana.actor).await.unwrap(), None);
        let gone = code(&bench, &ana.actor).await;
        bench.desk.sessions().log_out(&ana.actor).await.unwrap();
        assert!(is_wrong(&callers.check(&eva, &gone).await), "its session is over");
        // Of two at once one is told.
        let again = bench.customer("ben").await;
        let ben = bench.log_in(&again, LoginKind::Api).await.actor;
        bench.advance(700);
        for _ in 0..4 {
            let code = code(&bench, &ben).await;
            let bob = &eva;
            let (one, two) = tokio::join!(callers.check(&eva, &code), callers.check(bob, &code));
            assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
            bench.advance(700);
        }
    }

    async fn whose_it_is_and_who_let_them_in(bench) {
        let Scene { eva, id, .. } = Scene::new(&bench).await;
        let new = desk::NewPins::one(id);
        let pin = bench.desk.pins().issue(&eva, new).await.unwrap()[0].pin.to_string();
        let caller = bench.desk.pins().redeem(&pin, &crate::support::client(7), LoginKind::Api).await.unwrap().actor;
        let code = code(&bench, &caller).await;
        assert_eq!(bench.desk.callers().check(&eva, &code).await.unwrap().let_in_by.as_deref(), Some(eva.name.as_str()));
    }

    async fn codes_are_for_customers_and_checks_for_staff(bench) {
        let Scene { ana, id, eva } = Scene::new(&bench).await;
        let callers = bench.desk.callers();
        let forbidden = |outcome: Result<(), Error>| matches!(outcome, Err(Error::Forbidden { .. }));
        let ticket = bench.desk.tickets().open(&ana.actor, &mut ticket([])).await.unwrap().id;
        let of = |purpose| ScopeDraft { ticket: Some(ticket), purpose, ..ScopeDraft::default() };
        let dropping = bench.let_in(&ana.actor, of(Purpose::Drop), LoginKind::Api).await.actor;
        let narrow = bench.let_in(&ana.actor, of(Purpose::Login), LoginKind::Api).await.actor;
        let mut others = vec![eva.clone(), Actor::command_line(), dropping];
        for other in &others {
            assert!(forbidden(callers.make(other).await.map(drop)), "{other:?}");
            assert!(forbidden(callers.current(other).await.map(drop)), "{other:?}");
        }
        others.push(narrow);
        let code = code(&bench, &ana.actor).await;
        for other in others.iter().skip(1).chain([&ana.actor]) {
            assert!(forbidden(callers.check(other, &code).await.map(drop)), "{other:?}");
            assert!(forbidden(callers.checked(other, 1).await.map(drop)), "{other:?}");
        }
        for other in others.iter().skip(2).chain([&ana.actor]) {
            assert!(forbidden(callers.verified(other, id).await.map(drop)), "{other:?}");
        }
        assert_eq!(outcomes(&bench).await, [""; 0], "who may not is not noted as who guesses");
        callers.check(&eva, &code).await.unwrap();
    }

    async fn an_access_for_less_says_so_and_vouches_for_nobody(bench) {
        let Scene { ana, id, eva } = Scene::new(&bench).await;
        let callers = bench.desk.callers();
        let ticket = bench.desk.tickets().open(&ana.actor, &mut ticket([])).await.unwrap().id;
        let scopes = [
            ScopeDraft { ticket: Some(ticket), label: "the lawyer".to_owned(), ..ScopeDraft::default() },
            ScopeDraft { can: Some("read".parse().unwrap()), ..ScopeDraft::default() },
        ];
        for scope in scopes {
            let caller = bench.let_in(&ana.actor, scope, LoginKind::Api).await.actor;
            let code = code(&bench, &caller).await;
            let found = callers.check(&eva, &code).await.unwrap();
            assert_eq!((found.id, &found.scope), (id, &caller.scope));
            assert!(found.scope.is_narrow());
            assert_eq!(callers.verified(&eva, id).await.unwrap(), None, "it may be somebody else");
        }
        let code = code(&bench, &ana.actor).await;
        assert!(!callers.check(&eva, &code).await.unwrap().scope.is_narrow());
        assert!(callers.verified(&eva, id).await.unwrap().is_some());
    }

    async fn an_agent_may_be_wrong_five_times(bench) {
        let Scene { ana, eva, .. } = Scene::new(&bench).await;
        let callers = bench.desk.callers();
        let code = code(&bench, &ana.actor).await;
        // What is no code is no try.
        for none in ["", "12345", "1234567", "SUP-0000-0000"] {
            assert!(is_wrong(&callers.check(&eva, none).await), "{none}");
        }
        for _ in 0..5 {
            assert!(is_wrong(&callers.check(&eva, &other(&code)).await));
            bench.advance(10);
        }
        let refused = callers.check(&eva, &code).await.unwrap_err();
        assert!(matches!(refused, Error::TooManyAttempts { retry_after: 550 }), "{refused:?}");
        let expected = ["wrong", "wrong", "wrong", "wrong", "wrong", "refused"];
        assert_eq!(outcomes(&bench).await, expected);
        // It is that agent alone, and the code was not used up.
        let bob = bench.staff("bob", Role::Agent).await;
        callers.check(&bob, &code).await.unwrap();
        bench.advance(550);
        let code = self::code(&bench, &ana.actor).await;
        callers.check(&eva, &code).await.unwrap();
    }

    async fn their_open_page_is_told(bench) {
        let Scene { ana, eva, .. } = Scene::new(&bench).await;
        let ben = bench.customer("ben").await;
        let ben = bench.log_in(&ben, LoginKind::Browser).await;
        let live = bench.desk.live();
        let mut theirs = Box::pin(live.subscribe(&ana.actor, None).await.unwrap());
        let mut others = Box::pin(live.subscribe(&ben.actor, None).await.unwrap());
        let code = code(&bench, &ana.actor).await;
        bench.desk.callers().check(&eva, &code).await.unwrap();
        let message = next(&mut theirs).await.unwrap();
        assert_eq!((message.kind, message.ticket, message.id), (LiveKind::Reload, None, None));
        // Others hear what comes next.
        bench.desk.tickets().open(&ben.actor, &mut ticket([])).await.unwrap();
        heard_all(&bench.desk).await;
        assert_eq!(next(&mut others).await.unwrap().kind, LiveKind::Ticket);
    }

    async fn codes_are_nowhere_in_clear_and_go(bench) {
        let Scene { ana, eva, .. } = Scene::new(&bench).await;
        let code = code(&bench, &ana.actor).await;
        let connection = bench.connection().await;
        let sql = format!("SELECT COUNT(*) FROM caller_codes WHERE nonce LIKE '%{code}%' OR hash = '{code}'");
        let rows = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
        // Hexadecimal digits may have them by chance, once in some ten thousand.
        assert!(rows.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap() <= 1);
        bench.desk.callers().check(&eva, &other(&code)).await.unwrap_err();
        let count = async |table: &str| {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
            row.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap()
        };
        bench.advance(24 * 3600 + 301);
        bench.desk.upkeep().await.unwrap();
        assert_eq!((count("caller_codes").await, count("caller_checks").await), (0, 1));
        bench.advance(365 * 24 * 3600);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(count("caller_checks").await, 0);
    }
}
