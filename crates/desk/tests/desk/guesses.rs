//! Limits on guessing: by address, network and account, and one gate for all processes when too many attempts fail.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use desk::{ClientAddress, Desk, NewPins};
use domain::{Actor, Cursor, Error, LivePins, LoginKind, Odds, PinLength, Role};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::{Bench, client, on_both_databases, until};

/// One of many addresses, each in a network of its own.
fn far(number: u16) -> ClientAddress {
    let [high, low] = number.to_be_bytes();
    ClientAddress::of([10, high, low, 1].into())
}

async fn guess(desk: &Desk, from: &ClientAddress) -> Result<desk::LoggedIn, Error> {
    desk.pins().redeem("SUP-0000-0000", from, LoginKind::Api).await
}

fn is_refused<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::TooManyAttempts { .. }))
}

async fn number_of(bench: &Bench, rows: &str) -> i64 {
    let connection = bench.connection().await;
    let sql = format!("SELECT COUNT(*) {rows}");
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

on_both_databases! {
    async fn a_network_has_a_wider_limit(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let in_network = |last: u8| ClientAddress::of([198, 51, 100, last].into());
        // A hundred failures, which stay below the limit of each address and of the desk.
        for number in 0..100u8 {
            assert_eq!(guess(&bench.desk, &in_network(number)).await.unwrap_err(), Error::WrongPin);
            bench.advance(3);
        }
        let refused = bench.desk.pins().redeem(&pin, &in_network(200), LoginKind::Api).await;
        assert!(matches!(refused, Err(Error::TooManyAttempts { retry_after: 1..=600 })), "{refused:?}");
        assert!(bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await.is_ok());
    }

    async fn an_account_under_attack_is_open_to_addresses_it_knows(bench) {
        bench.staff("agent", Role::Agent).await;
        let users = bench.desk.users();
        let home = client(1);
        users.log_in("agent", "correct horse", &home, LoginKind::Browser).await.unwrap();
        for username in ["AGENT", "nobody"] {
            for number in 0..20 {
                let wrong = users.log_in(username, "wrong horse", &far(number), LoginKind::Browser).await;
                assert_eq!(wrong.unwrap_err(), Error::WrongPassword, "{username} {number}");
            }
            bench.advance(61);
        }
        // A right password too, and an account that does not exist is no different.
        for username in ["agent", "nobody"] {
            let refused = users.log_in(username, "correct horse", &far(99), LoginKind::Browser).await;
            assert!(matches!(refused, Err(Error::TooManyAttempts { retry_after: 1..=600 })), "{username}: {refused:?}");
        }
        assert!(users.log_in("agent", "correct horse", &home, LoginKind::Browser).await.is_ok());
        bench.advance(600);
        assert!(users.log_in("agent", "correct horse", &far(99), LoginKind::Browser).await.is_ok());
    }

    async fn one_gate_for_everybody_when_too_many_fail(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let desks = [bench.desk.clone(), bench.another().await];
        let (wrong, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let guesses: Vec<_> = (0..400u16).map(|number| {
            let (desk, wrong, refused) = (desks[usize::from(number) % 2].clone(), Arc::clone(&wrong), Arc::clone(&refused));
            tokio::spawn(async move {
                match guess(&desk, &far(number)).await {
                    Err(Error::WrongPin) => wrong.fetch_add(1, Ordering::SeqCst),
                    Err(Error::TooManyAttempts { retry_after: 1.. }) => refused.fetch_add(1, Ordering::SeqCst),
                    other => panic!("{other:?}"),
                };
            })
        }).collect();
        let now = || (wrong.load(Ordering::SeqCst), refused.load(Ordering::SeqCst));
        // Sixty-one until more than sixty had failed, one through the open gate, fifty wait behind it.
        until("fifty wait", async || now() == (62, 288) && bench.waiting() == 50).await;
        for seconds in 1..=3 {
            bench.advance(1);
            until("five are let through", async || now() == (62 + seconds * 5, 288)).await;
        }
        // Whoever has no answer waits: no sixth is on its way.
        until("the others wait", async || bench.waiting() == 400 - 77 - 288).await;
        assert_eq!(now(), (77, 288));
        // A right PIN from a calm address takes its place behind them, and gets in.
        let login = tokio::spawn({
            let desk = desks[1].clone();
            async move { desk.pins().redeem(&pin, &client(1), LoginKind::Api).await }
        });
        until("it waits as well", async || bench.waiting() == 36).await;
        for left in [31, 26, 21, 16, 11, 6, 1] {
            bench.advance(1);
            until("five are let through", async || bench.waiting() == left).await;
            assert!(!login.is_finished(), "it has the last place");
        }
        bench.advance(1);
        until("its turn comes", async || login.is_finished()).await;
        assert_eq!(login.await.unwrap().unwrap().actor.id, ana.id);
        for guess in guesses {
            guess.await.unwrap();
        }
        // The attack is over: nobody waits any more.
        bench.advance(61);
        let pin = bench.pin(&ana).await;
        assert!(bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await.is_ok());
    }

    async fn ten_thousand_addresses_find_no_more_than_the_ceiling(bench) {
        const A_SECOND: u16 = 167;
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let desks = [bench.desk.clone(), bench.another().await];
        let counts: Arc<[AtomicUsize; 3]> = Arc::default();
        let attempt = |number: u16, typed: String| {
            let (desk, counts) = (desks[usize::from(number) % 2].clone(), Arc::clone(&counts));
            tokio::spawn(async move {
                let [let_in, wrong, refused] = &*counts;
                let count = match desk.pins().redeem(&typed, &far(number), LoginKind::Api).await {
                    Ok(_) => let_in,
                    Err(Error::WrongPin) => wrong,
                    Err(Error::TooManyAttempts { retry_after: 1.. }) => refused,
                    Err(other) => panic!("{other:?}"),
                };
                count.fetch_add(1, Ordering::SeqCst);
            });
        };
        let counted = || counts.each_ref().map(|count| count.load(Ordering::SeqCst));
        let settled = async |begun: usize| {
            until("each has an answer or a place", async || counted().iter().sum::<usize>() + bench.waiting() == begun).await;
        };
        let lengths = ["SUP-0000-0000", "SUP-00000-00000", "SUP-0000-0000-0000", "SUP-0000-0000-0000-0000"];
        let mut begun = 0;
        for second in 0..60u16 {
            // Who is told to come back in a second does so, and comes first.
            if second == 30 {
                attempt(60_000, pin.clone());
                begun += 1;
                settled(begun).await;
            }
            for number in 0..A_SECOND {
                attempt(second * A_SECOND + number, lengths[usize::from(number) % lengths.len()].to_owned());
                begun += 1;
            }
            settled(begun).await;
            bench.advance(1);
        }
        // Those whose turn has come are through.
        until("five more are through", async || bench.waiting() <= 45).await;
        settled(begun).await;
        let [let_in, wrong, refused] = counted();
        assert_eq!(let_in, 1, "a right PIN from a calm address gets in");
        // Those until the gate closed, one that was on its way, and five a second since.
        assert!((5 * 59..=62 + 5 * 60).contains(&wrong), "{wrong} of {begun} were looked at");
        assert_eq!(number_of(&bench, "FROM failed_logins").await, i64::try_from(wrong).unwrap());
        assert!(refused > 9000, "{refused}");
    }

    async fn the_meter_shows_who_guesses_and_what_they_may_find(bench) {
        let ana = bench.customer("ana").await;
        let (agent, admin) = (bench.staff("agent", Role::Agent).await, bench.staff("admin", Role::Admin).await);
        let pins = bench.desk.pins();
        for not_admin in [&ana, &agent] {
            assert!(matches!(pins.guessing(not_admin).await, Err(Error::Forbidden { .. })));
        }
        let seen = async || pins.guessing(&admin).await.unwrap();
        let calm = seen().await;
        assert_eq!((calm.failures, calm.addresses, calm.is_gated, calm.until), (0, 0, false, None));
        assert_eq!((calm.odds.to_string().as_str(), calm.live.len(), calm.is_unusual()), ("none", 0, false));
        assert!((calm.ceiling - 5.0).abs() < f64::EPSILON);

        let (hour, day) = (3600, 24 * 3600);
        // Of one PIN, before it is issued: for all of staff.
        assert!(matches!(pins.odds(&ana, PinLength::Eight, day), Err(Error::Forbidden { .. })));
        let one = [LivePins { length: PinLength::Eight, count: 1, seconds: 24 * 3600 }];
        assert_eq!(pins.odds(&agent, PinLength::Eight, day).unwrap(), Odds::of(&one, 5.0));
        assert_eq!(pins.odds(&agent, PinLength::Eight, -day).unwrap().to_string(), "none");
        let issue = async |ttl, count| {
            let new = NewPins { ttl: Some(ttl), count, ..NewPins::one(ana.id.unwrap()) };
            pins.issue(&admin, new).await.unwrap()
        };
        issue(90 * day, 3).await;
        let used = issue(hour, 2).await;
        issue(hour, 1).await;
        pins.redeem(&used[0].pin.to_string(), &client(1), LoginKind::Api).await.unwrap();
        pins.revoke(&admin, used[1].id).await.unwrap();
        // From when all had eight.
        bench.execute("UPDATE pins SET symbols = NULL WHERE symbols = 8").await;
        let live = |length, count, seconds: i64| LivePins { length, count, seconds: seconds.unsigned_abs() };
        let expected = [live(PinLength::Eight, 1, hour), live(PinLength::Twelve, 3, 90 * day)];
        let now = seen().await;
        assert_eq!((now.live.as_slice(), now.until), (&expected[..], Some(bench.desk.now().plus_seconds(90 * day))));
        assert_eq!(now.odds, Odds::of(&expected, 5.0));
        assert!(now.odds.to_string().starts_with("1 in "), "{}", now.odds);
        bench.advance(hour);
        assert_eq!(seen().await.live, [live(PinLength::Twelve, 3, 90 * day - hour)], "what is over is guessed no more");

        // Twelve failures from three addresses are unusual where nobody fails, and admins are told.
        for number in 0..9 {
            guess(&bench.desk, &far(number % 3)).await.unwrap_err();
        }
        assert_eq!(pins.alarm(&admin).await.unwrap(), None);
        for number in 9..12 {
            guess(&bench.desk, &far(number % 3)).await.unwrap_err();
        }
        let now = seen().await;
        assert_eq!((now.failures, now.addresses, now.is_gated, now.is_unusual()), (12, 3, false, true));
        assert_eq!(pins.alarm(&admin).await.unwrap(), Some(now));
        for not_admin in [&ana, &agent] {
            assert_eq!(pins.alarm(not_admin).await.unwrap(), None);
        }
        for number in 0..49 {
            guess(&bench.desk, &far(100 + number)).await.unwrap_err();
        }
        let now = seen().await;
        assert_eq!((now.failures, now.addresses, now.is_gated), (61, 52, true));
        bench.advance(61);
        let later = seen().await;
        assert_eq!((later.failures, later.peak, later.is_gated), (0, 61, false));
        // Who looks a little later is told, too, and not for ever.
        assert_eq!(pins.alarm(&admin).await.unwrap(), Some(later.clone()));
        bench.advance(500);
        assert_eq!(pins.alarm(&admin).await.unwrap().unwrap().peak, 61);
        bench.advance(40);
        assert_eq!(pins.alarm(&admin).await.unwrap(), None);
        assert!((later.usual - 61.0 / (7.0 * 24.0 * 60.0)).abs() < 1e-9, "{}", later.usual);
        // What no limit looks at any more is still known, once, for a week.
        for _ in 0..2 {
            bench.advance(hour);
            bench.desk.upkeep().await.unwrap();
            bench.another().await.upkeep().await.unwrap();
            assert_eq!(number_of(&bench, "FROM failed_logins").await, 0);
            assert!((seen().await.usual - later.usual).abs() < 1e-9);
        }
        bench.advance(8 * day);
        assert!(seen().await.usual.abs() < f64::EPSILON);
        bench.advance(30 * day);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(number_of(&bench, "FROM failed_hours").await, 0);
    }

    async fn who_failed_before_does_not_take_the_last_places(bench) {
        let mut config = bench.config.clone();
        (config.failures_per_minute, config.attempts_waiting) = (3, 4);
        let desk = Desk::open(config).await.unwrap();
        let attacker = |last: u8| ClientAddress::of([198, 51, 100, last].into());
        for number in 0..5 {
            assert_eq!(guess(&desk, &attacker(number)).await.unwrap_err(), Error::WrongPin);
        }
        let waiting: Vec<_> = (10..20u8).map(|number| {
            let desk = desk.clone();
            tokio::spawn(async move { guess(&desk, &attacker(number)).await })
        }).collect();
        until("eight are refused", async || waiting.iter().filter(|guess| guess.is_finished()).count() == 8).await;
        let calm = tokio::spawn({ let desk = desk.clone(); async move { guess(&desk, &far(1)).await } });
        until("it waits or is refused", async || bench.waiting() == 3 || calm.is_finished()).await;
        assert!(!calm.is_finished(), "it has a place in the line");
        bench.advance(5);
        assert_eq!(calm.await.unwrap().unwrap_err(), Error::WrongPin);
        for guess in waiting {
            guess.await.unwrap().unwrap_err();
        }
    }

    async fn a_clock_that_was_ahead_locks_nobody_out(bench) {
        let ana = bench.customer("ana").await;
        bench.advance(24 * 3600);
        for number in 0..80 {
            let _ = guess(&bench.desk, &far(number)).await;
            bench.advance(1);
        }
        for _ in 0..10 {
            let _ = guess(&bench.desk, &client(1)).await;
            bench.advance(1);
        }
        bench.advance(-24 * 3600);
        let pin = bench.pin(&ana).await;
        let locked = bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await;
        assert!(matches!(locked, Err(Error::TooManyAttempts { retry_after: 1..=600 })), "{locked:?}");
        bench.advance(600);
        assert!(bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await.is_ok());
        assert_eq!(number_of(&bench, "FROM login_gate").await, 1);
    }

    async fn passwords_of_one_address_are_checked_one_by_one(bench) {
        bench.staff("agent", Role::Agent).await;
        let answered = Arc::new(AtomicUsize::new(0));
        let attempts: Vec<_> = (0..100).map(|_| {
            let (desk, answered) = (bench.desk.clone(), Arc::clone(&answered));
            tokio::spawn(async move {
                let outcome = desk.users().log_in("agent", "wrong horse", &client(1), LoginKind::Browser).await;
                if matches!(outcome, Err(Error::WrongPassword)) {
                    answered.fetch_add(1, Ordering::SeqCst);
                }
                outcome
            })
        }).collect();
        // Each counts before it is checked, so those that were counted and have no answer are being checked.
        let mut most = 0;
        while !attempts.iter().all(tokio::task::JoinHandle::is_finished) {
            let counted = number_of(&bench, "FROM failed_logins").await;
            most = most.max(counted - i64::try_from(answered.load(Ordering::SeqCst)).unwrap());
        }
        assert_eq!(most, 1, "so many were checked at the same time");
        let outcomes: Vec<_> = futures::future::join_all(attempts).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::WrongPassword))).count(), 10);
        assert_eq!(outcomes.iter().filter(|outcome| is_refused(outcome)).count(), 90);
        // Most of them found no place in the line, and were told so at once.
        let crowded = |outcome: &&Result<_, Error>| matches!(outcome, Err(Error::TooManyAttempts { retry_after: 1 }));
        assert!(outcomes.iter().filter(crowded).count() >= 50);
    }

    async fn a_right_password_is_no_failure(bench) {
        bench.staff("agent", Role::Agent).await;
        for _ in 0..12 {
            bench.desk.users().log_in("agent", "correct horse", &client(1), LoginKind::Browser).await.unwrap();
        }
        assert_eq!(number_of(&bench, "FROM failed_logins").await, 0);
    }

    async fn a_log_in_under_way_does_not_outlive_what_happens_to_the_account(bench) {
        // A hash that takes a while, so that something can happen meanwhile.
        let params = argon2::Params::new(argon2::Params::DEFAULT_M_COST, 20, 1, None).unwrap();
        let slow = argon2::PasswordHasher::hash_password(&argon2::Argon2::from(params), b"correct horse").unwrap();
        let connection = bench.connection().await;
        for (number, change) in ["is_active = FALSE", "password_hash = 'another'", "role = 'customer'", "name = 'Same'"]
            .into_iter()
            .enumerate()
        {
            let agent = bench.staff(&format!("agent{number}"), Role::Agent).await;
            let id = agent.id.unwrap();
            let update = async |change: &str| {
                connection.execute_unprepared(&format!("UPDATE users SET {change} WHERE id = {}", id.0)).await.unwrap();
            };
            update(&format!("password_hash = '{slow}'")).await;
            let log_in = tokio::spawn({
                let (desk, name) = (bench.desk.clone(), agent.username.clone());
                async move { desk.users().log_in(&name, "correct horse", &client(1), LoginKind::Browser).await }
            });
            // It counts as failed until it is known to be right.
            until("it counts", async || number_of(&bench, "FROM failed_logins WHERE account IS NOT NULL").await > 0).await;
            update(change).await;
            let outcome = log_in.await.unwrap();
            update("is_active = TRUE").await;
            let sessions = bench.desk.sessions().list(&Actor::command_line(), agent.id, Cursor::First, 10).await.unwrap();
            if change.starts_with("name") {
                assert!(outcome.is_ok() && sessions.items.len() == 1, "what does not matter changes nothing");
            } else {
                assert_eq!(outcome.unwrap_err(), Error::WrongPassword, "{change}");
                assert!(sessions.items.is_empty());
            }
            connection.execute_unprepared("DELETE FROM failed_logins").await.unwrap();
        }
    }

    async fn a_pin_that_is_redeemed_while_its_owner_is_deactivated_opens_nothing(bench) {
        let me = Actor::command_line();
        let (pins, users) = (bench.desk.pins(), bench.desk.users());
        for round in 0..12 {
            let ana = bench.customer(&format!("ana{round}")).await;
            let (id, pin, address) = (ana.id.unwrap(), bench.pin(&ana).await, client(round));
            let (redeemed, deactivated) =
                tokio::join!(pins.redeem(&pin, &address, LoginKind::Api), users.set_active(&me, id, false));
            deactivated.unwrap();
            users.set_active(&me, id, true).await.unwrap();
            if let Ok(login) = redeemed {
                assert!(bench.desk.sessions().authenticate(&login.tokens.access).await.is_err());
            }
            assert!(pins.redeem(&pin, &address, LoginKind::Api).await.is_err());
        }
    }
}
