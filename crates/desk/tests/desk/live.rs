use std::pin::Pin;

use desk::Desk;
use domain::{
    Actor, Error, EventId, LiveKind, LiveMessage, LoginKind, PresenceState, Role, Status, TicketChange, TicketId,
};
use futures::{FutureExt as _, Stream};

use crate::support::{Bench, Database, Form, form, heard_all, next, on_both_databases, text, ticket};

/// An open page.
struct Page(Pin<Box<dyn Stream<Item = LiveMessage> + Send>>);

impl Page {
    async fn open(desk: &Desk, actor: &Actor) -> Self {
        Self::since(desk, actor, None).await
    }

    async fn since(desk: &Desk, actor: &Actor, last: Option<EventId>) -> Self {
        heard_all(desk).await;
        Self(Box::pin(desk.live().subscribe(actor, last).await.unwrap()))
    }

    /// The next message; none at the end of the stream.
    async fn next(&mut self) -> Option<LiveMessage> {
        next(&mut self.0).await
    }

    /// The kind and ticket of the next message.
    async fn hears(&mut self) -> (LiveKind, Option<TicketId>) {
        let message = self.next().await.unwrap();
        (message.kind, message.ticket)
    }
}

fn say(body: &str) -> Form {
    form([text("body", body)])
}

fn to(status: Status) -> TicketChange {
    TicketChange { status: Some(status), ..TicketChange::default() }
}

async fn opened(bench: &Bench, customer: &Actor) -> TicketId {
    bench.desk.tickets().open(customer, &mut ticket([])).await.unwrap().id
}

use LiveKind::{Over, Presence, Ticket};
use PresenceState::{Gone, Noting, Replying, Viewing};

