//! How likely it is that somebody guesses a PIN, and what the desk sees of those who try.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{PinLength, Timestamp};

/// PINs of one length that can be redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivePins {
    /// Their length.
    pub length: PinLength,
    /// How many.
    pub count: u64,
    /// Seconds until the last of them expires.
    pub seconds: u64,
}

/// How many PINs somebody may be expected to find who never stops guessing.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Odds(f64);

impl Odds {
    /// Of these PINs, with so many tries a second as long as each of them lives.
    pub fn of(live: &[LivePins], tries_per_second: f64) -> Self {
        let hits = |pins: &LivePins| {
            // So many that nobody counts them exactly: a fraction of a double's 53 bits is lost.
            let tries = tries_per_second * pins.seconds as f64;
            pins.count as f64 * tries / 2f64.powi(pins.length.bits() as i32)
        };
        Self(live.iter().map(hits).sum())
    }

    /// The number that is expected; above one some are found.
    pub const fn expected(self) -> f64 {
        self.0
    }

    /// The chance that one is found, 0 to 1.
    pub fn chance(self) -> f64 {
        -(-self.0).exp_m1()
    }

    /// The chance and until when it holds: `1 in 4 million until tomorrow noon (UTC)`.
    pub fn until(self, end: Timestamp, now: Timestamp) -> String {
        format!("{self} until {}", end.relative_moment(now))
    }
}

/// `1 in 4 million`; never better than it is.
impl fmt::Display for Odds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(f64, &str); 5] =
            [(1e12, " trillion"), (1e9, " billion"), (1e6, " million"), (1e3, " thousand"), (1.0, "")];
        let chance = self.chance();
        if chance <= 0.0 {
            return f.write_str("none");
        }
        let one_in = 1.0 / chance;
        if one_in < 2.0 {
            return f.write_str("more than 1 in 2");
        }
        if one_in >= 1e15 {
            return f.write_str("less than 1 in 1,000 trillion");
        }
        let (unit, word) = UNITS.into_iter().find(|(unit, _)| one_in >= *unit).unwrap_or((1.0, ""));
        let count = one_in / unit;
        // Two digits say enough.
        let step = if count >= 100.0 { 10.0 } else { 1.0 };
        write!(f, "1 in {}{word}", (count / step).floor() * step)
    }
}

/// What the desk sees of those who guess.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guessing {
    /// Attempts to log in that failed in the last minute, with PINs and passwords; counted up to
    /// [`Guessing::COUNTED`].
    pub failures: u64,
    /// The most that failed in one of the last [`Guessing::MINUTES`] minutes; counted up to [`Guessing::COUNTED`] in all.
    pub peak: u64,
    /// Failures a minute as they usually are: the mean of the last week.
    pub usual: f64,
    /// Addresses that the failures of the last minute came from; counted up to [`Guessing::COUNTED`].
    pub addresses: u64,
    /// Whether all attempts go through the one gate, because too many fail.
    pub is_gated: bool,
    /// Attempts a second that can be made at most, for long.
    pub ceiling: f64,
    /// PINs that can be redeemed, by length, the shortest first; lengths of which there are none are left out.
    pub live: Vec<LivePins>,
    /// When the last of them expires.
    pub until: Option<Timestamp>,
    /// What may be found until then by who keeps at it.
    pub odds: Odds,
}

impl Guessing {
    /// Failures and addresses are counted up to here.
    pub const COUNTED: u64 = 10_000;
    /// How long what was unusual is told, in minutes: who looks a little later should know, too.
    pub const MINUTES: i64 = 10;
    /// Fewer failures a minute than this are people who mistype.
    pub const FEW: u64 = 10;

