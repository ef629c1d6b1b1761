//! Agents who call, and a desk on which they must know whom they do something for.

use std::pin::pin;

use desk::{CustomerChange, Desk, DeskConfig, NewPins};
use domain::{
    Actor, ByToken, CallerDeed, Cursor, DelegationDraft, Error, EventKind, LedgerData, LedgerOf, LiveKind, LoginKind,
    PersonDraft, Purpose, Role, ScopeDraft, TokenId,
};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::{Bench, PNG, client, fields_of, file, form, next, on_both_databases, ticket};

async fn count(bench: &Bench, sql: &str) -> i64 {
    let connection = bench.connection().await;
    let statement = Statement::from_string(connection.get_database_backend(), sql.to_owned());
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// A desk on which agents must know whom they do something for.
async fn strict(bench: &Bench) -> Desk {
    Desk::open(DeskConfig { require_caller_code: CallerDeed::ALL.to_vec(), ..bench.config.clone() }).await.unwrap()
}

/// Whether a deed was refused because the agent does not know the customer.
fn is_unknown<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Forbidden { message }) if message.contains("Who is calling?"))
}

on_both_databases! {
    async fn a_call_is_told_inside_the_customers_own_sessions_for_five_minutes(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let (agent, other) = (bench.staff("eva", Role::Agent).await, bench.staff("bob", Role::Agent).await);
        let calls = bench.desk.callers();
        let (her, his) = (bench.log_in(&ana, LoginKind::Browser).await, bench.log_in(&ben, LoginKind::Browser).await);
        let mut stream = pin!(bench.desk.live().subscribe(&her.actor, None).await.unwrap());
        assert_eq!(calls.calling(&her.actor).await, Ok(None));
        let until = calls.begin_call(&agent, ana.id.unwrap()).await.unwrap();
        assert_eq!(until, bench.desk.now().plus_seconds(300));
        let noted = bench.desk.ledger().list(&agent, LedgerOf::Customer(ana.id.unwrap()), Cursor::First, 1).await.unwrap().items;
        assert_eq!((&noted[0].data, noted[0].actor_id), (&LedgerData::CallBegan, agent.id));
        assert_eq!(next(&mut stream).await.map(|message| message.kind), Some(LiveKind::Reload), "an open page learns of it");
        let told = calls.calling(&her.actor).await.unwrap().unwrap();
        assert_eq!((told.agent.as_str(), told.until), ("eva", until));
        assert_eq!(calls.calling(&his.actor).await, Ok(None), "another customer");
        // Nor whom she let in, or staff; and it says nothing of who she is.
        let draft = DelegationDraft { whom: "Zoe".into(), can: None, ttl: Some(3600) };
        let made = bench.desk.delegations().make(&her.actor, &draft).await.unwrap();
        let zoe = bench.desk.pins().redeem(&made.pin.to_string(), &client(7), LoginKind::Browser).await.unwrap();
        assert_eq!(calls.calling(&zoe.actor).await, Ok(None));
        assert_eq!(calls.calling(&agent).await, Ok(None));
        assert_eq!(calls.verified(&agent, ana.id.unwrap()).await, Ok(None));
        assert_eq!(calls.call_to(&agent, ana.id.unwrap()).await, Ok(Some(until)));
        assert_eq!(calls.call_to(&other, ana.id.unwrap()).await, Ok(None), "the call of another");
        // The other's button ends no call of hers.
        calls.end_call(&other, ana.id.unwrap()).await.unwrap();
        assert!(calls.calling(&her.actor).await.unwrap().is_some());
        calls.end_call(&agent, ana.id.unwrap()).await.unwrap();
        assert_eq!(calls.calling(&her.actor).await, Ok(None));
        calls.begin_call(&agent, ana.id.unwrap()).await.unwrap();
        bench.advance(299);
        assert!(calls.calling(&her.actor).await.unwrap().is_some());
        bench.advance(1);
        assert_eq!(calls.calling(&her.actor).await, Ok(None));
        assert_eq!(calls.call_to(&agent, ana.id.unwrap()).await, Ok(None));
        // Who may not, and whom nobody calls.
        assert!(matches!(calls.begin_call(&her.actor, ben.id.unwrap()).await, Err(Error::Forbidden { .. })));
        assert!(matches!(calls.end_call(&her.actor, ana.id.unwrap()).await, Err(Error::Forbidden { .. })));
        assert!(matches!(calls.begin_call(&Actor::command_line(), ana.id.unwrap()).await, Err(Error::Forbidden { .. })));
        let program = Actor { token: Some(ByToken { id: TokenId(1), is_read_only: false }), ..agent.clone() };
        assert!(matches!(calls.begin_call(&program, ana.id.unwrap()).await, Err(Error::Forbidden { .. })));
        assert_eq!(calls.begin_call(&agent, agent.id.unwrap()).await, Err(Error::NotFound));
        bench.desk.users().set_active(&Actor::command_line(), ben.id.unwrap(), false).await.unwrap();
        assert_eq!(calls.begin_call(&agent, ben.id.unwrap()).await, Err(Error::NotFound));
    }

    async fn a_desk_may_want_to_know_the_caller_first(bench) {
        let ana = bench.customer("ana").await;
        let id = ana.id.unwrap();
        let (agent, admin) = (bench.staff("eva", Role::Agent).await, bench.staff("bob", Role::Admin).await);
        let her = bench.log_in(&ana, LoginKind::Browser).await;
        let opened = bench.desk.tickets().open(&her.actor, &mut ticket([])).await.unwrap();
        let outside = ScopeDraft { ticket: Some(opened.id), purpose: Purpose::Drop, ..ScopeDraft::default() };
        let dropper = bench.let_in(&ana, outside, LoginKind::Browser).await;
        bench.desk.drops().add(&dropper.actor, &mut form([file("a.png", PNG)])).await.unwrap();
        let told = bench.desk.tickets().timeline(&agent, opened.id, Cursor::First, 50).await.unwrap().items;
        let dropped = told.iter().find(|event| event.kind() == EventKind::FilesDropped).unwrap().id;
        let desk = &strict(&bench).await;
        let renamed = || PersonDraft { username: "ana".into(), name: "Ana".into(), email: String::new() };
        let named = || CustomerChange { email: Some("ana@x.example".into()), ..CustomerChange::default() };
        let session = bench.log_in(&ana, LoginKind::Api).await.actor.session.unwrap();
        for actor in [&agent, &admin] {
            assert!(is_unknown(&desk.pins().issue(actor, NewPins::one(id)).await));
            assert!(is_unknown(&desk.pins().issue_to_show(actor, NewPins::one(id), None).await));
            assert!(is_unknown(&desk.users().update(actor, id, &renamed()).await));
            assert!(is_unknown(&desk.users().change_customer(actor, id, named()).await));
            assert!(is_unknown(&desk.sessions().end(actor, &session).await));
            assert!(is_unknown(&desk.sessions().end_all_of(actor, id).await));
            assert!(is_unknown(&desk.drops().release(actor, opened.id, dropped).await));
        }
        // What is the customer's own, what is staff's, and what is not in the list goes on as before; so does the command line.
        desk.sessions().end(&her.actor, &session).await.unwrap();
        desk.users().update(&admin, agent.id.unwrap(), &PersonDraft { username: "eva".into(), ..PersonDraft::default() }).await.unwrap();
        desk.users().change_customer(&agent, id, CustomerChange { is_active: Some(true), ..CustomerChange::default() }).await.unwrap();
        desk.pins().issue(&Actor::command_line(), NewPins::one(id)).await.unwrap();
        // A code opens it all to who checked it, for a quarter of an hour, and to nobody else.
        let code = desk.callers().make(&her.actor).await.unwrap().code.unwrap();
        // By the token of a phone system, too: what counts is whose it is.
        let phone = Actor { session: None, token: Some(ByToken { id: TokenId(1), is_read_only: false }), ..agent.clone() };
        desk.callers().check(&phone, code.digits()).await.unwrap();
        assert!(is_unknown(&desk.pins().issue(&admin, NewPins::one(id)).await));
        desk.pins().issue(&agent, NewPins::one(id)).await.unwrap();
        desk.users().update(&phone, id, &renamed()).await.unwrap();
        desk.users().change_customer(&agent, id, named()).await.unwrap();
        desk.drops().release(&agent, opened.id, dropped).await.unwrap();
        bench.advance(15 * 60);
        assert!(is_unknown(&desk.sessions().end_all_of(&agent, id).await));
        let code = desk.callers().make(&her.actor).await.unwrap().code.unwrap();
        desk.callers().check(&agent, code.digits()).await.unwrap();
        assert!(desk.sessions().end_all_of(&agent, id).await.unwrap() > 0);
    }

    async fn the_first_pin_takes_a_line_of_how_they_are_known(bench) {
        let (ana, agent) = (bench.customer("ana").await, bench.staff("eva", Role::Agent).await);
        let (id, other) = (ana.id.unwrap(), bench.staff("bob", Role::Admin).await);
        let desk = &strict(&bench).await;
        assert!(is_unknown(&desk.pins().issue(&agent, NewPins::one(id)).await));
        assert_eq!(desk.callers().can_make_code(&agent, id).await, Ok(false));
        for how in [" ", &"x".repeat(201)] {
            assert_eq!(fields_of(desk.callers().vouch(&agent, id, how).await.unwrap_err()), ["how"]);
        }
        assert!(matches!(desk.callers().vouch(&ana, id, "me").await, Err(Error::Forbidden { .. })));
        assert_eq!(desk.callers().vouch(&agent, agent.id.unwrap(), "me").await, Err(Error::NotFound));
        desk.callers().vouch(&agent, id, "Came to the counter with their passport").await.unwrap();
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM caller_checks WHERE how LIKE '%passport%' AND outcome = 'vouched'").await, 1);
        assert!(is_unknown(&desk.pins().issue(&other, NewPins::one(id)).await), "who wrote it");
        let issued = desk.pins().issue(&agent, NewPins::one(id)).await.unwrap();
        bench.advance(15 * 60);
        assert!(is_unknown(&desk.pins().issue(&agent, NewPins::one(id)).await));
        // Once they are in they can make a code, and no line is enough; an access to a part of it makes none that counts.
        let scope = ScopeDraft { can: Some("read".parse().unwrap()), ..ScopeDraft::default() };
        bench.let_in(&ana, scope, LoginKind::Browser).await;
        assert_eq!(desk.callers().can_make_code(&agent, id).await, Ok(false));
        desk.pins().redeem(&issued[0].pin.to_string(), &client(9), LoginKind::Browser).await.unwrap();
        assert_eq!(desk.callers().can_make_code(&agent, id).await, Ok(true));
        assert!(matches!(desk.callers().vouch(&agent, id, "By voice").await, Err(Error::Conflict { .. })));
    }

    async fn what_is_said_with_a_pin_is_kept_with_it_or_not_at_all(bench) {
        let (ana, agent) = (bench.customer("ana").await, bench.staff("eva", Role::Agent).await);
        let id = ana.id.unwrap();
        let desk = &strict(&bench).await;
        let said = "SELECT COUNT(*) FROM caller_checks WHERE outcome = 'vouched'";
        // No ticket of hers: no PIN, and nothing that counts for a quarter of an hour.
        let wrong = NewPins { scope: ScopeDraft { ticket: Some(domain::TicketId(4711)), ..ScopeDraft::default() }, ..NewPins::one(id) };
        let refused = desk.pins().issue_knowing(&agent, wrong, Some("At the counter")).await.unwrap_err();
        assert_eq!(fields_of(refused), ["ticket"]);
        assert_eq!(count(&bench, said).await, 0);
        assert!(is_unknown(&desk.pins().issue(&agent, NewPins::one(id)).await));
        assert_eq!(desk.pins().issue_knowing(&agent, NewPins::one(id), Some("At the counter")).await.unwrap().len(), 1);
        assert_eq!(count(&bench, said).await, 1);
    }
}
