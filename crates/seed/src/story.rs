//! What happens to one ticket: who writes what, who takes it, how it moves, until it stands where it should.

use desk::{Deed, PastDeed, PastTicket};
use domain::{MessageKind, Priority, Status, Timestamp, UserId};

use crate::{calendar::Calendar, files, random::Random, themes::Theme, words, words::Facts};

const MINUTE: i64 = 60;
/// Of a hundred tickets so many have no message, one, two and so on.
const MESSAGES: [u64; 13] = [6, 19, 23, 18, 13, 8, 5, 3, 2, 1, 1, 1, 1];
/// Of a hundred messages so many are notes.
const NOTES: u64 = 16;

/// How a ticket stands in the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Open, and nobody of the staff has looked at it.
    Untouched,
    Open,
    InProgress,
    Waiting,
    Resolved,
    Closed,
}

/// Who is in it.
pub(crate) struct Cast<'a> {
    pub(crate) customer: UserId,
    pub(crate) first_name: &'a str,
    /// Who works on it.
    pub(crate) agent: UserId,
    /// Who has a look at it as well; may be the agent.
    pub(crate) colleague: UserId,
}

pub(crate) struct Story<'a> {
    random: Random,
    theme: &'a Theme,
    facts: Facts,
    cast: Cast<'a>,
    status: Status,
    /// Minutes after the one before, who, what.
    steps: Vec<(i64, UserId, Deed)>,
}

impl<'a> Story<'a> {
    pub(crate) fn new(random: Random, theme: &'a Theme, facts: Facts, cast: Cast<'a>) -> Self {
        Self { random, theme, facts, cast, status: Status::Open, steps: Vec::new() }
    }

    /// The ticket, opened `at` a moment, with all that happens to it before the end of the calendar.
    pub(crate) fn tell(mut self, at: Timestamp, calendar: &Calendar, ending: Ending) -> PastTicket {
        let theme = self.theme;
        let random = &mut self.random;
        let title = pick(random, &theme.titles);
        let title = words::title(random, &self.facts, title);
        let description = pick(random, &theme.descriptions);
        let description = words::description(random, &self.facts, description, theme.is_english);
        let priority = match random.weighted(&[65, 10, 12, 10, 3]) {
            0 => theme.priority,
            other => Priority::ALL[other - 1],
        };
        // Some choose the wrong one, and staff put it right.
        let category = if random.percent(6) { "Other" } else { theme.category };
        let files = if random.percent(10) { files::some(random, theme.category, &self.facts) } else { Vec::new() };
        if ending == Ending::Untouched {
            if self.random.percent(20) {
                self.customer_writes(true);
            }
        } else {
            self.take_on(priority, category, ending);
            self.talk(ending);
            self.end(ending);
        }
        let requester = self.cast.customer;
        let deeds = self.at_their_times(at, calendar);
        PastTicket { requester, at, title, description, priority, category: category.to_owned(), files, deeds }
    }

    fn step(&mut self, (low, high): (u64, u64), by: UserId, deed: Deed) {
        let gap = self.random.between(low, high);
        self.steps.push((i64::try_from(gap).unwrap_or_default(), by, deed));
    }

    fn move_to(&mut self, minutes: (u64, u64), by: UserId, next: Status) {
        if self.status != next {
            self.step(minutes, by, Deed::Moved(next));
            self.status = next;
        }
    }

    /// Staff look at it for the first time.
    fn take_on(&mut self, priority: Priority, category: &str, ending: Ending) {
        let Cast { agent, colleague, .. } = self.cast;
        let first = match priority {
            Priority::Urgent => (4, 40),
            Priority::High => (10, 120),
            _ => (20, 420),
        };
        let by = if self.random.percent(70) { agent } else { colleague };
        self.step(first, by, Deed::Assigned(Some(agent)));
        if category != self.theme.category {
            self.step((0, 2), by, Deed::Categorised(self.theme.category.to_owned()));
        }
        if self.random.percent(9) {
            let next = Priority::ALL[self.random.index(Priority::ALL.len())];
            if next != priority {
                self.step((0, 3), by, Deed::Prioritised(next));
            }
        }
        if ending != Ending::Open && self.random.percent(60) {
            self.move_to((0, 5), agent, Status::InProgress);
        }
    }

    /// The messages: the two take turns, and the last one is by who has to be the last.
    fn talk(&mut self, ending: Ending) {
        let mut left = self.random.weighted(&MESSAGES);
        let is_last_by_staff = match ending {
            Ending::Open => false,
            Ending::InProgress => self.random.percent(35),
            _ => true,
        };
        let mut by_staff = if left % 2 == 1 { is_last_by_staff } else { !is_last_by_staff };
        let mut is_first = true;
        while left > 0 {
            left -= 1;
            if self.random.percent(NOTES) {
                self.note();
                // A note takes a turn; who is next stays next.
                if left % 2 == 1 {
                    continue;
                }
                by_staff = is_last_by_staff;
                if left == 0 {
                    break;
                }
                left -= 1;
            }
            if by_staff {
                let is_end = left == 0 && matches!(ending, Ending::Resolved | Ending::Closed);
                self.staff_writes(is_end, is_first, ending);
            } else {
                self.customer_writes(is_first);
            }
            is_first = false;
            by_staff = !by_staff;
        }
    }