    /// Whether so much more failed than usual that admins should know: ten times as much in a minute.
    pub fn is_unusual(&self) -> bool {
        self.peak >= Self::FEW && self.peak as f64 >= 10.0 * self.usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 3600;

    fn odds(count: u64, days: u64, length: PinLength, tries_per_second: f64) -> Odds {
        Odds::of(&[LivePins { length, count, seconds: days * DAY }], tries_per_second)
    }

    /// 10,000 addresses, each at its limit of ten tries in ten minutes.
    const MANY: f64 = 10_000.0 * 10.0 / 600.0;

    #[test]
    fn the_ceiling_is_what_helps() {
        for (odds, expected) in [
            (odds(200, 1, PinLength::Eight, MANY), 0.0026),
            (odds(200, 1, PinLength::Eight, 5.0), 0.000_079),
            (odds(200, 1, PinLength::Ten, 5.0), 7.7e-8),
            (odds(200, 1, PinLength::Twelve, MANY), 2.5e-9),
            (odds(1000, 90, PinLength::Eight, MANY), 1.18),
            (odds(1000, 90, PinLength::Eight, 5.0), 0.035),
            (odds(1000, 90, PinLength::Ten, 5.0), 3.5e-5),
            (odds(1000, 90, PinLength::Twelve, MANY), 1.1e-6),
        ] {
            assert!((odds.expected() / expected - 1.0).abs() < 0.03, "{odds:?} is not {expected}");
        }
    }

    #[test]
    fn odds_are_said_in_words() {
        for (odds, words) in [
            (odds(1, 1, PinLength::Eight, 5.0), "1 in 2 million"),
            (odds(200, 1, PinLength::Eight, 5.0), "1 in 12 thousand"),
            (odds(200, 1, PinLength::Ten, 5.0), "1 in 13 million"),
            (odds(1000, 90, PinLength::Eight, 5.0), "1 in 28"),
            (odds(1000, 90, PinLength::Eight, MANY), "more than 1 in 2"),
            (odds(1000, 90, PinLength::Twelve, 5.0), "1 in 29 million"),
            (odds(300, 1, PinLength::Twelve, 5.0), "1 in 8 billion"),
            (odds(1, 1, PinLength::Sixteen, 5.0), "less than 1 in 1,000 trillion"),
            (odds(0, 1, PinLength::Eight, 5.0), "none"),
            (Odds::of(&[], 5.0), "none"),
            (Odds(1.0 / 128.0), "1 in 120"),
        ] {
            assert_eq!(odds.to_string(), words, "{odds:?}");
        }
        let now = Timestamp::from_micros(1_795_406_706_000_007);
        let noon = now.plus_seconds(-4 * 3600 - 5 * 60 - 6 + 36 * 3600);
        assert_eq!(odds(1, 1, PinLength::Eight, 2.5).until(noon, now), "1 in 5 million until tomorrow noon (UTC)");
    }

    #[test]
    fn lengths_add_up() {
        let pins = |length, count| LivePins { length, count, seconds: DAY };
        let both = Odds::of(&[pins(PinLength::Eight, 100), pins(PinLength::Ten, 100)], 5.0);
        let one = Odds::of(&[pins(PinLength::Eight, 100)], 5.0);
        assert!(both > one && both.expected() < 1.1 * one.expected());
        assert!(Odds(10.0).chance() < 1.0 && Odds(10.0).chance() > 0.99);
        assert!((Odds(1e-12).chance() - 1e-12).abs() < 1e-20, "nothing is lost of what is small");
    }

    #[test]
    fn ten_times_the_usual_is_unusual() {
        let seen = |peak, usual| Guessing {
            failures: 0,
            peak,
            usual,
            addresses: 1,
            is_gated: false,
            ceiling: 5.0,
            live: Vec::new(),
            until: None,
            odds: Odds::of(&[], 5.0),
        };
        for (peak, usual, unusual) in
            [(0, 0.0, false), (9, 0.0, false), (10, 0.0, true), (10, 1.0, true), (19, 2.0, false), (20, 2.0, true)]
        {
            assert_eq!(seen(peak, usual).is_unusual(), unusual, "{peak} {usual}");
        }
    }
}
