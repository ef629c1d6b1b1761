//! Everything that is made up, each part from its own numbers: a ticket stays the same whoever asks for it, and when.

use domain::{PersonDraft, Role, Timestamp, UserId};

use desk::{PastPerson, PastTicket};

use crate::{
    calendar::Calendar,
    people::{self, Person},
    random::Random,
    story::{Cast, Ending, Story},
    themes::{self, Theme},
    words::Facts,
};

/// Tickets for each customer.
const TICKETS_OF_CUSTOMER: u64 = 20;
/// Tickets that are under way when there are many: a queue is as long as a team lets it become, not longer each year.
const UNDER_WAY: u64 = 430;
/// Of a hundred tickets this many, when there are few.
const UNDER_WAY_OF_HUNDRED: u64 = 8;
/// Old tickets that were forgotten.
const FORGOTTEN: u64 = 20;
/// The staff's admins; the others are agents.
const ADMINS: usize = 2;

pub(crate) struct World {
    seed: u64,
    calendar: Calendar,
    themes: Vec<Theme>,
    pub(crate) staff: Vec<Person>,
    pub(crate) customers: Vec<Person>,
    /// Of each ticket the place of its customer; they are in the order in which they came.
    requesters: Vec<usize>,
}

/// The ids that people have got.
pub(crate) struct Ids {
    pub(crate) staff: Vec<UserId>,
    pub(crate) customers: Vec<UserId>,
}

impl World {
    /// So many tickets up to a moment, out of one number.
    pub(crate) fn new(seed: u64, tickets: u64, until: Timestamp) -> Self {
        let staff = people::staff();
        let count = tickets.div_ceil(TICKETS_OF_CUSTOMER).max(1);
        let customers = people::customers(seed, usize::try_from(count).unwrap_or(usize::MAX), &staff);
        let mut places = vec![None; customers.len()];
        let mut known = 0;
        let requesters = (0..tickets)
            .map(|index| {
                let mut random = Random::of(seed, 2, index);
                // The product of two: a few customers write often, most of them seldom.
                let slot = (random.unit() * random.unit() * count as f64) as usize;
                *places[slot.min(customers.len() - 1)].get_or_insert_with(|| {
                    known += 1;
                    known - 1
                })
            })
            .collect();
        Self { seed, calendar: Calendar::new(until), themes: themes::all(), staff, customers, requesters }
    }

    pub(crate) fn len(&self) -> usize {
        self.requesters.len()
    }

    /// When a ticket was opened. Later ones come later.
    fn opened(&self, index: usize) -> Timestamp {
        let spread = Random::of(self.seed, 3, index as u64).unit();
        self.calendar.moment((index as f64 + spread) / self.len() as f64)
    }

    /// The staff; all have the same password.
    pub(crate) fn past_staff(&self, password: &str) -> Vec<PastPerson> {
        let created_at = self.calendar.start().plus_seconds(-7 * 24 * 3600);
        let roles = std::iter::repeat_n(Role::Admin, ADMINS).chain(std::iter::repeat(Role::Agent));
        self.staff
            .iter()
            .zip(roles)
            .map(|(person, role)| PastPerson {
                draft: draft(person),
                role,
                password: Some(password.to_owned()),
                created_at,
            })
            .collect()
    }

    /// The customers; each was created some minutes before their first ticket.
    pub(crate) fn past_customers(&self) -> Vec<PastPerson> {
        let mut first = vec![None; self.customers.len()];
        for (index, requester) in self.requesters.iter().enumerate() {
            first[*requester].get_or_insert_with(|| self.opened(index));
        }
        let created = |(person, first): (&Person, Option<Timestamp>)| PastPerson {
            draft: draft(person),
            role: Role::Customer,
            password: None,
            created_at: first.unwrap_or(self.calendar.until()).plus_seconds(-25 * 60),
        };
        self.customers.iter().zip(first).map(created).collect()
    }

