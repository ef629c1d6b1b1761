//! A text as the words in it, and what stands between them.

use crate::pin::signs::{Sign, sign};

/// Characters of a text that are looked at.
const LOOKED_AT: usize = 10_000;
/// Characters that may stand between the groups of one PIN, as a line break in a letter.
const GAP: usize = 6;

/// Letters and digits that stand together.
#[derive(Default)]
pub(super) struct Word {
    pub(super) symbols: String,
    /// Whether some of it was written small.
    pub(super) has_small: bool,
    /// Whether a letter that is no symbol belongs to it, before or behind.
    pub(super) is_part: bool,
    /// What stands between it and the next one.
    pub(super) gap: Gap,
}

/// What stands between two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Gap {
    /// One dash as in a hyphenated word.
    Hyphen,
    /// One dash at the end of a line, and the line's end.
    Wrapped,
    /// Dashes, with spaces around them or without.
    Dash,
    /// Spaces and line breaks.
    Space,
    /// Some other signs.
    Marks,
    /// Too much for one PIN, or the end.
    #[default]
    Wide,
}

impl Gap {
    pub(super) fn is_dashed(self) -> bool {
        matches!(self, Self::Hyphen | Self::Wrapped | Self::Dash)
    }

    /// Whether somebody who writes one of them between groups writes the other one, too.
    pub(super) fn is_like(self, other: Self) -> bool {
        self == other || (self.is_dashed() && other.is_dashed())
    }
}

impl Word {
    pub(super) fn len(&self) -> usize {
        self.symbols.len()
    }

    pub(super) fn has_digit(&self) -> bool {
        self.symbols.bytes().any(|byte| byte.is_ascii_digit())
    }

    pub(super) fn has_letter(&self) -> bool {
        self.symbols.bytes().any(|byte| byte.is_ascii_alphabetic())
    }

    /// How much it looks like a part of a PIN rather than a word of a language.
    pub(super) fn score(&self) -> usize {
        2 * usize::from(self.has_digit()) + usize::from(!self.has_small)
    }

    /// Whether it has letters that stand in no PIN as it is printed, and no digit that would make it one which was misread.
    pub(super) fn is_of_language(&self) -> bool {
        !self.has_digit() && self.symbols.contains(['O', 'I', 'L'])
    }
}

/// The words of a text, and whether there are letters in it that are no symbols.
pub(super) fn words(typed: impl Iterator<Item = char>) -> (Vec<Word>, bool) {
    let mut words: Vec<Word> = Vec::new();
    let mut has_others = false;
    let mut gap: Vec<Sign> = Vec::new();
    for c in typed.take(LOOKED_AT) {
        let sign = sign(c);
        match sign {
            Sign::Invisible => {}
            Sign::Symbol(byte) => {
                if words.is_empty() || !gap.is_empty() {
                    let is_part = gap.last() == Some(&Sign::Letter);
                    if let Some(before) = words.last_mut() {
                        before.gap = width(&gap);
                        before.is_part |= gap.first() == Some(&Sign::Letter);
                    }
                    words.push(Word { is_part, ..Word::default() });
                    gap.clear();
                }
                if let Some(word) = words.last_mut() {
                    word.symbols.push(char::from(byte));
                    word.has_small |= c.is_lowercase();
                }
            }
            other => {
                has_others |= matches!(other, Sign::Letter | Sign::Foreign);
                gap.push(other);
            }
        }
    }
    if let Some(last) = words.last_mut() {
        last.is_part |= gap.first() == Some(&Sign::Letter);
    }
    (words, has_others)
}

fn width(gap: &[Sign]) -> Gap {
    let has = |wanted: fn(&Sign) -> bool| gap.iter().any(wanted);
    match gap {
        [Sign::Hyphen] => Gap::Hyphen,
        _ if gap.len() > GAP || has(|sign| matches!(sign, Sign::Letter | Sign::Foreign)) => Gap::Wide,
        [Sign::Hyphen, spaces @ ..] if spaces.iter().all(|sign| *sign == Sign::Space) => Gap::Wrapped,
        _ if has(|sign| *sign == Sign::Mark) => Gap::Marks,
        _ if has(|sign| matches!(sign, Sign::Hyphen | Sign::Dash)) => Gap::Dash,
        _ => Gap::Space,
    }
}