    fn note(&mut self) {
        let by = if self.random.percent(60) { self.cast.agent } else { self.cast.colleague };
        let body = if self.random.percent(55) {
            let text = pick(&mut self.random, &self.theme.notes);
            self.facts.fill(text)
        } else {
            words::note(&mut self.random, &self.facts)
        };
        let files = self.files(5);
        self.step((3, 150), by, Deed::Wrote { kind: MessageKind::Note, body, files });
    }

    fn staff_writes(&mut self, is_end: bool, is_first: bool, ending: Ending) {
        let random = &mut self.random;
        let body = if is_end {
            let text = self.facts.fill(pick(random, &self.theme.fixes));
            words::address(random, self.cast.first_name, text)
        } else if is_first || random.percent(30) {
            let text = self.facts.fill(pick(random, &self.theme.questions));
            words::address(random, self.cast.first_name, text)
        } else {
            words::update(random, &self.facts, self.cast.first_name)
        };
        let files = self.files(2);
        let agent = self.cast.agent;
        self.step((8, 300), agent, Deed::Wrote { kind: MessageKind::Reply, body, files });
        if !is_end && ending != Ending::InProgress && self.random.percent(55) {
            self.move_to((0, 0), agent, Status::WaitingOnCustomer);
        }
    }

    fn customer_writes(&mut self, is_first: bool) {
        let random = &mut self.random;
        let body = if !is_first && random.percent(60) {
            self.facts.fill(pick(random, &self.theme.answers))
        } else {
            words::nudge(random, &self.facts)
        };
        let files = self.files(4);
        let customer = self.cast.customer;
        self.step((25, 2200), customer, Deed::Wrote { kind: MessageKind::Reply, body, files });
        self.status = self.status.after_customer_reply();
    }

    fn files(&mut self, percent: u64) -> Vec<desk::PastFile> {
        if self.random.percent(percent) {
            files::some(&mut self.random, self.theme.category, &self.facts)
        } else {
            Vec::new()
        }
    }

    /// Brings it where it should stand.
    fn end(&mut self, ending: Ending) {
        let Cast { agent, customer, .. } = self.cast;
        match ending {
            Ending::Untouched => {}
            Ending::Open => self.move_to((0, 30), agent, Status::Open),
            Ending::InProgress => self.move_to((2, 60), agent, Status::InProgress),
            Ending::Waiting => self.move_to((0, 1), agent, Status::WaitingOnCustomer),
            Ending::Resolved => self.move_to((0, 1), agent, Status::Resolved),
            Ending::Closed if self.random.percent(7) => self.move_to((30, 4000), customer, Status::Closed),
            Ending::Closed => {
                self.move_to((0, 1), agent, Status::Resolved);
                if self.random.percent(8) {
                    let body = words::thanks(&mut self.random, &self.facts);
                    let thanks = Deed::Wrote { kind: MessageKind::Reply, body, files: Vec::new() };
                    self.step((20, 1500), customer, thanks);
                    self.status = self.status.after_customer_reply();
                    self.move_to((10, 600), agent, Status::Closed);
                } else {
                    self.move_to((2880, 14_400), agent, Status::Closed);
                }
            }
        }
    }

    /// Gives each step its moment. What would take longer than there is time for goes quicker, nights and weekends
    /// included.
    fn at_their_times(mut self, opened: Timestamp, calendar: &Calendar) -> Vec<PastDeed> {
        let end = calendar.until().plus_seconds(-1).max(opened);
        let mut times = self.times(opened, Some(calendar), (1, 1));
        if times.last().is_some_and(|last| *last >= end) {
            let wanted: i64 = self.steps.iter().map(|(minutes, ..)| minutes * MINUTE).sum();
            let there_is = end.seconds_since(opened) * 9 / 10;
            times = self.times(opened, None, (there_is.min(wanted), wanted.max(1)));
        }
        let steps = self.steps.into_iter().zip(times);
        steps.map(|((_, by, deed), at)| PastDeed { at: at.min(end), by, deed }).collect()
    }

    /// The moments of the steps, each gap being this part of what it should be; staff in their hours if there is a
    /// calendar.
    fn times(&mut self, opened: Timestamp, office: Option<&Calendar>, (part, whole): (i64, i64)) -> Vec<Timestamp> {
        let mut at = opened;
        let mut times = Vec::with_capacity(self.steps.len());
        for (minutes, by, _) in &self.steps {
            if *minutes > 0 {
                let micros = i64::try_from(self.random.below(1_000_000)).unwrap_or_default();
                let seconds = at.plus_seconds(minutes * MINUTE * part / whole);
                at = Timestamp::from_micros(seconds.as_micros() + micros);
                if let Some(calendar) = office.filter(|_| *by != self.cast.customer) {
                    at = calendar.office(at, &mut self.random);
                }
            }
            times.push(at);
        }
        times
    }
}

fn pick<'a>(random: &mut Random, from: &'a [String]) -> &'a str {
    from.get(random.index(from.len())).map_or("", String::as_str)
}