    /// A ticket with its story.
    pub(crate) fn ticket(&self, index: usize, ids: &Ids) -> PastTicket {
        let mut random = Random::of(self.seed, 4, index as u64);
        let at = self.opened(index);
        let requester = self.requesters[index];
        let theme = &self.themes[random.index(self.themes.len())];
        let facts = Facts::new(&mut random, at);
        let ending = self.ending(index, at, &mut random);
        let cast = Cast {
            customer: ids.customers[requester],
            first_name: &self.customers[requester].first_name,
            agent: ids.staff[ADMINS + random.index(ids.staff.len() - ADMINS)],
            colleague: ids.staff[random.index(ids.staff.len())],
        };
        Story::new(random, theme, facts, cast).tell(at, &self.calendar, ending)
    }

    /// How a ticket stands: the newest are under way, a few old ones were forgotten, all others are done.
    fn ending(&self, index: usize, at: Timestamp, random: &mut Random) -> Ending {
        let tickets = self.len() as u64;
        let wanted = (tickets * UNDER_WAY_OF_HUNDRED / 100).clamp(1, UNDER_WAY);
        // The chance falls from 90 % for the newest to nothing, so that so many are under way in all.
        let reach = wanted * 2 * 100 / 90;
        let distance = tickets - 1 - index as u64;
        let is_recent = random.below(reach * 100) < reach.saturating_sub(distance) * 90;
        let is_forgotten = wanted == UNDER_WAY && random.below(tickets) < FORGOTTEN;
        let hours = self.calendar.until().seconds_since(at) / 3600;
        if is_recent || is_forgotten || hours < 2 {
            return match random.weighted(&[40, 12, 27, 21]) {
                _ if hours < 2 => Ending::Untouched,
                0 => Ending::Untouched,
                1 => Ending::Open,
                2 => Ending::InProgress,
                _ => Ending::Waiting,
            };
        }
        let is_closed = random.percent(if hours > 30 * 24 { 97 } else { 60 });
        if is_closed { Ending::Closed } else { Ending::Resolved }
    }

    /// The place of a customer who has about as many tickets as most have, and how many. The same kind of customer in a
    /// small desk and in a large one, so that the two can be compared.
    pub(crate) fn typical_customer(&self) -> (usize, u64) {
        let mut counts = vec![0u64; self.customers.len()];
        for requester in &self.requesters {
            counts[*requester] += 1;
        }
        let typical = counts.into_iter().enumerate().min_by_key(|(_, count)| count.abs_diff(TICKETS_OF_CUSTOMER));
        typical.unwrap_or_default()
    }

    /// A word that hardly any ticket has: the code in the middle one.
    pub(crate) fn rare_word(&self, ids: &Ids) -> String {
        let middle = self.len() / 2;
        let codes = (0..self.len()).map(|step| self.ticket((middle + step) % self.len(), ids).description);
        codes.filter_map(|text| code(&text)).next().unwrap_or_default()
    }
}

/// The first error code in a text.
fn code(text: &str) -> Option<String> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .find(|word| word.len() == 6 && word.starts_with('E') && word[1..].bytes().all(|digit| digit.is_ascii_digit()))
        .map(str::to_owned)
}

