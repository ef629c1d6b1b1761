//! How long PINs are: guessing one must not pay, however long it lives and however many there are.

use serde::{Deserialize, Serialize};

use super::{PinCount, PinLife};

/// Bits of one symbol.
const BITS: u32 = 5;
const DAY: i64 = 24 * 3600;
const WEEK: i64 = 7 * DAY;

/// How many symbols a PIN has. The longer it lives and the more there are, the more it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PinLength {
    /// `SUP-XXXX-XXXX`: one alone that lives for a day at most.
    Eight,
    /// `SUP-XXXXX-XXXXX`: for a week at most.
    Ten,
    /// `SUP-XXXX-XXXX-XXXX`: what lives longer, or is one of more than [`PinCount::FEW`].
    Twelve,
    /// `SUP-XXXX-XXXX-XXXX-XXXX`: what never expires, as the code by which people without an identity come back.
    Sixteen,
}

impl PinLength {
    /// Every length, the shortest first.
    pub const ALL: [Self; 4] = [Self::Eight, Self::Ten, Self::Twelve, Self::Sixteen];
    /// Symbols of the longest.
    pub const MOST: usize = Self::Sixteen.symbols();

    /// What a PIN needs that lives so long and is one of so many.
    pub fn of(life: PinLife, count: PinCount) -> Self {
        match (life.seconds(), count) {
            (..=DAY, PinCount::ONE) => Self::Eight,
            (..=WEEK, count) if count.is_few() => Self::Ten,
            _ => Self::Twelve,
        }
    }

    /// The length that has so many symbols, if one has.
    pub fn of_symbols(symbols: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|length| length.symbols() == symbols)
    }

    /// Symbols in each of its groups.
    pub const fn groups(self) -> &'static [usize] {
        match self {
            Self::Eight => &[4, 4],
            Self::Ten => &[5, 5],
            Self::Twelve => &[4, 4, 4],
            Self::Sixteen => &[4, 4, 4, 4],
        }
    }

    /// What one looks like: `SUP-XXXX-XXXX`.
    pub fn pattern(self) -> String {
        let groups = self.groups().iter().map(|group| format!("-{}", "X".repeat(*group)));
        groups.fold(super::PREFIX.to_owned(), |pattern, group| pattern + &group)
    }

    /// Symbols in all.
    pub const fn symbols(self) -> usize {
        let groups = self.groups();
        groups[0] * groups.len()
    }

    /// Bits of chance in it.
    pub const fn bits(self) -> u32 {
        BITS * self.symbols() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_of_equal_groups() {
        for (length, symbols, bits) in [
            (PinLength::Eight, 8, 40),
            (PinLength::Ten, 10, 50),
            (PinLength::Twelve, 12, 60),
            (PinLength::Sixteen, 16, 80),
        ] {
            assert_eq!((length.symbols(), length.bits()), (symbols, bits));
            assert_eq!(length.groups().iter().sum::<usize>(), symbols);
            assert!(length.groups().iter().all(|group| *group == length.groups()[0]));
            assert_eq!(PinLength::of_symbols(symbols), Some(length));
            assert_eq!(length.pattern().matches('X').count(), symbols);
        }
        assert_eq!(PinLength::of_symbols(9), None);
        assert_eq!(PinLength::Ten.pattern(), "SUP-XXXXX-XXXXX");
    }

    #[test]
    fn what_lives_longer_or_is_one_of_many_is_longer() {
        for (seconds, count, length) in [
            (60, 1, PinLength::Eight),
            (DAY, 1, PinLength::Eight),
            (DAY + 1, 1, PinLength::Ten),
            (DAY, 2, PinLength::Ten),
            (WEEK, 50, PinLength::Ten),
            (WEEK + 1, 1, PinLength::Twelve),
            (60, 51, PinLength::Twelve),
            (90 * DAY, 1000, PinLength::Twelve),
        ] {
            let (life, count) = (PinLife::from_seconds(seconds).unwrap(), PinCount::new(count).unwrap());
            assert_eq!(PinLength::of(life, count), length, "{seconds} {count:?}");
        }
    }
}
