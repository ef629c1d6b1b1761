//! What a process knows of the moment: where its streams listen, and who is on which ticket.

use std::{collections::BTreeMap, time::Instant};

use domain::{PresenceState, TicketId, Timestamp, UserId};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::broadcast;

use crate::Clock;
use crate::store::signal::{Beat, Signal, TicketSignal};

/// Signals that a slow stream may fall behind before it has to look into the database.
const BACKLOG: usize = 1024;
/// Seconds after the last beat that somebody still counts as there.
const PRESENT_FOR: i64 = 40;
/// Seconds in which a beat that says the same again is not passed on.
const SAID_FOR: i64 = 5;
/// Changes of one person that are told as they come, and how many a second after those: whoever comes, goes and types
/// faster than that is told of a little later, and as they are then.
const TOLD_AT_ONCE: f64 = 8.0;
const TOLD_PER_SECOND: f64 = 0.5;

/// What streams are told.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// Something happened to a ticket.
    Ticket(TicketSignal),
    /// Who is on a ticket changed.
    Presence {
        ticket: TicketId,
        requester: UserId,
        user: UserId,
        /// Whether customers may learn of it: staff began or stopped to write a reply.
        is_public: bool,
    },
    /// Something about this person's sessions ended.
    Sessions(UserId),
    /// Something happened to this person.
    Person(UserId),
    /// Signals were lost: what happened is in the database.
    CatchUp,
}

/// See the module.
pub(crate) struct Hub {
    news: broadcast::Sender<News>,
    present: Mutex<Present>,
    clock: Clock,
}

#[derive(Default)]
struct Present {
    known: BTreeMap<(TicketId, UserId), Known>,
    /// Of whom something was told lately.
    told: BTreeMap<UserId, Told>,
}

struct Known {
    beat: Beat,
    /// By this process's clock, so that the clocks of two machines need not agree.
    heard_at: Timestamp,
    /// What the streams know.
    told: Option<PresenceState>,
}

impl Known {
    fn state(&self, now: Timestamp) -> Option<PresenceState> {
        let is_there = self.beat.state != PresenceState::Gone && self.is_heard_within(PRESENT_FOR, now);
        is_there.then_some(self.beat.state)
    }

    /// Heard ahead of now was heard before the clock was set back; a little of that is no reason to forget somebody.
    fn is_heard_within(&self, seconds: i64, now: Timestamp) -> bool {
        (-seconds..seconds).contains(&now.seconds_since(self.heard_at))
    }
}

/// How many more changes of a person may be told.
struct Told {
    left: f64,
    /// The machine's own clock, which nothing sets.
    at: Instant,
}

impl Told {
    fn new(at: Instant) -> Self {
        Self { left: TOLD_AT_ONCE, at }
    }

    fn fill(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        *self = Self { left: (self.left + seconds * TOLD_PER_SECOND).min(TOLD_AT_ONCE), at: now };
    }

    fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        let may = self.left >= 1.0;
        if may {
            self.left -= 1.0;
        }
        may
    }
}

impl Present {
    /// What is to be told now, of who came, changed, left or has not been heard of for a while.
    fn settle(&mut self, now: Timestamp) -> Vec<News> {
        let instant = Instant::now();
        let mut news = Vec::new();
        for known in self.known.values_mut() {
            let state = known.state(now);
            if state == known.told {
                continue;
            }
            let told = self.told.entry(known.beat.user).or_insert_with(|| Told::new(instant));
            if told.take(instant) {
                news.push(changed(&known.beat, known.told, state));
                known.told = state;
            }
        }
        self.known.retain(|_, known| known.told.is_some() || known.state(now).is_some());
        self.told.retain(|_, told| {
            told.fill(instant);
            told.left < TOLD_AT_ONCE
        });
        news
    }
}

impl Hub {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { news: broadcast::Sender::new(BACKLOG), present: Mutex::default(), clock }
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Takes a signal of this process or another one.
    pub(crate) fn take(&self, signal: Signal) {
        match signal {
            Signal::Ticket(event) => self.tell(News::Ticket(event)),
            Signal::Sessions { user } => self.tell(News::Sessions(user)),
            Signal::Person { user } => self.tell(News::Person(user)),
            Signal::Beat(beat) => self.note(beat),
        }
    }

    pub(crate) fn catch_up(&self) {
        self.tell(News::CatchUp);
    }

    fn tell(&self, news: News) {
        // Refused when nobody listens, and then nobody misses it.
        let _ = self.news.send(news);
    }

    /// Notes a beat, and tells the streams if it changed anything.
    fn note(&self, beat: Beat) {
        // Who was forgotten since comes anew.
        self.sweep();
        let key = (beat.ticket, beat.user);
        let now = self.clock.now();
        let mut present = self.present();
        let told = present.known.get(&key).and_then(|known| known.told);
        present.known.insert(key, Known { beat, heard_at: now, told });
        let news = present.settle(now);
        drop(present);
        news.into_iter().for_each(|news| self.tell(news));
    }

    /// Forgets who has not been heard of for a while, and tells the streams what they do not know yet.
    pub(crate) fn sweep(&self) {
        let news = self.present().settle(self.clock.now());
        news.into_iter().for_each(|news| self.tell(news));
    }

    /// Whether somebody said the same a moment ago.
    pub(crate) fn has_heard(&self, ticket: TicketId, user: UserId, state: PresenceState) -> bool {
        let now = self.clock.now();
        self.present()
            .known
            .get(&(ticket, user))
            .is_some_and(|known| known.state(now) == Some(state) && known.is_heard_within(SAID_FOR, now))
    }

    /// Who is on a ticket.
    pub(crate) fn on_ticket(&self, ticket: TicketId) -> Vec<Beat> {
        let now = self.clock.now();
        self.present()
            .known
            .range((ticket, UserId(i64::MIN))..=(ticket, UserId(i64::MAX)))
            .filter(|(_, known)| known.state(now).is_some())
            .map(|(_, known)| known.beat.clone())
            .collect()
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock()
    }
}

fn changed(beat: &Beat, before: Option<PresenceState>, after: Option<PresenceState>) -> News {
    let is_reply = |state| state == Some(PresenceState::Replying);
    News::Presence {
        ticket: beat.ticket,
        requester: beat.requester,
        user: beat.user,
        is_public: beat.is_staff && (is_reply(before) || is_reply(after)),
    }
}