fn draft(person: &Person) -> PersonDraft {
    PersonDraft { username: person.username.clone(), name: person.name.clone(), email: person.email.clone() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use desk::Deed;
    use domain::Status;

    use super::*;

    /// Monday, 23 November 2026.
    const UNTIL: Timestamp = Timestamp::from_micros(1_795_392_000_000_000);

    fn world(tickets: u64) -> (World, Ids) {
        let world = World::new(1, tickets, UNTIL);
        let ids = |from: i64, count: usize| (from..from + count as i64).map(UserId).collect::<Vec<_>>();
        let ids = Ids { staff: ids(1, world.staff.len()), customers: ids(100, world.customers.len()) };
        (world, ids)
    }

    /// The status at the end, by the workflow's own rules.
    fn status(ticket: &PastTicket) -> Status {
        let mut status = Status::Open;
        for deed in &ticket.deeds {
            match &deed.deed {
                Deed::Wrote { .. } if deed.by == ticket.requester => status = status.after_customer_reply(),
                Deed::Moved(next) => status = *next,
                _ => {}
            }
        }
        status
    }

    #[test]
    fn the_same_options_give_the_same_desk() {
        let (world, ids) = world(300);
        let (again, _) = self::world(300);
        for index in [0, 7, 150, 299] {
            let debug = |world: &World| format!("{:?}", world.ticket(index, &ids));
            assert_eq!(debug(&world), debug(&again));
        }
        let other = World::new(2, 300, UNTIL);
        assert_ne!(format!("{:?}", world.ticket(7, &ids)), format!("{:?}", other.ticket(7, &ids)));
    }

    #[test]
    fn a_queue_looks_like_a_queue() {
        let (world, ids) = world(12_000);
        let tickets: Vec<_> = (0..world.len()).map(|index| world.ticket(index, &ids)).collect();
        let count = tickets.len();
        assert!(tickets.is_sorted_by_key(|ticket| ticket.at));
        assert!(tickets.iter().all(|ticket| ticket.deeds.iter().all(|deed| deed.at < UNTIL && deed.at >= ticket.at)));
        assert!(tickets.iter().all(|ticket| ticket.deeds.is_sorted_by_key(|deed| deed.at)));

        let open: Vec<_> = tickets.iter().filter(|ticket| status(ticket).is_open()).collect();
        assert!((300..=600).contains(&open.len()), "{} are under way", open.len());
        let is_assigned =
            |ticket: &&&PastTicket| ticket.deeds.iter().any(|deed| matches!(deed.deed, Deed::Assigned(Some(_))));
        let assigned = open.iter().filter(is_assigned).count() * 100 / open.len();
        assert!((50..=70).contains(&assigned), "{assigned} % of them are assigned");

        let titles: HashSet<_> = tickets.iter().map(|ticket| &ticket.title).collect();
        assert!(titles.len() * 100 / count >= 85, "only {} of {count} titles differ", titles.len());

        let written = tickets.iter().flat_map(messages).count();
        assert!((25..=36).contains(&(written * 10 / count)), "{written} messages");
        let notes = tickets.iter().flat_map(messages).filter(|is_note| *is_note).count() * 100 / written;
        assert!((10..=20).contains(&notes), "{notes} % are notes");
        let with_files = tickets.iter().filter(|ticket| has_files(ticket)).count() * 100 / count;
        assert!((10..=20).contains(&with_files), "{with_files} % have files");
    }

    /// Of each message whether it is a note.
    fn messages(ticket: &PastTicket) -> impl Iterator<Item = bool> {
        ticket.deeds.iter().filter_map(|deed| match &deed.deed {
            Deed::Wrote { kind, .. } => Some(*kind == domain::MessageKind::Note),
            _ => None,
        })
    }

    fn has_files(ticket: &PastTicket) -> bool {
        let came = |deed: &desk::PastDeed| matches!(&deed.deed, Deed::Wrote { files, .. } if !files.is_empty());
        !ticket.files.is_empty() || ticket.deeds.iter().any(came)
    }

    #[test]
    fn the_typical_customer_has_some_tickets_and_the_rare_word_is_rare() {
        let (world, ids) = world(2000);
        let (_, count) = world.typical_customer();
        assert!((10..=30).contains(&count), "{count}");
        let rare = world.rare_word(&ids);
        let found = (0..world.len()).filter(|index| world.ticket(*index, &ids).description.contains(&rare)).count();
        assert!((1..5).contains(&found), "{rare}: {found}");
    }

    #[test]
    fn a_desk_can_be_tiny() {
        for tickets in [0, 1, 2, 5] {
            let (world, ids) = world(tickets);
            let told: Vec<_> = (0..world.len()).map(|index| world.ticket(index, &ids)).collect();
            assert_eq!(told.len() as u64, tickets);
        }
    }
}
