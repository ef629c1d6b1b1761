//! Second factors of staff.

use data_encoding::BASE32_NOPAD;
use desk::{Entered, GivenFactor, SecondStep};
use domain::{
    Actor, Cursor, Error, FactorDuty, LedgerData, LedgerEntry, LedgerKind, LedgerOf, LoginKind, Result, Role,
    TicketFilter, TokenDraft,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sea_orm::{ConnectionTrait as _, Statement};
use sha1::Sha1;

use crate::support::{Bench, PASSWORD, client, on_both_databases};

/// An authenticator app, as the standard has it (RFC 6238).
struct App(Vec<u8>);

impl App {
    fn of(text: &str) -> Self {
        Self(BASE32_NOPAD.decode(text.replace(' ', "").as_bytes()).unwrap())
    }

    /// The code so many steps from now.
    fn code(&self, bench: &Bench, steps: i64) -> String {
        let step = bench.desk.now().as_seconds().div_euclid(30) + steps;
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).unwrap();
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 0xf);
        let number = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// A member of staff with an authenticator app, logged in.
struct Member {
    actor: Actor,
    app: App,
    codes: Vec<String>,
}

async fn member(bench: &Bench, name: &str, role: Role) -> Member {
    let actor = bench.log_in_staff(&bench.staff(name, role).await).await.actor;
    set_up(bench, actor).await
}

async fn set_up(bench: &Bench, actor: Actor) -> Member {
    let factors = bench.desk.factors();
    factors.begin(&actor, (PASSWORD, GivenFactor::code("")), &client(8)).await.unwrap();
    let app = App::of(&factors.waiting(&actor).await.unwrap().unwrap().text);
    factors.confirm(&actor, &app.code(bench, 0), &client(8)).await.unwrap();
    // The next code counts.
    bench.advance(30);
    let codes = factors.show_codes(&actor).await.unwrap();
    Member { actor, app, codes }
}

/// The first step.
async fn half(bench: &Bench, name: &str, password: &str) -> SecondStep {
    match bench.desk.users().enter(name, password, &client(1), LoginKind::Browser).await.unwrap() {
        Entered::NeedsFactor(proof) => proof,
        Entered::In(_) => panic!("let in by a password alone"),
    }
}

/// The second one.
async fn give(bench: &Bench, proof: &str, code: &str) -> Result<Actor> {
    let users = bench.desk.users();
    users
        .second_step(proof, GivenFactor::code(code), &client(1), LoginKind::Browser)
        .await
        .map(|logged_in| logged_in.actor)
}

fn is_wrong<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(error) if error.fields().is_some_and(|fields| !fields.of("factor_code").is_empty()))
}

fn is_forbidden<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::Forbidden { .. }))
}

async fn ledger(bench: &Bench) -> Vec<LedgerEntry> {
    let ledger = bench.desk.ledger();
    ledger.list(&Actor::command_line(), LedgerOf::Desk, Cursor::First, 100).await.unwrap().items
}

async fn kinds(bench: &Bench) -> Vec<LedgerKind> {
    let mut kinds: Vec<_> = ledger(bench).await.iter().map(|entry| entry.data.kind()).collect();
    kinds.reverse();
    kinds
}

