//! Cards: PINs in batches, on paper, for people whom nobody knows yet.

use desk::{LoggedIn, Sheet};
use domain::{
    Actor, BatchDraft, BatchId, CardCounts, CardState, Cursor, Error, EventKind, LedgerData, LedgerOf, LoginKind, Pin,
    PinState, Role, TicketFilter, TicketId,
};

use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::{Bench, client, fields_of, on_both_databases, ticket};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Cards that can be used on the day that it is, for eight hours each.
fn draft(bench: &Bench, count: u32) -> BatchDraft {
    BatchDraft {
        name: "Spring fair".into(),
        site: "Hall 3".into(),
        category: "Request".into(),
        can: None,
        use_by: bench.desk.now().to_date(),
        stays: 8 * HOUR,
        count,
        is_unnamed: false,
    }
}

/// A member of staff, in a browser.
async fn staff(bench: &Bench, name: &str, role: Role) -> Actor {
    let actor = bench.staff(name, role).await;
    bench.log_in_staff(&actor).await.actor
}

async fn count(bench: &Bench, sql: &str) -> i64 {
    let connection = bench.connection().await;
    let statement = Statement::from_string(connection.get_database_backend(), sql.to_owned());
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn make(bench: &Bench, actor: &Actor, count: u32) -> (BatchId, Vec<(i64, Pin)>) {
    let id = bench.desk.cards().make(actor, &draft(bench, count)).await.unwrap();
    let Sheet { cards, batch } = bench.desk.cards().sheet(actor, id).await.unwrap().unwrap();
    assert_eq!((batch.id, cards.len()), (id, count as usize));
    (id, cards)
}

async fn use_card(bench: &Bench, pin: &Pin) -> Result<LoggedIn, Error> {
    bench.desk.pins().redeem(&pin.to_string(), &client(9), LoginKind::Browser).await
}

async fn counts(bench: &Bench, actor: &Actor, id: BatchId) -> [u64; 4] {
    let CardCounts { unused, used, expired, revoked } = bench.desk.cards().batch(actor, id).await.unwrap().counts;
    [unused, used, expired, revoked]
}

fn is_forbidden<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Forbidden { .. }))
}

