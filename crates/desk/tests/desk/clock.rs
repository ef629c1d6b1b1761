//! The machine's clock jumps by a day, ahead and back or back and ahead. Nobody is let in or kept out by that for
//! longer than the rules say, nothing that was good is lost, and nothing that was used up is good again.

use desk::{ClientAddress, NewPins};
use domain::{
    Actor, Cursor, DraftPlace, Error, EventKind, LoginKind, PinState, PresenceState, Role, ScopeDraft, TicketId,
};

use crate::support::{Bench, client, form, heard_all, on_both_databases, text, ticket};

const DAY: i64 = 24 * 3600;

/// Ten failures: the address has to wait.
async fn lock(bench: &Bench, from: &ClientAddress) {
    for _ in 0..10 {
        let guess = bench.desk.pins().redeem("SUP-0000-0000", from, LoginKind::Api).await;
        assert_eq!(guess.unwrap_err(), Error::WrongPin);
    }
    assert_waits(bench, from, true).await;
}

/// An address waits no longer than a lock lasts.
async fn assert_waits(bench: &Bench, from: &ClientAddress, must: bool) {
    match bench.desk.pins().redeem("SUP-0000-0000", from, LoginKind::Api).await {
        Err(Error::TooManyAttempts { retry_after: 1..=600 }) => {}
        Err(Error::WrongPin) if !must => {}
        other => panic!("{other:?}"),
    }
}

/// A PIN that is called so, so that none takes its place.
async fn pin(bench: &Bench, customer: &Actor, label: &str) -> String {
    let scope = ScopeDraft { label: label.into(), ..ScopeDraft::default() };
    let new = NewPins { ttl: Some(7 * DAY), scope, ..NewPins::one(customer.id.unwrap()) };
    bench.desk.pins().issue(&Actor::command_line(), new).await.unwrap()[0].pin.to_string()
}

/// Opens it, or finds it opened under this key.
async fn send(bench: &Bench, customer: &Actor, key: &str) -> TicketId {
    bench.desk.tickets().open(customer, &mut ticket([text("idempotency_key", key)])).await.unwrap().id
}

/// Who is shown on a ticket.
async fn present(bench: &Bench, who: &Actor, ticket: TicketId) -> usize {
    heard_all(&bench.desk).await;
    bench.desk.live().present(who, ticket).await.unwrap().len()
}

async fn jump(bench: Bench, by: i64) {
    let (ana, agent, other) =
        (bench.customer("ana").await, bench.staff("agent", Role::Agent).await, bench.staff("other", Role::Agent).await);
    let (sessions, pins, drafts, live) =
        (bench.desk.sessions(), bench.desk.pins(), bench.desk.drafts(), bench.desk.live());
    let draft = |words: &str| [("title".to_owned(), words.to_owned())].into();

    // What was done before the clock jumped.
    let kept = bench.log_in(&ana, LoginKind::Browser).await.tokens;
    let program = bench.log_in(&ana, LoginKind::Api).await.tokens;
    let member = bench.log_in_staff(&agent).await.tokens;
    let copied = bench.log_in(&ana, LoginKind::Browser).await.tokens;
    let successor = sessions.renew(&copied.refresh).await.unwrap().tokens;
    sessions.authenticate(&successor.access).await.unwrap();
    let opened = send(&bench, &ana, "before").await;
    drafts.save(&ana, DraftPlace::Ticket, &draft("before"), None).await.unwrap();
    let issued_before = pin(&bench, &ana, "before").await;
    lock(&bench, &client(1)).await;
    live.beat(&agent, opened, PresenceState::Replying).await.unwrap();
    assert_eq!(present(&bench, &other, opened).await, 1);

    bench.advance(by);
    bench.desk.upkeep().await.unwrap();
    assert_waits(&bench, &client(1), false).await;
    assert_eq!(present(&bench, &other, opened).await, 0, "nobody said a moment ago that they are there");
    live.beat(&agent, opened, PresenceState::Replying).await.unwrap();
    assert_eq!(present(&bench, &other, opened).await, 1, "who says it again is");
    let renewed = sessions.renew(&kept.refresh).await.unwrap().tokens;
    sessions.authenticate(&renewed.access).await.unwrap();
    sessions.renew_access(&program.refresh).await.unwrap();
    let meanwhile = bench.log_in(&ana, LoginKind::Browser).await.tokens;
    let issued_meanwhile = pin(&bench, &ana, "meanwhile").await;
    assert_eq!(send(&bench, &ana, "before").await, opened, "it was sent already");
    let second = send(&bench, &ana, "meanwhile").await;
    bench.desk.tickets().reply(&agent, opened, &mut form([text("body", "Meanwhile")])).await.unwrap();
    drafts.save(&ana, DraftPlace::Ticket, &draft("meanwhile"), None).await.unwrap();
    lock(&bench, &client(2)).await;

    bench.advance(-by);
    bench.desk.upkeep().await.unwrap();
    for address in [1, 2] {
        assert_waits(&bench, &client(address), false).await;
    }
    assert_eq!(present(&bench, &other, opened).await, 0);
    // Sessions that were good are good; one whose old token comes back ends.
    let renewed = sessions.renew(&renewed.refresh).await.unwrap().tokens;
    for tokens in [&meanwhile, &member] {
        let again = sessions.renew(&tokens.refresh).await.unwrap().tokens;
        sessions.authenticate(&again.access).await.unwrap();
    }
    sessions.authenticate(&renewed.access).await.unwrap();
    let access = sessions.renew_access(&program.refresh).await.unwrap();
    sessions.authenticate(&access).await.unwrap();
    assert_eq!(sessions.renew(&kept.refresh).await.map(drop), Err(Error::Unauthenticated));
    assert!(sessions.authenticate(&renewed.access).await.is_err(), "somebody has a copy");
    bench.advance(11);
    assert_eq!(sessions.renew(&copied.refresh).await.map(drop), Err(Error::Unauthenticated));
    assert!(sessions.authenticate(&successor.access).await.is_err());
    // What was sent is there once, and the newest draft is kept.
    assert_eq!(send(&bench, &ana, "before").await, opened);
    assert_eq!(send(&bench, &ana, "meanwhile").await, second);
    let timeline = bench.desk.tickets().timeline(&ana, opened, Cursor::First, 20).await.unwrap();
    assert_eq!(timeline.items.iter().filter(|event| event.kind() == EventKind::Replied).count(), 1);
    // Both PINs are as good as they were, once, wherever somebody waited before.
    let issued = pins.list(&agent, Some(PinState::Issued), None, Cursor::First, 10).await.unwrap();
    assert_eq!(issued.items.len(), 2);
    bench.advance(600);
    for (pin, address) in [(&issued_before, 1), (&issued_meanwhile, 2)] {
        pins.redeem(pin, &client(address), LoginKind::Api).await.unwrap();
        assert_eq!(pins.redeem(pin, &client(address), LoginKind::Api).await.unwrap_err(), Error::WrongPin);
    }
}

on_both_databases! {
    async fn a_day_ahead_and_back(bench) {
        jump(bench, DAY).await;
    }

    async fn a_day_back_and_ahead(bench) {
        jump(bench, -DAY).await;
    }
}
