//! One open page's messages, in the order they come.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use domain::{Actor, BULK_MAX_TICKETS, EventId, LiveKind, LiveMessage, Result, TicketId, Timestamp};
use futures::{Stream, stream};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Value,
    sea_query::{Expr, SimpleExpr},
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};
use tracing::Instrument as _;

use crate::{
    rooms::{Inner, sessions},
    store::{
        calls::call_to,
        db::{Db, Sql as _},
        entities::{Events, Tickets, events, tickets},
        fault::OrRefuse as _,
        raw::live::{MISSED_BY_CUSTOMER, MISSED_BY_STAFF, MISSED_ON_TICKET, Missed},
        reach::{Own, Reach},
    },
    trail::hub::News,
};

/// How often who left without a word is forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// Sweeps between two looks at whether the session is still under way: half a minute.
const SWEEPS_PER_LOOK: u32 = 3;
/// Tickets that are told one by one to who comes back.
const TOLD: usize = 200;
/// Events that are looked through for who comes back.
const LOOKED_THROUGH: i64 = 5000;
/// On PostgreSQL an event may become visible after one with a larger id: so many ids and seconds are looked back. Two changes of
/// many tickets may be under way beside all others.
const LOOK_BACK: i64 = 50 + 2 * BULK_MAX_TICKETS as i64;
const LOOK_BACK_SECONDS: i64 = 5;

/// The newest event that `reader` may know of, or one shortly before: what a page that is read now has seen. A
/// customer's is of their own tickets, so that it tells nothing about others.
pub(super) async fn newest(db: &Db, reader: &Actor) -> Result<EventId> {
    let newest = Events::find().select_only().column_as(events::COLUMN.id.max(), "newest");
    let reach = Reach::of(reader)?;
    let newest = if reach == Reach::All {
        newest
    } else {
        // Whatever a customer may know of moves the ticket to the front.
        let changed_last = Tickets::find()
            .select_only()
            .column(tickets::Column::Id)
            .filter(reach.condition())
            .order_by_desc(tickets::COLUMN.updated_at)
            .order_by_desc(tickets::COLUMN.id)
            .limit(1)
            .into_query();
        newest
            .filter(events::COLUMN.is_internal.eq(false))
            .filter(Expr::col((Events, events::Column::TicketId)).eq(SimpleExpr::from(changed_last)))
    };
    let found: Option<EventId> = newest.into_tuple().one(db).await.or_refuse()?.flatten();
    Ok(found.unwrap_or(EventId(0)))
}

/// What asks the database.
enum Step {
    CatchUp,
    EndIfOver,
    OfPerson,
    Tick,
}

struct Reader {
    desk: Arc<Inner>,
    actor: Actor,
    reach: Reach,
    news: Receiver<News>,
    /// The newest event that was told or seen before.
    last: EventId,
    /// What its page showed already: on PostgreSQL its signal may come after the page.
    shown: EventId,
    waiting: VecDeque<LiveMessage>,
    clock: Interval,
    sweeps: u32,
    /// When a customer's pages tell of a call no more.
    call_until: Option<Timestamp>,
    is_over: bool,
}