on_both_databases! {
    async fn an_unused_card_is_revoked_by_its_pin_and_the_ledger_has_batches(bench) {
        let agent = staff(&bench, "agent", Role::Agent).await;
        let (id, cards) = make(&bench, &agent, 2).await;
        let (first, second) = (cards[0].1.to_string(), cards[1].1.to_string());
        assert!(is_forbidden(&bench.desk.cards().revoke_by_pin(&bench.customer("ana").await, &first).await));
        assert_eq!(bench.desk.cards().revoke_by_pin(&agent, &first).await.unwrap(), (1, "Spring fair".to_owned()));
        assert!(use_card(&bench, &cards[0].1).await.is_err());
        assert!(matches!(bench.desk.cards().revoke_by_pin(&agent, &first).await, Err(Error::Conflict { .. })));
        assert_eq!(bench.desk.cards().revoke_by_pin(&agent, "SUP-0000-0000-0000").await.unwrap_err(), Error::NotFound);
        use_card(&bench, &cards[1].1).await.unwrap();
        assert!(matches!(bench.desk.cards().revoke_by_pin(&agent, &second).await, Err(Error::Conflict { .. })));
        let admin = Actor::command_line();
        let found = bench.desk.ledger().list(&admin, LedgerOf::Desk, Cursor::First, 50).await.unwrap().items;
        for data in [LedgerData::CardsMade { batch: id, count: 2 }, LedgerData::CardsRevoked { batch: id, count: 1 }] {
            assert_eq!(found.iter().filter(|entry| entry.data == data && entry.actor_id == agent.id).count(), 1, "{data:?}");
        }
    }

    async fn two_cards_have_nothing_in_common(bench) {
        let desk = &bench.desk;
        let agent = staff(&bench, "agent", Role::Agent).await;
        let before = desk.users().list(&agent, &desk::UserFilter::default(), Cursor::First, 50).await.unwrap().items.len();
        let (id, cards) = make(&bench, &agent, 3).await;
        let customers = async || desk.users().list(&agent, &desk::UserFilter::default(), Cursor::First, 50).await.unwrap().items;
        assert_eq!(customers().await.len(), before, "a card that nobody used is nobody's");
        let (one, two) = (use_card(&bench, &cards[0].1).await.unwrap(), use_card(&bench, &cards[1].1).await.unwrap());
        assert_eq!((one.actor.name.as_str(), two.actor.name.as_str()), ("Card 001, Spring fair", "Card 002, Spring fair"));
        assert_eq!(one.actor.username, format!("card-{id}-001"));
        assert_ne!(one.actor.id, two.actor.id);
        assert_eq!(one.actor.scope.can.to_string(), "read,reply,upload");
        assert!(one.actor.scope.is_narrow(), "its pages say what the access is for");
        // The batch's category is the one that a new ticket has at first; the ticket of one is nothing to the other.
        assert_eq!(desk.cards().category_for(&one.actor).await.unwrap().as_deref(), Some("Request"));
        let opened = desk.tickets().open(&one.actor, &mut ticket([])).await.unwrap();
        assert_eq!(desk.tickets().get(&two.actor, opened.id).await.map(|_| ()), Err(Error::NotFound));
        let theirs = |who: &LoggedIn| {
            let actor = who.actor.clone();
            async move {
                let list = desk.tickets().list(&actor, &TicketFilter::default(), Cursor::First, 50).await.unwrap();
                list.items.iter().map(|row| row.id).collect::<Vec<TicketId>>()
            }
        };
        assert_eq!((theirs(&one).await, theirs(&two).await), (vec![opened.id], vec![]));
        // Staff see by which card they came.
        let origin = desk.cards().origin(&agent, one.actor.id.unwrap()).await.unwrap().unwrap();
        assert_eq!((origin.batch, &*origin.name, &*origin.site, origin.number), (id, "Spring fair", "Hall 3", 1));
        assert!(is_forbidden(&desk.cards().origin(&one.actor, one.actor.id.unwrap()).await));
        // The PIN that was used is one as others are.
        let pins = desk.pins().list(&agent, None, one.actor.id, Cursor::First, 50).await.unwrap().items;
        assert_eq!((pins.len(), pins[0].state, pins[0].issued_by.as_deref()), (1, PinState::Redeemed, Some("agent")));
        // Somebody who comes by no card has none of it.
        let ana = bench.customer("ana").await;
        let ana = bench.log_in(&ana, LoginKind::Browser).await.actor;
        assert_eq!(desk.cards().category_for(&ana).await.unwrap(), None);
        assert_eq!(desk.cards().origin(&agent, ana.id.unwrap()).await.unwrap(), None);
        assert_eq!(desk.cards().category_for(&agent).await.unwrap(), None);
    }

    async fn a_card_is_used_once_and_counted(bench) {
        let desk = &bench.desk;
        let agent = staff(&bench, "agent", Role::Agent).await;
        let (id, cards) = make(&bench, &agent, 4).await;
        assert!(cards.iter().all(|(_, pin)| pin.symbols().len() == 12));
        assert_eq!(counts(&bench, &agent, id).await, [4, 0, 0, 0]);
        let typed = cards[2].1.to_string();
        let at_once = futures::future::join_all((0..5).map(|n| {
            let typed = typed.clone();
            async move { desk.pins().redeem(&typed, &client(n), LoginKind::Browser).await }
        }))
        .await;
        assert_eq!(at_once.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(at_once.iter().all(|outcome| outcome.is_ok() || matches!(outcome, Err(Error::WrongPin))));
        assert_eq!(counts(&bench, &agent, id).await, [3, 1, 0, 0]);
        // By its number staff find it, and who came.
        let batch = desk.cards().batch(&agent, id).await.unwrap();
        let find = async |state, number| desk.cards().list(&agent, &batch, (state, number), Cursor::First, 2).await.unwrap();
        let third = find(None, Some(3)).await.items.pop().unwrap();
        assert_eq!((third.state, third.customer.unwrap().1.as_str()), (CardState::Used, "Card 003, Spring fair"));
        let first = find(None, None).await;
        assert_eq!(first.items.iter().map(|card| card.number).collect::<Vec<_>>(), [1, 2]);
        let next = desk.cards().list(&agent, &batch, (None, None), Cursor::Before(first.older.unwrap()), 2).await.unwrap();
        assert_eq!(next.items.iter().map(|card| card.number).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(find(Some(CardState::Used), None).await.items.len(), 1);
        assert!(find(Some(CardState::Expired), None).await.items.is_empty());
        // A lost one is revoked by its number; one that was used is not.
        let lost = find(None, Some(4)).await.items.pop().unwrap();
        assert_eq!(desk.cards().revoke(&agent, lost.id).await, Ok(id));
        assert!(matches!(use_card(&bench, &cards[3].1).await, Err(Error::WrongPin)));
        for (card, word) in [(lost.id, "revoked already"), (third.id, "used already")] {
            let refused = desk.cards().revoke(&agent, card).await.unwrap_err();
            assert!(matches!(&refused, Error::Conflict { message } if message.contains(word)), "{refused}");
        }
        assert_eq!(counts(&bench, &agent, id).await, [2, 1, 0, 1]);
    }

    async fn use_by_and_stays_open_are_two_clocks(bench) {
        let desk = &bench.desk;
        let agent = staff(&bench, "agent", Role::Agent).await;
        let (id, cards) = make(&bench, &agent, 2).await;
        let batch = desk.cards().batch(&agent, id).await.unwrap();
        // The day is over when it is over everywhere: at noon of the next one.
        let end = batch.expires_at;
        assert!((DAY / 2..=3 * DAY / 2).contains(&end.seconds_since(desk.now())), "{end}");
        bench.advance(end.seconds_since(desk.now()) - 60);
        let used = use_card(&bench, &cards[0].1).await.unwrap();
        // Eight hours from the moment at which it was used, whatever the day of the cards.
        assert_eq!(used.actor.scope.until, Some(desk.now().plus_seconds(8 * HOUR)));
        // A second more than it was, as a moment has parts of one.
        bench.advance(61);
        assert!(matches!(use_card(&bench, &cards[1].1).await, Err(Error::WrongPin)));
        let agent = bench.log_in_staff(&agent).await.actor;
        assert_eq!(counts(&bench, &agent, id).await, [0, 1, 1, 0]);
        bench.advance(8 * HOUR - 121);
        assert!(desk.sessions().known_by(&used.tokens.refresh).await.is_ok());
        bench.advance(61);
        assert!(desk.sessions().known_by(&used.tokens.refresh).await.is_err());
        // It is too late for all else, too.
        for outcome in [desk.cards().revoke_rest(&agent, id).await.map(|_| ()), desk.cards().make_again(&agent, id).await] {
            assert!(matches!(&outcome, Err(Error::Conflict { message }) if message.contains("too late")), "{outcome:?}");
        }
    }

    async fn a_sheet_is_there_once_and_for_who_made_it(bench) {
        let desk = &bench.desk;
        let (eva, bob) = (staff(&bench, "eva", Role::Agent).await, staff(&bench, "bob", Role::Admin).await);
        let id = desk.cards().make(&eva, &draft(&bench, 2)).await.unwrap();
        assert!(desk.cards().sheet(&bob, id).await.unwrap().is_none(), "another's");
        assert!(desk.cards().sheet(&Actor { session: None, ..eva.clone() }, id).await.unwrap().is_none());
        let (first, second) = {
            let cards = desk.cards();
            tokio::join!(cards.sheet(&eva, id), cards.sheet(&eva, id))
        };
        let shown: Vec<_> = [first.unwrap(), second.unwrap()].into_iter().flatten().collect();
        assert_eq!(shown.len(), 1, "once");
        // Nobody came for them in time.
        desk.cards().make_again(&eva, id).await.unwrap();
        bench.advance(301);
        assert!(desk.cards().sheet(&eva, id).await.unwrap().is_none());
        desk.upkeep().await.unwrap();
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM cards WHERE sealed IS NOT NULL").await, 0);
        assert_eq!(count(&bench, "SELECT COUNT(*) FROM cards WHERE hash LIKE '%SUP%'").await, 0);
    }

    async fn cards_are_made_again_and_the_rest_is_revoked(bench) {
        let desk = &bench.desk;
        let agent = staff(&bench, "agent", Role::Agent).await;
        let (id, old) = make(&bench, &agent, 3).await;
        use_card(&bench, &old[1].1).await.unwrap();
        desk.cards().make_again(&agent, id).await.unwrap();
        let new = desk.cards().sheet(&agent, id).await.unwrap().unwrap().cards;
        assert_eq!(new.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 5], "a number stands on one card");
        assert_eq!(counts(&bench, &agent, id).await, [2, 1, 0, 2]);
        for lost in [&old[0].1, &old[2].1] {
            assert!(matches!(use_card(&bench, lost).await, Err(Error::WrongPin)));
        }
        assert!(use_card(&bench, &new[0].1).await.is_ok());
        assert_eq!(desk.cards().revoke_rest(&agent, id).await, Ok(1));
        assert_eq!(counts(&bench, &agent, id).await, [0, 2, 0, 3]);
        assert!(matches!(use_card(&bench, &new[1].1).await, Err(Error::WrongPin)));
        for outcome in [desk.cards().revoke_rest(&agent, id).await.map(|_| ()), desk.cards().make_again(&agent, id).await] {
            assert!(matches!(&outcome, Err(Error::Conflict { message }) if message.contains("unused")), "{outcome:?}");
        }
        let happened = async |kind: EventKind| {
            count(&bench, &format!("SELECT COUNT(*) FROM events WHERE kind = '{kind}'")).await
        };
        assert_eq!((happened(EventKind::CardsMade).await, happened(EventKind::CardsRevoked).await), (2, 2));
    }

    async fn many_cards_are_for_admins(bench) {
        let desk = &bench.desk;
        let (agent, admin) = (staff(&bench, "eva", Role::Agent).await, staff(&bench, "bob", Role::Admin).await);
        make(&bench, &agent, 50).await;
        assert!(is_forbidden(&desk.cards().make(&agent, &draft(&bench, 51)).await));
        let (id, cards) = make(&bench, &admin, 1000).await;
        assert_eq!(cards.last().map(|(number, _)| *number), Some(1000));
        assert!(is_forbidden(&desk.cards().make_again(&agent, id).await));
        assert_eq!(counts(&bench, &admin, id).await, [1000, 0, 0, 0], "what was refused revoked nothing");
        assert!(use_card(&bench, &cards[999].1).await.is_ok());
        let wrong = BatchDraft { count: 1001, name: String::new(), category: "Nothing".into(), ..draft(&bench, 1) };
        assert_eq!(fields_of(desk.cards().make(&admin, &wrong).await.unwrap_err()), ["category", "count", "name"]);
        // They count among what can be guessed.
        let live = desk.pins().guessing(&admin).await.unwrap().live;
        assert_eq!(live.iter().map(|pins| pins.count).sum::<u64>(), 50 + 999);
    }

    async fn cards_are_for_staff(bench) {
        let desk = &bench.desk;
        let agent = staff(&bench, "agent", Role::Agent).await;
        let (id, cards) = make(&bench, &agent, 2).await;
        let card = use_card(&bench, &cards[0].1).await.unwrap().actor;
        let batch = desk.cards().batch(&agent, id).await.unwrap();
        let other = desk.cards().list(&agent, &batch, (None, Some(2)), Cursor::First, 1).await.unwrap().items[0].id;
        assert!(is_forbidden(&desk.cards().make(&card, &draft(&bench, 1)).await));
        assert!(is_forbidden(&desk.cards().make(&Actor::command_line(), &draft(&bench, 1)).await), "nobody would see them");
        assert!(is_forbidden(&desk.cards().make_again(&card, id).await));
        assert!(is_forbidden(&desk.cards().revoke_rest(&card, id).await));
        assert!(is_forbidden(&desk.cards().revoke(&card, other).await));
        assert!(is_forbidden(&desk.cards().sheet(&card, id).await));
        assert!(is_forbidden(&desk.cards().batch(&card, id).await));
        assert!(is_forbidden(&desk.cards().batches(&card, Cursor::First, 50).await));
        assert!(is_forbidden(&desk.cards().list(&card, &batch, (None, None), Cursor::First, 50).await));
        assert_eq!(desk.cards().batches(&agent, Cursor::First, 50).await.unwrap().items, [desk.cards().batch(&agent, id).await.unwrap()]);
        for none in [BatchId(id.0 + 1), BatchId(0)] {
            assert_eq!(desk.cards().batch(&agent, none).await, Err(Error::NotFound));
            assert_eq!(desk.cards().revoke_rest(&agent, none).await, Err(Error::NotFound));
            assert_eq!(desk.cards().make_again(&agent, none).await, Err(Error::NotFound));
        }
    }

    async fn a_card_finds_a_name_of_its_own(bench) {
        let agent = staff(&bench, "agent", Role::Agent).await;
        let (id, cards) = make(&bench, &agent, 1).await;
        bench.customer(&format!("CARD-{id}-001")).await;
        let card = use_card(&bench, &cards[0].1).await.unwrap().actor;
        assert_eq!(card.username, format!("card-{id}-001-2"));
    }
}
