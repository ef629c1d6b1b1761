//! How long PINs live, and how many are issued at a time.

use std::ops::RangeInclusive;

/// How long a PIN can be redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinLife(i64);

impl PinLife {
    /// Seconds: from a minute to 90 days.
    pub const SECONDS: RangeInclusive<i64> = 60..=90 * 24 * 3600;

    /// So many seconds.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn from_seconds(seconds: i64) -> Result<Self, String> {
        let refusal = "Choose a lifetime from 1 minute to 90 days.";
        if Self::SECONDS.contains(&seconds) { Ok(Self(seconds)) } else { Err(refusal.to_owned()) }
    }

    /// In seconds.
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

/// How many PINs are issued at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinCount(u32);

impl PinCount {
    /// One alone.
    pub const ONE: Self = Self(1);
    /// From one to what fits on the cards of a large event.
    pub const RANGE: RangeInclusive<u32> = 1..=1000;
    /// More at a time than so many are for admins.
    pub const FEW: u32 = 50;

    /// So many.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn new(count: u32) -> Result<Self, String> {
        let refusal = || format!("Issue 1 to {} PINs at a time.", Self::RANGE.end());
        if Self::RANGE.contains(&count) { Ok(Self(count)) } else { Err(refusal()) }
    }

    /// As a number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether it is no more than [`PinCount::FEW`].
    pub const fn is_few(self) -> bool {
        self.0 <= Self::FEW
    }
}
