//! How long it took.

use crate::milliseconds;
use std::time::Duration;

/// Of the times of one kind of request.
pub(super) struct Times {
    p50: Duration,
    p99: Duration,
}

impl Times {
    /// The middle one and the one that 99 of 100 stay below.
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |hundredth: usize| {
            times.get((times.len() * hundredth / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
        };
        Self { p50: at(50), p99: at(99) }
    }
}

/// One line of the result.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) small: Times,
    pub(super) large: Times,
}

impl Row {
    /// How much longer the large desk takes, by the time in the middle.
    pub(super) fn factor(&self) -> f64 {
        self.large.p50.as_secs_f64() / self.small.p50.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// As it is printed.
    pub(super) fn line(&self) -> String {
        let Self { name, small, large } = self;
        format!(
            "{name:<22}{:>10}{:>11}{:>10}{:>11}{:>8.2}\n",
            milliseconds(small.p50),
            milliseconds(small.p99),
            milliseconds(large.p50),
            milliseconds(large.p99),
            self.factor()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_that_so_many_stayed_below() {
        let times = Times::of((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!((times.p50, times.p99), (Duration::from_millis(101), Duration::from_millis(199)));
        let small = Times { p50: Duration::from_millis(2), p99: Duration::from_millis(4) };
        let row = Row { name: "list", small, large: times };
        assert_eq!(row.factor(), 50.5);
        assert_eq!(
            row.line().split_whitespace().collect::<Vec<_>>(),
            ["list", "2.00", "4.00", "101.00", "199.00", "50.50"]
        );
    }
}
