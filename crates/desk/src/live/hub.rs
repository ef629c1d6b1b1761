//! What a process knows of the moment: where its streams listen, and who is on which ticket.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{PresenceState, TicketId, Timestamp, UserId};
use tokio::sync::broadcast;

use super::signal::{Beat, Signal, TicketSignal};
use crate::Clock;

/// Signals that a slow stream may fall behind before it has to look into the database.
const BACKLOG: usize = 1024;
/// Seconds after the last beat that somebody still counts as there.
const PRESENT_FOR: i64 = 40;

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
    /// Signals were lost: what happened is in the database.
    CatchUp,
}

/// See the module.
pub(crate) struct Hub {
    news: broadcast::Sender<News>,
    present: Mutex<BTreeMap<(TicketId, UserId), Known>>,
    clock: Clock,
}

struct Known {
    beat: Beat,
    /// By this process's clock, so that the clocks of two machines need not agree.
    heard_at: Timestamp,
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
        self.sweep();
        let key = (beat.ticket, beat.user);
        let mut present = self.present();
        let before = present.get(&key).map(|known| known.beat.state);
        let after = (beat.state != PresenceState::Gone).then_some(beat.state);
        let news = (before != after).then(|| changed(&beat, before, after));
        match after {
            Some(_) => drop(present.insert(key, Known { beat, heard_at: self.clock.now() })),
            None => drop(present.remove(&key)),
        }
        drop(present);
        if let Some(news) = news {
            self.tell(news);
        }
    }

    /// Forgets who has not been heard of for a while, and tells the streams.
    pub(crate) fn sweep(&self) {
        let now = self.clock.now();
        let mut gone = Vec::new();
        self.present().retain(|_, known| {
            let is_there = is_there(known, now);
            if !is_there {
                gone.push(changed(&known.beat, Some(known.beat.state), None));
            }
            is_there
        });
        for news in gone {
            self.tell(news);
        }
    }

    /// Who is on a ticket.
    pub(crate) fn on_ticket(&self, ticket: TicketId) -> Vec<Beat> {
        let now = self.clock.now();
        self.present()
            .range((ticket, UserId(i64::MIN))..=(ticket, UserId(i64::MAX)))
            .filter(|(_, known)| is_there(known, now))
            .map(|(_, known)| known.beat.clone())
            .collect()
    }

    fn present(&self) -> MutexGuard<'_, BTreeMap<(TicketId, UserId), Known>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_there(known: &Known, now: Timestamp) -> bool {
    now.seconds_since(known.heard_at) < PRESENT_FOR
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
