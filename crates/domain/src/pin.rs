//! The form of a Support PIN, and how one is read.

mod find;
mod length;
mod life;
mod request;
mod signs;

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

pub use self::{
    length::PinLength,
    life::{PinCount, PinLife},
    request::PinRequest,
};
use signs::Sign;

/// Crockford's base 32: no I, L, O, U (<https://www.crockford.com/base32.html>).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "SUP";

/// A Support PIN in clear. Shown once, never stored; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin {
    /// As many as its length has; nulls behind them.
    symbols: [u8; PinLength::MOST],
    length: PinLength,
}

/// What was typed cannot be a Support PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A Support PIN looks like SUP-XXXX-XXXX: two to four groups of letters and digits after SUP.")]
pub struct PinFormError;

impl Pin {
    /// A PIN of random bits, as many of them as its length takes.
    pub fn from_random(length: PinLength, random: [u8; 10]) -> Self {
        let bits = random.iter().rev().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
        let symbol = |i: usize| if i < length.symbols() { ALPHABET[(bits >> (5 * i)) as usize & 31] } else { 0 };
        Self { symbols: std::array::from_fn(symbol), length }
    }

    /// The PIN of these symbols, if they are as many as one has, and all of them may be in one.
    fn of_symbols(text: &str) -> Option<Self> {
        let length = PinLength::of_symbols(text.len())?;
        let mut symbols = [0; PinLength::MOST];
        for (slot, c) in symbols.iter_mut().zip(text.chars()) {
            *slot = symbol(c)?;
        }
        Some(Self { symbols, length })
    }

    /// Reads what a person would write: case, spaces, dashes and the prefix do not matter, `O` is 0, `I` and `L` are 1,
    /// full-width letters, digits of every script and what Unicode holds to be the same (NFKC) count as theirs. In a
    /// text with words around it the PIN is found; the form with `SUP-` counts before others.
    ///
    /// # Errors
    /// [`PinFormError`] when there is none.
    pub fn parse(typed: &str) -> Result<Self, PinFormError> {
        find::read(typed.nfkc()).ok_or(PinFormError)
    }

    /// As [`Pin::parse`], for the browser: without the tables of NFKC, which weigh more than the page. What is found
    /// here is found there too.
    ///
    /// # Errors
    /// [`PinFormError`] when there is none.
    pub fn parse_plain(typed: &str) -> Result<Self, PinFormError> {
        find::read(typed.chars()).ok_or(PinFormError)
    }

    /// The symbols without prefix and dashes.
    pub fn symbols(&self) -> &str {
        let symbols = self.symbols.get(..self.length.symbols()).unwrap_or_default();
        std::str::from_utf8(symbols).unwrap_or_default()
    }

    /// Whether what was typed is its last group; case, spaces and dashes do not matter.
    pub fn ends_in(&self, typed: &str) -> bool {
        let read: String = typed
            .nfkc()
            .filter_map(|c| match Typed::of(c) {
                Typed::Symbol(c) => Some(symbol(c).map_or(c, char::from)),
                Typed::Nothing => None,
                Typed::Unknown => Some(c),
            })
            .collect();
        let group = self.length.groups().last().copied().unwrap_or_default();
        read.len() == group && self.symbols().ends_with(&read)
    }

    /// How long it is.
    pub const fn length(&self) -> PinLength {
        self.length
    }
}

/// A character of a PIN that is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// A Latin letter or digit in upper case, however it was written; not yet whether a PIN can hold it.
    Symbol(char),
    /// A space, a dash, or something else that does not matter.
    Nothing,
    /// A letter of another script: only [`Pin::parse`] knows.
    Unknown,
}

impl Typed {
    /// What a typed character is.
    pub fn of(c: char) -> Self {
        match signs::sign(c) {
            Sign::Symbol(byte) => Self::Symbol(char::from(byte)),
            Sign::Letter | Sign::Foreign => Self::Unknown,
            Sign::Invisible | Sign::Hyphen | Sign::Dash | Sign::Space | Sign::Mark => Self::Nothing,
        }
    }
}

fn symbol(c: char) -> Option<u8> {
    let c = match c {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    u8::try_from(c).ok().filter(|byte| ALPHABET.contains(byte))
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        let mut rest = self.symbols();
        for group in self.length.groups() {
            let (group, others) = rest.split_at_checked(*group).unwrap_or((rest, ""));
            write!(f, "-{group}")?;
            rest = others;
        }
        Ok(())
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin(SUP-****, {} symbols)", self.length.symbols())
    }
}

#[cfg(test)]
mod tests;