on_both_databases! {
    async fn a_password_alone_lets_nobody_in_who_has_a_second_factor(bench) {
        let users = bench.desk.users();
        let eva = member(&bench, "eva", Role::Agent).await;
        let alone = users.log_in("eva", PASSWORD, &client(1), LoginKind::Browser).await;
        assert!(matches!(alone, Err(Error::Conflict { .. })));
        let before = bench.desk.sessions().list_own(&eva.actor, Cursor::First, 10).await.unwrap().items.len();
        let proof = half(&bench, "eva", PASSWORD).await;
        assert!(users.awaits_factor(proof.as_str()).await.unwrap());
        let after = bench.desk.sessions().list_own(&eva.actor, Cursor::First, 10).await.unwrap().items.len();
        assert_eq!((before, after), (1, 1), "there is no session between the steps");
        // Nor is the proof a token of one.
        assert!(bench.desk.sessions().authenticate(proof.as_str()).await.is_err());
        assert!(bench.desk.sessions().renew(proof.as_str()).await.is_err());
        let inside = give(&bench, proof.as_str(), &eva.app.code(&bench, 0)).await.unwrap();
        assert_eq!((inside.id, inside.needs_factor), (eva.actor.id, false));
    }

    async fn a_code_counts_once(bench) {
        let eva = member(&bench, "eva", Role::Agent).await;
        let proof = half(&bench, "eva", PASSWORD).await;
        let code = eva.app.code(&bench, 0);
        give(&bench, proof.as_str(), &code).await.unwrap();
        assert!(is_wrong(&give(&bench, proof.as_str(), &code).await), "used before");
        assert!(is_wrong(&give(&bench, proof.as_str(), &eva.app.code(&bench, -1)).await), "older than one that was used");
        give(&bench, proof.as_str(), &eva.app.code(&bench, 1)).await.unwrap();
        assert!(is_wrong(&give(&bench, proof.as_str(), &eva.app.code(&bench, 2)).await), "not shown yet");
        // A clock that was set back does not lock anybody out.
        bench.advance(-3600);
        let proof = half(&bench, "eva", PASSWORD).await;
        give(&bench, proof.as_str(), &eva.app.code(&bench, 0)).await.unwrap();
        assert!(is_wrong(&give(&bench, proof.as_str(), &eva.app.code(&bench, 0)).await));
    }

    async fn of_two_with_the_same_code_one_is_let_in(bench) {
        let eva = member(&bench, "eva", Role::Agent).await;
        for code in [eva.app.code(&bench, 0), eva.codes[0].clone()] {
            let proofs = [half(&bench, "eva", PASSWORD).await, half(&bench, "eva", PASSWORD).await];
            let both = proofs.each_ref().map(|proof| give(&bench, proof.as_str(), &code));
            let answers = futures::future::join_all(both).await;
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
            assert_eq!(answers.iter().filter(|answer| is_wrong(answer)).count(), 1);
        }
    }

    async fn a_proof_is_for_one_account_one_password_and_a_while(bench) {
        let users = bench.desk.users();
        let (eva, ben) = (member(&bench, "eva", Role::Agent).await, member(&bench, "ben", Role::Agent).await);
        let proof = half(&bench, "eva", PASSWORD).await;
        assert!(is_wrong(&give(&bench, proof.as_str(), &ben.app.code(&bench, 0)).await), "a code of another account");
        assert!(is_wrong(&give(&bench, proof.as_str(), &ben.codes[0]).await));
        let id = |member: &Member| member.actor.id.unwrap().to_string();
        let (_, rest) = proof.as_str().split_once('.').unwrap();
        let (until, hash) = rest.split_once('.').unwrap();
        let later: i64 = until.parse::<i64>().unwrap() - 1;
        // This desk has no admin, and so a set-up link, which is a keyed hash as well.
        let link = users.set_up_link().await.unwrap().unwrap();
        let token = bench.desk.api_tokens();
        let token = token.make(&eva.actor, &TokenDraft { name: "x".into(), ttl: Some(3600), is_read_only: false }).await;
        for other in [
            String::new(),
            format!("{}.{rest}", id(&ben)),
            format!("{}.{later}.{hash}", id(&eva)),
            format!("{}.{until}.{}", id(&eva), "0".repeat(64)),
            format!("{}.{until}", id(&eva)),
            format!("{}.{until}.{}", id(&eva), link.token()),
            // What is signed or made for another purpose.
            token.unwrap().token,
            bench.log_in(&bench.customer("ana").await, LoginKind::Api).await.tokens.access,
        ] {
            let answer = give(&bench, &other, &eva.app.code(&bench, 0)).await;
            assert_eq!(answer.unwrap_err(), Error::Unauthenticated, "{other}");
        }
        bench.advance(301);
        let late = give(&bench, proof.as_str(), &eva.app.code(&bench, 0)).await;
        assert_eq!(late.unwrap_err(), Error::Unauthenticated);
        // A new password, by whomever, is another proof.
        let proof = half(&bench, "eva", PASSWORD).await;
        users.set_password(&Actor::command_line(), eva.actor.id.unwrap(), "another horse").await.unwrap();
        let stale = give(&bench, proof.as_str(), &eva.app.code(&bench, 0)).await;
        assert_eq!(stale.unwrap_err(), Error::Unauthenticated);
        let proof = half(&bench, "eva", "another horse").await;
        users.set_active(&Actor::command_line(), eva.actor.id.unwrap(), false).await.unwrap();
        let gone = give(&bench, proof.as_str(), &eva.app.code(&bench, 0)).await;
        assert_eq!(gone.unwrap_err(), Error::Unauthenticated);
        users.set_active(&Actor::command_line(), eva.actor.id.unwrap(), true).await.unwrap();
        bench.desk.factors().take_away(&Actor::command_line(), eva.actor.id.unwrap()).await.unwrap();
        let without = give(&bench, proof.as_str(), &eva.app.code(&bench, 0)).await;
        assert_eq!(without.unwrap_err(), Error::Unauthenticated);
    }

    async fn a_recovery_code_counts_once(bench) {
        let factors = bench.desk.factors();
        let eva = member(&bench, "eva", Role::Agent).await;
        assert_eq!(eva.codes.len(), 10);
        assert!(factors.show_codes(&eva.actor).await.unwrap().is_empty(), "they are shown once");
        let proof = half(&bench, "eva", PASSWORD).await;
        give(&bench, proof.as_str(), &eva.codes[3].to_uppercase().replace('-', " ")).await.unwrap();
        assert!(is_wrong(&give(&bench, proof.as_str(), &eva.codes[3]).await));
        let last = ledger(&bench).await;
        assert_eq!(last[1].data, LedgerData::RecoveryCodeUsed { left: 9 });
        assert_eq!((last[1].actor_id, last[1].address.as_deref()), (eva.actor.id, Some(client(1).as_str())));
        assert_eq!(last[0].data, LedgerData::FactorRefused { whom: "eva".into() });
        assert_eq!(factors.of(&eva.actor, eva.actor.id.unwrap()).await.unwrap().unwrap().codes, 9);
        // New ones void the old ones.
        let code = eva.app.code(&bench, 0);
        factors.new_codes(&eva.actor, (PASSWORD, GivenFactor::code(&code)), &client(8)).await.unwrap();
        let new = factors.show_codes(&eva.actor).await.unwrap();
        assert!(is_wrong(&give(&bench, proof.as_str(), &eva.codes[0]).await));
        give(&bench, proof.as_str(), &new[0]).await.unwrap();
        assert!(kinds(&bench).await.contains(&LedgerKind::RecoveryCodesMade));
        // Nobody came for these.
        bench.advance(30);
        factors.new_codes(&eva.actor, (PASSWORD, GivenFactor::code(&eva.app.code(&bench, 0))), &client(8)).await.unwrap();
        bench.advance(16 * 60);
        bench.desk.upkeep().await.unwrap();
        bench.advance(-16 * 60);
        assert!(factors.show_codes(&eva.actor).await.unwrap().is_empty());
    }

    async fn wrong_codes_are_limited_as_passwords_are(bench) {
        let eva = member(&bench, "eva", Role::Agent).await;
        let proof = half(&bench, "eva", PASSWORD).await;
        for _ in 0..10 {
            assert!(is_wrong(&give(&bench, proof.as_str(), "000000").await));
        }
        let code = eva.app.code(&bench, 0);
        let refused = give(&bench, proof.as_str(), &code).await;
        assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "a right one, too");
        // From elsewhere they count for the account.
        let users = bench.desk.users();
        for number in 20..30 {
            let wrong = users.second_step(proof.as_str(), GivenFactor::code("000000"), &client(number), LoginKind::Browser).await;
            assert!(is_wrong(&wrong));
        }
        let far = users.second_step(proof.as_str(), GivenFactor::code(&code), &client(99), LoginKind::Browser).await;
        assert!(matches!(far, Err(Error::TooManyAttempts { .. })));
        // Where they were let in before they still are.
        users.second_step(proof.as_str(), GivenFactor::code(&code), &client(8), LoginKind::Browser).await.unwrap();
        assert_eq!(kinds(&bench).await.iter().filter(|kind| **kind == LedgerKind::FactorRefused).count(), 20);
    }

    async fn it_counts_only_after_a_right_code(bench) {
        let factors = bench.desk.factors();
        let member = bench.staff("eva", Role::Agent).await;
        let eva = bench.log_in_staff(&member).await.actor;
        let elsewhere = bench.log_in_staff(&member).await;
        let wrong = factors.begin(&eva, ("wrong horse", GivenFactor::code("")), &client(8)).await.unwrap_err();
        assert!(!wrong.fields().unwrap().of("current_password").is_empty());
        assert!(factors.waiting(&eva).await.unwrap().is_none());
        factors.begin(&eva, (PASSWORD, GivenFactor::code("")), &client(8)).await.unwrap();
        let secret = factors.waiting(&eva).await.unwrap().unwrap();
        assert!(factors.waiting(&elsewhere.actor).await.unwrap().is_none(), "another session does not see it");
        let app = App::of(&secret.text);
        assert_eq!(
            secret.address,
            format!("otpauth://totp/Pindesk:eva?secret={}&issuer=Pindesk", secret.text.replace(' ', ""))
        );
        assert!(is_wrong(&factors.confirm(&eva, "000000", &client(8)).await));
        assert_eq!(factors.confirm(&elsewhere.actor, &app.code(&bench, 0), &client(8)).await.unwrap_err(), Error::NotFound);
        assert!(factors.of(&eva, eva.id.unwrap()).await.unwrap().is_none());
        bench.log_in_staff(&member).await;
        let code = app.code(&bench, 0);
        factors.confirm(&eva, &code, &client(8)).await.unwrap();
        assert!(factors.waiting(&eva).await.unwrap().is_none(), "it is seen no more");
        assert!(bench.desk.sessions().authenticate(&elsewhere.tokens.access).await.is_err(), "other sessions end");
        assert_eq!(bench.desk.sessions().list_own(&eva, Cursor::First, 10).await.unwrap().items.len(), 1);
        let proof = half(&bench, "eva", PASSWORD).await;
        assert!(is_wrong(&give(&bench, proof.as_str(), &code).await), "the code that confirmed it was used");
        assert!(matches!(factors.begin(&eva, (PASSWORD, GivenFactor::code("")), &client(8)).await, Err(Error::Conflict { .. })));
        let told = ledger(&bench).await;
        assert_eq!((told[1].data.clone(), told[1].actor_id), (LedgerData::FactorSet, eva.id));
        // What waits too long is forgotten.
        let ben = bench.log_in_staff(&bench.staff("ben", Role::Agent).await).await.actor;
        factors.begin(&ben, (PASSWORD, GivenFactor::code("")), &client(8)).await.unwrap();
        bench.advance(16 * 60);
        assert_eq!(factors.confirm(&ben, "000000", &client(8)).await.unwrap_err(), Error::NotFound);
    }

    async fn to_switch_it_off_takes_the_password_and_a_code(bench) {
        let factors = bench.desk.factors();
        let eva = member(&bench, "eva", Role::Agent).await;
        let code = eva.app.code(&bench, 0);
        let wrong = factors.switch_off(&eva.actor, ("wrong horse", GivenFactor::code(&code)), &client(8)).await.unwrap_err();
        assert!(!wrong.fields().unwrap().of("current_password").is_empty());
        assert!(is_wrong(&factors.switch_off(&eva.actor, (PASSWORD, GivenFactor::code("000000")), &client(8)).await));
        half(&bench, "eva", PASSWORD).await;
        factors.switch_off(&eva.actor, (PASSWORD, GivenFactor::code(&code)), &client(8)).await.unwrap();
        bench.desk.users().log_in("eva", PASSWORD, &client(1), LoginKind::Browser).await.unwrap();
        let (set, refused, removed) = (LedgerKind::FactorSet, LedgerKind::FactorRefused, LedgerKind::FactorRemoved);
        assert_eq!(kinds(&bench).await, [LedgerKind::PersonAdded, set, refused, removed]);
        assert!(matches!(factors.switch_off(&eva.actor, (PASSWORD, GivenFactor::code(&code)), &client(8)).await, Err(Error::Conflict { .. })));
        assert!(matches!(factors.new_codes(&eva.actor, (PASSWORD, GivenFactor::code(&code)), &client(8)).await, Err(Error::Conflict { .. })));
    }

    async fn admins_take_it_away_from_others_alone(bench) {
        let factors = bench.desk.factors();
        let eva = member(&bench, "eva", Role::Agent).await;
        let (adam, ben) = (bench.staff("adam", Role::Admin).await, bench.staff("ben", Role::Agent).await);
        let id = eva.actor.id.unwrap();
        assert!(is_forbidden(&factors.take_away(&ben, id).await));
        assert!(is_forbidden(&factors.take_away(&eva.actor, id).await));
        assert!(is_forbidden(&factors.of(&ben, id).await));
        assert!(is_forbidden(&factors.begin(&bench.customer("ana").await, (PASSWORD, GivenFactor::code("")), &client(8)).await));
        assert!(matches!(factors.take_away(&adam, adam.id.unwrap()).await, Err(Error::Conflict { .. })));
        assert!(matches!(factors.take_away(&adam, ben.id.unwrap()).await, Err(Error::Conflict { .. })));
        assert_eq!(factors.take_away(&adam, domain::UserId(4711)).await.unwrap_err(), Error::NotFound);
        assert_eq!(factors.take_away(&adam, bench.customer("zoe").await.id.unwrap()).await.unwrap_err(), Error::NotFound);
        // A program does not, whosever it is.
        let draft = TokenDraft { name: "x".into(), ttl: Some(3600), is_read_only: false };
        let token = bench.desk.api_tokens().make_for(&Actor::command_line(), adam.id.unwrap(), &draft).await.unwrap();
        let program = bench.desk.api_tokens().authenticate(&token.token).await.unwrap();
        assert!(is_forbidden(&factors.take_away(&program, id).await));
        assert!(is_forbidden(&factors.begin(&program, (PASSWORD, GivenFactor::code("")), &client(8)).await));
        assert_eq!(factors.take_away(&adam, id).await.unwrap(), 1, "their session ended");
        bench.desk.users().log_in("eva", PASSWORD, &client(1), LoginKind::Browser).await.unwrap();
        let told = ledger(&bench).await;
        assert_eq!((told[0].data.clone(), told[0].actor_id), (LedgerData::FactorRemoved { whom: "eva".into() }, adam.id));
    }

    async fn a_new_password_does_not_take_it_away(bench) {
        let eva = member(&bench, "eva", Role::Agent).await;
        let users = bench.desk.users();
        users.set_password(&Actor::command_line(), eva.actor.id.unwrap(), "another horse").await.unwrap();
        half(&bench, "eva", "another horse").await;
        users.change_password(&eva.actor, "another horse", "a third horse", &client(8)).await.unwrap();
        let proof = half(&bench, "eva", "a third horse").await;
        give(&bench, proof.as_str(), &eva.app.code(&bench, 0)).await.unwrap();
    }

    async fn who_must_have_one_sets_it_up_before_anything_else(bench) {
        let (eva, adam) = (bench.staff("eva", Role::Agent).await, bench.staff("adam", Role::Admin).await);
        let before = bench.log_in_staff(&adam).await;
        let draft = TokenDraft { name: "Phone".into(), ttl: Some(3600), is_read_only: false };
        let token = bench.desk.api_tokens().make(&before.actor, &draft).await.unwrap();
        let Bench { desk, mut config, folder, .. } = bench;
        drop(desk);
        config.require_second_factor = FactorDuty::Admins;
        let bench = Bench { desk: desk::Desk::open(config.clone()).await.unwrap(), config, folder, bucket: None };
        let desk = &bench.desk;
        // It holds for who was in already, and for admins alone.
        let known = async |access: &str| desk.sessions().authenticate(access).await.unwrap().actor;
        assert!(!bench.log_in_staff(&eva).await.actor.needs_factor);
        let adam = bench.log_in_staff(&adam).await;
        assert!(adam.actor.needs_factor && known(&before.tokens.access).await.needs_factor);
        let adam = (known(&adam.tokens.access).await, adam.tokens.access);
        assert!(is_forbidden(&desk.users().assignable(&adam.0).await));
        assert!(is_forbidden(&desk.users().set_role(&adam.0, eva.id.unwrap(), Role::Admin).await));
        assert!(is_forbidden(&desk.tickets().list(&adam.0, &TicketFilter::default(), Cursor::First, 10).await));
        assert!(is_forbidden(&desk.sessions().list_own(&adam.0, Cursor::First, 10).await));
        assert!(is_forbidden(&desk.api_tokens().make(&adam.0, &draft).await));
        assert!(is_forbidden(&desk.factors().take_away(&adam.0, eva.id.unwrap()).await));
        // Programs go on.
        let program = desk.api_tokens().authenticate(&token.token).await.unwrap();
        desk.users().assignable(&program).await.unwrap();
        let member = set_up(&bench, adam.0).await;
        let adam = known(&adam.1).await;
        assert!(!adam.needs_factor);
        desk.users().assignable(&adam).await.unwrap();
        // Without one it begins again.
        let code = member.app.code(&bench, 0);
        desk.factors().switch_off(&adam, (PASSWORD, GivenFactor::code(&code)), &client(8)).await.unwrap();
        assert!(bench.log_in_staff(&adam).await.actor.needs_factor);
    }

    async fn a_copy_of_the_database_gives_none(bench) {
        let eva = member(&bench, "eva", Role::Agent).await;
        let factors = bench.desk.factors();
        factors.new_codes(&eva.actor, (PASSWORD, GivenFactor::code(&eva.app.code(&bench, 0))), &client(8)).await.unwrap();
        let connection = bench.connection().await;
        let mut columns = Vec::new();
        for sql in ["SELECT sealed, mark FROM authenticators", "SELECT sealed, hash FROM recovery_codes"] {
            let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
            for row in rows.unwrap() {
                columns.extend([0, 1].map(|at| row.try_get_by_index::<String>(at).unwrap()));
            }
        }
        assert_eq!(columns.len(), 22);
        let codes = factors.show_codes(&eva.actor).await.unwrap();
        let secrets = codes.iter().map(|code| code.replace('-', "")).chain([data_encoding::HEXLOWER.encode(&eva.app.0)]);
        for secret in secrets {
            assert!(columns.iter().all(|column| !column.contains(&secret)), "{secret}");
        }
        // Whoever has another secret lets nobody in by it.
        connection.close().await.unwrap();
        let Bench { desk, config, folder, .. } = bench;
        drop(desk);
        std::fs::write(folder.path().join("secret"), "b".repeat(64)).unwrap();
        let config = desk::DeskConfig { new_secret: true, ..config };
        let bench = Bench { desk: desk::Desk::open(config.clone()).await.unwrap(), config, folder, bucket: None };
        let proof = half(&bench, "eva", PASSWORD).await;
        bench.advance(30);
        for code in [eva.app.code(&bench, 0), codes[0].clone()] {
            assert!(is_wrong(&give(&bench, proof.as_str(), &code).await));
        }
        bench.desk.factors().take_away(&Actor::command_line(), eva.actor.id.unwrap()).await.unwrap();
        bench.desk.users().log_in("eva", PASSWORD, &client(1), LoginKind::Browser).await.unwrap();
    }
}