on_both_databases! {
    async fn each_hears_what_they_may_see(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let (agent, admin) = (bench.staff("agent", Role::Agent).await, bench.staff("admin", Role::Admin).await);
        let (desk, tickets) = (&bench.desk, bench.desk.tickets());
        let (anas, bens) = (opened(&bench, &ana).await, opened(&bench, &ben).await);
        let mut pages = [
            Page::open(desk, &ana).await,
            Page::open(desk, &ben).await,
            Page::open(desk, &agent).await,
            Page::open(desk, &admin).await,
        ];
        tickets.note(&agent, anas, &mut say("Secret")).await.unwrap();
        tickets.claim(&agent, anas).await.unwrap();
        tickets.reply(&agent, anas, &mut say("Hello")).await.unwrap();
        tickets.reply(&ben, bens, &mut say("Hello?")).await.unwrap();
        let [ana_page, ben_page, staff_pages @ ..] = &mut pages;
        for page in staff_pages {
            for ticket in [anas, anas, anas, bens] {
                assert_eq!(page.hears().await, (Ticket, Some(ticket)));
            }
        }
        // Neither the note, nor who has it, nor what is others'.
        assert_eq!(ana_page.hears().await, (Ticket, Some(anas)));
        assert!(ana_page.next().now_or_never().is_none());
        assert_eq!(ben_page.hears().await, (Ticket, Some(bens)));
        assert!(ben_page.next().now_or_never().is_none());
        tickets.delete(&admin, anas).await.unwrap();
        assert_eq!(ana_page.hears().await, (Ticket, Some(anas)));
    }

    async fn what_is_rolled_back_is_not_told(bench) {
        let ana = bench.customer("ana").await;
        let id = opened(&bench, &ana).await;
        let mut page = Page::open(&bench.desk, &ana).await;
        assert!(bench.desk.tickets().reply(&ana, id, &mut say(" ")).await.is_err());
        bench.desk.tickets().reply(&ana, id, &mut say("Now")).await.unwrap();
        assert_eq!(page.hears().await, (Ticket, Some(id)));
        assert!(page.next().now_or_never().is_none());
    }

    async fn who_comes_back_hears_what_was_missed(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let agent = bench.staff("agent", Role::Agent).await;
        let (desk, tickets) = (&bench.desk, bench.desk.tickets());
        let (one, other) = (opened(&bench, &ana).await, opened(&bench, &ana).await);
        let bens = opened(&bench, &ben).await;
        bench.advance(60);
        let seen = desk.live().newest(&agent).await.unwrap();
        let ana_saw = desk.live().newest(&ana).await.unwrap();
        assert!(ana_saw < seen, "the newest is not hers");
        tickets.note(&agent, one, &mut say("Secret")).await.unwrap();
        assert_eq!(desk.live().newest(&ana).await.unwrap(), ana_saw);
        bench.advance(60);
        for _ in 0..3 {
            tickets.reply(&agent, other, &mut say("Hello")).await.unwrap();
        }
        bench.advance(60);
        tickets.reply(&ben, bens, &mut say("Hello?")).await.unwrap();
        let mut page = Page::since(desk, &ana, Some(ana_saw)).await;
        let missed = page.next().await.unwrap();
        assert_eq!((missed.kind, missed.ticket), (Ticket, Some(other)));
        assert_eq!(missed.id, Some(desk.live().newest(&ana).await.unwrap()));
        assert!(page.next().now_or_never().is_none());
        let mut page = Page::since(desk, &agent, Some(seen)).await;
        for ticket in [one, other, bens] {
            assert_eq!(page.hears().await, (Ticket, Some(ticket)));
        }
        // And then what comes.
        tickets.reply(&ana, one, &mut say("Thanks")).await.unwrap();
        assert_eq!(page.hears().await, (Ticket, Some(one)));
        // A number that was never given out is no harm.
        let mut page = Page::since(desk, &agent, Some(EventId(i64::MAX))).await;
        assert!(page.next().now_or_never().is_none());
        assert!(Page::since(desk, &agent, Some(EventId(i64::MIN))).await.next().await.is_some());
    }

    async fn much_is_told_as_one(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        for _ in 0..201 {
            opened(&bench, &ana).await;
        }
        for who in [&ana, &agent] {
            let mut page = Page::since(&bench.desk, who, Some(EventId(0))).await;
            assert_eq!(page.hears().await, (LiveKind::Reload, None));
            assert!(page.next().now_or_never().is_none());
        }
    }

    async fn what_was_much_before_is_not_what_was_missed(bench) {
        let ana = bench.customer("ana").await;
        for _ in 0..201 {
            opened(&bench, &ana).await;
        }
        bench.advance(1);
        opened(&bench, &ana).await;
        let seen = bench.desk.live().newest(&ana).await.unwrap();
        bench.advance(1);
        let missed = opened(&bench, &ana).await;
        let mut page = Page::since(&bench.desk, &ana, Some(seen)).await;
        loop {
            let (kind, ticket) = page.hears().await;
            assert_eq!(kind, Ticket, "a whole page is fetched anew for one ticket");
            if ticket == Some(missed) {
                break;
            }
        }
    }

    async fn a_slow_reader_hears_everything_all_the_same(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let id = opened(&bench, &ana).await;
        let mut page = Page::open(&bench.desk, &agent).await;
        // More than a stream may fall behind.
        for i in 0..1200 {
            let state = if i % 2 == 0 { Viewing } else { Gone };
            bench.desk.live().beat(&ana, id, state).await.unwrap();
            if i == 0 {
                bench.desk.tickets().reply(&ana, id, &mut say("Hello")).await.unwrap();
            }
        }
        while page.hears().await != (Ticket, Some(id)) {}
    }

    async fn a_stream_ends_with_its_session(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let desk = &bench.desk;
        let first = bench.log_in(&ana, LoginKind::Browser).await.actor;
        let second = bench.log_in(&ana, LoginKind::Api).await.actor;
        let bens = bench.log_in(&ben, LoginKind::Browser).await.actor;
        let mut first_page = Page::open(desk, &first).await;
        let mut second_page = Page::open(desk, &second).await;
        let mut bens_page = Page::open(desk, &bens).await;
        desk.sessions().log_out(&first).await.unwrap();
        assert_eq!(first_page.hears().await, (Over, None));
        assert_eq!(first_page.next().await, None);
        let id = opened(&bench, &ana).await;
        assert_eq!(second_page.hears().await, (Ticket, Some(id)));
        desk.users().set_active(&Actor::command_line(), ana.id.unwrap(), false).await.unwrap();
        assert_eq!(second_page.hears().await, (Over, None));
        assert_eq!(second_page.next().await, None);
        desk.sessions().end_all_of(&Actor::command_line(), ben.id.unwrap()).await.unwrap();
        assert_eq!(bens_page.hears().await, (Over, None));
        assert_eq!(bens_page.next().await, None);
    }

    async fn a_reused_token_ends_the_stream(bench) {
        let ana = bench.customer("ana").await;
        let login = bench.log_in(&ana, LoginKind::Browser).await;
        let mut page = Page::open(&bench.desk, &login.actor).await;
        let successor = bench.desk.sessions().renew(&login.tokens.refresh).await.unwrap().tokens;
        // Only once its successor was used does the old token tell of a copy.
        bench.desk.sessions().renew(&successor.refresh).await.unwrap();
        bench.advance(11);
        assert!(bench.desk.sessions().renew(&login.tokens.refresh).await.is_err());
        assert_eq!(page.hears().await, (Over, None));
    }

    async fn who_is_there(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let (agent, other) = (bench.staff("agent", Role::Agent).await, bench.staff("other", Role::Agent).await);
        let (desk, live) = (&bench.desk, bench.desk.live());
        let id = opened(&bench, &ana).await;
        assert_eq!(live.beat(&ben, id, Viewing).await, Err(Error::NotFound));
        assert_eq!(live.present(&ben, id).await, Err(Error::NotFound));
        assert!(matches!(live.beat(&ana, id, Noting).await, Err(Error::Forbidden { .. })));
        let mut pages = [Page::open(desk, &ana).await, Page::open(desk, &ben).await, Page::open(desk, &other).await];
        let [ana_page, ben_page, other_page] = &mut pages;
        let states = async |who: &Actor| {
            let present = live.present(who, id).await.unwrap();
            present.into_iter().map(|one| (one.name, one.state, one.is_staff)).collect::<Vec<_>>()
        };
        // To look and to write a note is nobody else's but the staff's to know.
        for state in [Viewing, Noting] {
            live.beat(&agent, id, state).await.unwrap();
            live.beat(&agent, id, state).await.unwrap();
            assert_eq!(other_page.hears().await, (Presence, Some(id)));
            assert_eq!(states(&other).await, [("agent".to_owned(), state, true)]);
            assert_eq!(states(&agent).await, []);
            assert_eq!(states(&ana).await, []);
        }
        assert!(ana_page.next().now_or_never().is_none());
        live.beat(&agent, id, Replying).await.unwrap();
        assert_eq!(ana_page.hears().await, (Presence, Some(id)));
        assert_eq!(states(&ana).await, [("Support".to_owned(), Replying, true)]);
        assert_eq!(other_page.hears().await, (Presence, Some(id)));
        live.beat(&ana, id, Viewing).await.unwrap();
        // On PostgreSQL a beat comes back a moment later; who is told of it can see it.
        assert_eq!(other_page.hears().await, (Presence, Some(id)));
        assert_eq!(states(&agent).await, [("ana".to_owned(), Viewing, false)]);
        live.beat(&agent, id, Gone).await.unwrap();
        assert_eq!(ana_page.hears().await, (Presence, Some(id)));
        assert_eq!(states(&ana).await, []);
        // Who is not heard of any more has gone.
        bench.advance(39);
        assert_eq!(states(&agent).await.len(), 1);
        bench.advance(1);
        assert_eq!(states(&agent).await, []);
        assert!(ben_page.next().now_or_never().is_none());
    }

    async fn who_comes_and_goes_quickly_floods_nobody(bench) {
        let (desk, live) = (&bench.desk, bench.desk.live());
        let (ana, agent) = (bench.customer("ana").await, bench.staff("agent", Role::Agent).await);
        let id = opened(&bench, &ana).await;
        let mut page = Page::open(desk, &agent).await;
        // Presence that is heard up to the next reply, which comes behind it.
        let heard = async |page: &mut Page| {
            bench.desk.tickets().reply(&ana, id, &mut say("Hello")).await.unwrap();
            let mut count = 0;
            while page.hears().await == (Presence, Some(id)) {
                count += 1;
            }
            count
        };
        for _ in 0..300 {
            live.beat(&ana, id, Viewing).await.unwrap();
        }
        assert_eq!(heard(&mut page).await, 1, "what does not change is told once");
        for _ in 0..200 {
            live.beat(&ana, id, Replying).await.unwrap();
            live.beat(&ana, id, Viewing).await.unwrap();
            live.beat(&ana, id, Gone).await.unwrap();
        }
        let count = heard(&mut page).await;
        assert!(count < 100, "{count} of 600 changes were told");
        assert_eq!(live.present(&agent, id).await.unwrap(), [], "who asks learns how it is");
        // Another person is told of at once.
        let other = bench.staff("other", Role::Agent).await;
        live.beat(&other, id, Viewing).await.unwrap();
        assert_eq!(page.hears().await, (Presence, Some(id)));
    }

    async fn the_command_line_may_look(bench) {
        let ana = bench.customer("ana").await;
        let mut page = Page::open(&bench.desk, &Actor::command_line()).await;
        let id = opened(&bench, &ana).await;
        assert_eq!(page.hears().await, (Ticket, Some(id)));
        bench.desk.tickets().update(&ana, id, &to(Status::Closed)).await.unwrap();
        assert_eq!(page.hears().await, (Ticket, Some(id)));
    }
}