pub(super) async fn open(
    desk: Arc<Inner>,
    actor: &Actor,
    last: Option<EventId>,
) -> Result<impl Stream<Item = LiveMessage> + Send + use<>> {
    // Before the database is asked, so that nothing falls between.
    let news = desk.hub.listen();
    let newest = newest(&desk.db, actor).await?;
    let mut clock = interval_at(Instant::now() + SWEEP_EVERY, SWEEP_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reader = Reader {
        desk,
        actor: actor.clone(),
        reach: Reach::of(actor)?,
        news,
        last: newest,
        shown: newest,
        waiting: VecDeque::new(),
        clock,
        sweeps: 0,
        call_until: None,
        is_over: false,
    };
    reader.note_call().await?;
    if let Some(last) = last {
        // It comes from outside, or from another database.
        reader.last = last.clamp(EventId(0), newest);
        reader.shown = reader.last;
        reader.catch_up().await?;
    }
    Ok(stream::unfold(reader, Reader::next))
}

impl Reader {
    async fn next(mut self) -> Option<(LiveMessage, Self)> {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Some((message, self));
            }
            if self.is_over {
                return None;
            }
            let step = tokio::select! {
                news = self.news.recv() => match news {
                    Ok(News::CatchUp) | Err(RecvError::Lagged(_)) => Step::CatchUp,
                    Ok(News::Person(user)) if self.actor.id == Some(user) => Step::OfPerson,
                    Ok(News::Sessions(user)) if self.actor.id == Some(user) => Step::EndIfOver,
                    Ok(news) => {
                        self.take(news);
                        continue;
                    }
                    Err(RecvError::Closed) => return None,
                },
                _ = self.clock.tick() => Step::Tick,
            };
            // In a task of its own: who does not read what the stream tells stops it wherever it is, and must not hold
            // a connection to the database then.
            let (reader, done) = tokio::spawn(self.run(step).in_current_span()).await.ok()?;
            self = reader;
            // Without the database there is nothing to tell: the reader comes back and hears what it missed.
            done.ok()?;
        }
    }

    async fn run(mut self, step: Step) -> (Self, Result<()>) {
        let done = match step {
            Step::CatchUp => self.catch_up().await,
            Step::EndIfOver => self.end_if_over().await,
            Step::OfPerson => self.of_person().await,
            Step::Tick => self.tick().await,
        };
        (self, done)
    }

    async fn tick(&mut self) -> Result<()> {
        self.desk.hub.sweep();
        self.sweeps += 1;
        if self.call_until.is_some_and(|until| until <= self.desk.now()) {
            self.call_until = None;
            self.waiting.push_back(LiveMessage { id: None, kind: LiveKind::Reload, ticket: None });
        }
        if self.sweeps.is_multiple_of(SWEEPS_PER_LOOK) { self.end_if_over().await } else { Ok(()) }
    }

    async fn of_person(&mut self) -> Result<()> {
        self.waiting.push_back(LiveMessage { id: None, kind: LiveKind::Reload, ticket: None });
        self.note_call().await
    }

    /// Notes when a call that the reader's pages tell of is over: no signal tells that.
    async fn note_call(&mut self) -> Result<()> {
        if let Some(customer) = self.actor.id.filter(|_| self.reach != Reach::All) {
            let call = call_to(&self.desk.db, customer, None, self.desk.now()).await?;
            self.call_until = call.map(|call| call.until);
        }
        Ok(())
    }

    async fn end_if_over(&mut self) -> Result<()> {
        if !sessions::is_live(&self.desk, &self.actor).await? {
            self.is_over = true;
            self.waiting.push_back(LiveMessage { id: None, kind: LiveKind::Over, ticket: None });
        }
        Ok(())
    }

    /// The one place that decides who is told what as it happens; [`Reader::catch_up`] is its twin for the past.
    fn take(&mut self, news: News) {
        let sees_all = self.reach == Reach::All;
        match news {
            News::Ticket(event) => {
                let is_own = event.requester.is_some_and(|requester| self.reach.has(event.ticket, requester));
                let may = sees_all || (!event.is_internal && is_own);
                if may && event.event != self.shown {
                    self.tell(event.event, LiveKind::Ticket, Some(event.ticket));
                }
            }
            News::Presence { ticket, requester, user, is_public } => {
                let may = sees_all || (is_public && self.reach.has(ticket, requester));
                if may && self.actor.id != Some(user) {
                    self.waiting.push_back(LiveMessage { id: None, kind: LiveKind::Presence, ticket: Some(ticket) });
                }
            }
            // Those of others; the rest is a step.
            News::Person(_) | News::Sessions(_) | News::CatchUp => {}
        }
    }

    /// The id never goes back, or a reader that comes back would hear the same again.
    fn tell(&mut self, event: EventId, kind: LiveKind, ticket: Option<TicketId>) {
        if event > self.last {
            self.last = event;
        }
        self.waiting.push_back(LiveMessage { id: Some(self.last), kind, ticket });
    }

    /// Tells what happened since the last event, a ticket once.
    async fn catch_up(&mut self) -> Result<()> {
        let db = &self.desk.db;
        let newest = newest(db, &self.actor).await?;
        let sees_all = self.reach == Reach::All;
        if sees_all && newest.0 - self.last.0 > LOOKED_THROUGH {
            self.tell(newest, LiveKind::Reload, None);
            return Ok(());
        }
        let at = Events::find_by_id(self.last).select_only().column(events::Column::At);
        let at: Option<Timestamp> = at.into_tuple().one(db).await.or_refuse()?;
        let at = at.unwrap_or(Timestamp::from_micros(0));
        let back = if db.is_sqlite() { 0 } else { LOOK_BACK };
        // What is looked back at was told before, most of it: it does not count as much that was missed.
        let limit = i64::try_from(TOLD).unwrap_or(i64::MAX).saturating_add(back + 1);
        let mut values: Vec<Value> = vec![
            self.last.into(),
            EventId(self.last.0.saturating_sub(back)).into(),
            at.plus_seconds(-LOOK_BACK_SECONDS).into(),
            at.into(),
            limit.into(),
        ];
        values.extend(self.reach.requester().map(Value::from));
        values.extend(self.reach.ticket().map(Value::from));
        let missed = match self.reach {
            Reach::All => MISSED_BY_STAFF,
            Reach::Own(Own { ticket: None, .. }) => MISSED_BY_CUSTOMER,
            Reach::Own(Own { ticket: Some(_), .. }) => MISSED_ON_TICKET,
        };
        let rows: Vec<Missed> = db.sql_all(missed, values).await?;
        let last = self.last;
        if rows.iter().filter(|row| row.id > last).count() > TOLD {
            self.tell(newest, LiveKind::Reload, None);
        } else {
            for row in rows {
                self.tell(row.id, LiveKind::Ticket, Some(row.ticket_id));
            }
        }
        Ok(())
    }
}
