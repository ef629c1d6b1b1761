//! When things happen: mostly on working days, in the hours of offices, and more often as time goes on.

use domain::Timestamp;

use crate::random::Random;

/// The days that a desk looks back on.
const DAYS: u64 = 730;
const HOUR: i64 = 3600;
/// How much comes in each hour of a day, in UTC.
const HOURS: [u64; 24] = [1, 1, 1, 1, 1, 2, 6, 14, 20, 22, 20, 16, 14, 18, 20, 18, 14, 8, 5, 4, 4, 3, 2, 1];
/// The hours in which staff work, in UTC.
const OFFICE: std::ops::Range<i64> = 6..18;

/// The two years up to a moment.
pub(crate) struct Calendar {
    until: Timestamp,
    /// For each hour since the start, how much came before it ended.
    sums: Vec<u64>,
}

impl Calendar {
    pub(crate) fn new(until: Timestamp) -> Self {
        let mut sum = 0;
        let first = until.as_seconds().div_euclid(HOUR) - (DAYS * 24) as i64;
        let sums = (0..DAYS * 24)
            .map(|hour| {
                let at = first + hour as i64;
                let weekend = if is_weekend(at * HOUR) { 1 } else { 6 };
                sum += HOURS[at.rem_euclid(24) as usize] * weekend * (600 + hour / 24);
                sum
            })
            .collect();
        Self { until, sums }
    }

    /// When everything ends.
    pub(crate) fn until(&self) -> Timestamp {
        self.until
    }

    /// The first moment.
    pub(crate) fn start(&self) -> Timestamp {
        self.until.plus_seconds(-((DAYS * 24) as i64) * HOUR)
    }

    /// The moment by which `part` (from 0 to below 1) of everything has come.
    pub(crate) fn moment(&self, part: f64) -> Timestamp {
        let wanted = part * self.sums.last().copied().unwrap_or_default() as f64;
        let hour = self.sums.partition_point(|sum| *sum as f64 <= wanted).min(self.sums.len().saturating_sub(1));
        let before = hour.checked_sub(1).map_or(0, |before| self.sums[before]);
        let inside = (wanted - before as f64) / (self.sums[hour] - before) as f64;
        let micros = (hour as f64 + inside) * (HOUR * 1_000_000) as f64;
        Timestamp::from_micros(self.start().as_micros() + micros as i64)
    }

    /// The moment, or the next morning when no staff are there.
    pub(crate) fn office(&self, at: Timestamp, random: &mut Random) -> Timestamp {
        let mut seconds = at.as_seconds();
        let is_open = |seconds: i64| OFFICE.contains(&hour_of(seconds)) && !is_weekend(seconds);
        if is_open(seconds) {
            return at;
        }
        while !is_open(seconds) {
            seconds = (seconds.div_euclid(HOUR) + 1) * HOUR;
        }
        Timestamp::from_micros(seconds * 1_000_000 + random.below(90 * 60 * 1_000_000) as i64)
    }
}

fn hour_of(seconds: i64) -> i64 {
    seconds.div_euclid(HOUR).rem_euclid(24)
}

fn is_weekend(seconds: i64) -> bool {
    // 1 January 1970 was a Thursday.
    seconds.div_euclid(24 * HOUR).rem_euclid(7) == 2 || seconds.div_euclid(24 * HOUR).rem_euclid(7) == 3
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 23 November 2026.
    const UNTIL: Timestamp = Timestamp::from_micros(1_795_392_000_000_000);

    #[test]
    fn moments_follow_each_other_and_end_in_time() {
        let calendar = Calendar::new(UNTIL);
        let moments: Vec<_> = (0..5000).map(|part| calendar.moment(f64::from(part) / 5000.0)).collect();
        assert!(moments.is_sorted());
        assert!(moments.first().is_some_and(|first| *first >= calendar.start()));
        assert!(moments.last().is_some_and(|last| *last < UNTIL));
        let office = moments.iter().filter(|at| OFFICE.contains(&hour_of(at.as_seconds()))).count();
        assert!((4000..4900).contains(&office), "{office}");
        let weekend = moments.iter().filter(|at| is_weekend(at.as_seconds())).count();
        assert!((200..500).contains(&weekend), "{weekend}");
    }

    #[test]
    fn staff_answer_in_the_morning() {
        let calendar = Calendar::new(UNTIL);
        // Saturday, 21 November 2026, 12:00.
        let saturday = UNTIL.plus_seconds(-36 * HOUR - 7 * 24 * HOUR);
        assert!(is_weekend(saturday.as_seconds()));
        let answered = calendar.office(saturday, &mut Random::of(1, 1, 1));
        assert!(!is_weekend(answered.as_seconds()) && OFFICE.contains(&hour_of(answered.as_seconds())));
        assert!(answered > saturday);
    }
}