#[tokio::test]
async fn processes_on_one_postgres_hear_each_other() {
    let bench = Bench::open(Database::Postgres).await;
    let there = bench.another().await;
    let (ana, agent) = (bench.customer("ana").await, bench.staff("agent", Role::Agent).await);
    let id = opened(&bench, &ana).await;
    let session = bench.log_in(&ana, LoginKind::Browser).await.actor;
    let mut agent_page = Page::open(&there, &agent).await;
    let mut ana_page = Page::open(&there, &session).await;
    bench.desk.tickets().reply(&ana, id, &mut say("Hello")).await.unwrap();
    assert_eq!(agent_page.hears().await, (Ticket, Some(id)));
    assert_eq!(ana_page.hears().await, (Ticket, Some(id)));
    bench.desk.live().beat(&ana, id, Viewing).await.unwrap();
    assert_eq!(agent_page.hears().await, (Presence, Some(id)));
    assert_eq!(there.live().present(&agent, id).await.unwrap().len(), 1);
    bench.desk.sessions().log_out(&session).await.unwrap();
    assert_eq!(ana_page.hears().await, (Over, None));
}

#[tokio::test]
async fn a_lost_connection_to_postgres_loses_nothing() {
    use sea_orm::ConnectionTrait as _;

    let bench = Bench::open(Database::Postgres).await;
    let (ana, agent) = (bench.customer("ana").await, bench.staff("agent", Role::Agent).await);
    let id = opened(&bench, &ana).await;
    let mut page = Page::open(&bench.desk, &agent).await;
    // Every connection but the one that says so.
    let db = sea_orm::Database::connect(bench.config.database_url.clone().unwrap()).await.unwrap();
    db.execute_unprepared(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await
    .unwrap();
    let mut tries = 0;
    while bench.desk.tickets().reply(&ana, id, &mut say("Hello")).await.is_err() {
        tries += 1;
        assert!(tries < 50, "the desk comes back");
    }
    assert_eq!(page.hears().await, (Ticket, Some(id)));
}
